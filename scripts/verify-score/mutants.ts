/** Mutants of correct candidates: how many of them the behaviour check alone tells from the original. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { proveSubjects } from '../../hosts/prover.ts';
import type { BehaviourSubject } from '../../transformer/4-verify/behaviour/subject.ts';
import { makeBehaviourSubject } from '../../transformer/behaviour-subject.ts';
import { makeDefaults } from '../../transformer/config/index.ts';
import type { Context } from '../../transformer/context.ts';
import { openBuild } from '../../transformer/pipeline.ts';
import { makeAnalysisProgram } from '../../transformer/shadow-program.ts';
import type { Version } from '../../transformer/types.ts';
import { AGREEING_INPUTS, EQUIVALENT_MUTANTS, findDisagreements, type EquivalentMutant } from './equivalent-mutants.ts';
import { markExports } from '../corpus/mark-exports.ts';

export interface MutantOptions {
  /** A checkout of a library: its `src/` is read, never written. */
  readonly checkout: string;
  readonly repository: string;
  readonly inputs: number;
  /** At most so many mutants of a function, drawn by lot. */
  readonly perFunction: number;
  /** Of the lots: the same seed draws the same mutants. */
  readonly seed: number;
  /** At least so many functions, in the order of their paths. */
  readonly functions: number;
  /** Have those that are argued to be equivalent agree on `AGREEING_INPUTS` inputs; until they have, they count as survivors. */
  readonly equivalents: boolean;
}

export interface Mutant {
  readonly fn: string;
  readonly mutator: string;
  readonly line: string;
  readonly replacement: string;
  readonly verdict: 'caught' | 'survived' | 'equivalent' | 'not executed';
  readonly why: string;
}

interface StrykerMutant { readonly mutatorName: string; readonly replacement: string; readonly location: { readonly start: Place; readonly end: Place } }
interface Place { readonly line: number; readonly column: number }
interface Instrumenter { instrument(files: readonly object[], options: object): Promise<{ readonly mutants: readonly StrykerMutant[] }> }

export async function runMutants(options: MutantOptions): Promise<{ readonly functions: number; readonly mutants: readonly Mutant[] }> {
  const subjects = findSubjects(options);
  const baseline = await proveSubjects(subjects, { inputs: options.inputs, program: join(options.repository, 'dist/prove.cjs') });
  const usable = subjects.filter((subject, i) => {
    if (baseline[i]!.status !== 'equal') process.stderr.write(`verify:score: ${subject.id} itself: ${baseline[i]!.status}: ${baseline[i]!.reason}\n`);
    return baseline[i]!.status === 'equal';
  });
  const instrumenter = await loadInstrumenter(options.repository);
  const mutants: { readonly of: BehaviourSubject; readonly mutant: StrykerMutant; readonly line: string; readonly text: string | undefined }[] = [];
  for (const subject of usable) {
    const operate = findOperate(subject);
    const { mutants: all } = await instrumenter.instrument([{ name: 'operate.js', content: operate.text, mutate: true }], { plugins: null, excludedMutations: [], ignorers: [] });
    for (const mutant of drawLots(all, options.perFunction, `${options.seed} ${subject.id}`)) {
      const text = applyMutant(operate.text, mutant);
      const line = operate.text.split('\n')[mutant.location.start.line]?.trim() ?? '';
      mutants.push({ of: subject, mutant, line, text: isSame(operate.text, text) ? undefined : text });
    }
  }
  const different = mutants.filter(({ text }) => text !== undefined);
  const started = Date.now();
  let done = 0;
  const verdicts = await proveSubjects(different.map(({ of, text }) => withOperate(of, text!)), {
    inputs: options.inputs, shrink: false, program: join(options.repository, 'dist/prove.cjs'),
    onVerdict: () => { if (++done % 200 === 0) process.stderr.write(`verify:score: ${done} of ${different.length} mutants, ${Math.round((Date.now() - started) / 1000)} s\n`); },
  });
  const verdictOf = new Map(different.map((each, i) => [each, verdicts[i]!]));
  const argued = different.flatMap((each, i) => {
    const known = verdicts[i]!.status === 'equal' ? findArgument(each.of.id, each.line, each.mutant.replacement) : undefined;
    return known === undefined || !options.equivalents ? [] : [{ each, known }];
  });
  const told = await findDisagreements(argued.map(({ each }) => withOperate(each.of, each.text!)), join(options.repository, 'dist/prove.cjs'),
    (done_, all) => process.stderr.write(`verify:score: ${done_} of ${all} equivalent mutants agree on ${AGREEING_INPUTS} inputs or do not, ${Math.round((Date.now() - started) / 1000)} s\n`));
  const agreedOf = new Map(argued.map(({ each, known }, i) => [each, told[i] === undefined ? { verdict: 'equivalent' as const, why: known.because } : { verdict: 'survived' as const, why: `argued to be equivalent, but ${told[i]}` }]));
  return {
    functions: usable.length,
    mutants: mutants.map((each): Mutant => {
      const verdict = verdictOf.get(each);
      const base = { fn: each.of.id, mutator: each.mutant.mutatorName, line: each.line, replacement: each.mutant.replacement };
      if (verdict === undefined) return { ...base, verdict: 'equivalent', why: SAME_MINIFIED };
      const agreed = agreedOf.get(each);
      if (agreed !== undefined) return { ...base, ...agreed };
      return { ...base, verdict: verdict.status === 'differs' ? 'caught' : verdict.status === 'equal' ? 'survived' : 'not executed', why: verdict.reason };
    }),
  };
}

