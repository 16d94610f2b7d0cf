/** `operate` in virtual time: by example, against a model that does everything the slow and obvious way, and against cockatiel. */
import type { Execution } from '../runtime/execution.ts';
import { onEvent } from '../runtime/index.ts';
import { operate } from '../runtime/policy/operate.ts';
import type { PolicySpec } from '../runtime/policy/spec.ts';
import { againstCockatiel, againstModel } from '../scripts/simulate.ts';
import { coded, makeTarget, nameOf, play, scripted } from '../scripts/simulate/drive.ts';
import type { Script } from '../scripts/simulate/plan.ts';
import { makeVirtualClock } from '../scripts/simulate/virtual-clock.ts';

const RESET = 'ECONNRESET';
const REFUSED = 'ECONNREFUSED';

async function outcome(policy: PolicySpec, scripts: readonly Script[], untilMs = 60_000): Promise<{ result: string; attempts: number; atMs: number }> {
  const clock = makeVirtualClock();
  const { run, attempts } = scripted(scripts, clock);
  let result = 'pending';
  let atMs = -1;
  operate(makeTarget(policy, clock), undefined, run).then((value) => { result = value; atMs = clock.now(); }, (error: unknown) => { result = nameOf(error); atMs = clock.now(); });
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
    expect(await outcome({ attemptMs: 100, retries: 2, repeat: 'unconnected' }, [at('hang')])).toMatchObject({ attempts: 1, result: 'timeout', atMs: 103.125 });
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
  it('ends at its time limit and a 32nd at most, with all its attempts and waits', async () => {
    expect(await outcome({ timeoutMs: 1_000 }, [at('hang')])).toEqual({ result: 'timeout', attempts: 1, atMs: 1_031.25 });
    expect(await outcome({ timeoutMs: 1_000, retries: 10, repeat: 'transient' }, [at('reset', 300)])).toMatchObject({ result: 'timeout', atMs: 1_031.25 });
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
    const held: unknown[] = [];
    const stop = onEvent((event) => {
      seen.push(event.type);
      if (event.type === 'breaker.opened' || event.type === 'breaker.closed') held.push([event.payload.calls, event.payload.failures, event.payload.slow]);
    });
    const x = (): Execution => ({ startMs: 0, id: undefined, lastEvent: undefined, recorded: false, key: undefined, attempts: 0, scope: undefined });
    const first = x();
    await Promise.all([expect(operate(target, first, () => Promise.reject(coded(RESET)))).rejects.toThrow(RESET), clock.runUntil(400)]);
    expect([seen, first.attempts]).toEqual([['operate.retried', 'breaker.opened'], 2]);
    await clock.runUntil(1_000);
    await expect(operate(target, x(), () => Promise.resolve('ok'))).resolves.toBe('ok');
    expect(seen).toEqual(['operate.retried', 'breaker.opened', 'breaker.closed']);
    expect(held).toEqual([[2, 2, 0], [2, 2, 0]]);
    stop();
  });
});

// `npm run simulate` goes through millions; the mutation score takes fewer, many times.
const STEPS = Number(process.env['POET_MODEL_STEPS'] ?? 20_000);

describe('a simulator of many calls', () => {
  it('gives every call what the model gives it, at the same time, after as many attempts', async () => {
    const { divergence, results } = await againstModel(STEPS, 7);
    expect(divergence).toBeUndefined();
    for (const name of ['ok', 'timeout', 'breaker', 'bulkhead', RESET, REFUSED, 'business', 'pending']) expect([name, results[name]]).toEqual([name, expect.any(Number)]);
  });
  it('gives every call what cockatiel gives it, where the two mean the same', async () => {
    const { divergence, results } = await againstCockatiel(STEPS / 10, 7);
    expect(divergence).toBeUndefined();
    for (const name of ['ok', 'timeout', 'breaker', 'bulkhead', RESET]) expect([name, results[name]]).toEqual([name, expect.any(Number)]);
  });
});
