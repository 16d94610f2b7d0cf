/** `operate` in virtual time: by example, and against a model that does everything the slow and obvious way. */
import fc from 'fast-check';
import { isOperateError, type OperateError } from '../runtime/errors.ts';
import type { Execution } from '../runtime/execution.ts';
import { onEvent } from '../runtime/index.ts';
import { makePolicyState, operate } from '../runtime/policy/operate.ts';
import type { PolicySpec } from '../runtime/policy/spec.ts';
import type { TargetHandle } from '../runtime/target.ts';
import { makeVirtualClock, settleAll, type VirtualClock } from './support/virtual-clock.ts';

const coded = (code: string): Error => Object.assign(new Error(code), { code });
const RESET = 'ECONNRESET';
const REFUSED = 'ECONNREFUSED';

function makeTarget(policy: PolicySpec, clock: VirtualClock): TargetHandle {
  return {
    spec: { id: 'a.ts#f', name: 'f', version: 'v1', hash: '0', policy }, off: false, level: 0, sinceMs: 0, calls: 0, failures: 0, corrected: 0, observed: 0,
    rejected: 0, violated: 0, fallbacks: 0, timedCalls: 0, timedMs: 0, maxMs: 0, policy: makePolicyState(policy, clock),
  };
}

/** What an attempt comes to, and after how long; `hang` never. */
type Script = { readonly after: number; readonly end: 'ok' | 'reset' | 'refused' | 'business' | 'hang' };

function play({ after, end }: Script, clock: VirtualClock, signal?: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    (signal as AbortSignal | undefined)?.addEventListener('abort', () => reject((signal as AbortSignal).reason as Error));
    if (end === 'hang') return;
    clock.setTimer(() => { if (end === 'ok') resolve('ok'); else reject(end === 'business' ? new RangeError('business') : coded(end === 'reset' ? RESET : REFUSED)); }, after, false);
  });
}

/** Each run of O′ takes the next script; the last one stays. */
function scripted(scripts: readonly Script[], clock: VirtualClock): { run: (signal?: unknown) => Promise<string>; attempts: () => number } {
  let n = 0;
  return { run: (signal) => play(scripts[Math.min(n++, scripts.length - 1)]!, clock, signal), attempts: () => n };
}

async function outcome(policy: PolicySpec, scripts: readonly Script[], untilMs = 60_000): Promise<{ result: string; attempts: number; atMs: number }> {
  const clock = makeVirtualClock();
  const { run, attempts } = scripted(scripts, clock);
  let result = 'pending';
  let atMs = -1;
  operate(makeTarget(policy, clock), undefined, run).then((value) => { result = value; atMs = clock.now(); }, (error: Error) => { result = isOperateError(error) ? (error as OperateError).policy : (error as { code?: string }).code ?? error.message; atMs = clock.now(); });
  await clock.runUntil(untilMs);
  return { result, attempts: attempts(), atMs };
}

const at = (end: Script['end'], after = 10): Script => ({ after, end });

describe('which failures are repeated: effect × error × option × attempt', () => {
  // What effects come to is decided by the compiler: test/policy-plan.test.ts.
  const cases: readonly (readonly [PolicySpec['repeat'], Script['end'], number, number])[] = [
    // repeat, error, retries, attempts
    [undefined, 'reset', 2, 1], [undefined, 'refused', 2, 1], [undefined, 'business', 2, 1],
    ['unconnected', 'reset', 2, 1], ['unconnected', 'refused', 2, 3], ['unconnected', 'business', 2, 1], ['unconnected', 'refused', 0, 1],
    ['transient', 'reset', 2, 3], ['transient', 'refused', 2, 3], ['transient', 'business', 2, 1], ['transient', 'reset', 0, 1], ['transient', 'reset', 5, 6],
  ];
  it.each(cases)('repeat %s, %s, retries %d: %d attempts', async (repeat, end, retries, attempts) => {
    const found = await outcome({ retries, ...(repeat && { repeat }) }, [at(end)]);
    expect(found).toMatchObject({ attempts, result: end === 'business' ? 'business' : end === 'reset' ? RESET : REFUSED });
  });
  it.each([1, 2, 3])('the %d. attempt succeeds', async (n) => {
    const found = await outcome({ retries: 2, repeat: 'transient' }, [...Array.from({ length: n - 1 }, () => at('reset')), at('ok')]);
    expect(found).toMatchObject({ attempts: n, result: 'ok' });
  });
  it('time limits of an attempt are transient: never repeated for functions that write', async () => {
    expect(await outcome({ attemptMs: 100, retries: 2, repeat: 'unconnected' }, [at('hang')])).toMatchObject({ attempts: 1, result: 'timeout', atMs: 100 });
    expect(await outcome({ attemptMs: 100, retries: 2, repeat: 'transient' }, [at('hang'), at('ok')])).toMatchObject({ attempts: 2, result: 'ok' });
  });
});

