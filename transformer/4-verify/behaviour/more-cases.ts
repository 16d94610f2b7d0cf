import type { CaseResult } from '../sandbox/value.ts';
import type { Plan } from './make-cases.ts';
import { plantLiterals, variedFirst } from './plant.ts';
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
/** Nothing is made of the inputs of such calls. Far above what compiling costs the first ones, so that the choice does not depend on the machine. */
const SLOW_US = 20_000;

/** `many` run in one process, and take longer. */
export interface MoreCases { readonly usual: readonly Plan[]; readonly many: readonly Plan[] }

/** What the first run shows to be worth asking: failures of the outside, what stands in the sources in inputs that the original answers, calls at the same time, many calls, another clock. */
export function moreCases(subject: BehaviourSubject, plans: readonly Plan[], results: readonly CaseResult[]): MoreCases {
  const { keepsState = false, readsClock = false } = subject.habits ?? {};
  const plain = plans.flatMap((plan, i) => (plan.case.fault === undefined && plan.case.spoil === undefined ? [{ plan, result: results[i]! }] : []));
  const again = (plan: Plan, more: Partial<Plan['case']>): Plan => ({ ...plan, case: { ...plan.case, ...more } });

  // Samples bring an outside of their own.
  const asking = plain.filter(({ plan, result }) => result.calls.length > 0 && plan.case.from === undefined).slice(0, MAX_FAULTY);
  const faulty = asking.map(({ plan }, i) => again(plan, { fault: i % 3 }));
  const isAnswer = ({ result }: typeof plain[number]): boolean => result.how === 'returned' || result.how === 'resolved';
  const isRefusal = ({ result }: typeof plain[number]): boolean => result.how === 'threw' || result.how === 'rejected';
  const varied = subject.own === undefined ? plain : variedFirst(plain, ({ plan }) => plan.case.args, subject.literals);
  // Samples are not looked into, and what takes long is not asked again and again.
  const quick = varied.filter(({ plan, result }) => plan.case.from === undefined && (result.cpuUs ?? 0) < SLOW_US);
  const bases = [...quick.filter(isAnswer), ...quick.filter(isRefusal)];
  const [base] = bases;
  const planted = base === undefined || subject.own === undefined ? [] : plantLiterals(bases.map(({ plan }) => plan.case.args), subject.own, subject.literals).map((args): Plan => ({ ...again(base.plan, { args }), bent: true }));
  if (!keepsState && !readsClock) return { usual: [...faulty, ...planted], many: [] };

  const settling = keepsState ? plain.filter(({ result }) => result.how === 'resolved' || result.how === 'rejected').slice(0, MAX_BESIDE + 1) : [];
  const beside = settling.slice(1).map(({ plan }, i) => again(settling[i]!.plan, { beside: plan.case }));
  const changed = keepsState ? plain.filter(({ result }) => result.how === 'returned' || result.how === 'threw').slice(0, MAX_CHANGED).map(({ plan }): Plan => ({ ...again(plan, { changed: true }), bent: true })) : [];
  const ending = keepsState ? varied.find(({ result }) => result.how === 'returned' || result.how === 'resolved') : undefined;
  // The first calls pay for compiling.
  const fastestUs = Math.min(...plain.map(({ result }) => result.cpuUs ?? Infinity));
  const often = ending === undefined ? [] : [again(ending.plan, { times: fastestUs < FAST_US ? MANY : SOME })];
  const byClock = readsClock ? plain.filter(({ result }) => result.how !== 'limit' && result.how !== 'unmade').slice(0, MAX_BY_CLOCK).map(({ plan }) => again(plan, { clockMs: CLOCK_MS })) : [];
  // What many calls have done shows in the calls behind them.
  const behind = often.length === 0 ? [] : varied.slice(0, MAX_BEHIND).map(({ plan }) => plan);
  return { usual: [...faulty, ...planted, ...beside, ...changed, ...byClock], many: [...often, ...behind] };
}
