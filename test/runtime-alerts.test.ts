/** Alerts: when they come, how often, and that they reach the disk and the listener of a real process. */
import fc from 'fast-check';
import { startAlerts, type AlertOptions } from '../runtime/alerts.ts';
import { configure, onEvent } from '../runtime/index.ts';
import { sharedState } from '../runtime/state.ts';
import type { TargetHandle } from '../runtime/target.ts';
import type { ErrorRatePayload } from '../records/events.ts';
import { makeRuntimeApp, readAll } from './support/runtime-app.ts';

const app = makeRuntimeApp();
afterAll(() => app.close());

const makeHandle = (id = 'src/a.ts#f', version = 'v1'): TargetHandle => ({
  spec: { id, name: 'f', version, hash: 'h', package: '@acme/app' }, off: false, level: 1, sinceMs: 0, calls: 0, failures: 0, corrected: 0, observed: 0,
  rejected: 0, violated: 0, fallbacks: 0, timedCalls: 0, timedMs: 0, maxMs: 0,
});

/** A watch of its own: the process has one, and tests must not see each other's counts. */
function makeWatch() {
  delete sharedState().alerts;
  return startAlerts();
}

interface Sweep { readonly afterMs: number; readonly calls: number; readonly failures: number }

function play(sweeps: readonly Sweep[], alerts: AlertOptions | false | undefined, t = makeHandle()): { readonly atMs: number; readonly payload: ErrorRatePayload }[] {
  configure({ alerts: alerts ?? {} });
  const watch = makeWatch();
  const said: { atMs: number; payload: ErrorRatePayload }[] = [];
  let nowMs = 0;
  const stop = onEvent((event) => { if (event.type === 'alert.error_rate') said.push({ atMs: nowMs, payload: event.payload }); });
  for (const { afterMs, calls, failures } of sweeps) {
    nowMs += afterMs;
    Object.assign(t, { calls, failures });
    if (calls > 0) watch.tally(t);
    watch.sweep(nowMs);
  }
  stop();
  return said;
}

const step = (calls: number, failures: number, afterMs = 10_000): Sweep => ({ afterMs, calls, failures });