describe('one call', () => {
  it('rejects with the function\'s own error, the very object', async () => {
    const clock = makeVirtualClock();
    const error = coded(RESET);
    await expect(operate(makeTarget({ retries: 0 }, clock), undefined, () => Promise.reject(error))).rejects.toBe(error);
  });
  it('throws synchronously what the function throws synchronously, and nothing is tried again', () => {
    const clock = makeVirtualClock();
    let runs = 0;
    expect(() => operate(makeTarget({ retries: 3, repeat: 'transient', bulkhead: { concurrent: 1, queue: 0 } }, clock), undefined, () => { runs++; throw coded(RESET); })).toThrow(RESET);
    expect(runs).toBe(1);
  });
  it('ends at its time limit, with all its attempts and waits', async () => {
    expect(await outcome({ timeoutMs: 1_000 }, [at('hang')])).toEqual({ result: 'timeout', attempts: 1, atMs: 1_000 });
    expect(await outcome({ timeoutMs: 1_000, retries: 10, repeat: 'transient' }, [at('reset', 300)])).toMatchObject({ result: 'timeout', atMs: 1_000 });
    expect(await outcome({ timeoutMs: 1_000 }, [at('ok', 999)])).toMatchObject({ result: 'ok' });
  });
  it('tells the function through its signal, and ignores what comes later', async () => {
    const clock = makeVirtualClock();
    let signal: AbortSignal | undefined;
    const call = operate(makeTarget({ timeoutMs: 50, signal: true }, clock), undefined, (given) => { signal = given as AbortSignal; return play(at('ok', 80), clock); });
    await Promise.all([expect(call).rejects.toMatchObject({ code: 'POET7002', policy: 'timeout', phase: 'operate', functionName: 'f' }), clock.runUntil(100)]);
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toMatchObject({ policy: 'timeout' });
  });
  it('takes no timer of its own: ten thousand in flight share one', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ timeoutMs: 5_000 }, clock);
    const resolvers: ((value: string) => void)[] = [];
    const calls = Array.from({ length: 10_000 }, () => operate(target, undefined, () => new Promise<string>((resolve) => { resolvers.push(resolve); })));
    expect(clock.set).toBe(1);
    for (const resolve of resolvers) resolve('ok');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['ok']));
    await clock.runUntil(10_000);
    expect([clock.set, clock.waiting]).toEqual([1, 0]);
  });
  it.each<[string, PolicySpec, (error: unknown) => unknown]>([
    ['as it is', {}, (error) => error],
    ['as the cause of another', {}, (error) => new Error('load failed', { cause: error })],
    ['as one of several', {}, (error) => new AggregateError([coded(RESET), error])],
    ['as the end of its time, after several attempts', { timeoutMs: 400 }, (error) => error],
  ])('is not repeated by an outer function when an inner one has tried again and its error comes %s', async (_, limit, wrap) => {
    const clock = makeVirtualClock();
    const spec: PolicySpec = { retries: 2, repeat: 'transient' };
    const [inner, outer] = [makeTarget({ ...spec, ...limit, ...(limit.timeoutMs !== undefined && { retries: 9 }) }, clock), makeTarget(spec, clock)];
    let inside = 0;
    let runs = 0;
    const call = operate(outer, undefined, () => { runs++; return operate(inner, undefined, () => { inside++; return play(at('reset'), clock); }).catch((error: unknown) => { throw wrap(error); }); });
    await Promise.all([expect(call).rejects.toThrow(), clock.runUntil(60_000)]);
    expect([runs, inside > 1]).toEqual([1, true]);
    expect(clock.waiting).toBe(0);
  });
  it('is repeated by the outer function where the inner one may not, so that the attempts add up to one policy', async () => {
    const clock = makeVirtualClock();
    const [inner, outer] = [makeTarget({ timeoutMs: 1_000 }, clock), makeTarget({ retries: 2, repeat: 'transient' }, clock)];
    let runs = 0;
    const call = operate(outer, undefined, () => operate(inner, undefined, () => { runs++; return play(at('reset'), clock); }));
    await Promise.all([expect(call).rejects.toThrow(RESET), clock.runUntil(60_000)]);
    expect(runs).toBe(3);
  });
  it('is repeated each time by a function that throws the same object each time', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ retries: 1, repeat: 'transient' }, clock);
    const down = coded(RESET);
    let runs = 0;
    for (let i = 1; i <= 3; i++) {
      const call = operate(target, undefined, () => { runs++; return Promise.reject(down); });
      await Promise.all([expect(call).rejects.toBe(down), clock.runUntil(i * 10_000)]);
    }
    expect(runs).toBe(6);
  });
});

