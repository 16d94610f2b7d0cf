/** What policies say: in events, in errors, to instruments; and the corners of their parts that a random walk hardly meets. */
import type { Execution } from '../runtime/execution.ts';
import { onEvent } from '../runtime/index.ts';
import { nextWaitMs, RetryBudget } from '../runtime/policy/backoff.ts';
import { Breaker, type Report } from '../runtime/policy/breaker.ts';
import { platformClock } from '../runtime/policy/clock.ts';
import { faultOf } from '../runtime/policy/faults.ts';
import { makePolicyState, operate } from '../runtime/policy/operate.ts';
import { joinSignals, makeController, withSignal } from '../runtime/policy/signals.ts';
import type { PolicySpec } from '../runtime/policy/spec.ts';
import type { Scope } from '../runtime/state.ts';
import type { AnyEvent } from '../records/events.ts';
import { coded, makeTarget, play } from '../scripts/simulate/drive.ts';
import { makeVirtualClock } from '../scripts/simulate/virtual-clock.ts';

const execution = (scope?: Scope): Execution => ({ startMs: 0, id: undefined, lastEvent: undefined, recorded: false, key: undefined, attempts: 0, scope });

/** One call that rejects; the events that it made. */
async function listen(policy: PolicySpec, x: Execution | undefined, run: () => Promise<string>, untilMs = 10_000): Promise<{ readonly events: AnyEvent[]; readonly error: unknown; readonly value: unknown }> {
  const clock = makeVirtualClock();
  const events: AnyEvent[] = [];
  const stop = onEvent((event) => { events.push(event); });
  let error: unknown;
  let value: unknown;
  operate(makeTarget(policy, clock), x, run).then((given) => { value = given; }, (thrown: unknown) => { error = thrown; });
  await clock.runUntil(untilMs);
  stop();
  return { events, error, value };
}

describe('events', () => {
  it('of a retry say which attempt failed, why, and how long the wait is; each is the cause of the next', async () => {
    const x = execution();
    const { events, error } = await listen({ retries: 2, repeat: 'transient' }, x, () => Promise.reject(coded('ECONNREFUSED')));
    expect(events.map(({ type, payload }) => [type, payload])).toEqual([1, 2].map((attempt) => ['operate.retried', {
      function_name: 'a.ts#f', version: 'v1', execution_id: x.id, attempt, wait_ms: attempt === 1 ? 100 : 175, fault: 'unconnected', error: { type: 'Error', message: 'ECONNREFUSED', stack_trace: expect.any(String) as string },
    }]));
    expect(events.map((event) => [event.correlation_id, event.causation_id])).toEqual([[x.id, undefined], [x.id, events[0]!.id]]);
    expect([x.lastEvent, x.attempts, (error as Error).message]).toEqual([events[1]!.id, 3, 'ECONNREFUSED']);
  });
  it('of a breaker say what its window held', async () => {
    const breaker = { failureRate: 0.5, minimumCalls: 2, windowMs: 1_000, slowMs: 20, slowRate: 1 };
    const { events } = await listen({ retries: 1, repeat: 'transient', breaker }, execution(), () => Promise.reject(coded('ECONNRESET')));
    expect(events.map(({ type, payload }) => [type, 'calls' in payload && [payload.calls, payload.failures, 'slow' in payload && payload.slow]])).toEqual([['operate.retried', false], ['breaker.opened', [2, 2, 0]]]);
  });
  it('are not made for a call that nobody records; one attempt is not counted', async () => {
    expect((await listen({ retries: 1, repeat: 'transient', breaker: { failureRate: 0.5, minimumCalls: 2, windowMs: 1_000 } }, undefined, () => Promise.reject(coded('ECONNRESET')))).events).toEqual([]);
    const x = execution();
    expect(await listen({ retries: 1, repeat: 'transient' }, x, () => Promise.resolve('ok'))).toMatchObject({ events: [], value: 'ok' });
    expect([x.attempts, x.id]).toEqual([0, undefined]);
  });
});

