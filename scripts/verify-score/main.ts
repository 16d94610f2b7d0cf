/** `npm run verify:score`: how many attacks the verifier refuses, how many benign candidates it accepts, and by which check. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { proveSubjects } from '../../hosts/prover.ts';
import type { BehaviourSubject, BehaviourVerdict } from '../../transformer/4-verify/behaviour/subject.ts';
import { makeBehaviourSubject } from '../../transformer/behaviour-subject.ts';
import { makeAnalysisProgram } from '../../transformer/shadow-program.ts';
import { AGREEING_INPUTS } from './equivalent-mutants.ts';
import { runMutants, SAME_MINIFIED, type MutantOptions } from './mutants.ts';
import { readCorpus, readSubject } from './corpus.ts';
import { buildCorpus } from './project.ts';
import { findReviewNotes } from '../../transformer/4-verify/review.ts';

interface Row {
  readonly file: string;
  readonly expected: 'accept' | 'reject';
  readonly verdict: 'accepted' | 'refused';
  readonly check: string;
  readonly why: string;
  readonly by: string | undefined;
  readonly hard: boolean;
  /** What inputs that are generated from the contract alone say. */
  readonly generated?: BehaviourVerdict['status'] | undefined;
}

/** Of the attacks that are run and are not marked as hard, in percent. */
const GENERATED_BAR = 95;
/** Of benign candidates, in percent: many of them do differ, for -0, NaN, holes or inherited names, which their labels leave out. */
const GENERATED_STRICT = 15;

/** More than any subject has; those beyond the last are left out. */
const MAX_SAMPLES = 20;

function samplesOf(hasTrigger: boolean): readonly { readonly name: string; readonly index: number }[] {
  return ['samples', ...(hasTrigger ? ['$trigger'] : [])].flatMap((name) => Array.from({ length: MAX_SAMPLES }, (_, index) => ({ name, index })));
}

interface Corpus { readonly attacks?: string; readonly benign?: string; readonly subjects: string }

/** The one that is named, or the repository's own and the one that is handed out with it, where it lies beside the checkout. */
function findCorpora({ attacks, benign, subjects }: { readonly attacks?: string; readonly benign?: string; readonly subjects?: string }, root: string): readonly Corpus[] {
  if (attacks !== undefined || benign !== undefined) {
    const folder = resolve(subjects ?? join((attacks ?? benign)!, '../subjects'));
    return [{ ...(attacks !== undefined && { attacks: resolve(attacks) }), ...(benign !== undefined && { benign: resolve(benign) }), subjects: folder }];
  }
  return [join(root, 'fixtures/verify'), join(root, '../shared/security')].filter((folder) => existsSync(folder))
    .map((folder) => ({ attacks: join(folder, 'attacks'), benign: join(folder, 'benign'), subjects: join(folder, 'subjects') }));
}

