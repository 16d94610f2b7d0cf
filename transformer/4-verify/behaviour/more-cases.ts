import type { CaseResult } from '../sandbox/value.ts';
import type { Plan } from './make-cases.ts';
import { MAX_PLANTED, plantLiterals, variedFirst } from './plant.ts';
import type { BehaviourSubject } from './subject.ts';

const MAX_FAULTY = 12;
const MAX_BESIDE = 6;
const MAX_CHANGED = 8;
const MAX_BEHIND = 12;
const MAX_BY_CLOCK = 6;
/** A breaker that opens for seconds stays as it is; a branch on how long a loop took does not. */
const CLOCK_MS = 25;
/** Who counts to more than this is not found out by calling; a reviewer is told. */
const MANY = 6_000;
/** A call that takes longer is made less often. */
const FAST_US = 2_000;
const SOME = 500;
/** Of the median: where calls take that long, few are made of others. */
const SLOW_US = 10_000;
const FEW_PLANTED = 24;
/** Characters, as JSON: what is larger is given once, not again and again. */
const MAX_SMALL = 4_000;

/** `planted` may take the original's child with them, so nothing else runs with them; `many` run in one process, and take longer. */
export interface MoreCases { readonly usual: readonly Plan[]; readonly many: readonly Plan[]; readonly planted: readonly Plan[] }

/** What the first run shows to be worth asking: failures of the outside, what stands in the sources in inputs that the original answers, calls at the same time, many calls, another clock. */
export function moreCases(subject: BehaviourSubject, plans: readonly Plan[], results: readonly CaseResult[]): MoreCases {
  const { keepsState = false, readsClock = false } = subject.habits ?? {};
  const plain = plans.flatMap((plan, i) => (plan.case.fault === undefined && plan.case.spoil === undefined ? [{ plan, result: results[i]! }] : []));
  const again = (plan: Plan, more: Partial<Plan['case']>): Plan => ({ ...plan, case: { ...plan.case, ...more } });

  // Samples bring an outside of their own.
  const asking = plain.filter(({ plan, result }) => result.calls.length > 0 && plan.case.from === undefined).slice(0, MAX_FAULTY);
  const faulty = asking.map(({ plan }, i) => again(plan, { fault: i % 3 }));
  const varied = subject.own === undefined ? plain : variedFirst(plain, ({ plan }) => plan.case.args, subject.literals);
  const small = new Set(plain.filter(({ plan }) => JSON.stringify(plan.case.args).length <= MAX_SMALL));
  const planted = plant(subject, varied.filter((each) => small.has(each)));
  if (!keepsState && !readsClock) return { usual: faulty, many: [], planted };

  const settling = keepsState ? plain.filter(({ result }) => result.how === 'resolved' || result.how === 'rejected').slice(0, MAX_BESIDE + 1) : [];
  const beside = settling.slice(1).map(({ plan }, i) => again(settling[i]!.plan, { beside: plan.case }));
  const changed = keepsState ? plain.filter(({ result }) => result.how === 'returned' || result.how === 'threw').slice(0, MAX_CHANGED).map(({ plan }): Plan => ({ ...again(plan, { changed: true }), bent: true })) : [];
  const ending = keepsState ? varied.find((each) => isAnswer(each) && small.has(each)) : undefined;
  // The first calls pay for compiling.
  const fastestUs = Math.min(...plain.map(({ result }) => result.cpuUs ?? Infinity));
  const often = ending === undefined ? [] : [again(ending.plan, { times: fastestUs < FAST_US ? MANY : SOME })];
  const byClock = readsClock ? plain.filter(({ result }) => result.how !== 'limit' && result.how !== 'unmade').slice(0, MAX_BY_CLOCK).map(({ plan }) => again(plan, { clockMs: CLOCK_MS })) : [];
  // What many calls have done shows in the calls behind them.
  const behind = often.length === 0 ? [] : [varied, plain].flatMap((list) => list.filter((each) => small.has(each)).slice(0, MAX_BEHIND)).map(({ plan }) => plan);
  return { usual: [...faulty, ...beside, ...changed, ...byClock], many: [...often, ...behind], planted };
}

interface Ran { readonly plan: Plan; readonly result: CaseResult }
const isAnswer = ({ result }: Ran): boolean => result.how === 'returned' || result.how === 'resolved';
const isRefusal = ({ result }: Ran): boolean => result.how === 'threw' || result.how === 'rejected';

/** Samples are not looked into. */
function plant({ own, literals, contract }: BehaviourSubject, varied: readonly Ran[]): readonly Plan[] {
  const bases = [...varied.filter(isAnswer), ...varied.filter(isRefusal)].filter(({ plan }) => plan.case.from === undefined);
  if (own === undefined || bases.length === 0) return [];
  const times = bases.map(({ result }) => result.cpuUs ?? 0).sort((a, b) => a - b);
  const count = times[times.length >> 1]! < SLOW_US ? MAX_PLANTED : FEW_PLANTED;
  // Of overloads nobody knows which one arguments belong to.
  const types = contract.overloads.length > 0 ? [] : contract.parameters.flatMap(({ type, rest }) => (rest ? [] : [type]));
  return plantLiterals({ bases: bases.map(({ plan }) => plan.case.args), types, definitions: contract.definitions }, own, literals)
    .slice(0, count).map(({ args, of }): Plan => { const { plan } = bases[of]!; return { case: { ...plan.case, args }, bent: true }; });
}

