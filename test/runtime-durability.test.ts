import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { isId, makeId } from '../records/ids.ts';
import { matchesFilter } from '../runtime/node/event-filter.ts';
import { followEvents } from '../runtime/node/follow-events.ts';
import { keepHouse } from '../runtime/node/housekeeping.ts';
import { sealOrphans, writerTag } from '../runtime/node/orphans.ts';
import { readEvents } from '../runtime/node/read-events.ts';
import { makeRuntimeApp, OPEN, readAll } from './support/runtime-app.ts';
import type { RuntimeApp } from './support/runtime-app.ts';

let app: RuntimeApp;
beforeAll(() => { app = makeRuntimeApp(); });
afterAll(() => app.close());

const pendingDir = (root: string): string => join(root, 'events', 'pending', '@acme+app');
const pending = (root: string): string[] => (existsSync(pendingDir(root)) ? readdirSync(pendingDir(root)) : []);
const types = (root: string): string[] => readAll(root).map((event) => event.type);
const line = (id: string, extra: object = {}): string => `${JSON.stringify({ id, type: 't', timestamp: 1, metadata: { version: '', environment: '', service: '' }, payload: {}, ...extra })}\n`;
const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 31);
const segmentName = (ageDays: number): string => `${makeId(NOW - ageDays * DAY, 0, 1, ageDays)}-${writerTag()}.ndjson`;

function makeRoot(files: Readonly<Record<string, string>>): string {
  const root = app.newRoot();
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, 'events', name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }
  return root;
}

describe('durability', () => {
  const killed = `process.kill(process.pid, 'SIGKILL');`;

  it('immediate: what was emitted is there when the process is killed in the next instant', () => {
    const { root, signal } = app.run(`for (let i = 0; i < 10; i++) call(); ${killed}`, { POET_EVENTS: 'all', POET_DURABILITY: 'immediate' });
    expect(signal).toBe('SIGKILL');
    expect(readAll(root)).toHaveLength(10);
  });

  it('batched: whole batches are there, and no more', () => {
    const { root } = app.run(`for (let i = 0; i < 130; i++) call(); ${killed}`, { POET_EVENTS: 'all' });
    expect(readAll(root)).toHaveLength(128);
  });

  it('off: nothing is written, and listeners hear all', () => {
    const { root, stdout } = app.run(`let n = 0; R.onEvent(() => n++); for (let i = 0; i < 130; i++) call(); R.flushEvents(); console.log(n);`, { POET_EVENTS: 'all', POET_DURABILITY: 'off' });
    expect([existsSync(root), stdout]).toEqual([false, '130\n']);
  });

  it('configure sets it, the variable wins', () => {
    const body = (kind: string): string => `R.configure({ durability: '${kind}', events: 'all' }); call(); ${killed}`;
    expect(types(app.run(body('immediate')).root)).toEqual(['function.execution']);
    expect(types(app.run(body('immediate'), { POET_DURABILITY: 'batched' }).root)).toEqual([]);
  });

  it('fsync syncs each batch, and the folder for its new name', () => {
    const { stdout } = app.run(`for (let i = 0; i < 128; i++) call(); console.log(synced);`, { POET_EVENTS: 'all', POET_FSYNC: '1' }, `
      const fs = require('fs'); let synced = 0; const { fsyncSync } = fs; fs.fsyncSync = (d) => { synced++; fsyncSync(d); };
      const R = require('./lib/runtime.cjs'); const t = R.openTarget({ id: 'a#f', name: 'f', module: 'a', version: 'v1', hash: 'h', package: '@acme/app' }); const call = () => R.finish(t, R.begin(t));`);
    expect(stdout).toBe(process.platform === 'win32' ? '2\n' : '3\n');
  });

  it.each(['durability: "often"', 'sampling: 0', 'sampling: 2', 'fsync: 1', 'retentionDays: 0'])('configure refuses %s', (option) => {
    expect(app.run(`R.configure({ ${option} });`).stderr).toContain('POET7020');
  });
});