export const SAME_MINIFIED = 'the same minified';

/** The builtin provider's versions of every pure exported function, in the order of paths. */
function findSubjects({ checkout, repository, functions }: MutantOptions): readonly BehaviourSubject[] {
  const texts = new Map<string, string>();
  const collect = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) { if (!/^(?:__|test|tests|benchmarks|compat|_internal)/.test(entry.name)) collect(path); }
      else if (/\.ts$/.test(entry.name) && !/\.(?:spec|test|d)\.ts$/.test(entry.name)) texts.set(path, markExports(path, readFileSync(path, 'utf8')).text);
    }
  };
  collect(join(checkout, 'src'));
  const options: ts.CompilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'], strict: true, skipLibCheck: true, types: [], allowImportingTsExtensions: true, noEmit: true };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, readFile } = host;
  host.readFile = (name) => texts.get(name) ?? readFile.call(host, name);
  host.getSourceFile = (name, version, onError, fresh) => {
    const text = texts.get(name);
    return text === undefined ? getSourceFile.call(host, name, version, onError, fresh) : ts.createSourceFile(name, text, version, true);
  };
  const program = ts.createProgram({ rootNames: [...texts.keys()], options, host });
  const ctx: Context = {
    ts, root: checkout, config: { ...makeDefaults(), perceive: 'observe', enforce: 'report' }, packageName: 'library', templatesFolder: join(repository, 'templates'), onMiss: 'original', now: () => 0, report: () => undefined, trace: () => undefined,
  };
  const source = { ts, program, host };
  const build = openBuild(source, ctx, {
    onTrial: (plan, candidate): Version => ({
      name: 'v1', folder: `${checkout}/.poet/${plan.target.modulePath}/${plan.target.name}/v1`, header: '', candidate,
      metadata: { schema: 1, function_name: plan.target.name, target: plan.target.id, version: 'v1', key: plan.key, content_hash: '', source_hash: plan.sourceHash, template: plan.template, provider: candidate.provider, verdict: {}, reason: '', created_at: '' },
    }),
  });
  const checker = makeAnalysisProgram(source).getTypeChecker();
  const found: BehaviourSubject[] = [];
  // Those that certainly change nothing come first; a callback makes the analysis doubt, not the function impure.
  const plans = build.outcomes.flatMap((outcome) => (outcome.kind === 'enhanced' ? [outcome.plan] : []));
  const ordered = [...plans.filter(({ target }) => target.effects.kind === 'pure'), ...plans.filter(({ target }) => target.effects.kind !== 'pure' && target.resultKind === 'sync')];
  for (const plan of ordered) {
    if (found.length >= functions) break;
    const reading = makeBehaviourSubject(source, checker, ctx, build, plan);
    if (reading.kind === 'subject') found.push(reading.subject);
  }
  process.stderr.write(`verify:score: ${relative(process.cwd(), checkout)}: ${plans.length} functions enhanced, ${ordered.filter(({ target }) => target.effects.kind === 'pure').length} of them known to be pure, ${found.length} taken\n`);
  return found;
}