describe('errors name the policy and its limit', () => {
  const hang = (): Promise<string> => new Promise(() => undefined);
  it('of time', async () => {
    expect((await listen({ timeoutMs: 200 }, undefined, hang)).error).toMatchObject({ policy: 'timeout', functionName: 'f', message: expect.stringContaining('no result within 200 ms\n') as string });
    expect((await listen({ attemptMs: 300 }, undefined, hang)).error).toMatchObject({ policy: 'timeout', message: expect.stringContaining('no result within 300 ms of an attempt') as string });
  });
  it('of a breaker', async () => {
    const target = makeTarget({ breaker: { failureRate: 1, minimumCalls: 1, windowMs: 1_000 } }, makeVirtualClock());
    await expect(operate(target, undefined, () => Promise.reject(coded('ECONNRESET')))).rejects.toThrow('ECONNRESET');
    await expect(operate(target, undefined, hang)).rejects.toMatchObject({ policy: 'breaker', message: expect.stringContaining('the breaker is open: too many calls failed') as string });
  });
  it('of a bulkhead', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ bulkhead: { concurrent: 1, queue: 1 }, timeoutMs: 100 }, clock);
    const [running, waiting, refused] = [1, 2, 3].map(() => operate(target, undefined, hang)) as [Promise<string>, Promise<string>, Promise<string>];
    await expect(refused).rejects.toMatchObject({ policy: 'bulkhead', message: expect.stringContaining('1 calls are running and 1 are waiting') as string });
    await Promise.all([expect(running).rejects.toMatchObject({ policy: 'timeout' }), expect(waiting).rejects.toMatchObject({ policy: 'timeout' }), clock.runUntil(200)]);
    // Both have given their places back.
    await expect(operate(target, undefined, () => Promise.resolve('ok'))).resolves.toBe('ok');
  });
});

describe('a retry that cannot happen', () => {
  it('because the attempt has opened the breaker is not announced: the function\'s own error comes at once', async () => {
    const down = coded('ECONNRESET');
    const { events, error } = await listen({ retries: 3, repeat: 'transient', breaker: { failureRate: 1, minimumCalls: 2, windowMs: 1_000 } }, execution(), () => Promise.reject(down));
    expect([error === down, events.map(({ type }) => type)]).toEqual([true, ['operate.retried', 'breaker.opened']]);
  });
  it('because its time would be up before is neither announced nor counted: the function\'s own error comes at once', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ retries: 3, repeat: 'transient', timeoutMs: 100 }, clock);
    const x = execution();
    let failedMs = 0;
    for (let i = 0; i < 20; i++) {
      const startMs = clock.now();
      const call = operate(target, x, () => play({ after: 60, end: 'reset' }, clock)).finally(() => { failedMs = clock.now() - startMs; });
      await Promise.all([expect(call).rejects.toThrow('ECONNRESET'), clock.runUntil(startMs + 1_000)]);
      expect(failedMs).toBe(60);
    }
    expect([x.attempts, x.lastEvent, target.policy?.budget?.withdraw()]).toEqual([0, undefined, true]);
  });
  it('because its time would be up at that very moment is not begun either', async () => {
    const clock = makeVirtualClock(() => 0);
    // Its lane looks after a 32nd, and waits are of 50 ms where nothing is drawn.
    const call = operate(makeTarget({ retries: 3, repeat: 'transient', timeoutMs: 100 }, clock), undefined, () => play({ after: 100 + 100 / 32 - 50, end: 'reset' }, clock));
    await Promise.all([expect(call).rejects.toThrow('ECONNRESET'), clock.runUntil(1_000)]);
  });
});