describe('the end of a process', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s still ends it, and loses nothing', async (signal) => {
    const { child, root } = app.start(`call(new Error('a')); call(); console.log('ready'); setInterval(() => {}, 1000);`);
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([null, signal]);
    expect(types(root)).toEqual(['function.execution', 'function.aggregate']);
    expect(pending(root)).toEqual([expect.stringMatching(/\.ndjson$/)]);
  });

  it.each([['an exception that nobody caught', `setImmediate(() => { throw new Error('fatal'); });`], ['a promise that nobody handled', `Promise.reject(new Error('fatal'));`]])('%s ends it, and loses nothing', (_, end) => {
    const { root, status, stderr } = app.run(`call(new Error('a')); call(); ${end}`);
    expect([status, stderr.includes('fatal')]).toEqual([1, true]);
    expect(types(root)).toEqual(['function.execution', 'function.aggregate']);
    expect(pending(root)).toEqual([expect.stringMatching(/\.ndjson$/)]);
  });

  it('what a later listener of the exit does is not lost', () => {
    const { root } = app.run(`call(new Error('a')); process.on('exit', () => { call(new Error('clean-up')); call(new Error('once more')); });`);
    expect(types(root)).toEqual(['function.execution', 'function.aggregate', 'function.execution', 'function.execution']);
    expect(pending(root)).toEqual([expect.stringMatching(/\.ndjson$/), expect.stringMatching(/\.ndjson\.open$/)]);
  });

  it('comes without notice to a worker thread when the main thread ends: it has written each event', () => {
    const { root, status } = app.run(`const { isMainThread, parentPort, Worker } = require('node:worker_threads');
      if (isMainThread) new Worker(__filename).on('message', () => process.exit(0));
      else { call(new Error('in a worker')); parentPort.postMessage('called'); setInterval(() => {}, 1000); }`);
    expect([status, types(root)]).toEqual([0, ['function.execution']]);
  });

  it('an application that listens to the signal itself decides', async () => {
    const { child, root } = app.start(`process.on('SIGTERM', () => setTimeout(() => { call(new Error('late')); process.exit(7); }, 20)); call(new Error('a')); console.log('ready'); setInterval(() => {}, 1000);`);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([7, null]);
    expect(readAll(root).filter((event) => event.type === 'function.execution')).toHaveLength(2);
  });

  const V3 = require.resolve('signal-exit');
  const V4 = createRequire(require.resolve('write-file-atomic')).resolve('signal-exit');
  const use = (file: string): string => `{ const listen = require(${JSON.stringify(file)}); (listen.onExit ?? listen)(() => {}); }`;
  /** The rule of many a small package. */
  const ALONE = `const rule = () => { if (process.listenerCount('SIGTERM') > 1) return; process.removeListener('SIGTERM', rule); process.kill(process.pid, 'SIGTERM'); }; process.on('SIGTERM', rule);`;
  it.each([
    ['signal-exit 3', use(V3), ''], ['signal-exit 4', use(V4), ''], ['both, one before us and one after', use(V3), use(V4)], ['the other way round', use(V4), use(V3)], ['a rule like ours', '', ALONE],
  ])('listeners that end the process only when they are alone do so: %s', async (_, before, after) => {
    const { child, root } = app.start(`${after} call(new Error('a')); console.log('ready'); setTimeout(() => process.exit(9), 4000);`, {}, `${before} ${OPEN}`);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    expect(types(root)).toEqual(['function.execution', 'function.aggregate']);
  });

  it('an application that listens once and goes on is ended by the next signal, and loses nothing', async () => {
    const { child, root } = app.start(`process.once('SIGTERM', () => setImmediate(() => { call(new Error('late')); console.log('went on'); })); console.log('ready'); setTimeout(() => process.exit(9), 4000);`);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    expect(types(root)).toEqual(['function.execution', 'function.aggregate']);
  });

  it('what a killed process left open is sealed by the next one, half a line cut off', () => {
    const first = app.run(`call(new Error('a')); R.flushEvents();
      const fs = require('fs'); const dir = process.env.POET_RUNTIME_DIR + '/events/pending/@acme+app/'; fs.appendFileSync(dir + fs.readdirSync(dir)[0], '{"id": "ha');
      process.kill(process.pid, 'SIGKILL');`);
    expect(pending(first.root)).toEqual([expect.stringMatching(/\.open$/)]);
    app.run(`call(new Error('b'));`, { POET_RUNTIME_DIR: first.root });
    expect(pending(first.root)).toEqual([expect.stringMatching(/\.ndjson$/), expect.stringMatching(/\.ndjson$/)]);
    expect(types(first.root)).toEqual(['function.execution', 'function.aggregate', 'function.execution', 'function.aggregate']);
  });
});

