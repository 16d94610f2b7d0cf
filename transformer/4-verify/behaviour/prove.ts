/**
 * Runs the original and the enhanced function on the same inputs, each in a realm and a process of its own, and compares what came of it.
 *
 * Equal means: on these inputs the same results (same objects of the caller's where the original hands those on), the same errors,
 * the same changes to arguments, and the same calls to the outside in the same order. It is a test, not a proof for all inputs.
 */
import type { CasesRun, Isolation, SandboxFiles, SandboxLimits } from '../sandbox/run-cases.ts';
import { LIMITS, runCases } from '../sandbox/run-cases.ts';
import type { ModuleGraph } from '../sandbox/protocol.ts';
import { DETACHED, type Case, type CaseResult, type ThrownError } from '../sandbox/value.ts';
import { makeCases, type Plan } from './make-cases.ts';
import { printValue } from './print-value.ts';
import { moreCases } from './more-cases.ts';
import { simplerCases } from './shrink.ts';
import type { BehaviourSubject, BehaviourVerdict } from './subject.ts';

export interface ProveOptions {
  readonly files: SandboxFiles;
  readonly inputs: number;
  readonly limits?: SandboxLimits;
  /** Whether a difference is made small; default true. */
  readonly shrink?: boolean;
}

/** A candidate may make its callers wait so much longer, milliseconds of virtual time. */
const MAX_WAIT_MS = 2_000;
const MAX_SHRINK_ROUNDS = 8;
/** A call that is fast enough here is a matter of the cost check, not of limits. */
const GENEROUS = 5;
/** A limit is by the clock, and the machine may be busy: what the original takes long for, the candidate may take so many times as long for. */
const MARGIN = 50;
/** Thousands of calls are one case. */
const PATIENT = 10;

interface Difference { readonly index: number; readonly original: CaseResult; readonly enhanced: CaseResult }

export async function proveBehaviour(subject: BehaviourSubject, options: ProveOptions): Promise<BehaviourVerdict> {
  const limits = options.limits ?? LIMITS;
  const run = (graph: ModuleGraph, cases: readonly Case[], l = limits): Promise<CasesRun> => runCases(options.files, graph, subject.entry, cases, l);
  const both = async (cases: readonly Case[], l = limits): Promise<readonly [CasesRun, CasesRun]> => Promise.all([run(subject.original, cases, l), run(subject.enhanced, cases, l)]);

  const plans = withReplays(subject.samples === undefined ? makeCases(subject, options.inputs) : subject.samples.map((from): Plan => ({ case: { args: [], from }, bent: false })));
  let [left, right] = await both(plans.map((plan) => plan.case));
  if (left.broken !== undefined) return notExecuted(`the module cannot be loaded in the sandbox: ${left.broken}`, left.isolation);
  if (right.broken !== undefined) return { status: 'differs', reason: `with the candidate in it the module does not load: ${right.broken}`, inputs: 0, discarded: 0, isolation: right.isolation };
  // Which calls they are is the author's other modules' business as well; the candidate's come on top.
  if (right.callsAtLoad > left.callsAtLoad) return { status: 'differs', reason: 'the candidate calls the outside when its module loads', inputs: 0, discarded: 0, isolation: right.isolation };

  // Second run: what the first one shows to be worth asking.
  const more = moreCases(subject, plans, left.results);
  for (const [part, l] of [[more.usual, limits], [more.many, { ...limits, caseMs: limits.caseMs * PATIENT }], [more.planted, { ...limits, untilLimit: true }]] as const) {
    if (part.length === 0) continue;
    const further = await both(part.map((plan) => plan.case), l);
    left = { ...left, results: [...left.results, ...further[0].results] };
    right = { ...right, results: [...right.results, ...further[1].results] };
  }
  const all = [...plans, ...more.usual, ...more.many, ...more.planted];

  const tolerated = await findTolerated(subject, all, left, right, run);
  const suspects: Difference[] = [];
  let compared = 0;
  let discarded = 0;
  const cpuUs = { original: 0, enhanced: 0 };
  for (const index of all.keys()) {
    const [original, enhanced] = [left.results[index]!, right.results[index]!];
    if (tellsNothing(all[index]!, original)) { discarded++; continue; }
    if (tolerated.has(index)) continue;
    if (alike(original, enhanced)) {
      compared++;
      cpuUs.original += original.cpuUs ?? 0;
      cpuUs.enhanced += enhanced.cpuUs ?? 0;
    } else suspects.push({ index, original, enhanced });
  }
  for (const suspect of suspects.slice(0, 3)) {
    const found = await confirm(subject, all, suspect, both, run, limits, options.shrink !== false);
    if (found !== undefined) return { ...found, inputs: compared, discarded, isolation: left.isolation };
  }
  if (compared === 0) return notExecuted(whyNothing(left.results, discarded), left.isolation);
  const unable = left.results.find((r) => r.how === 'threw' && /^ReferenceError\("(\w+) is not defined"\)/.test(r.value));
  const returned = left.results.filter((r) => r.how === 'returned' || r.how === 'resolved').length;
  const threw = left.results.filter((r) => r.how === 'threw' || r.how === 'rejected').length;
  if (returned === 0 && unable !== undefined) return notExecuted(`the sandbox has no ${/"(\w+) is/.exec(unable.value)?.[1] ?? 'such global'}`, left.isolation);
  if (returned === 0 && all.length > 10 && left.results.some((r) => r.calls.length > 0)) return notExecuted(`with what the sandbox puts in place of the outside the original never returns: ${mostCommon(left.results)}`, left.isolation);
  return {
    status: 'equal',
    reason: `equal on ${compared} inputs: ${returned} returned, ${threw} threw${discarded > 0 ? `, ${discarded} with nothing to compare` : ''}${tolerated.size > 0 ? `, ${tolerated.size} results outside the declared type` : ''}`,
    inputs: compared, discarded, isolation: left.isolation, cpuUs,
  };
}