export async function main(argv: readonly string[], root: string): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { attacks: { type: 'string' }, benign: { type: 'string' }, subjects: { type: 'string' }, json: { type: 'boolean' }, check: { type: 'boolean' }, inputs: { type: 'string' }, mutants: { type: 'string' }, 'per-function': { type: 'string' }, functions: { type: 'string' }, seed: { type: 'string' }, equivalents: { type: 'boolean' } },
  });
  if (values.mutants !== undefined) {
    return scoreMutants({ checkout: resolve(values.mutants), repository: root, inputs: Number(values.inputs ?? 100), perFunction: Number(values['per-function'] ?? 1_000), functions: Number(values.functions ?? 160), seed: Number(values.seed ?? 1), equivalents: values.equivalents === true }, values);
  }
  const files = findCorpora(values, root).flatMap(({ attacks, benign, subjects }) => [
    ...(attacks === undefined ? [] : readCorpus(attacks, 'reject', subjects)), ...(benign === undefined ? [] : readCorpus(benign, 'accept', subjects)),
  ]);
  const { build, trials, source, ctx } = buildCorpus(files, (file) => readSubject(file.subjects, file.subject), join(root, 'templates'), root);
  const outcomes = new Map(build.outcomes.map((outcome) => [(outcome.kind === 'enhanced' ? outcome.plan.target : outcome.target).modulePath, outcome]));
  // What audit and types let through is run.
  const checker = makeAnalysisProgram(source).getTypeChecker();
  const subjectsOf: BehaviourSubject[] = [];
  const verdicts = new Map<string, BehaviourVerdict>();
  const modules: string[] = [];
  for (const outcome of build.outcomes) {
    if (outcome.kind !== 'enhanced') continue;
    const { target } = outcome.plan;
    const reading = makeBehaviourSubject(source, checker, ctx, build, outcome.plan);
    if (reading.kind !== 'subject') verdicts.set(target.modulePath, { status: 'not executed', reason: reading.kind === 'tried' ? reading.detail : reading.reason, inputs: 0, discarded: 0 });
    else { subjectsOf.push(reading.subject); modules.push(target.modulePath); }
  }
  const started = Date.now();
  const options = { inputs: Number(values.inputs ?? 100), program: join(root, 'dist/prove.cjs') };
  // A corpus says by example for which inputs its labels hold; generated ones are looked at beside them.
  const triggers = new Map(trials.map(({ module, file }) => [module, file.triggers !== undefined]));
  const [byExample, generated] = await Promise.all([
    proveSubjects(subjectsOf.map((subject, i) => ({ ...subject, samples: samplesOf(triggers.get(modules[i]!) === true) })), options),
    proveSubjects(subjectsOf, options),
  ]);
  byExample.forEach((verdict, i) => verdicts.set(modules[i]!, verdict));
  const beyond = new Map(generated.map((verdict, i) => [modules[i]!, verdict]));
  const seconds = (Date.now() - started) / 1000;
  const notesOf = (module: string): string => {
    const outcome = outcomes.get(module);
    if (outcome?.kind !== 'enhanced') return '';
    return findReviewNotes(ctx.ts, outcome.plan.target, outcome.version.candidate.code).map(({ line, text }) => ` | look at line ${line}: ${text}`).join('');
  };
  const rows = trials.map(({ file, module }): Row => {
    const outcome = outcomes.get(module);
    const because = outcome?.kind === 'original' ? outcome.because[0] : undefined;
    const base = { file: file.file, expected: file.expected, by: file.by, hard: file.hard };
    if (because !== undefined) return { ...base, verdict: 'refused', check: checkOf(because.code), why: `${because.code} ${because.text} (${because.line ?? 0}:${because.column ?? 0})` };
    const behaviour = verdicts.get(module);
    if (behaviour === undefined) return { ...base, verdict: 'refused', check: 'none', why: 'the subject is not a target' };
    const counter = behaviour.counterExample === undefined ? '' : ` | ${behaviour.counterExample.typescript.split('\n').slice(1).join(' ')}`;
    return { ...base, verdict: behaviour.status === 'differs' ? 'refused' : 'accepted', check: 'behaviour', why: `${behaviour.status === 'not executed' ? 'NOT EXECUTED: ' : ''}${behaviour.reason}${counter}${notesOf(module)}`, generated: beyond.get(module)?.status };
  });
  if (values.json === true) process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
  else for (const row of rows) process.stdout.write(`${row.verdict === (row.expected === 'reject' ? 'refused' : 'accepted') ? '     ' : row.hard ? 'hard ' : 'WRONG'} ${row.verdict.padEnd(8)} ${row.file.padEnd(36)} ${row.check.padEnd(9)} ${row.why}\n`);
  const attacks = rows.filter((row) => row.expected === 'reject' && !row.hard);
  const wrong = attacks.filter((row) => row.verdict === 'accepted');
  const benign = rows.filter((row) => row.expected === 'accept');
  const tooStrict = benign.filter((row) => row.verdict === 'refused');
  const share = (part: number, whole: number): string => `${part} of ${whole} (${whole === 0 ? '-' : ((100 * part) / whole).toFixed(1)} %)`;
  process.stderr.write(`attacks refused ${share(attacks.length - wrong.length, attacks.length)}, benign accepted ${share(benign.length - tooStrict.length, benign.length)}\n`);
  process.stderr.write(`behaviour of ${subjectsOf.length} run in ${seconds.toFixed(1)} s\n`);
  // What samples find is no use to functions that bring none.
  const run = attacks.filter((row) => row.check === 'behaviour');
  const toldApart = run.filter((row) => row.generated === 'differs').length;
  process.stderr.write(`of the attacks that were run, inputs without samples tell apart ${share(toldApart, run.length)}; bar ${GENERATED_BAR} %\n`);
  const different = benign.filter((row) => row.generated === 'differs').map(({ file }) => file);
  process.stderr.write(`of the benign ones they tell apart ${share(different.length, benign.length)}; at most ${GENERATED_STRICT} %: ${different.join(' ')}\n`);
  const isToldApart = toldApart >= (run.length * GENERATED_BAR) / 100 && different.length <= (benign.length * GENERATED_STRICT) / 100;
  return values.check === true && (wrong.length > 0 || tooStrict.length > 0 || !isToldApart) ? 1 : 0;
}

/** The bar is on the mutants that are not the same program. */
const MUTANTS_BAR = 95;
const MIN_FUNCTIONS = 150;
/** Of all mutants, those that may be left out by argument. */
const MAX_ARGUED = 0.05;

async function scoreMutants(options: MutantOptions, values: { readonly json?: boolean; readonly check?: boolean }): Promise<number> {
  const { functions, mutants } = await runMutants(options);
  const counted = mutants.filter(({ verdict }) => verdict !== 'equivalent');
  const caught = counted.filter(({ verdict }) => verdict === 'caught').length;
  const same = mutants.filter(({ verdict, why }) => verdict === 'equivalent' && why === SAME_MINIFIED).length;
  const argued = mutants.length - counted.length - same;
  const score = (100 * caught) / counted.length;
  if (values.json === true) process.stdout.write(`${JSON.stringify({ functions, score, mutants }, undefined, 2)}\n`);
  else for (const { fn, mutator, line, replacement, verdict, why } of counted) if (verdict !== 'caught') process.stdout.write(`${verdict.padEnd(12)} ${fn} ${mutator}\n    ${line}\n    -> ${replacement.replace(/\s+/g, ' ').slice(0, 120)}\n    ${why}\n`);
  process.stderr.write(`mutants caught ${caught} of ${counted.length} (${score.toFixed(1)} %) of ${functions} functions; left out: ${same} that are the same program minified, ${argued} argued to be equivalent that agree on ${AGREEING_INPUTS} inputs\n`);
  const isHeld = score >= MUTANTS_BAR && functions >= MIN_FUNCTIONS && argued <= mutants.length * MAX_ARGUED;
  return values.check === true && !isHeld ? 1 : 0;
}

function checkOf(code: string): string {
  return code === 'POET4020' ? 'audit' : code === 'POET4011' || code === 'POET4021' ? 'types' : 'shape';
}
