/** The parts of the policies, each by itself, against small models. */
import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { nextWaitMs, RetryBudget } from '../runtime/policy/backoff.ts';
import { Breaker, type Report } from '../runtime/policy/breaker.ts';
import { Bulkhead } from '../runtime/policy/bulkhead.ts';
import { CoarseClock, Lane, type Deadline } from '../runtime/policy/deadlines.ts';
import { faultOf, type Fault } from '../runtime/policy/faults.ts';
import { joinSignals, withSignal } from '../runtime/policy/signals.ts';
import { OperateError, PerceiveError } from '../runtime/errors.ts';
import { makeVirtualClock } from '../scripts/simulate/virtual-clock.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const coded = (code: string, more: object = {}): Error => Object.assign(new Error(code), { code, ...more });

describe('faults', () => {
  it.each<[string, unknown, Fault]>([
    ['refused', coded('ECONNREFUSED'), 'unconnected'], ['no such host', coded('ENOTFOUND'), 'unconnected'], ['no name server', coded('EAI_AGAIN'), 'unconnected'],
    ['reset', coded('ECONNRESET'), 'transient'], ['broken pipe', coded('EPIPE'), 'transient'], ['timed out', coded('ETIMEDOUT'), 'transient'], ['socket', coded('UND_ERR_SOCKET'), 'transient'],
    ['fetch, refused', new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }), 'unconnected'],
    ['fetch, reset', new TypeError('fetch failed', { cause: coded('ECONNRESET') }), 'transient'],
    ['all addresses refused', new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]), 'unconnected'],
    ['one address timed out', new AggregateError([coded('ECONNREFUSED'), coded('ETIMEDOUT')]), 'transient'],
    ['one address said something', new AggregateError([coded('ECONNREFUSED'), new Error('bad')]), 'other'],
    ['a signal of time', new DOMException('late', 'TimeoutError'), 'transient'],
    ['a signal of the caller', new DOMException('stop', 'AbortError'), 'other'],
    ['503', Object.assign(new Error('x'), { status: 503 }), 'transient'], ['429', Object.assign(new Error('x'), { statusCode: 429 }), 'transient'],
    ['axios 502', Object.assign(new Error('x'), { response: { status: 502 } }), 'transient'], ['404', Object.assign(new Error('x'), { status: 404 }), 'other'],
    ['400 with a code', Object.assign(new Error('x'), { status: 400, cause: coded('ECONNRESET') }), 'other'],
    ['a business error', new RangeError('too much'), 'other'], ['a text', 'ECONNREFUSED', 'other'], ['nothing', undefined, 'other'], ['null', null, 'other'],
    ['a time limit of a nested function', new OperateError('f', 'late', undefined, 'timeout'), 'transient'],
    ['an open breaker of a nested function', new OperateError('f', 'open', undefined, 'breaker'), 'other'],
    ['somebody else\'s error with a policy of its own', coded('ECONNRESET', { policy: 'strict-origin' }), 'transient'],
    ['arguments that a nested function refuses', new PerceiveError('f', []), 'other'],
    ['a hostile object', new Proxy({}, { get() { throw new Error('no'); } }), 'other'],
  ])('%s', (_, error, fault) => expect(faultOf(error)).toBe(fault));

  it('end for causes that go round in a circle', () => {
    const a: { cause?: unknown } = {};
    a.cause = { cause: a };
    expect(faultOf(a)).toBe('other');
  });
});

describe('waits between attempts', () => {
  it('lie between the base and the cap, and never above three times the one before', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 20 }), (draws) => {
      let previous = 0;
      for (const draw of draws) {
        const wait = nextWaitMs(previous, draw);
        expect(wait).toBeGreaterThanOrEqual(50);
        expect(wait).toBeLessThanOrEqual(Math.min(5_000, Math.max(50, previous) * 3));
        previous = wait;
      }
    }));
  });
  it('are spread: the same failure does not give the same wait', () => expect([0, 200].map((previous) => new Set([0, 0.3, 0.6, 0.9].map((draw) => nextWaitMs(previous, draw))).size)).toEqual([4, 4]));
  it('are spread from the first on, over three times the base', () => expect([0, 0.5].map((draw) => nextWaitMs(0, draw))).toEqual([50, 100]));

  it('are as many as the budget allows: ten, then one for every five calls, a hundred saved at most', () => {
    const drain = (budget: RetryBudget): number => { let n = 0; while (budget.withdraw()) n++; return n; };
    const budget = new RetryBudget();
    expect(drain(budget)).toBe(10);
    for (let i = 0; i < 52; i++) budget.deposit();
    expect(drain(budget)).toBe(10);
    for (let i = 0; i < 10_000; i++) budget.deposit();
    expect(drain(budget)).toBe(100);
  });
});