/** Earlier inputs once more, and once more after what they returned was changed: state and caches show. */
function withReplays(plans: readonly Plan[]): readonly Plan[] {
  const step = Math.max(1, Math.ceil((plans.some((plan) => plan.case.from !== undefined) ? 12 : plans.length) / 12));
  const chosen = plans.filter((_, i) => i % step === 0).slice(0, 12);
  return [...plans, ...chosen.flatMap((plan): Plan[] => [{ ...plan, case: { ...plan.case, spoil: true } }, plan])];
}

/**
 * Whether there is nothing to compare with. An original that calls what every object has is not meant for objects without a prototype: that it
 * throws there is nothing to keep.
 */
function tellsNothing({ case: { args }, bent }: Plan, { how, error }: CaseResult): boolean {
  if (how === 'limit' || how === 'unmade') return true;
  return bent && (how === 'threw' || how === 'rejected') && error?.engine === true && error.classes[0] === 'TypeError' && args.some((arg) => arg.k === 'object' && arg.bare === true);
}

const ownError = (result: CaseResult, name: string): boolean => (result.how === 'threw' || result.how === 'rejected') && result.value.startsWith(`${name}(`);

/**
 * What the contract refuses, and is right to: arguments that were bent, and results outside the declared type. Where the candidate
 * has phases of its own, the deterministic provider's must refuse the same.
 */
async function findTolerated(
  subject: BehaviourSubject, plans: readonly Plan[], left: CasesRun, right: CasesRun, run: (graph: ModuleGraph, cases: readonly Case[]) => Promise<CasesRun>,
): Promise<ReadonlySet<number>> {
  const refused = plans.flatMap((plan, i) => (refusalOf(plan, left.results[i]!, right.results[i]!) === undefined ? [] : [i]));
  if (refused.length === 0 || subject.control === undefined) return new Set(refused);
  const control = await run(subject.control, refused.map((i) => plans[i]!.case));
  return new Set(refused.filter((i, j) => control.results[j] !== undefined && ownError(control.results[j], refusalOf(plans[i]!, left.results[i]!, right.results[i]!)!)));
}

function refusalOf(plan: Plan, original: CaseResult, enhanced: CaseResult): 'PerceiveError' | 'EnforceError' | undefined {
  const isNew = (name: string): boolean => ownError(enhanced, name) && !ownError(original, name);
  return plan.bent && isNew('PerceiveError') ? 'PerceiveError' : isNew('EnforceError') ? 'EnforceError' : undefined;
}

/** Whoever gives a method its object back does no harm. */
const isSameCall = (original: string, candidate: string | undefined): boolean => original === candidate || original === `${candidate}${DETACHED}`;

/** @param a of the original @param b of the candidate */
export function alike(a: CaseResult, b: CaseResult): boolean {
  return a.how === b.how && (a.value === b.value || (a.error !== undefined && b.error !== undefined && isAsGood(a.error, b.error)))
    && a.after === b.after && a.calls.length === b.calls.length && a.calls.every((call, i) => isSameCall(call, b.calls[i])) && b.waitedMs <= 2 * a.waitedMs + MAX_WAIT_MS
    && Math.min(b.unhandled ?? 0, 1) <= Math.min(a.unhandled ?? 0, 1);
}

