/**
 * Holds an implementation of a stub, as it ships, against the laws of its domain and the examples of its author, in the sandbox.
 *
 * The judge runs in the candidate's realm, loaded before it; what the audit has let through cannot change the library under it. It is a test on
 * samples: an implementation that satisfies every law may still not be what the author had in mind.
 */
import type { LawResult } from '../../../templates/run-laws.ts';
import { LIMITS, runCases, type CasesRun, type SandboxFiles } from '../sandbox/run-cases.ts';
import type { Case, CaseResult } from '../sandbox/value.ts';
import type { BehaviourSubject, BehaviourVerdict, LawTrial } from './subject.ts';

/** More laws than any domain has that speak of one function. */
const MAX_LAWS = 64;
/** Of one law with all its samples: what takes longer for a few hundred calls is nothing for production either. */
const LAW_LIMITS = { ...LIMITS, caseMs: 5_000, untilLimit: true };

export async function proveLaws(subject: BehaviourSubject, trial: LawTrial, options: { readonly files: SandboxFiles; readonly inputs: number }): Promise<BehaviourVerdict> {
  const ask = (name: string, texts: readonly string[]): Promise<CasesRun> =>
    runCases(options.files, subject.enhanced, { module: trial.judge, access: [name] }, texts.map((v): Case => ({ args: [{ k: 'string', v }] })), LAW_LIMITS);
  const seed = Number.parseInt(subject.seed.slice(0, 7), 16);
  const laws = await ask('tryLaw', Array.from({ length: MAX_LAWS }, (_, index) => JSON.stringify({ index, fn: trial.fn, seed, runs: options.inputs })));
  const { isolation } = laws;
  if (laws.broken !== undefined) return { status: 'not executed', reason: `the module cannot be loaded in the sandbox: ${laws.broken}`, inputs: 0, discarded: 0, isolation };
  let inputs = 0;
  let held = 0;
  let discarded = 0;
  for (const result of laws.results) {
    const answer = readAnswer(result);
    if (answer === '') break;
    if ('problem' in answer) return differs('law', `a law of ${trial.domain} cannot be tried: the implementation ${answer.problem}`, undefined, inputs, isolation);
    const { law, why, broken, runs } = answer.value as LawResult;
    if (broken !== undefined) return differs('law', `it breaks a law of ${trial.domain}, "${law}" (${why}): ${broken}`, broken, inputs, isolation);
    inputs += runs;
    discarded += options.inputs - runs;
    if (runs > 0) held += 1;
  }
  if (held === 0) return { status: 'not executed', reason: `no law of ${trial.domain} speaks of a function of this form`, inputs: 0, discarded, isolation };
  const examples = trial.examples.length === 0 ? undefined : await ask('tryCalls', [JSON.stringify(trial.examples.map(({ args }) => args))]);
  const found = examples?.results[0] && readAnswer(examples.results[0]);
  if (found !== undefined && found !== '' && 'problem' in found) return differs('example', `the author's examples cannot be tried: the implementation ${found.problem}`, undefined, inputs, isolation);
  const texts = found === undefined || found === '' ? [] : found.value as readonly string[];
  const wrong = trial.examples.findIndex(({ expected }, i) => texts[i] !== expected);
  if (wrong !== -1) {
    const example = trial.examples[wrong]!;
    return differs('example', `it contradicts an example of the author's, ${example.text}: found ${texts[wrong] ?? 'nothing'}`, `${example.text}\n// candidate: ${texts[wrong] ?? 'nothing'}`, inputs, isolation);
  }
  const said = [
    `laws of ${trial.domain} held: ${held}, on ${options.inputs} samples each`, ...(discarded > 0 ? [`samples outside of the contract: ${discarded}`] : []),
    ...(trial.examples.length > 0 ? [`examples of the author's: ${trial.examples.length} held`] : []), ...(trial.notRun > 0 ? [`examples not executed, because not literal: ${trial.notRun}`] : []),
  ];
  return { status: 'equal', reason: said.join('; '), inputs, discarded, isolation };
}

function differs(broken: 'law' | 'example', reason: string, call: string | undefined, inputs: number, isolation: BehaviourVerdict['isolation']): BehaviourVerdict {
  return { status: 'differs', broken, reason, inputs, discarded: 0, ...(isolation !== undefined && { isolation }), ...(call !== undefined && { counterExample: { typescript: call, original: '', enhanced: '' } }) };
}

/** What the judge answered: JSON in a text, in the words of the realm; empty where there is no such law. */
function readAnswer({ how, value, error }: CaseResult): '' | { readonly value: unknown } | { readonly problem: string } {
  if (how === 'limit' || how === 'hung') return { problem: how === 'hung' ? 'never settles' : `runs out of time, memory or stack (${value === '' ? 'time' : value})` };
  if (how !== 'resolved') return { problem: `throws ${error?.message ?? value}` };
  const text = JSON.parse(value) as string;
  return text === '' ? '' : { value: JSON.parse(text) };
}