describe('breaker', () => {
  const spec = { failureRate: 0.5, minimumCalls: 4, windowMs: 1_000, openMs: 500, probes: 2 };
  const give = (breaker: Breaker, report: Report, at: number, ms = 0): unknown => { const ticket = breaker.enter(at); return ticket < 0 ? 'refused' : breaker.leave(ticket, report, at, ms); };

  it('opens at the rate, not before the minimum; lets probes through after its time; closes when they pass', () => {
    const breaker = new Breaker(spec);
    expect([give(breaker, 'failure', 1), give(breaker, 'failure', 2), give(breaker, 'success', 3)]).toEqual([undefined, undefined, undefined]);
    expect(give(breaker, 'success', 4)).toBe('open');
    expect(give(breaker, 'success', 503)).toBe('refused');
    const [a, b, c] = [breaker.enter(504), breaker.enter(504), breaker.enter(504)];
    expect([a >= 0, b >= 0, c >= 0]).toEqual([true, true, false]);
    expect([breaker.leave(a, 'success', 510, 0), breaker.state, breaker.enter(511) >= 0, breaker.leave(b, 'success', 512, 0)]).toEqual([undefined, 'half-open', false, 'closed']);
    expect(breaker.seen).toEqual({ calls: 0, failures: 0, slow: 0 });
  });
  it('opens again when a probe fails; late answers of before do not count', () => {
    const breaker = new Breaker(spec);
    const early = breaker.enter(0);
    for (let i = 0; i < 4; i++) give(breaker, 'failure', i);
    expect(breaker.state).toBe('open');
    expect(breaker.leave(early, 'success', 400, 0)).toBeUndefined();
    const probe = breaker.enter(510);
    expect(breaker.leave(early, 'failure', 520, 0)).toBeUndefined();
    expect([breaker.state, breaker.leave(probe, 'failure', 530, 0)]).toEqual(['half-open', 'open']);
    expect(breaker.enter(1_029)).toBeLessThan(0);
    expect(breaker.enter(1_031)).toBeGreaterThanOrEqual(0);
  });
  it('is not held half-open by probes that never come back', () => {
    const breaker = new Breaker(spec);
    for (let i = 0; i < 4; i++) give(breaker, 'failure', i);
    breaker.enter(510); breaker.enter(510);
    expect(breaker.enter(900)).toBeLessThan(0);
    expect(breaker.enter(1_011)).toBeGreaterThanOrEqual(0);
  });
  it('lets another probe through at the very time at which it gives up on the ones before', () => {
    const breaker = new Breaker(spec);
    for (let i = 0; i < 4; i++) give(breaker, 'failure', i);
    breaker.enter(510); breaker.enter(510);
    expect(breaker.enter(1_010)).toBeGreaterThanOrEqual(0);
  });
  it('forgets nothing when the clock goes backwards', () => {
    const breaker = new Breaker({ failureRate: 0.5, minimumCalls: 3, windowMs: 1_000 });
    expect([give(breaker, 'failure', 1_000), give(breaker, 'success', 0), give(breaker, 'failure', 1_050)]).toEqual([undefined, undefined, 'open']);
  });
  it('opens for failures in a row and for slow calls, where the spec says so', () => {
    const row = new Breaker({ ...spec, minimumCalls: 100, consecutive: 3 });
    expect(['failure', 'failure', 'success', 'failure', 'failure', 'failure'].map((report, i) => give(row, report as Report, i))).toEqual([undefined, undefined, undefined, undefined, undefined, 'open']);
    const slow = new Breaker({ ...spec, slowMs: 100, slowRate: 0.75 });
    expect([99, 100, 200, 300].map((ms, i) => give(slow, 'success', i, ms))).toEqual([undefined, undefined, undefined, 'open']);
  });

  it('agrees with a model that keeps every report', () => {
    const step = fc.record({ gap: fc.integer({ min: 0, max: 400 }), report: fc.constantFrom<Report>('success', 'failure', 'failure', 'ignored') });
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 8 }), fc.constantFrom(0.2, 0.5, 1), (steps, minimumCalls, failureRate) => {
      const breaker = new Breaker({ failureRate, minimumCalls, windowMs: 1_000, openMs: 700 });
      let seen: { slot: number; failed: boolean }[] = [];
      let openUntil: number | undefined;
      let now = 0;
      for (const { gap, report } of steps) {
        now += gap;
        const isProbe = openUntil !== undefined && now >= openUntil;
        const refused = openUntil !== undefined && !isProbe;
        const ticket = breaker.enter(now);
        expect(ticket < 0).toBe(refused);
        if (refused) continue;
        const changed = breaker.leave(ticket, report, now, 0);
        let expected: string | undefined;
        if (isProbe) {
          if (report === 'failure') { openUntil = now + 700; expected = 'open'; }
          else if (report === 'success') { openUntil = undefined; seen = []; expected = 'closed'; }
        } else if (report !== 'ignored') {
          const slot = Math.floor(now / 100);
          seen = [...seen, { slot, failed: report === 'failure' }].filter((each) => each.slot > slot - 10);
          const failed = seen.filter((each) => each.failed).length;
          if (seen.length >= minimumCalls && failed > 0 && failed >= seen.length * failureRate) { openUntil = now + 700; expected = 'open'; }
        }
        expect(changed).toBe(expected);
      }
    }), { numRuns: 500 });
  });
});

