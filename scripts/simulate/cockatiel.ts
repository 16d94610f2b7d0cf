/**
 * The policies against cockatiel's, in the same virtual time, where the two mean the same:
 * - retry around a breaker that counts failures in a row, around a time limit of each attempt; calls one after the other
 * - bulkheads, and time limits of whole calls, with many calls at once: what is decided, while the end of a limit is by our own rule (`makeLimit`)
 *
 * Not compared, because cockatiel means something else: breakers by rate (it counts the probe that closes one, never opens on a success, and its
 * windows begin with calls), several calls while half-open (it lets them wait), business errors while closed (it ignores them, here they
 * end a row of failures), a time limit around a queue (its queue keeps the place of a call that has given up), retry budgets (it has none).
 */
import { BrokenCircuitError, BulkheadRejectedError, bulkhead, circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen, retry, TaskCancelledError, timeout, TimeoutStrategy, wrap, type IBackoff, type IPolicy } from 'cockatiel';
import { nextWaitMs } from '../../runtime/policy/backoff.ts';
import { operate } from '../../runtime/policy/operate.ts';
import type { PolicySpec } from '../../runtime/policy/spec.ts';
import { makeTarget, nameOf, scripted } from './drive.ts';
import { makeLimit } from './model.ts';
import { below, oddTime, pick, type Outcome, type Script } from './plan.ts';
import { makeVirtualClock, type VirtualClock } from './virtual-clock.ts';

/** Of promises that follow from one timer: cockatiel awaits a lot. */
const DEPTH = 80;
const END_MS = 200_000;

/** One after the other: `startMs` counts from the end of the call before. At once: from the start. */
export interface CockatielPlan { readonly policy: PolicySpec; readonly atOnce: boolean; readonly calls: readonly { readonly startMs: number; readonly scripts: readonly Script[] }[] }

export function makeCockatielPlan(random: () => number): CockatielPlan {
  const kind = below(random, 3);
  const scripts = (ends: readonly Script['end'][]): Script[] => Array.from({ length: 1 + below(random, 3) }, () => ({ after: oddTime(random, 400), end: pick(random, ends) }));
  if (kind === 0) {
    // Ten calls with one retry each stay within the retry budget.
    const policy: PolicySpec = {
      retries: below(random, 2), repeat: 'transient', attemptMs: pick(random, [150.31, 250.9, 390.7]),
      breaker: { failureRate: 1, minimumCalls: 1_000_000, windowMs: 1e9, consecutive: 1 + below(random, 4), openMs: pick(random, [200.7, 900.3]) },
    };
    return { policy, atOnce: false, calls: Array.from({ length: 10 }, () => ({ startMs: oddTime(random, 500), scripts: scripts(['ok', 'ok', 'reset', 'refused', 'hang']) })) };
  }
  const policy: PolicySpec = kind === 1 ? { bulkhead: { concurrent: 1 + below(random, 4), queue: below(random, 5) } } : { timeoutMs: pick(random, [100.37, 300.123]) };
  let startMs = 0;
  return { policy, atOnce: true, calls: Array.from({ length: 1 + below(random, 30) }, () => ({ startMs: (startMs += oddTime(random, 100)), scripts: scripts(kind === 1 ? ['ok', 'reset', 'business'] : ['ok', 'reset', 'business', 'hang']) })) };
}

type Run = (fn: () => Promise<string>) => Promise<string>;

export async function driveOurs(plan: CockatielPlan, random: () => number): Promise<Outcome[]> {
  const clock = makeVirtualClock(random, DEPTH);
  const target = makeTarget(plan.policy, clock);
  return follow(plan, clock, (fn) => operate(target, undefined, fn));
}

/** While it runs, timers and the time of this realm are virtual. */
export async function driveCockatiel(plan: CockatielPlan, random: () => number): Promise<Outcome[]> {
  const clock = makeVirtualClock(random, DEPTH);
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, now: Date.now };
  const cancelled = new Set<unknown>();
  Object.assign(globalThis, {
    setTimeout: (fire: () => void, ms = 0) => {
      const timer = { unref: () => timer, ref: () => timer };
      clock.setTimer(() => { if (!cancelled.delete(timer)) fire(); }, ms, false);
      return timer;
    },
    clearTimeout: (timer: unknown) => { cancelled.add(timer); },
  });
  Date.now = () => clock.now();
  try {
    const policy = compose(plan.policy, clock, random);
    return await follow(plan, clock, (fn) => policy.execute(fn));
  } finally {
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
    Date.now = real.now;
  }
}

type Executing = Pick<IPolicy, 'execute'>;

/** Its time limits, each as long as ours would be: up to a 32nd longer than it says. */
function limit(ms: number, clock: VirtualClock): IPolicy {
  const find = makeLimit(ms, clock.now);
  const policy = timeout(ms, TimeoutStrategy.Aggressive);
  policy.execute = ((fn: Parameters<IPolicy['execute']>[0], signal?: AbortSignal) => timeout(find() - clock.now(), TimeoutStrategy.Aggressive).execute(fn, signal)) as typeof policy.execute;
  return policy;
}

function compose(spec: PolicySpec, clock: VirtualClock, random: () => number): Executing {
  if (spec.bulkhead !== undefined) return bulkhead(spec.bulkhead.concurrent, spec.bulkhead.queue);
  if (spec.timeoutMs !== undefined) return limit(spec.timeoutMs, clock);
  const isFault = (error: Error): boolean => error instanceof TaskCancelledError || ['ECONNRESET', 'ECONNREFUSED'].includes((error as { readonly code?: string }).code ?? '');
  const faults = handleWhen(isFault);
  const wait = (previousMs: number): IBackoff<unknown> => {
    const duration = nextWaitMs(previousMs, random());
    return { duration, next: () => wait(duration) };
  };
  const breaker = circuitBreaker(faults, { halfOpenAfter: spec.breaker!.openMs!, breaker: new ConsecutiveBreaker(spec.breaker!.consecutive!) });
  // Where the breaker has opened there is nothing to wait for.
  const repeatable = handleWhen((error) => isFault(error) && breaker.state === CircuitState.Closed);
  return wrap(
    retry(repeatable, { maxAttempts: spec.retries ?? 0, backoff: { next: () => wait(0) } }),
    breaker,
    limit(spec.attemptMs!, clock),
  );
}

async function follow(plan: CockatielPlan, clock: VirtualClock, run: Run): Promise<Outcome[]> {
  const outcomes: Outcome[] = plan.calls.map(() => ({ result: 'pending', atMs: -1, attempts: 0 }));
  const start = (i: number): void => {
    const { run: attempt, attempts } = scripted(plan.calls[i]!.scripts, clock);
    const done = (result: string): void => {
      outcomes[i] = { result, atMs: clock.now(), attempts: attempts() };
      if (!plan.atOnce && i + 1 < plan.calls.length) clock.setTimer(() => start(i + 1), plan.calls[i + 1]!.startMs, false);
    };
    run(() => attempt()).then(done, (error: unknown) => done(nameOfEither(error)));
  };
  plan.calls.forEach(({ startMs }, i) => { if (plan.atOnce || i === 0) clock.setTimer(() => start(i), startMs, false); });
  await clock.runUntil(END_MS);
  return outcomes;
}

function nameOfEither(error: unknown): string {
  if (error instanceof BrokenCircuitError) return 'breaker';
  if (error instanceof BulkheadRejectedError) return 'bulkhead';
  if (error instanceof TaskCancelledError) return 'timeout';
  return nameOf(error);
}
