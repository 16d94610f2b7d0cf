/** The policies once more, the slow and obvious way: a plain agenda of (time, step), lists in place of counters, no promise, no shared timer. */
import type { PolicySpec } from '../../runtime/policy/spec.ts';
import type { Outcome, Plan } from './plan.ts';
import { insertByTime } from './virtual-clock.ts';

export interface Simulated {
  readonly outcomes: readonly Outcome[];
  /** The shortest time between two steps: what happens at the same time has no order, but for limits of one length. */
  readonly closestMs: number;
  readonly steps: number;
}

/** @param random draws of the waits between attempts */
export function simulate({ policy, calls }: Plan, random: () => number): Simulated {
  const agenda: { readonly at: number; readonly step: () => void; readonly limit?: object }[] = [];
  const outcomes = calls.map(() => ({ result: 'pending', atMs: -1, attempts: 0 }));
  let now = 0;
  const later = (ms: number, step: () => void): void => insertByTime(agenda, { at: now + ms, step });
  const atLimit = (limit: () => number, step: () => void): number => {
    const at = limit();
    insertByTime(agenda, { at, step, limit });
    return at;
  };
  const breaker = policy.breaker && makeBreaker(policy.breaker, () => now);
  const { bulkhead } = policy;
  const limits = { total: makeLimit(policy.timeoutMs ?? 0, () => now), attempt: makeLimit(policy.attemptMs ?? 0, () => now) };
  let saved = 10;
  let running = 0;
  const queue: { readonly index: number; readonly go: () => void }[] = [];

  calls.forEach(({ startMs, scripts }, index) => {
    const mine = outcomes[index]!;
    let current = 0;
    let ticket = 0;
    let began = 0;
    let wait = 0;
    let hasRoom = false;
    let limitMs = Infinity;
    const end = (result: string): void => {
      if (mine.result !== 'pending') return;
      Object.assign(mine, { result, atMs: now });
      current = -1;
      const at = queue.findIndex((each) => each.index === index);
      if (at >= 0) queue.splice(at, 1);
      if (!hasRoom) return;
      hasRoom = false;
      const next = queue.shift();
      if (next) next.go(); else running--;
    };
    const fail = (error: string, fault: 'unconnected' | 'transient' | 'other'): void => {
      breaker?.report(ticket, fault !== 'other', began);
      current = 0;
      const allowed = fault === 'unconnected' ? policy.repeat !== undefined : fault === 'transient' && policy.repeat === 'transient';
      if (!allowed || mine.attempts > (policy.retries ?? 0) || (breaker !== undefined && breaker.state() !== 'closed')) { end(error); return; }
      wait = Math.min(5_000, 50 + random() * (Math.max(50, wait) * 3 - 50));
      // When its time is up is known a 32nd of it after it began, at the latest.
      const isOver = now >= limitMs - (policy.timeoutMs ?? 0) && now + wait >= limitMs;
      if (isOver || saved < 1) { end(error); return; }
      saved -= 1;
      later(wait, () => { if (mine.result === 'pending') go(); });
    };
    const go = (): void => {
      const given = breaker === undefined ? 0 : breaker.enter();
      if (given === undefined) { end('breaker'); return; }
      ticket = given;
      began = now;
      const id = (current = ++mine.attempts);
      const { after, end: how } = scripts[Math.min(id, scripts.length) - 1]!;
      if (how !== 'hang') later(after, () => {
        if (current !== id) return;
        if (how === 'ok') { breaker?.report(ticket, false, began); current = 0; end('ok'); }
        else if (how === 'business') fail('business', 'other');
        else if (how === 'reset') fail('ECONNRESET', 'transient');
        else fail('ECONNREFUSED', 'unconnected');
      });
      if (policy.attemptMs !== undefined) atLimit(limits.attempt, () => { if (current === id) fail('timeout', 'transient'); });
    };
    later(startMs, () => {
      saved = Math.min(100, saved + 0.2);
      const mayGo = bulkhead === undefined || running < bulkhead.concurrent;
      if (!mayGo && queue.length >= bulkhead.queue) { end('bulkhead'); return; }
      if (policy.timeoutMs !== undefined) limitMs = atLimit(limits.total, () => {
        if (mine.result !== 'pending') return;
        if (current > 0) breaker?.report(ticket, true, began);
        end('timeout');
      });
      if (!mayGo) { queue.push({ index, go: () => { hasRoom = true; if (now < limitMs) go(); } }); return; }
      if (bulkhead !== undefined) { running++; hasRoom = true; }
      go();
    });
  });

  let closestMs = Infinity;
  let steps = 0;
  let last: object | undefined;
  for (let next = agenda.shift(); next !== undefined; next = agenda.shift()) {
    if (next.limit === undefined || next.limit !== last) closestMs = Math.min(closestMs, next.at - now);
    last = next.limit;
    now = next.at;
    next.step();
    steps++;
  }
  return { outcomes, closestMs, steps };
}