describe('orphaned segments', () => {
  const dead = 2 ** 22 + 1; // above the largest pid
  const machine = writerTag().split('-')[0];

  it('are those of dead processes of this machine, of our own pid before we began, and old ones of other machines', () => {
    const name = (tag: string, ageDays = 0): string => `${makeId(Date.now() - ageDays * DAY, 0, 1, 1)}-${tag}.ndjson`;
    const cases: readonly (readonly [string, boolean])[] = [
      [name(`${machine}-${dead}`), true], [name(`${machine}-${process.ppid}`), false], [name(writerTag()), false], [name(writerTag(), 2), true], [name(`00000000-${dead}`), false],
    ];
    const root = makeRoot(Object.fromEntries(cases.map(([file]) => [`pending/p/${file}.open`, line('a')])));
    sealOrphans(join(root, 'events/pending/p'), Date.now());
    const left = readdirSync(join(root, 'events/pending/p'));
    for (const [file, sealed] of cases) expect([file, left.includes(file)]).toEqual([file, sealed]);
    sealOrphans(join(root, 'events/pending/p'), Date.now() + 2 * DAY);
    expect(existsSync(join(root, 'events/pending/p', name(`00000000-${dead}`)))).toBe(false);
    expect(readdirSync(join(root, 'events/pending/p')).filter((file) => file.includes('00000000-') && file.endsWith('.open'))).toEqual([]);
    expect(hostname()).not.toBe(machine);
  });

  it('hold exactly their whole lines afterwards, whatever instant they were cut at', () => {
    const dir = join(app.newRoot(), 'p');
    mkdirSync(dir, { recursive: true });
    const text = Buffer.from(`${line('a')}${line('é')}${line('x'.repeat(70_000))}${line('c')}`);
    fc.assert(fc.property(fc.integer({ min: 0, max: text.length }), (cut) => {
      const name = `${makeId(1, 0, cut, 1)}-${machine}-${dead}.ndjson`;
      writeFileSync(join(dir, `${name}.open`), text.subarray(0, cut));
      sealOrphans(dir, NOW);
      const whole = text.subarray(0, text.lastIndexOf(10, cut - 1) + 1);
      if (cut === 0 || whole.length === 0) expect(existsSync(join(dir, name))).toBe(false);
      else expect(readFileSync(join(dir, name)).equals(whole)).toBe(true);
      expect(readdirSync(dir).some((file) => file.endsWith('.open'))).toBe(false);
    }), { numRuns: 60, examples: [[0], [text.length]] });
  });
});