describe('an OperateError that ends a call after other failures has the last of them as its cause', () => {
  const policy: PolicySpec = { retries: 3, repeat: 'transient' };
  const [reset, down] = [coded('ECONNRESET'), coded('EPIPE')];
  const runs = (...ends: (Error | undefined)[]) => (): Promise<string> => { const error = ends.shift(); return error === undefined ? new Promise(() => undefined) : Promise.reject(error); };

  it('when the time of the call is up', async () => {
    expect((await listen({ ...policy, timeoutMs: 5_000 }, undefined, runs(reset, down))).error).toMatchObject({ policy: 'timeout', cause: down });
  });
  it('when the time of an attempt is up', async () => {
    const { error } = await listen({ ...policy, retries: 2, attemptMs: 100 }, undefined, runs(reset));
    expect(error).toMatchObject({ policy: 'timeout', cause: { policy: 'timeout', cause: reset } });
    // As the language makes it of an option.
    expect(Object.getOwnPropertyDescriptor(error, 'cause')).toMatchObject({ writable: true, configurable: true, enumerable: false });
  });
  it('when others have opened the breaker', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ ...policy, breaker: { failureRate: 1, minimumCalls: 2, windowMs: 60_000 } }, clock);
    const call = operate(target, undefined, runs(reset));
    await clock.runUntil(10);
    await expect(operate(target, undefined, runs(down))).rejects.toBe(down);
    await Promise.all([expect(call).rejects.toMatchObject({ policy: 'breaker', cause: reset }), clock.runUntil(10_000)]);
  });
  it('and none where nothing failed before', async () => {
    expect((await listen({ ...policy, retries: 0, timeoutMs: 100 }, undefined, runs())).error).not.toHaveProperty('cause');
  });
});

describe('operate', () => {
  it('keeps a budget only where something is repeated', () => {
    const budgetOf = (spec: PolicySpec): boolean => makePolicyState(spec, makeVirtualClock()).budget !== undefined;
    expect([budgetOf({}), budgetOf({ repeat: 'transient' }), budgetOf({ retries: 0, repeat: 'transient' }), budgetOf({ retries: 1 }), budgetOf({ retries: 1, repeat: 'unconnected' })]).toEqual([false, false, false, false, true]);
  });
  it('runs a function without policies as it is', async () => {
    const target = { ...makeTarget({}, makeVirtualClock()), policy: undefined };
    const { policy: _, ...bare } = target.spec;
    await expect(operate({ ...target, spec: bare }, undefined, () => Promise.resolve('ok'))).resolves.toBe('ok');
  });
  it('passes on values that are no errors', async () => {
    expect((await listen({ retries: 1, repeat: 'transient' }, undefined, () => Promise.reject('a text' as unknown as Error))).error).toBe('a text');
    expect((await listen({ retries: 1, repeat: 'transient' }, undefined, () => Promise.reject(null as unknown as Error))).error).toBeNull();
  });
  it('rejects with what a later attempt throws synchronously, and gives its room back', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ retries: 2, repeat: 'transient', bulkhead: { concurrent: 1, queue: 0 }, breaker: { failureRate: 1, minimumCalls: 2, windowMs: 1_000 } }, clock);
    let n = 0;
    const call = operate(target, undefined, () => { if (n++ === 0) return Promise.reject(coded('ECONNRESET')); throw coded('EPIPE'); });
    await Promise.all([expect(call).rejects.toThrow('EPIPE'), clock.runUntil(1_000)]);
    expect([n, target.policy?.bulkhead?.running, target.policy?.breaker?.state]).toEqual([2, 0, 'open']);
  });
  it('gives a signal only where the function takes one, a new one to each attempt, and aborts none that is over', async () => {
    const clock = makeVirtualClock();
    const signals: (AbortSignal | undefined)[] = [];
    const run = (end: 'ok' | 'hang') => (signal?: unknown): Promise<string> => { signals.push(signal as AbortSignal | undefined); return play({ after: 10, end: signals.length === 1 ? 'hang' : end }, clock); };
    const call = operate(makeTarget({ signal: true, attemptMs: 100, retries: 1, repeat: 'transient' }, clock), undefined, run('ok'));
    await Promise.all([expect(call).resolves.toBe('ok'), clock.runUntil(5_000)]);
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, false]);
    await Promise.all([operate(makeTarget({ timeoutMs: 100 }, clock), undefined, run('ok')), clock.runUntil(6_000)]);
    expect(signals[2]).toBeUndefined();
  });
  it('tells an instrument of each attempt, how it ended, and of its events', async () => {
    const told: unknown[] = [];
    const scope = (name: string): Scope => ({
      run: ((fn: (...args: unknown[]) => unknown, _: unknown, args: readonly unknown[]) => { told.push([name, 'runs']); return fn(...args); }) as Scope['run'],
      attempt: (attempt) => { told.push(['attempt', attempt]); return scope(`attempt ${attempt}`); },
      note: (type) => { told.push([name, type]); },
      end: (isFailure, error) => { told.push([name, isFailure, (error as Error | undefined)?.message]); },
    });
    let n = 0;
    await listen({ retries: 1, repeat: 'transient' }, execution(scope('call')), () => (n++ === 0 ? Promise.reject(coded('ECONNRESET')) : Promise.resolve('ok')));
    expect(told).toEqual([['attempt', 1], ['attempt 1', 'runs'], ['attempt 1', true, 'ECONNRESET'], ['call', 'operate.retried'], ['attempt', 2], ['attempt 2', 'runs'], ['attempt 2', false, undefined]]);
    told.length = 0;
    await listen({ timeoutMs: 50 }, execution(scope('call')), () => new Promise(() => undefined));
    expect(told.at(-1)).toEqual(['attempt 1', true, expect.stringContaining('no result within 50 ms')]);
    told.length = 0;
    expect(() => operate(makeTarget({ timeoutMs: 50 }, makeVirtualClock()), execution(scope('call')), () => { throw coded('EPIPE'); })).toThrow('EPIPE');
    expect(told.at(-1)).toEqual(['attempt 1', true, 'EPIPE']);
  });
});