describe('events', () => {
  it('show every retry, the opening and closing of the breaker, and the number of attempts', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ retries: 1, repeat: 'transient', breaker: { failureRate: 0.5, minimumCalls: 2, windowMs: 1_000, openMs: 100 } }, clock);
    const seen: string[] = [];
    const stop = onEvent((event) => { seen.push(event.type); });
    const x = (): Execution => ({ startMs: 0, id: undefined, lastEvent: undefined, recorded: false, key: undefined, attempts: 0, scope: undefined });
    const first = x();
    await Promise.all([expect(operate(target, first, () => Promise.reject(coded(RESET)))).rejects.toThrow(RESET), clock.runUntil(400)]);
    expect([seen, first.attempts]).toEqual([['operate.retried', 'breaker.opened'], 2]);
    await clock.runUntil(1_000);
    await expect(operate(target, x(), () => Promise.resolve('ok'))).resolves.toBe('ok');
    expect(seen).toEqual(['operate.retried', 'breaker.opened', 'breaker.closed']);
    stop();
  });
});

// ---- the model

interface ModelCall { readonly startMs: number; readonly scripts: readonly Script[] }

/**
 * The same semantics over a plain agenda of (time, step), with lists in place of counters. No promise, no shared timer.
 */
function simulate(spec: PolicySpec, calls: readonly ModelCall[], random: () => number): { readonly results: readonly { readonly result: string; readonly atMs: number; readonly attempts: number }[]; readonly closest: number } {
  const agenda: { at: number; order: number; step: () => void }[] = [];
  let order = 0;
  let now = 0;
  let closest = Infinity;
  const later = (at: number, step: () => void): void => { agenda.push({ at, order: order++, step }); };
  const results = calls.map(() => ({ result: 'pending', atMs: -1, attempts: 0 }));
  let saved = 10;
  let running = 0;
  const queue: { index: number; go: () => void }[] = [];
  let reports: { slot: number; failed: boolean }[] = [];
  let state: 'closed' | 'open' | 'half-open' = 'closed';
  let until = 0;
  let probes = 0;
  let passed = 0;
  let era = 0;
  const b = spec.breaker;
  const change = (next: typeof state, at = now): void => { state = next; era++; probes = passed = 0; if (next === 'closed') reports = []; if (next !== 'closed') until = at + (b!.openMs ?? b!.windowMs); };
  // A success is counted when its attempt began: nobody asks the time for it.
  let newest = 0;
  const report = (ticket: number, failed: boolean, began: number): void => {
    if (b === undefined || ticket !== era) return;
    if (state === 'half-open') {
      if (failed) change('open');
      else if (++passed >= (b.probes ?? 1)) change('closed');
      return;
    }
    newest = Math.max(newest, Math.floor((failed ? now : began) / (b.windowMs / 10)));
    reports = [...reports, { slot: newest, failed }].filter((each) => each.slot > newest - 10);
    const failures = reports.filter((each) => each.failed).length;
    if (reports.length >= b.minimumCalls && failures > 0 && failures >= reports.length * b.failureRate) change('open', failed ? now : began);
  };
  calls.forEach(({ startMs, scripts }, index) => {
    const mine = results[index]!;
    let current = 0;
    let wait = 0;
    let hasRoom = false;
    let began = 0;
    const end = (result: string): void => {
      if (mine.result !== 'pending') return;
      mine.result = result;
      mine.atMs = now;
      current = -1;
      const at = queue.findIndex((each) => each.index === index);
      if (at >= 0) queue.splice(at, 1);
      if (!hasRoom) return;
      hasRoom = false;
      const next = queue.shift();
      if (next) next.go(); else running--;
    };
    const fail = (ticket: number, error: string, fault: 'unconnected' | 'transient' | 'other'): void => {
      report(ticket, fault !== 'other', began);
      current = 0;
      const allowed = fault === 'unconnected' ? spec.repeat !== undefined : fault === 'transient' && spec.repeat === 'transient';
      if (!allowed || mine.attempts > (spec.retries ?? 0) || saved < 1) { end(error); return; }
      saved -= 1;
      wait = Math.min(5_000, 50 + random() * (Math.max(50, wait * 3) - 50));
      later(now + wait, () => { if (mine.result === 'pending') go(); });
    };
    const go = (): void => {
      if (b !== undefined) {
        if (state === 'open' && now >= until) change('half-open');
        if (state === 'open') { end('breaker'); return; }
        if (state === 'half-open') {
          if (probes >= (b.probes ?? 1)) { if (now < until) { end('breaker'); return; } change('half-open'); }
          probes++;
        }
      }
      const ticket = era;
      began = now;
      mine.attempts++;
      const id = mine.attempts;
      current = id;
      const { after, end: how } = scripts[Math.min(id - 1, scripts.length - 1)]!;
      if (how !== 'hang') later(now + after, () => {
        if (current !== id) return;
        if (how === 'ok') { report(ticket, false, began); current = 0; end('ok'); } else fail(ticket, how === 'business' ? 'business' : how === 'reset' ? RESET : REFUSED, how === 'business' ? 'other' : how === 'reset' ? 'transient' : 'unconnected');
      });
      if (spec.attemptMs !== undefined) later(now + spec.attemptMs, () => { if (current === id) fail(ticket, 'timeout', 'transient'); });
      expireWith = ticket;
    };
    let expireWith = 0;
    later(startMs, () => {
      saved = Math.min(100, saved + 0.2);
      if (spec.timeoutMs !== undefined) later(now + spec.timeoutMs, () => { if (mine.result !== 'pending') return; if (current > 0) report(expireWith, true, began); end('timeout'); });
      if (spec.bulkhead === undefined) { go(); return; }
      if (running < spec.bulkhead.concurrent) { running++; hasRoom = true; go(); return; }
      if (queue.length >= spec.bulkhead.queue) { end('bulkhead'); return; }
      queue.push({ index, go: () => { hasRoom = true; go(); } });
    });
  });
  for (let next = agenda.sort((a, c) => a.at - c.at || a.order - c.order).shift(); next !== undefined; next = agenda.sort((a, c) => a.at - c.at || a.order - c.order).shift()) {
    closest = Math.min(closest, next.at - now);
    now = next.at;
    next.step();
  }
  return { results, closest };
}