type State = 'closed' | 'open' | 'half-open';

function makeBreaker(spec: NonNullable<PolicySpec['breaker']>, now: () => number): { state(): State; enter(): number | undefined; report(ticket: number, failed: boolean, began: number): void } {
  const openMs = spec.openMs ?? spec.windowMs;
  const wanted = spec.probes ?? 1;
  let reports: { readonly slot: number; readonly failed: boolean; readonly slow: boolean }[] = [];
  /** Since it closed; those that have left the window too. */
  let results: boolean[] = [];
  let state: State = 'closed';
  let era = 0;
  let until = 0;
  let probes = 0;
  let passed = 0;
  let newest = 0;
  let seenMs = -Infinity;
  const change = (next: State, at: number): void => {
    state = next;
    era++;
    probes = passed = 0;
    results = [];
    if (next === 'closed') reports = [];
    else until = at + openMs;
  };
  return {
    state: () => state,
    enter() {
      if (state === 'open' && now() >= until) change('half-open', now());
      if (state === 'open') return undefined;
      if (state === 'half-open') {
        if (probes >= wanted) {
          if (now() < until) return undefined;
          change('half-open', now());
        }
        probes++;
      }
      return era;
    },
    report(ticket, failed, began) {
      // Of a success nobody needs to know the time but to a tenth of the window, unless slowness counts.
      if (!failed && spec.slowMs === undefined && now() >= seenMs + spec.windowMs / 10) seenMs = now();
      if (ticket !== era) return;
      const at = failed || spec.slowMs !== undefined ? now() : seenMs;
      if (state === 'half-open') {
        if (failed) change('open', at);
        else if (++passed >= wanted) change('closed', at);
        return;
      }
      newest = Math.max(newest, Math.floor(at / (spec.windowMs / 10)));
      reports = [...reports, { slot: newest, failed, slow: spec.slowMs !== undefined && at - began >= spec.slowMs }].filter((each) => each.slot > newest - 10);
      results.push(failed);
      const inARow = results.length - 1 - results.lastIndexOf(false);
      const reaches = (bad: number, rate: number | undefined): boolean => rate !== undefined && bad > 0 && bad >= reports.length * rate;
      const isBroken = (spec.consecutive !== undefined && inARow >= spec.consecutive)
        || (reports.length >= spec.minimumCalls && (reaches(reports.filter((each) => each.failed).length, spec.failureRate) || reaches(reports.filter((each) => each.slow).length, spec.slowRate)));
      if (isBroken) change('open', at);
    },
  };
}

/** @returns when the limit of a call that begins now ends it: calls that begin in the same 32nd of the limit end together */
export function makeLimit(ms: number, now: () => number): () => number {
  let lookMs = -Infinity;
  return () => {
    if (now() >= lookMs) lookMs = now() + ms / 32;
    return lookMs + ms;
  };
}