describe('one call, looked at closely', () => {
  const reset = (): Promise<string> => Promise.reject(coded('ECONNRESET'));

  it('looks at the clock once in a tenth of the breaker\'s window while all goes well', async () => {
    const clock = makeVirtualClock();
    let reads = 0;
    const target = makeTarget({}, clock);
    const policy: PolicySpec = { retries: 2, repeat: 'transient', timeoutMs: 5_000, breaker: { failureRate: 0.5, minimumCalls: 20, windowMs: 30_000 } };
    target.policy = makePolicyState(policy, { ...clock, now: () => { reads++; return clock.now(); } });
    Object.assign(target.spec, { policy });
    for (let i = 0; i < 100; i++) await operate(target, undefined, () => Promise.resolve('ok'));
    expect(reads).toBe(1);
  });
  it('is slow by its own time, where a breaker looks for that', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ breaker: { failureRate: 1, minimumCalls: 2, windowMs: 10_000, slowMs: 100, slowRate: 1 } }, clock);
    for (const after of [99, 150, 150, 150]) {
      await Promise.all([operate(target, undefined, () => play({ after, end: 'ok' }, clock)), clock.runUntil(clock.now() + 200)]);
      if (after === 99) expect(target.policy?.breaker?.seen).toEqual({ calls: 1, failures: 0, slow: 0 });
    }
    expect(target.policy?.breaker?.seen).toEqual({ calls: 4, failures: 0, slow: 3 });
  });
  it('that waits for a place does not begin when its time is up together with that of the one before', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ timeoutMs: 320, bulkhead: { concurrent: 1, queue: 2 } }, clock);
    let runs = 0;
    const calls = [1, 2, 3].map(() => operate(target, undefined, () => { runs++; return new Promise<string>(() => undefined); }));
    await Promise.all([...calls.map((call) => expect(call).rejects.toMatchObject({ policy: 'timeout' })), clock.runUntil(1_000)]);
    expect([runs, target.policy?.bulkhead?.running, target.policy?.bulkhead?.waiting]).toEqual([1, 0, 0]);
  });
  it('gives its place back though it has called itself, by another name, before its own limit was set', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ timeoutMs: 320, bulkhead: { concurrent: 1, queue: 2 } }, clock);
    const calls: Promise<unknown>[] = [];
    calls.push(operate(target, undefined, () => {
      calls.push(operate(target, undefined, () => Promise.resolve('in')));
      return new Promise<string>(() => undefined);
    }));
    const [ends] = await Promise.all([Promise.allSettled(calls), clock.runUntil(1_000)]);
    expect(ends).toEqual([1, 2].map(() => expect.objectContaining({ status: 'rejected', reason: expect.objectContaining({ policy: 'timeout' }) as unknown })));
    expect([target.policy?.bulkhead?.running, target.policy?.bulkhead?.waiting]).toEqual([0, 0]);
    await expect(operate(target, undefined, () => Promise.resolve('ok'))).resolves.toBe('ok');
  });
  it.each([[undefined], [7], [null]])('takes an answer that is no promise, whatever its type says: %p', async (answer) => {
    const clock = makeVirtualClock();
    const target = makeTarget({ timeoutMs: 320, attemptMs: 100, bulkhead: { concurrent: 1, queue: 0 } }, clock);
    await Promise.all([expect(operate(target, undefined, () => answer as never)).resolves.toBe(answer), clock.runUntil(1_000)]);
    expect(target.policy?.bulkhead?.running).toBe(0);
  });
  it('adopts a promise of somebody\'s own making, also one that throws when it is asked', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ timeoutMs: 320, bulkhead: { concurrent: 1, queue: 0 } }, clock);
    class Own { get then(): never { throw coded('odd'); } } // oxlint-disable-line unicorn/no-thenable
    await Promise.all([expect(operate(target, undefined, () => new Own() as never)).rejects.toThrow('odd'), clock.runUntil(1_000)]);
    expect(target.policy?.bulkhead?.running).toBe(0);
  });
  it('hands its place on however many wait, also where the breaker refuses them all', async () => {
    const clock = makeVirtualClock();
    const target = makeTarget({ bulkhead: { concurrent: 1, queue: 50_000 }, breaker: { failureRate: 1, minimumCalls: 1, windowMs: 60_000 } }, clock);
    const first = operate(target, undefined, reset);
    const others = Array.from({ length: 50_000 }, () => operate(target, undefined, () => Promise.resolve('ok')));
    await expect(first).rejects.toThrow('ECONNRESET');
    expect((await Promise.allSettled(others)).filter((each) => each.status === 'rejected' && (each.reason as { policy?: string }).policy === 'breaker')).toHaveLength(50_000);
    expect([target.policy?.bulkhead?.running, target.policy?.bulkhead?.waiting]).toEqual([0, 0]);
  });
  it('that ends while it waits for its next attempt makes none, and its breaker hears of one failure', async () => {
    const clock = makeVirtualClock(() => 0.99);
    const target = makeTarget({ retries: 9, repeat: 'transient', timeoutMs: 32, breaker: { failureRate: 1, minimumCalls: 100, windowMs: 60_000 } }, clock);
    let runs = 0;
    const call = operate(target, undefined, () => { runs++; return reset(); });
    await Promise.all([expect(call).rejects.toMatchObject({ policy: 'timeout' }), clock.runUntil(10_000)]);
    expect([runs, target.policy?.breaker?.seen.failures]).toEqual([1, 1]);
  });
  it('leaves no limit of an attempt behind', async () => {
    const clock = makeVirtualClock();
    await operate(makeTarget({ attemptMs: 320 }, clock), undefined, () => Promise.resolve('ok'));
    await clock.runUntil(1_000);
    expect([clock.set, clock.waiting]).toEqual([1, 0]); // a second one would wait for its end
  });
  it('keeps the process alive while it waits to try again', async () => {
    const clock = makeVirtualClock();
    const kept: boolean[] = [];
    const target = makeTarget({}, clock);
    const policy: PolicySpec = { retries: 1, repeat: 'transient' };
    target.policy = makePolicyState(policy, { ...clock, setTimer: (fire, ms, keepAlive) => { kept.push(keepAlive); clock.setTimer(fire, ms, keepAlive); } });
    Object.assign(target.spec, { policy });
    await Promise.all([expect(operate(target, undefined, reset)).rejects.toThrow('ECONNRESET'), clock.runUntil(1_000)]);
    expect(kept).toEqual([true]);
  });
  it('hands the signal on through an instrument', async () => {
    const clock = makeVirtualClock();
    let given: unknown;
    const scope: Scope = { run: ((fn: (...args: unknown[]) => unknown, _: unknown, args: readonly unknown[]) => fn(...args)) as Scope['run'], attempt: () => scope, note: () => undefined, end: () => undefined };
    await operate(makeTarget({ timeoutMs: 50, signal: true }, clock), execution(scope), (signal) => { given = signal; return Promise.resolve('ok'); });
    expect(given).toBeInstanceOf(AbortSignal);
  });
  it.each([['a text'], [null], [undefined], [Object.defineProperty(new Error('odd'), 'cause', { get() { throw new Error('no'); } })]])('gives up with whatever was thrown after a second attempt: %p', async (thrown) => {
    const clock = makeVirtualClock();
    let n = 0;
    const call = operate(makeTarget({ retries: 2, repeat: 'transient' }, clock), undefined, () => (n++ === 0 ? reset() : Promise.reject(thrown as Error)));
    await Promise.all([call.then(() => expect('resolved').toBe('rejected'), (error: unknown) => expect(error).toBe(thrown)), clock.runUntil(5_000)]);
    expect(n).toBe(2);
  });
  it('is tried again after a fault whose cause cannot be read', async () => {
    const clock = makeVirtualClock();
    let n = 0;
    const fault = Object.assign(coded('ECONNRESET'), { cause: Object.defineProperty({}, 'cause', { get() { throw new Error('no'); } }) });
    const call = operate(makeTarget({ retries: 1, repeat: 'transient' }, clock), undefined, () => (n++ === 0 ? Promise.reject(fault) : Promise.resolve('ok')));
    await Promise.all([expect(call).resolves.toBe('ok'), clock.runUntil(5_000)]);
  });
  it('is tried again for several faults in one error, while errors of others are marked', async () => {
    const clock = makeVirtualClock();
    let n = 0;
    const call = operate(makeTarget({ retries: 1, repeat: 'transient' }, clock), undefined, () => { n++; return Promise.reject(new AggregateError([coded('ECONNRESET'), coded('EPIPE')])); });
    await Promise.all([expect(call).rejects.toThrow(AggregateError), clock.runUntil(5_000)]);
    expect(n).toBe(2);
  });
  it('is tried again for an error whose causes go in a circle', async () => {
    const clock = makeVirtualClock();
    const error: Error & { cause?: unknown; code?: string } = coded('ECONNRESET');
    error.cause = error;
    let n = 0;
    const call = operate(makeTarget({ retries: 1, repeat: 'transient' }, clock), undefined, () => { n++; return Promise.reject(error); });
    await Promise.all([expect(call).rejects.toBe(error), clock.runUntil(5_000)]);
    expect(n).toBe(2);
  });
});