/**
 * Whoever handles the original's error handles the candidate's: the same message, unless the engine wrote it (its messages change with
 * the version of Node), the same properties or more, and the same class or one that extends it.
 */
function isAsGood(original: ThrownError, candidate: ThrownError): boolean {
  const [theClass = 'Error'] = original.classes;
  return candidate.classes.includes(theClass) && (original.engine || original.message === candidate.message)
    && (original.name === candidate.name || candidate.classes[0] !== theClass)
    && Object.entries(original.properties).every(([key, text]) => candidate.properties[key] === text);
}

type Both = (cases: readonly Case[], limits?: SandboxLimits) => Promise<readonly [CasesRun, CasesRun]>;

/** Runs a suspicious case again, alone and with patience; a difference that stays is made small and put into words. */
async function confirm(subject: BehaviourSubject, all: readonly Plan[], suspect: Difference, both: Both, run: (graph: ModuleGraph, cases: readonly Case[]) => Promise<CasesRun>, limits: SandboxLimits, shrink: boolean): Promise<Pick<BehaviourVerdict, 'status' | 'reason' | 'counterExample'> | undefined> {
  const patient = { ...limits, caseMs: limits.caseMs * (all.slice(0, suspect.index + 1).some((each) => each.case.times !== undefined) ? PATIENT : GENEROUS) };
  const plan = all[suspect.index]!;
  const differs = async (cases: readonly Case[], l: SandboxLimits): Promise<Difference | undefined> => {
    const [left, right] = await both(cases, l);
    const tolerated = await findTolerated(subject, cases.map((each): Plan => ({ case: each, bent: plan.bent })), left, right, run);
    for (const [index, original] of left.results.entries()) {
      const enhanced = right.results[index]!;
      if (tellsNothing({ case: cases[index]!, bent: plan.bent }, original) || tolerated.has(index)) continue;
      if (!alike(original, enhanced)) return { index, original, enhanced };
    }
    return undefined;
  };
  const ends = (difference: Difference, cases: readonly Case[]): Pick<BehaviourVerdict, 'status' | 'reason' | 'counterExample'> => ({
    status: 'differs', reason: explain(difference), counterExample: { typescript: printCase(subject, cases, difference), original: printResult(difference.original), enhanced: printResult(difference.enhanced) },
  });

  let cases: readonly Case[] = [plan.case];
  let found = await differs(cases, plan.case.times !== undefined || suspect.enhanced.how === 'limit' || suspect.original.how !== suspect.enhanced.how ? patient : limits);
  if (found?.enhanced.how === 'limit') {
    const neededMs = ((found.original.cpuUs ?? 0) / 1_000) * MARGIN;
    if (neededMs > patient.caseMs) {
      found = await differs(cases, { ...limits, caseMs: Math.min(neededMs, limits.wallMs / 3) });
      if (found === undefined) return undefined;
    }
  }
  if (found === undefined) {
    // Alone it behaves: what came before matters.
    const before = all.slice(0, suspect.index + 1).map((each) => each.case);
    found = await differs(before, patient);
    if (found === undefined) return undefined;
    cases = before.slice(0, found.index + 1);
    for (const keep of shrink ? [2, 4, 16] : []) {
      const fewer = cases.slice(-keep);
      const still = fewer.length < cases.length ? await differs(fewer, limits) : undefined;
      if (still !== undefined) { cases = fewer.slice(0, still.index + 1); found = still; break; }
    }
    return ends(found, cases);
  }
  // A limit is slow to reach, and one example of it is as good as another.
  for (let round = 0; shrink && round < MAX_SHRINK_ROUNDS && found.enhanced.how !== 'limit'; round++) {
    const tries = simplerCases(cases[0]!).slice(0, 40);
    if (tries.length === 0) break;
    const smaller = await differs(tries, limits);
    if (smaller === undefined) break;
    const alone: Difference | undefined = await differs([tries[smaller.index]!], limits);
    if (alone === undefined) break;
    cases = [tries[smaller.index]!];
    found = alone;
  }
  return ends(found, cases);
}