const RUNS = Number(process.env['POET_MODEL_RUNS'] ?? 150);

describe('a simulator of many calls', () => {
  /** Odd fractions, so that hardly ever two things happen at the same time: which of them comes first is nobody's promise. */
  const time = (max: number): fc.Arbitrary<number> => fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max: 999_983 })).map(([ms, fraction]) => ms + fraction / 999_983);
  const script = fc.record({ after: time(400), end: fc.constantFrom<Script['end']>('ok', 'ok', 'ok', 'reset', 'reset', 'refused', 'business', 'hang') });
  const calls = fc.array(fc.record({ gap: time(120), scripts: fc.array(script, { minLength: 1, maxLength: 4 }) }), { minLength: 1, maxLength: 60 })
    .map((list) => { let startMs = 0; return list.map(({ gap, scripts }): ModelCall => { startMs += gap; return { startMs, scripts }; }); });
  const spec: fc.Arbitrary<PolicySpec> = fc.record({
    retries: fc.nat(3), repeat: fc.constantFrom<NonNullable<PolicySpec['repeat']>>('transient', 'unconnected'), timeoutMs: fc.constantFrom(300.123, 900.77), attemptMs: fc.constantFrom(150.31, 250.9),
    breaker: fc.record({ failureRate: fc.constantFrom(0.3, 0.5, 0.8), minimumCalls: fc.integer({ min: 2, max: 8 }), windowMs: fc.constantFrom(500, 2_000), openMs: fc.constantFrom(200.7, 900.3), probes: fc.integer({ min: 1, max: 3 }) }),
    bulkhead: fc.record({ concurrent: fc.integer({ min: 1, max: 5 }), queue: fc.nat(4) }),
  }, { requiredKeys: [] });

  it('gives every call what the model gives it, at the same time, after as many attempts', async () => {
    let steps = 0;
    await fc.assert(fc.asyncProperty(spec, calls, fc.integer(), async (policy, list, seed) => {
      const draws = (): (() => number) => { let state = seed | 0; return () => { state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0; return ((state >>> 8) / 2 ** 24) * 0.999 + 0.000_37; }; };
      const clock = makeVirtualClock(draws());
      const target = makeTarget(policy, clock);
      const found = list.map(() => ({ result: 'pending', atMs: -1, attempts: 0 }));
      list.forEach(({ startMs, scripts }, i) => {
        clock.setTimer(() => {
          const { run, attempts } = scripted(scripts, clock);
          const done = (result: string): void => { found[i] = { result, atMs: clock.now(), attempts: attempts() }; };
          operate(target, undefined, run).then(done, (error: Error) => done(isOperateError(error) ? (error as OperateError).policy : (error as { code?: string }).code ?? error.message));
        }, startMs, false);
      });
      await clock.runUntil(200_000);
      await settleAll();
      const { results: expected, closest } = simulate(policy, list, draws());
      fc.pre(closest > 1e-4);
      const rounded = (all: typeof found): unknown => all.map(({ atMs, ...rest }, i) => ({ i, ...rest, atMs: Math.round(atMs * 100) / 100 }));
      expect(rounded(found)).toEqual(rounded(expected.map((each, i) => (each.result === 'pending' ? { ...each, attempts: found[i]!.attempts } : each))));
      steps += clock.set;
    }), { numRuns: RUNS });
    process.stdout.write(`policies: ${RUNS} runs, ${steps} timed steps, no divergence\n`);
  }, 600_000);
});