describe('faults', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])('%s: nothing can have happened', (code) => expect(faultOf(coded(code))).toBe('unconnected'));
  it.each([
    'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'EPIPE', 'ENETDOWN', 'ENETUNREACH', 'EHOSTDOWN', 'EHOSTUNREACH', 'EADDRINUSE', 'EBUSY', 'EMFILE', 'ENFILE',
    'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_SOCKET', 'ERR_HTTP2_STREAM_ERROR', 'ERR_HTTP2_GOAWAY_SESSION',
  ])('%s may pass', (code) => expect(faultOf(coded(code))).toBe('transient'));
  it.each([408, 425, 429, 500, 502, 503, 504])('status %d may pass', (status) => expect([faultOf({ status }), faultOf({ statusCode: status }), faultOf({ response: { status } })]).toEqual(['transient', 'transient', 'transient']));
  it.each<[string, object, string]>([
    ['an empty code', { code: '' }, 'other'], ['status 100 is an answer', { status: 100, cause: coded('EPIPE') }, 'other'], ['status 99 is none', { status: 99, cause: coded('EPIPE') }, 'transient'],
    ['a status that is a text', { status: '503', cause: coded('EPIPE') }, 'transient'], ['a response that is null', { response: null, cause: coded('EPIPE') }, 'transient'], ['a response that is a text', { response: 'x' }, 'other'],
    ['no errors, but a cause', { errors: [], cause: coded('EPIPE') }, 'transient'], ['errors that are no list', { errors: 'x', cause: coded('EPIPE') }, 'transient'],
    ['errors of both kinds', { errors: [coded('EPIPE'), coded('ECONNREFUSED')] }, 'transient'], ['the other way round', { errors: [coded('ECONNREFUSED'), coded('EPIPE')] }, 'transient'],
    ['another one first', { errors: [new Error('x'), coded('EPIPE')] }, 'other'], ['a policy of ours that nobody knows', { isPoetError: true, phase: 'operate', policy: 'x', code: 'EPIPE' }, 'other'], ['a policy of somebody else\'s', { policy: 'timeout', code: 'x' }, 'other'], ['a name that is another', { name: 'Timeout' }, 'other'],
  ])('%s', (_, error, fault) => expect(faultOf(error)).toBe(fault));
  it('are looked for five causes deep', () => {
    const nested = (depth: number): object => (depth === 0 ? coded('EPIPE') : { cause: nested(depth - 1) });
    expect([faultOf(nested(5)), faultOf(nested(6))]).toEqual(['transient', 'other']);
    expect(faultOf({ errors: [nested(4)] })).toBe('transient');
    expect(faultOf({ errors: [nested(5)] })).toBe('other');
  });
});