describe('housekeeping', () => {
  it('compresses what is older than a day, deletes what is older than 30, in pending and processed', async () => {
    const files = Object.fromEntries([0, 2, 29, 31].flatMap((age) => ['pending', 'processed'].map((state) => [`${state}/p/${segmentName(age)}`, line(`${state}${age}`)])));
    const root = makeRoot({ ...files, 'pending/p/README': 'x', [`pending/p/${segmentName(3)}.gz.1.tmp`]: 'half' });
    const housekeeping = { nowMs: NOW, retentionDays: 30, compressAfterDays: 1 };
    expect(await keepHouse(root, housekeeping)).toEqual({ deleted: 2, compressed: 4 });
    // The same name in both folders is one segment, and the first of them is read.
    expect(new Set(readAll(root).map((event) => event.id))).toEqual(new Set(['pending0', 'pending2', 'pending29']));
    expect(readdirSync(join(root, 'events/processed/p')).filter((name) => name.endsWith('.ndjson.gz'))).toHaveLength(2);
    expect(existsSync(join(root, 'events/pending/p/README'))).toBe(true);
    expect(await keepHouse(root, housekeeping)).toEqual({ deleted: 0, compressed: 0 });
    expect(await keepHouse(root, { ...housekeeping, nowMs: NOW + 31 * DAY })).toEqual({ deleted: 6, compressed: 0 });
  });

  it('passes over what is no plain file, and does the rest before it tells of an error', async () => {
    const old = `${'0'.repeat(8)}-00000000-1.ndjson`;
    const root = makeRoot({ 'pending/a/old.ndjson/folder': '', [`pending/a/${old}.open/folder`]: '', [`pending/b/${segmentName(31)}`]: line('b'), [`pending/c/${segmentName(2)}`]: line('c') });
    for (const name of ['old.ndjson', `${old}.open`]) utimesSync(join(root, 'events/pending/a', name), 1, 1);
    const housekeeping = { nowMs: NOW, retentionDays: 30, compressAfterDays: 1 };
    expect(await keepHouse(root, housekeeping)).toEqual({ deleted: 1, compressed: 1 });
    // The name that the first one would be compressed to is taken by a folder.
    const taken = makeRoot({ [`pending/a/${segmentName(2)}`]: line('a'), [`pending/a/${segmentName(2)}.gz/folder`]: '', [`pending/b/${segmentName(31)}`]: line('b') });
    await expect(keepHouse(taken, housekeeping)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(join(taken, 'events/pending/b'))).toEqual([]);
  });

  it('removes what a killed one left under a temporary name, once it is old', async () => {
    const file = `pending/p/${segmentName(3)}.gz.1.tmp`;
    const root = makeRoot({ [file]: 'half' });
    const written = statSync(join(root, 'events', file)).mtimeMs;
    await keepHouse(root, { nowMs: written + 1000, retentionDays: 1e6, compressAfterDays: 1e6 });
    expect(existsSync(join(root, 'events', file))).toBe(true);
    await keepHouse(root, { nowMs: written + 2 * 3_600_000, retentionDays: 1e6, compressAfterDays: 1e6 });
    expect(existsSync(join(root, 'events', file))).toBe(false);
  });

  it('waits for no pipe, and reads around a line that nobody wrote', () => {
    const root = makeRoot({ 'pending/p/2.ndjson': `${line('a')}${'x'.repeat(4_000_001)}\n${line('b')}` });
    execFileSync('mkfifo', [join(root, 'events/pending/p/1.ndjson')]);
    expect([...readEvents(root)].map(({ event, problem }) => event?.id ?? problem)).toEqual(['expected a plain file', 'a', 'a line of 4000001 bytes, more than 4000000', 'b']);
  });

  it('refuses to unpack a bomb, and says so', () => {
    const root = app.newRoot();
    mkdirSync(join(root, 'events/pending/p'), { recursive: true });
    writeFileSync(join(root, 'events/pending/p/a.ndjson.gz'), gzipSync(Buffer.alloc(65_000_000, 32)));
    expect([...readEvents(root)]).toEqual([expect.objectContaining({ line: 0, problem: expect.any(String) })]);
  });
});