describe('bulkhead', () => {
  it('agrees with a list: never more at once, turns in order', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('enter' as const, 'release' as const), { maxLength: 200 }), fc.integer({ min: 1, max: 4 }), fc.nat(4), (steps, concurrent, queue) => {
      const bulkhead = new Bulkhead({ concurrent, queue });
      let running = 0;
      const waiting: number[] = [];
      const turns: number[] = [];
      const expected: number[] = [];
      let n = 0;
      for (const step of steps) {
        if (step === 'enter') {
          const id = n++;
          const entered = bulkhead.tryEnter();
          expect(entered).toBe(running < concurrent);
          if (entered) { running++; continue; }
          const waits = bulkhead.wait(() => turns.push(id));
          expect(waits).toBe(waiting.length < queue);
          if (waits) waiting.push(id);
        } else {
          if (running === 0) continue;
          bulkhead.release();
          const next = waiting.shift();
          if (next !== undefined) expected.push(next); else running--;
        }
        expect([bulkhead.running, bulkhead.waiting, turns]).toEqual([running, waiting.length, expected]);
      }
    }), { numRuns: 500 });
  });
  it('keeps nothing of those that have had their turn, though its queue is never empty', () => {
    const bulkhead = new Bulkhead({ concurrent: 1, queue: 3_000 });
    let turns = 0;
    let inOrder = true;
    const [even, odd] = [0, 1].map((rest) => () => { inOrder &&= turns++ % 2 === rest; }) as [() => void, () => void];
    bulkhead.tryEnter();
    for (let i = 0; i < 3_000; i++) bulkhead.wait(i % 2 === 0 ? even : odd);
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 6_000_000; i++) { bulkhead.release(); bulkhead.wait(i % 2 === 0 ? even : odd); }
    // A place of a list takes four or eight bytes.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16_000_000);
    expect([turns, inOrder, bulkhead.running, bulkhead.waiting]).toEqual([6_000_000, true, 1, 3_000]);
  });
});