function explain({ original, enhanced }: Difference): string {
  if (enhanced.how === 'limit') return `the candidate runs out of time, memory or stack (${enhanced.value || 'time'}), the original ${saysHow(original)}`;
  if (enhanced.how === 'hung') return 'the candidate never settles';
  if (original.how !== enhanced.how) return `the original ${saysHow(original)}, the candidate ${saysHow(enhanced)}`;
  if (original.value !== enhanced.value) return original.how === 'threw' || original.how === 'rejected' ? 'the candidate throws another error' : 'the candidate returns another value';
  if (original.after !== enhanced.after) return 'the candidate leaves its arguments in another state';
  const taken = enhanced.calls.find((call, i) => call === `${original.calls[i]}${DETACHED}`);
  if (taken !== undefined && enhanced.calls.length === original.calls.length) return `the candidate calls ${taken.slice(0, taken.indexOf('('))} without the object that it is a method of: call it on its object, or bind it`;
  if (original.calls.length !== enhanced.calls.length || original.calls.some((call, i) => !isSameCall(call, enhanced.calls[i]))) return 'the candidate calls the outside in another way';
  if ((enhanced.unhandled ?? 0) > 0 && (original.unhandled ?? 0) === 0) return 'the candidate leaves a rejected promise that nobody handles, which ends the process';
  return `the candidate waits ${Math.round((enhanced.waitedMs - original.waitedMs) / 1000)} s longer`;
}

const saysHow = ({ how, value }: CaseResult): string => (how === 'threw' || how === 'rejected' ? `throws ${value.slice(0, 120)}` : how === 'hung' ? 'never settles' : how === 'limit' ? 'runs into a limit' : how === 'returned' ? 'returns' : 'resolves');

function printResult({ how, value, after, calls }: CaseResult): string {
  return [`${how} ${value}`.trim(), `arguments afterwards: ${after}`, ...(calls.length > 0 ? [`calls: ${calls.slice(0, 20).join('; ')}`] : [])].join('\n').slice(0, 4_000);
}

/** Runnable TypeScript: imports the function, calls it, says what each side gave. */
function printCase(subject: BehaviourSubject, cases: readonly Case[], { original, enhanced }: Difference): string {
  const { access, self, module } = subject.entry;
  const name = subject.name.split('.').at(-1)!.replace(/~\d+$/, '');
  const imported = subject.name.split('.')[0]!.replace(/~\d+$/, '');
  const isDefault = access[0] === 'default';
  const say = (result: CaseResult): string => `${result.how} ${result.value}`.replace(/\s+/g, ' ').slice(0, 300);
  const lines = cases.slice(-20).flatMap((each, i) => {
    const names = each.args.map((arg, j) => (arg.k === 'same' ? `a${arg.argument}` : `a${j}`));
    const shared = each.args.some((arg) => arg.k === 'same');
    const args = each.from !== undefined ? `...${each.from.name}()[${each.from.index}]` : shared ? names.join(', ') : each.args.map(printValue).join(', ');
    const callee = self === 'instance' ? `${each.self === undefined ? `new ${imported}()` : printValue(each.self)}.${name}` : self === 'static' ? `${imported}.${name}` : isDefault ? 'subject' : imported;
    return [
      ...(shared ? each.args.flatMap((arg, j) => (arg.k === 'same' ? [] : [`const a${j} = ${printValue(arg)};`])) : []),
      ...(each.fault === undefined ? [] : [`// call ${each.fault + 1} to the outside fails`]),
      ...(each.changed === true ? ['// after calls with the same arguments, which were changed since'] : []),
      ...(each.times === undefined ? [] : [`// after ${each.times - 1} calls like it`]),
      ...(each.clockMs === undefined ? [] : [`// while each reading of the clock moves it by ${each.clockMs} ms`]),
      ...(each.beside === undefined ? [] : [`// while another call is running, with ${each.beside.from !== undefined ? `${each.beside.from.name}()[${each.beside.from.index}]` : each.beside.args.map(printValue).join(', ')}`]),
      `${i === cases.slice(-20).length - 1 ? 'console.log(await ' : 'await ('}${callee}(${args}));`,
    ];
  });
  return [
    isDefault ? `import subject from ${JSON.stringify(`./${module.replace(/\.tsx?$/, '.js')}`)};` : `import { ${imported} } from ${JSON.stringify(`./${module.replace(/\.tsx?$/, '.js')}`)};`,
    ...lines, `// original:  ${say(original)}`, `// candidate: ${say(enhanced)}`,
  ].join('\n');
}

function notExecuted(reason: string, isolation: Isolation): BehaviourVerdict {
  return { status: 'not executed', reason, inputs: 0, discarded: 0, isolation };
}

function whyNothing(results: readonly CaseResult[], discarded: number): string {
  const unmade = results.find((result) => result.how === 'unmade');
  if (unmade !== undefined) return `its arguments cannot be made: ${unmade.value}`;
  return discarded > 0 ? 'the original runs into the limits of the sandbox on every input' : 'no input could be compared';
}

function mostCommon(results: readonly CaseResult[]): string {
  const counts = new Map<string, number>();
  for (const { value } of results) counts.set(value.slice(0, 120), (counts.get(value.slice(0, 120)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}