describe('waits', () => {
  it('are drawn between the base and three times the one before, up to the cap', () => {
    expect([nextWaitMs(0, 0.5), nextWaitMs(10, 0.9), nextWaitMs(100, 0), nextWaitMs(100, 0.5), nextWaitMs(4_000, 0.999)]).toEqual([100, 140, 50, 175, 5_000]);
  });
  it('stop where the budget does: a call adds a fifth of a retry, exactly', () => {
    const budget = new RetryBudget();
    for (let i = 0; i < 10; i++) budget.withdraw();
    for (let i = 0; i < 4; i++) budget.deposit();
    expect(budget.withdraw()).toBe(false);
    budget.deposit();
    expect([budget.withdraw(), budget.withdraw()]).toEqual([true, false]);
  });
});

describe('a breaker', () => {
  const give = (breaker: Breaker, report: Report, at: number, ms = 0): unknown => breaker.leave(breaker.enter(at), report, at, ms);
  it('forgets calls, failures and slow calls when they leave the window, and not before', () => {
    const breaker = new Breaker({ failureRate: 1, minimumCalls: 100, windowMs: 1_000, slowMs: 10, slowRate: 1 });
    give(breaker, 'failure', 50, 10);
    give(breaker, 'success', 150, 9);
    give(breaker, 'ignored', 160, 90);
    expect(breaker.seen).toEqual({ calls: 2, failures: 1, slow: 1 });
    give(breaker, 'success', 999);
    expect(breaker.seen).toEqual({ calls: 3, failures: 1, slow: 1 });
    give(breaker, 'success', 1_000);
    expect(breaker.seen).toEqual({ calls: 3, failures: 0, slow: 0 });
    give(breaker, 'failure', 500, 99); // a clock that goes backwards counts into the newest slot
    expect(breaker.seen).toEqual({ calls: 4, failures: 1, slow: 1 });
    give(breaker, 'success', 50_000);
    expect(breaker.seen).toEqual({ calls: 1, failures: 0, slow: 0 });
  });
  it('stays open for its window where nothing else is said, and takes one probe', () => {
    const breaker = new Breaker({ failureRate: 0.5, minimumCalls: 1, windowMs: 1_000 });
    expect([breaker.state, give(breaker, 'failure', 10), breaker.enter(1_009) < 0, breaker.enter(1_010) >= 0, breaker.enter(1_010) < 0, breaker.state]).toEqual(['closed', 'open', true, true, true, 'half-open']);
  });
  it('gives the place of a probe that says nothing to another one', () => {
    const breaker = new Breaker({ failureRate: 0.5, minimumCalls: 1, windowMs: 1_000 });
    give(breaker, 'failure', 0);
    expect([give(breaker, 'ignored', 1_000), breaker.state, give(breaker, 'success', 1_001), breaker.state]).toEqual([undefined, 'half-open', 'closed', 'closed']);
  });
  it('does not open for rates of zero failures or zero slow calls', () => {
    const breaker = new Breaker({ failureRate: 0, minimumCalls: 1, windowMs: 1_000, slowMs: 10, slowRate: 0 });
    expect([give(breaker, 'success', 1), give(breaker, 'success', 2, 10)]).toEqual([undefined, 'open']);
  });
});