describe('time limits', () => {
  const make = (name: string, ended: string[]): Deadline => ({ batch: undefined, before: undefined, after: undefined, lane: undefined, expire: () => { ended.push(name); } });

  it('end what was not removed, in order, at their time or up to a 32nd later, however many there are', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ gap: fc.integer({ min: 0, max: 300 }), lives: fc.option(fc.integer({ min: 0, max: 99 })) }), { maxLength: 60 }), async (calls) => {
      const clock = makeVirtualClock();
      const lane = new Lane(100, clock);
      const ended: string[] = [];
      const expected: string[] = [];
      let now = 0;
      for (const [i, { gap, lives }] of calls.entries()) {
        now += gap;
        await clock.runUntil(now);
        const beganMs = now;
        const deadline = { ...make(`${i}`, ended), expire: () => { ended.push(`${i}`); expect([clock.now() >= beganMs + 100, clock.now() <= beganMs + 100 * (1 + 1 / 32)]).toEqual([true, true]); } };
        lane.add(deadline);
        if (lives === null) expected.push(`${i}`);
        else clock.setTimer(() => lane.remove(deadline), lives, false);
      }
      await clock.runUntil(now + 1_000);
      expect(ended).toEqual(expected);
      expect(clock.waiting).toBe(0);
    }), { numRuns: 60 });
  });

  it('of ten thousand calls take one timer to see when they began, and one to end them', async () => {
    const clock = makeVirtualClock();
    const lane = new Lane(5_000, clock);
    const ended: string[] = [];
    const all = Array.from({ length: 10_000 }, (_, i) => make(`${i}`, ended));
    for (const each of all) lane.add(each);
    expect(clock.set).toBe(1);
    for (const each of all.slice(1)) lane.remove(each);
    await clock.runUntil(6_000);
    expect([ended, clock.set]).toEqual([['0'], 2]);
  });

  it('take one timer for calls that have ended when it fires', async () => {
    const clock = makeVirtualClock();
    const lane = new Lane(320, clock);
    for (let i = 0; i < 100; i++) { const each = make(`${i}`, []); lane.add(each); lane.remove(each); }
    await clock.runUntil(1_000);
    expect([clock.set, clock.waiting]).toEqual([1, 0]);
  });

  it('are removed once, whatever is asked for twice', async () => {
    const clock = makeVirtualClock();
    const lane = new Lane(320, clock);
    const ended: string[] = [];
    const [a, b] = [make('a', ended), make('b', ended)];
    lane.add(a);
    lane.add(b);
    lane.remove(a);
    lane.remove(a);
    await clock.runUntil(1_000);
    expect(ended).toEqual(['b']);
  });

  it('wait with one timer for the next end, however often they look', async () => {
    const clock = makeVirtualClock();
    const lane = new Lane(320, clock);
    const ended: string[] = [];
    lane.add(make('a', ended));
    await clock.runUntil(50);
    lane.add(make('b', ended));
    await clock.runUntil(100);
    expect([clock.set, clock.waiting]).toEqual([3, 1]);
    await clock.runUntil(1_000);
    expect([ended, clock.waiting]).toEqual([['a', 'b'], 0]);
  });

  it('keep no process alive, and neither does a coarse clock', async () => {
    const clock = makeVirtualClock();
    const kept: boolean[] = [];
    const watched = { ...clock, setTimer: (fire: () => void, ms: number, keepAlive: boolean): void => { kept.push(keepAlive); clock.setTimer(fire, ms, keepAlive); } };
    new Lane(320, watched).add(make('a', []));
    new CoarseClock(100, watched).now();
    await clock.runUntil(1_000);
    expect(kept).toEqual([false, false, false]);
  });

  it('never end early, however long nobody could look at the clock', () => {
    let nowMs = 0;
    const timers: (() => void)[] = [];
    const lane = new Lane(320, { now: () => nowMs, setTimer: (fire) => { timers.push(fire); }, random: () => 0.5 });
    const ended: string[] = [];
    lane.add(make('before', ended));
    nowMs = 1_000; // synchronous work of a second: the next call begins before the timer that is long due
    lane.add(make('after', ended));
    timers.shift()!();
    nowMs = 1_319; // a timer that is early
    timers.shift()!();
    expect([ended, timers.length]).toEqual([[], 1]);
    nowMs = 1_320;
    timers.shift()!();
    expect(ended).toEqual(['before', 'after']);
  });
});

describe('a coarse clock', () => {
  it('is read once in its grain, and is never older', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 50 }), async (gaps) => {
      const clock = makeVirtualClock();
      let reads = 0;
      const coarse = new CoarseClock(100, { ...clock, now: () => { reads++; return clock.now(); } });
      let now = 0;
      for (const gap of gaps) {
        await clock.runUntil((now += gap));
        const found = coarse.now();
        expect([found <= now, now - found <= 100]).toEqual([true, true]);
      }
      expect(reads).toBeLessThanOrEqual(1 + now / 100);
      await clock.runUntil(now + 100);
      expect(clock.waiting).toBe(0);
    }), { numRuns: 60 });
  });
});