describe('alert.error_rate', () => {
  it('comes at the threshold, with what it was judged by', () => {
    expect(play([step(19, 19)], undefined)).toEqual([]);
    expect(play([step(100, 9)], undefined)).toEqual([]);
    expect(play([step(100, 10)], undefined)).toEqual([{ atMs: 10_000, payload: { function_name: 'src/a.ts#f', version: 'v1', calls: 100, failures: 10, rate: 0.1, threshold: 0.1, window_ms: 60_000 } }]);
  });
  it('adds up the window, and nothing from before it', () => {
    expect(play([step(10, 5), step(10, 5)], undefined)).toMatchObject([{ atMs: 20_000, payload: { calls: 20, failures: 10 } }]);
    expect(play([step(10, 5), step(10, 5, 60_000)], undefined)).toEqual([]);
    expect(play([step(10, 5), step(10, 5, 59_999)], undefined)).toHaveLength(1);
  });
  it('is repeated while it lasts, no more often than asked for', () => {
    const failing = Array.from({ length: 121 }, () => step(100, 50));
    expect(play(failing, undefined).map(({ atMs }) => atMs)).toEqual([10_000, 610_000, 1_210_000]);
    expect(play(failing.slice(0, 4), { repeatMs: 0 })).toHaveLength(4);
  });
  it('never comes when alerts are off, and not at once about the time before when they are on again', () => {
    expect(play([step(100, 100)], false)).toEqual([]);
    const watch = makeWatch();
    const t = Object.assign(makeHandle(), { calls: 100, failures: 100 });
    const said: string[] = [];
    const stop = onEvent((event) => { said.push(event.type); });
    configure({ alerts: false });
    watch.tally(t);
    watch.sweep(1);
    configure({ alerts: {} });
    watch.sweep(2);
    expect(said).toEqual([]);
    stop();
  });
  it('waits for somebody who could hear it', () => {
    const t: TargetHandle = makeHandle();
    t.level = 0;
    expect(play([step(100, 100)], undefined, t)).toEqual([]);
    const watch = makeWatch();
    Object.assign(t, { calls: 100, failures: 100 });
    watch.tally(t);
    watch.sweep(1);
    const said: string[] = [];
    const stop = onEvent((event) => { said.push(event.type); });
    t.level = 1;
    watch.sweep(2);
    expect(said).toEqual(['alert.error_rate']);
    stop();
  });
  it('keeps functions apart, and another version begins anew', () => {
    const said: string[] = [];
    configure({ alerts: {} });
    const watch = makeWatch();
    const stop = onEvent((event) => { if (event.type === 'alert.error_rate') said.push(`${event.payload.function_name}@${event.payload.version}`); });
    const [f, g, f2] = [makeHandle('a#f'), makeHandle('a#g'), makeHandle('a#f', 'v2')];
    for (const t of [f, g]) watch.tally(Object.assign(t, { calls: 15, failures: 15 }));
    watch.sweep(1);
    watch.tally(Object.assign(f2, { calls: 15, failures: 15 }));
    watch.tally(Object.assign(g, { calls: 15, failures: 15 }));
    watch.sweep(2);
    expect(said).toEqual(['a#g@v1']);
    // Both run: what one counts is not lost to the other.
    for (const t of [f2, f]) watch.tally(Object.assign(t, { calls: 15, failures: 15 }));
    watch.sweep(3);
    expect(said).toEqual(['a#g@v1', 'a#f@v1', 'a#f@v2']);
    stop();
  });

  it('comes exactly when the sums over the window say so, whatever comes in whatever steps', () => {
    const sweeps = fc.array(fc.record({ afterMs: fc.integer({ min: 1, max: 40 }), calls: fc.nat(30), share: fc.integer({ min: 0, max: 10 }) }).map(({ afterMs, calls, share }): Sweep => ({ afterMs, calls, failures: Math.floor((calls * share) / 10) })), { maxLength: 60 });
    const options = fc.record({ errorRate: fc.constantFrom(0.1, 0.25, 0.5, 1), minimumCalls: fc.integer({ min: 1, max: 40 }), windowMs: fc.integer({ min: 1, max: 120 }), repeatMs: fc.nat(150) });
    let alerts = 0;
    fc.assert(fc.property(sweeps, options, (list, asked) => {
      // The slow way: every sweep looks at the whole past.
      const past: { at: number; calls: number; failures: number }[] = [];
      const expected: number[] = [];
      let now = 0;
      for (const { afterMs, calls, failures } of list) {
        now += afterMs;
        past.push({ at: now, calls, failures });
        const inside = past.filter(({ at }) => at > now - asked.windowMs);
        const [all, bad] = [inside.reduce((n, s) => n + s.calls, 0), inside.reduce((n, s) => n + s.failures, 0)];
        if (bad > 0 && all >= asked.minimumCalls && bad / all >= asked.errorRate && now - (expected.at(-1) ?? -Infinity) >= asked.repeatMs) expected.push(now);
      }
      alerts += expected.length;
      expect(play(list, asked).map(({ atMs }) => atMs)).toEqual(expected);
    }), { numRuns: 400 });
    expect(alerts).toBeGreaterThan(50);
  });
});

describe('configure({ alerts })', () => {
  it.each(['true', '{ errorRate: 0 }', '{ errorRate: 1.1 }', '{ minimumCalls: 0 }', '{ windowMs: 3600001 }', '{ repeatMs: -1 }', '{ rate: 1 }', '{ errorRate: "1" }', 'null'])('refuses %s', (value) => {
    expect(() => configure({ alerts: JSON.parse(value.replace(/(\w+):/g, '"$1":')) as AlertOptions })).toThrow(/POET7020 configure: alerts must be/);
  });
});