describe('signals', () => {
  it('are the caller\'s where the platform cannot join them, and the limit\'s where the caller has none', () => {
    const real = AbortSignal.any;
    const [own, limit] = [new AbortController().signal, new AbortController().signal];
    try {
      Object.assign(AbortSignal, { any: undefined });
      expect(joinSignals(own, limit)).toBe(own);
    } finally {
      AbortSignal.any = real;
    }
    expect([joinSignals(null, limit), joinSignals(undefined, limit)]).toEqual([limit, limit]);
    expect(withSignal(null as { signal?: AbortSignal } | null, limit)).toEqual({ signal: limit });
    expect(withSignal({ a: 1, signal: undefined }, limit)).toEqual({ a: 1, signal: limit });
  });
  it('come from the platform, if it has them', () => {
    const real = globalThis.AbortController;
    expect(makeController()?.signal.aborted).toBe(false);
    try {
      Object.assign(globalThis, { AbortController: undefined });
      expect(makeController()).toBeUndefined();
    } finally {
      globalThis.AbortController = real;
    }
  });
});

describe('timers of the platform', () => {
  it('keep the process alive only while somebody waits for an attempt; some platforms have numbers for timers', () => {
    const real = globalThis.setTimeout;
    const set: { readonly ms: number; unrefs: number }[] = [];
    const fired: string[] = [];
    let kind: 'object' | 'number' | 'null' | 'bare' = 'object';
    try {
      Object.assign(globalThis, { setTimeout: (fire: () => void, ms: number) => {
        const timer = { ms, unrefs: 0, unref() { timer.unrefs++; } };
        set.push(timer);
        fire();
        return kind === 'object' ? timer : kind === 'number' ? 7 : kind === 'null' ? null : {};
      } });
      platformClock.setTimer(() => fired.push('a'), 10, true);
      platformClock.setTimer(() => fired.push('b'), 20, false);
      for (kind of ['number', 'null', 'bare'] as const) platformClock.setTimer(() => fired.push(kind), 30, false);
    } finally {
      globalThis.setTimeout = real;
    }
    expect([fired, set.map(({ ms, unrefs }) => [ms, unrefs])]).toEqual([['a', 'b', 'number', 'null', 'bare'], [[10, 0], [20, 1], [30, 0], [30, 0], [30, 0]]]);
  });
});