/** Taken in order, the first mutant of every function would be the empty body, which anything tells apart. */
function drawLots<T>(all: readonly T[], count: number, seed: string): readonly T[] {
  const lot = (i: number): string => createHash('sha256').update(`${seed} ${i}`).digest('hex');
  return all.map((item, i) => ({ item, i, lot: lot(i) })).sort((a, b) => (a.lot < b.lot ? -1 : 1)).slice(0, count).sort((a, b) => a.i - b.i).map(({ item }) => item);
}

function findArgument(fn: string, line: string, replacement: string): EquivalentMutant | undefined {
  return EQUIVALENT_MUTANTS.find((each) => each.fn === fn && each.line === line && each.replacement === replacement);
}

interface Operate { readonly start: number; readonly end: number; readonly text: string }

/** O′ in the JavaScript of the enhanced module. */
function findOperate(subject: BehaviourSubject): Operate {
  const text = subject.enhanced.modules[subject.entry.module]!;
  const file = ts.createSourceFile('module.js', text, ts.ScriptTarget.Latest, true);
  for (const statement of file.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name?.text.includes('$operatePrime')) return { start: statement.getStart(file), end: statement.end, text: statement.getText(file) };
  }
  throw new Error(`no operatePrime in the module of ${subject.id}`);
}

function withOperate(subject: BehaviourSubject, text: string): BehaviourSubject {
  const { start, end } = findOperate(subject);
  const module = subject.enhanced.modules[subject.entry.module]!;
  return { ...subject, enhanced: { ...subject.enhanced, modules: { ...subject.enhanced.modules, [subject.entry.module]: module.slice(0, start) + text + module.slice(end) } } };
}

function applyMutant(text: string, { location: { start, end }, replacement }: StrykerMutant): string {
  const lines = text.split('\n');
  const offset = ({ line, column }: Place): number => lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + column;
  return text.slice(0, offset(start)) + replacement + text.slice(offset(end));
}

/** Equal once minified: nobody could tell them apart. */
function isSame(a: string, b: string): boolean {
  const minified = (text: string): string => transformSync(text, { minify: true, loader: 'js' }).code;
  try {
    return minified(a) === minified(b);
  } catch {
    return false;
  }
}

async function loadInstrumenter(repository: string): Promise<Instrumenter> {
  const modules = join(repository, 'bench/node_modules');
  const path = (name: string): string => join(modules, name);
  if (!existsSync(path('@stryker-mutator/instrumenter'))) throw new Error('run npm ci in bench/ first: the mutation tool is there');
  const [{ createInjector }, { createInstrumenter }, { commonTokens }] = (await Promise.all([
    import(path('typed-inject/dist/src/index.js')), import(path('@stryker-mutator/instrumenter/dist/src/index.js')), import(path('@stryker-mutator/api/dist/src/plugin/index.js')),
  ])) as [{ createInjector: () => Injector }, { createInstrumenter: unknown }, { commonTokens: { readonly logger: string; readonly getLogger: string } }];
  const silent = Object.fromEntries(['Trace', 'Debug', 'Info', 'Warn', 'Error', 'Fatal'].flatMap((level): [string, () => boolean][] => [[`is${level}Enabled`, () => false], [level.toLowerCase(), () => false]]));
  return createInjector().provideValue(commonTokens.logger, silent).provideValue(commonTokens.getLogger, () => silent).injectFunction(createInstrumenter);
}

interface Injector { provideValue(token: string, value: unknown): Injector; injectFunction(f: unknown): Instrumenter }
