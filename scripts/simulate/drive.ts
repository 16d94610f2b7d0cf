/** The real policies under a plan, in virtual time. */
import { isOperateError, type OperateError } from '../../runtime/errors.ts';
import { makePolicyState, operate } from '../../runtime/policy/operate.ts';
import type { PolicySpec } from '../../runtime/policy/spec.ts';
import type { TargetHandle } from '../../runtime/target.ts';
import type { Outcome, Plan, Script } from './plan.ts';
import { makeVirtualClock, settleAll, type VirtualClock } from './virtual-clock.ts';

export function makeTarget(policy: PolicySpec, clock: VirtualClock): TargetHandle {
  return {
    spec: { id: 'a.ts#f', name: 'f', version: 'v1', hash: '0', policy }, off: false, level: 0, sinceMs: 0, calls: 0, failures: 0, corrected: 0, observed: 0,
    rejected: 0, violated: 0, fallbacks: 0, timedCalls: 0, timedMs: 0, maxMs: 0, policy: makePolicyState(policy, clock),
  };
}

export const coded = (code: string): Error => Object.assign(new Error(code), { code });

/** One attempt as a script says; it listens to a signal. */
export function play({ after, end }: Script, clock: VirtualClock, signal?: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    (signal as AbortSignal | undefined)?.addEventListener('abort', () => reject((signal as AbortSignal).reason as Error));
    if (end === 'hang') return;
    clock.setTimer(() => { if (end === 'ok') resolve('ok'); else reject(end === 'business' ? new RangeError('business') : coded(end === 'reset' ? 'ECONNRESET' : 'ECONNREFUSED')); }, after, false);
  });
}

/** Each run of O′ takes the next script; the last one stays. */
export function scripted(scripts: readonly Script[], clock: VirtualClock): { run: (signal?: unknown) => Promise<string>; attempts: () => number } {
  let n = 0;
  return { run: (signal) => play(scripts[Math.min(n++, scripts.length - 1)]!, clock, signal), attempts: () => n };
}

export function nameOf(error: unknown): string {
  return isOperateError(error) ? (error as OperateError).policy : ((error as { readonly code?: string }).code ?? (error as Error).message);
}

/** Long after the last call of any plan. */
const END_MS = 200_000;

/** @returns what each call came to; `pending` where nothing ended it */
export async function drive({ policy, calls }: Plan, random: () => number): Promise<Outcome[]> {
  const clock = makeVirtualClock(random);
  const target = makeTarget(policy, clock);
  const outcomes: Outcome[] = [];
  const counts = calls.map(({ startMs, scripts }, i) => {
    const { run, attempts } = scripted(scripts, clock);
    outcomes[i] = { result: 'pending', atMs: -1, attempts: 0 };
    clock.setTimer(() => {
      const done = (result: string): void => { outcomes[i] = { result, atMs: clock.now(), attempts: attempts() }; };
      operate(target, undefined, run).then(done, (error: unknown) => done(nameOf(error)));
    }, startMs, false);
    return attempts;
  });
  await clock.runUntil(END_MS);
  await settleAll();
  return outcomes.map((each, i) => (each.result === 'pending' ? { ...each, attempts: counts[i]!() } : each));
}

/** Both sides add the same times in different orders. */
export function isEqualOutcome(a: Outcome, b: Outcome): boolean {
  return a.result === b.result && a.attempts === b.attempts && Math.abs(a.atMs - b.atMs) < 0.005;
}