describe('a process', () => {
  it('writes the alert when it ends, if not before, and tells its listener', () => {
    const { root, stdout, stderr } = app.run(`R.configure({ alerts: { errorRate: 0.5, minimumCalls: 4 } }); const heard = []; R.onAlert((a) => heard.push([a.type, a.payload.failures]));
      call(); call(); call(new Error('a')); call(new Error('b')); process.on('exit', () => console.log(JSON.stringify(heard)));`);
    expect([stderr, stdout]).toEqual(['', '[["alert.error_rate",2]]\n']);
    expect(readAll(root).filter(({ type }) => type === 'alert.error_rate').map(({ payload }) => payload)).toEqual([{ function_name: 'src/a.ts#f', version: 'v1', calls: 4, failures: 2, rate: 0.5, threshold: 0.5, window_ms: 60_000 }]);
  });

  /** Timers and clock in the hands of the script. */
  const HANDS = `const timers = []; globalThis.setInterval = (fire, ms) => { timers.push({ fire, ms }); return timers.length; }; globalThis.clearInterval = (n) => { timers[n - 1].fire = () => {}; };
    let now = 0; performance.now = () => now; const tick = (ms) => { now += ms; for (const { fire } of timers) fire(); };
    const R = require('./lib/runtime.cjs'); const t = R.openTarget({ id: 'src/a.ts#f', name: 'f', version: 'v1', hash: 'h', package: '@acme/app', policy: { breaker: { failureRate: 1, minimumCalls: 1, windowMs: 1000, openMs: 10 } } });
    const call = (error) => { const x = R.begin(t); if (error) R.failed(t, x, error); else R.finish(t, x); };`;
  const NOWHERE = { POET_RUNTIME_DIR: '', NODE_ENV: 'test' };

  it('alerts without a place for events, as long as somebody listens', () => {
    const { stdout } = app.run(`const heard = []; const stop = R.onAlert((a) => heard.push(a.type + ' ' + now)); for (let i = 0; i < 30; i++) call(new Error('x')); tick(10000); tick(10000);
      stop(); for (let i = 0; i < 30; i++) call(new Error('x')); tick(700000); console.log(JSON.stringify([heard, timers.length]));`, NOWHERE, HANDS);
    expect(JSON.parse(stdout)).toEqual([['alert.error_rate 10000'], 1]);
  });

  it('tells of a breaker that opens no more often than asked for; the events are all there', () => {
    const { stdout } = app.run(`R.configure({ alerts: { repeatMs: 100 } }); const heard = []; R.onAlert((a) => heard.push(a.type + ' ' + now)); let opened = 0; R.onEvent((e) => { if (e.type === 'breaker.opened') opened++; });
      const fail = () => R.operate(t, R.begin(t), () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).catch(() => {});
      (async () => { for (let i = 0; i < 12; i++) { await fail(); now += 20; } console.log(JSON.stringify([heard, opened])); })();`, NOWHERE, HANDS);
    expect(JSON.parse(stdout)).toEqual([['breaker.opened 0', 'breaker.opened 100', 'breaker.opened 200'], 12]);
  });

  it.each(['R.onAlert', 'R.onEvent'])('goes on when the promise of a listener rejects, and says so: %s', (listen) => {
    const { status, stdout, stderr } = app.run(`${listen}(async () => { throw new Error('pager is down'); }); for (let i = 0; i < 30; i++) call(new Error('x')); tick(10000); setImmediate(() => console.log('goes on'));`, NOWHERE, HANDS);
    expect([status, stdout, stderr]).toEqual([0, 'goes on\n', expect.stringMatching(/POET7014 .*pager is down/)]);
  });
  it('goes on when a listener throws, and says so', () => {
    const { stdout, stderr } = app.run(`R.onAlert(() => { throw new Error('pager is down'); }); const heard = []; R.onAlert((a) => heard.push(a.type)); for (let i = 0; i < 30; i++) call(new Error('x')); tick(10000); console.log(heard.join());`, NOWHERE, HANDS);
    expect([stdout, stderr]).toEqual(['alert.error_rate\n', expect.stringMatching(/POET7014 .*pager is down/)]);
  });
});