describe('signals', () => {
  it('leave arguments alone where there is no limit', () => {
    const options = { signal: new AbortController().signal, a: 1 };
    expect([joinSignals(options.signal, undefined), withSignal(options, undefined), withSignal(undefined, undefined)]).toEqual([options.signal, options, undefined]);
    expect(withSignal(options, undefined)).toBe(options);
  });
  it('end with either', () => {
    const [own, limit] = [new AbortController(), new AbortController()];
    const joined = withSignal({ signal: own.signal, a: 1 }, limit.signal);
    expect([joined.a, joined.signal.aborted, joinSignals(undefined, limit.signal), Object.getPrototypeOf(joined)]).toEqual([1, false, limit.signal, Object.prototype]);
    limit.abort(new Error('late'));
    expect([joined.signal.aborted, (joined.signal.reason as Error).message]).toEqual([true, 'late']);
    const other = withSignal({ signal: own.signal }, new AbortController().signal);
    own.abort();
    expect(other.signal.aborted).toBe(true);
    expect(withSignal<{ signal?: AbortSignal } | undefined>(undefined, limit.signal)).toEqual({ signal: limit.signal });
  });
  it('end with the caller\'s after the call too, for as long as somebody has them', () => {
    const own = new AbortController();
    const heard: unknown[] = [];
    for (let i = 0; i < 2_500; i++) joinSignals(own.signal, new AbortController().signal).addEventListener('abort', function (this: AbortSignal) { heard.push(this.reason); });
    const held = [1, 2, 3].map(() => joinSignals(own.signal, new AbortController().signal));
    own.abort('stop');
    expect([heard.length, new Set(heard), held.map(({ aborted }) => aborted)]).toEqual([2_500, new Set(['stop']), [true, true, true]]);
    expect(joinSignals(own.signal, new AbortController().signal)).toBe(own.signal);
  });
  it('end with the caller\'s though others of the same signal are gone: one, and all but one of those that follow together', async () => {
    const own = new AbortController();
    let collected = 0;
    const registry = new FinalizationRegistry(() => { collected++; });
    const drop = (count: number): void => { for (let i = 0; i < count; i++) registry.register(joinSignals(own.signal, new AbortController().signal), undefined); };
    const untilCollected = async (count: number): Promise<void> => {
      for (let i = 0; i < 200 && collected < count; i++) { await new Promise(setImmediate); collectGarbage(); }
      expect(collected).toBe(count);
      // What the relays register is told in the same turns or the next ones.
      for (let i = 0; i < 3; i++) await new Promise(setImmediate);
    };
    drop(1);
    await untilCollected(1);
    const second = joinSignals(own.signal, new AbortController().signal);
    // As many as follow one relay.
    drop(998);
    await untilCollected(999);
    own.abort('stop');
    expect([second.aborted, second.reason]).toEqual([true, 'stop']);
  });
  it('leave nothing behind in a signal of the caller\'s that lives long, however many calls it is given to', async () => {
    const own = new AbortController().signal;
    const followed: WeakRef<AbortSignal>[] = [];
    const any = jest.spyOn(AbortSignal, 'any').mockImplementation((signals) => {
      const [first] = signals as [AbortSignal];
      if (followed.at(-1)?.deref() !== first) followed.push(new WeakRef(first));
      return new AbortController().signal;
    });
    for (let i = 0; i < 3_500; i++) joinSignals(own, new AbortController().signal);
    any.mockRestore();
    for (let i = 0; i < 50 && followed[0]?.deref() !== undefined; i++) { await new Promise(setImmediate); collectGarbage(); }
    expect([getEventListeners(own, 'abort').length, followed.map((each) => each.deref() !== undefined)]).toEqual([1, [false, false, false, true]]);
  });
  it('do not cost options their class, nor plain ones what they are', () => {
    class Options {
      readonly #token = 't';
      signal: AbortSignal | undefined;
      get token(): string { return this.#token; }
      header(): string { return `Bearer ${this.#token}`; }
    }
    const { signal: limit } = new AbortController();
    const [options, bare] = [new Options(), Object.assign(Object.create(null) as object, { a: 1 })];
    const callable = Object.assign(() => 'called', { signal: undefined as AbortSignal | undefined });
    expect([withSignal(options, limit) === options, options.signal, options.header(), withSignal(callable, limit)()]).toEqual([true, undefined, 'Bearer t', 'called']);
    const copy = withSignal(bare, limit);
    expect([Object.getPrototypeOf(copy), Object.entries(copy)]).toEqual([null, [['a', 1], ['signal', limit]]]);
    expect(withSignal<unknown>('text', limit)).toBe('text');
  });
  it.each(['AbortSignal', 'AbortController'])('are the caller\'s where the platform has no %s', (name) => {
    const [own, limit] = [new AbortController().signal, new AbortController().signal];
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name)!;
    Reflect.deleteProperty(globalThis, name);
    try {
      expect(joinSignals(own, limit)).toBe(own);
    } finally {
      Object.defineProperty(globalThis, name, descriptor);
    }
  });
  it('are joined where the platform does not say what is gone', () => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'FinalizationRegistry')!;
    Reflect.deleteProperty(globalThis, 'FinalizationRegistry');
    try {
      jest.isolateModules(() => {
        const { joinSignals: join } = jest.requireActual<typeof import('../runtime/policy/signals.ts')>('../runtime/policy/signals.ts');
        const own = new AbortController();
        const joined = join(own.signal, new AbortController().signal);
        own.abort();
        expect(joined.aborted).toBe(true);
      });
    } finally {
      Object.defineProperty(globalThis, 'FinalizationRegistry', descriptor);
    }
  });
  it('are the caller\'s where it is of somebody\'s own making', () => {
    const own = { aborted: false };
    expect(joinSignals(own, new AbortController().signal)).toBe(own);
  });
});