describe('a segment in use', () => {
  it('that somebody took for an orphan is left, and the next events go to a new one', () => {
    const { root } = app.run(`call(new Error('a')); R.flushEvents(); const fs = require('fs'); const dir = process.env.POET_RUNTIME_DIR + '/events/pending/@acme+app/'; const [name] = fs.readdirSync(dir);
      fs.renameSync(dir + name, dir + name.replace('.open', '')); call(new Error('b')); R.flushEvents();`);
    expect(pending(root)).toHaveLength(2);
    expect(types(root)).toEqual(['function.execution', 'function.aggregate', 'function.execution', 'function.aggregate']);
  });
});

describe('one process', () => {
  it('may run functions of several packages: one root, a folder for each, one service', () => {
    const { root } = app.run(`const u = R.openTarget({ id: 'src/a.ts#f', name: 'f', version: 'v1', hash: 'h', package: 'other' }); const n = R.openTarget({ id: 'src/a.ts#f', name: 'f', version: 'v1', hash: 'h' });
      for (const each of [t, u, n]) R.failed(each, R.begin(each), new Error(each.spec.package ?? 'none'));`);
    expect(readdirSync(join(root, 'events/pending')).sort()).toEqual(['@acme+app', '_', 'other']);
    const executions = readAll(root).filter((event) => event.type === 'function.execution');
    expect(executions.map((event) => [(event.payload as { error: { message: string } }).error.message, event.metadata.service]).sort()).toEqual([['@acme/app', '@acme/app'], ['none', '@acme/app'], ['other', '@acme/app']]);
  });

  it('is measured once a second at most, whatever is recorded', () => {
    const { root, stdout } = app.run(`for (let i = 0; i < 500; i++) call(); now += 999; call(); console.log(taken); now += 2; for (let i = 0; i < 500; i++) call(); console.log(taken);`, { POET_EVENTS: 'all' },
      `let now = 5000; performance.now = () => now; let taken = 0; const real = process.memoryUsage; process.memoryUsage = Object.assign(() => real(), { rss: () => { taken++; return 100 * 1048576 * taken; } });
      const R = require('./lib/runtime.cjs'); const t = R.openTarget({ id: 'src/a.ts#f', name: 'f', version: 'v1', hash: 'h', package: '@acme/app' }); const call = () => R.finish(t, R.begin(t));`);
    expect(stdout).toBe('1\n2\n');
    expect(new Set(readAll(root).map((event) => (event.payload as { metrics: { memory_mb: number } }).metrics.memory_mb))).toEqual(new Set([100, 200]));
  });
});

describe('correlation and sampling', () => {
  it('correlate marks what is recorded in it and in what it awaits, and nothing else', () => {
    const { root } = app.run(`(async () => {
      const work = async (name) => { await null; call(new Error(name)); await new Promise((f) => setImmediate(f)); call(new Error(name)); };
      await Promise.all([R.correlate('A', () => work('a')), R.correlate('B', () => work('b'), 'cause'), work('none')]);
      R.correlate('A', () => R.correlate('C', () => { call(new Error('c')); if (R.findCorrelationId() !== 'C') throw new Error(); }));
    })();`, { POET_EVENTS: 'all' });
    const seen = readAll(root).map((event) => [(event.payload as { error: { message: string } }).error.message, isId(event.correlation_id) ? 'own' : event.correlation_id, event.causation_id]);
    expect(seen.sort()).toEqual([['a', 'A', undefined], ['a', 'A', undefined], ['b', 'B', 'cause'], ['b', 'B', 'cause'], ['c', 'C', undefined], ['none', 'own', undefined], ['none', 'own', undefined]]);
  });

  it('records a share of the successes and every failure, and counts all', () => {
    const { root } = app.run(`R.configure({ events: 'all', sampling: 0.1 }); for (let i = 0; i < 2000; i++) call(i % 100 === 0 ? new Error('x') : undefined);`);
    const events = readAll(root);
    const executions = events.filter((event) => event.type === 'function.execution').map((event) => event.payload as { status: string; counted?: boolean });
    expect(executions.filter((payload) => payload.status === 'failure')).toHaveLength(20);
    const share = executions.filter((payload) => payload.status === 'success').length / 1980;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.16);
    expect(executions.every((payload) => payload.counted === true)).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'function.aggregate', payload: { calls: 2000, failures: 20 } });
  });

  it('ids keep their order over a clock that jumps back, and when a millisecond has more than 4,096 of them', () => {
    const { stdout } = app.run(`const ids = []; R.onEvent((e) => ids.push(e.id)); const now = Date.now(); let at = now; Date.now = () => at;
      R.configure({ events: 'all' }); for (let i = 0; i < 10000; i++) { if (i === 5000) at = now - 864000000; call(); }
      console.log(ids.length, new Set(ids).size, ids.every((id, i) => i === 0 || ids[i - 1] < id));`, { POET_DURABILITY: 'off' });
    expect(stdout).toBe('10000 10000 true\n');
  });
});

describe('followEvents', () => {
  it('tells of a damaged file once', async () => {
    const root = makeRoot({ 'pending/p/1.ndjson.gz': 'damaged', 'pending/p/2.ndjson.open': '' });
    const stop = new AbortController();
    const seen: string[] = [];
    let n = 0;
    for await (const { event, file } of followEvents(root, {}, { signal: stop.signal, everyMs: 1, fromStart: true })) {
      seen.push(event?.id ?? file.slice(-11));
      if (n++ === 3) stop.abort();
      else writeFileSync(join(root, 'events/pending/p/2.ndjson.open'), line(`a${n}`), { flag: 'a' });
    }
    expect(seen).toEqual(['1.ndjson.gz', 'a1', 'a2', 'a3']);
  });

  it('yields each event once while its segment grows, is sealed, and moves on', async () => {
    const root = makeRoot({ 'pending/p/1.ndjson.open': line('old') });
    const file = join(root, 'events/pending/p/1.ndjson');
    const stop = new AbortController();
    const seen: string[] = [];
    const steps: (() => void)[] = [
      () => writeFileSync(`${file}.open`, line('a'), { flag: 'a' }),
      () => { writeFileSync(`${file}.open`, `${line('b')}{"id`, { flag: 'a' }); },
      () => { writeFileSync(`${file}.open`, line('old') + line('a') + line('b') + line('c')); renameSync(`${file}.open`, file); },
      () => { mkdirSync(join(root, 'events/processed/p'), { recursive: true }); renameSync(file, join(root, 'events/processed/p/1.ndjson')); writeFileSync(join(root, 'events/pending/p/2.ndjson'), line('d')); },
      () => stop.abort(),
    ];
    const timer = setInterval(() => steps.shift()?.(), 30);
    for await (const { event } of followEvents(root, {}, { signal: stop.signal, everyMs: 5 })) seen.push(event?.id ?? 'damaged');
    clearInterval(timer);
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('matchesFilter', () => {
  const event = { id: 'i', type: 'function.execution', timestamp: 5, correlation_id: 'order-7', metadata: { version: '', environment: '', service: '' }, payload: { function_name: 'src/a.ts#Shop.sell', status: 'failure', execution_id: 'x', key: 'k' } };
  it.each([
    [{}, true], [{ types: ['function.execution'] }, true], [{ types: ['function.'] }, true], [{ types: ['function'] }, false], [{ functionName: 'Shop.sell' }, true], [{ functionName: 'src/a.ts#Shop.sell' }, true],
    [{ functionName: 'sell' }, false], [{ fromMs: 5, toMs: 6 }, true], [{ fromMs: 6 }, false], [{ toMs: 5 }, false], [{ status: 'success' as const }, false], [{ about: 'order-7' }, true], [{ about: 'x' }, true], [{ about: 'k' }, true], [{ about: 'y' }, false],
  ])('%j: %s', (filter, matches) => expect(matchesFilter(event, filter)).toBe(matches));
});
