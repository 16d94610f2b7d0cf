import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeId } from '../records/ids.ts';
import { readState, readStateHistory } from '../runtime/node/state/read-state.ts';
import { findStateFolder, stateFile } from '../runtime/node/state/state-folder.ts';
import type { StatePlace } from '../runtime/node/state/state-folder.ts';
import { makeStateRecord } from '../runtime/node/state/state-record.ts';
import { runKills } from '../scripts/soak/kill-run.ts';
import { makeRuntimeApp, OPEN, readAll } from './support/runtime-app.ts';
import type { RuntimeApp } from './support/runtime-app.ts';
import { killAtEveryStep } from './support/kill-steps.ts';

const repository = join(__dirname, '..');
let app: RuntimeApp;
beforeAll(() => { app = makeRuntimeApp(); });
afterAll(() => app.close());

const failures = (root: string): string[] => readAll(root).filter((event) => event.type === 'function.execution').map((event) => (event.payload as { error?: { message: string } }).error?.message ?? '');
const dropped = (stderr: string): number => Number(/POET7013 (\d+)/.exec(stderr)?.[1] ?? 0);

describe('killed at random instants', () => {
  it.each([['immediate', 8], ['batched', 8], ['off', 4]] as const)('%s: nothing acknowledged is lost, nothing is unreadable', async (mode, instants) => {
    const report = await runKills(repository, mode, instants, 7);
    expect(report).toMatchObject({ kills: instants, lost: 0, feedbackLost: 0, commitsLost: 0, problems: [] });
    expect(report.commits).toBeGreaterThan(0);
    expect(report.emitted).toBeGreaterThan(100);
    if (mode === 'off') expect(report.acknowledged).toBe(0);
    else expect([report.acknowledged > 100, report.midWrite >= 0.4 * instants]).toEqual([true, true]);
  });
});

describe('killed at every step', () => {
  const killEverywhere = (prepare: (root: string) => void, body: string, check: (root: string, step: number) => void): number => killAtEveryStep(app, prepare, body, check);

  const DAY = 86_400_000;
  const segment = (root: string, state: string, ageDays: number): void => {
    const dir = join(root, 'events', state, '@acme+app');
    mkdirSync(dir, { recursive: true });
    const id = makeId(Date.now() - ageDays * DAY, 0, ageDays, 1);
    writeFileSync(join(dir, `${id}-00000000-1.ndjson`), `${JSON.stringify({ id: `age${ageDays}`, type: 't', timestamp: 1, metadata: { version: '', environment: '', service: '' }, payload: {} })}\n`);
  };

  it('of opening, writing and sealing a segment, with fsync', () => {
    const body = `armed = true; R.configure({ durability: 'immediate', fsync: true }); for (let i = 0; i < 3; i++) { call(new Error('e' + i)); fs.appendFileSync(root + '.acks', 'e' + i + '\\n'); }`;
    const steps = killEverywhere(() => undefined, body, (root) => {
      const acked = existsSync(`${root}.acks`) ? readFileSync(`${root}.acks`, 'utf8').trim().split('\n') : [];
      expect(failures(root)).toEqual(expect.arrayContaining([...acked, 'after']));
    });
    expect(steps).toBeGreaterThan(12);
  });

  it('of retention and compression', () => {
    const steps = killEverywhere((root) => { segment(root, 'pending', 2); segment(root, 'processed', 3); segment(root, 'pending', 40); segment(root, 'processed', 41); },
      `armed = true; E.keepHouse(root, { nowMs: Date.now(), retentionDays: 30, compressAfterDays: 1 }).then(() => { armed = false; });`,
      (root) => expect(readAll(root).map((event) => event.id).filter((id) => id.startsWith('age')).sort()).toEqual(['age2', 'age3']));
    expect(steps).toBeGreaterThan(12);
  });

  it('of committing a state, of rolling it back, and of deleting old versions', () => {
    const place = (root: string): StatePlace => ({ root, packageName: '@acme/app', functionName: 'src/a.ts#f', codeVersion: 'v1', parameters: { threshold: { initial: 0, min: 0, max: 200, unit: '' } } });
    const author = { by: 'a test', reason: 'to be killed' };
    // A hundred and two old versions, so that the next commit deletes some.
    const lay = (root: string): void => {
      const folder = findStateFolder(place(root));
      mkdirSync(folder, { recursive: true });
      let parent_hash = '';
      for (let version = 1; version <= 102; version++) {
        const record = makeStateRecord({ function_name: 'src/a.ts#f', code_version: 'v1', version, parent: version - 1, parent_hash, values: { threshold: version }, parameters: place(root).parameters, ...author, at: 1 });
        parent_hash = record.hash;
        writeFileSync(join(folder, stateFile(version)), JSON.stringify(record));
        utimesSync(join(folder, stateFile(version)), 1, 1);
      }
    };
    const body = `const S = require('./lib/state.cjs'); (async () => { const place = { ...${JSON.stringify(place(''))}, root }; const author = ${JSON.stringify(author)};
      armed = true; await S.commitState(place, { from: 102, values: { threshold: 150 }, ...author }); fs.appendFileSync(root + '.acks', 'c');
      await S.rollBackState(place, { from: 103, to: 50, ...author }); fs.appendFileSync(root + '.acks', 'r'); armed = false; })();`;
    const seen = new Set<number>();
    const steps = killEverywhere(lay, body, (root) => {
      const acked = existsSync(`${root}.acks`) ? readFileSync(`${root}.acks`, 'utf8') : '';
      const { version, values, problems } = readState(place(root));
      // The old state or the new one, whole, and never one before what was acknowledged.
      expect([problems, { 102: 102, 103: 150, 104: 50 }[version], version >= 102 + acked.length]).toEqual([[], values['threshold'], true]);
      const { records, problems: faults } = readStateHistory(findStateFolder(place(root)));
      expect([faults, records.map((record) => record.version)]).toEqual([[], Array.from({ length: records.length }, (_, i) => version - i)]);
      expect(records.length).toBeGreaterThanOrEqual(100);
      seen.add(version);
    });
    expect([steps > 25, [...seen].sort()]).toEqual([true, [102, 103, 104]]);
  });

  it('of giving feedback and of matching it', () => {
    const body = `(async () => { const { executionId } = R.traced(() => { const x = R.begin(t); R.finish(t, x); }); R.flushEvents(); armed = true; const { id } = await R.feedback('f', { executionId, rating: 1 }); fs.appendFileSync(root + '.acks', id);
      await E.matchFeedback(root); armed = false; })();`;
    const steps = killEverywhere(() => undefined, body, (root, step) => {
      const files = existsSync(join(root, 'feedback')) ? readdirSync(join(root, 'feedback'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')) : [];
      // The restart has matched it: it is in one place.
      expect([step, files.length]).toEqual([step, existsSync(`${root}.acks`) || files.length > 0 ? 1 : 0]);
      for (const name of files) expect(name).toMatch(/^processed/);
    });
    expect(steps).toBeGreaterThan(15);
  });
});

describe('a disk that is full', () => {
  const FULL = `const fs = require('fs'); const { writeSync } = fs; let full = false;
    fs.writeSync = (d, data, ...rest) => { if (!full || typeof d !== 'number' || d < 3) return writeSync(d, data, ...rest); const bytes = Buffer.from(data).subarray(rest[0] ?? 0); if (bytes.length > 10) writeSync(d, bytes, 0, 10); throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }); };`;

  it('in the middle of a line loses that line, counts it, and goes on when there is room', () => {
    const { root, stderr } = app.run(`R.configure({ durability: 'immediate' }); call(new Error('a')); full = true; call(new Error('b')); call(new Error('c')); full = false; const now = Date.now; Date.now = () => now() + 6000; call(new Error('d'));`, {}, FULL + OPEN);
    expect(failures(root)).toEqual(['a', 'd']);
    expect(readAll(root).find((event) => event.type === 'alert.events_dropped')?.payload).toEqual({ count: 2, reasons: { ENOSPC: 2 } });
    expect(stderr.match(/POET\d+/g)).toEqual(['POET7012']);
  });

  const mounted = mkdtempSync(join(tmpdir(), 'poetc-full-'));
  // Only who may mount can fill or lock a file system of its own.
  const canMount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', mounted]).status === 0;
  afterAll(() => {
    if (canMount) spawnSync('umount', [mounted]);
    rmSync(mounted, { recursive: true, force: true });
  });
  (canMount ? it : it.skip)('a real one: what was written is whole, what was not is counted, feedback is refused, nothing throws', () => {
    const { status, stdout, stderr } = app.run(`for (let i = 0; i < 3000; i++) call(new Error('e' + i)); R.flushEvents();
      const fs = require('fs'); for (let size = 65536; size > 0; size >>= 1) try { for (;;) fs.appendFileSync(process.env.POET_RUNTIME_DIR + '/filler', Buffer.alloc(size)); } catch {}
      R.feedback('f', { key: 'k', comments: 'x'.repeat(9999) }).then(() => console.log('kept'), (e) => console.log(e.code));`, { POET_RUNTIME_DIR: mounted });
    expect([status, stdout]).toEqual([0, 'ENOSPC\n']);
    expect(stderr).toContain('ENOSPC');
    expect(failures(mounted).length).toBeGreaterThan(100);
    expect(readAll(mounted).length + dropped(stderr)).toBe(3002); // the aggregate and the alert about the error rate too
    expect(readdirSync(join(mounted, 'feedback'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json') || name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('a folder', () => {
  const mounted = mkdtempSync(join(tmpdir(), 'poetc-readonly-'));
  // Only who may mount can fill or lock a file system of its own.
  const canMount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=100k', 'tmpfs', mounted]).status === 0;
  afterAll(() => {
    if (canMount) spawnSync('umount', [mounted]);
    rmSync(mounted, { recursive: true, force: true });
  });
  (canMount ? it : it.skip)('on a file system that is mounted read-only costs counted events, refused feedback, no exception', () => {
    const { status, stderr, stdout } = app.run(`for (let i = 0; i < 100; i++) call(new Error('a')); R.feedback('f', { key: 'k', rating: 1 }).catch((e) => console.log(e.code));`, { POET_RUNTIME_DIR: mounted });
    // Node says ENOENT where a folder and its parents cannot be made on such a file system. 102: the aggregate and the alert about the error rate too.
    expect([status, stdout, dropped(stderr)]).toEqual([0, expect.stringMatching(/^(?:EROFS|ENOENT)\n$/), 102]);
    expect(stderr).toMatch(/POET7012 .*(?:EROFS|ENOENT)/);
  });
  it('that is read-only costs counted events, no exception', () => {
    const { status, stderr, stdout } = app.run(`for (let i = 0; i < 100; i++) call(new Error('a')); R.feedback('f', { key: 'k', rating: 1 }).catch((e) => console.log(e.code));`, {}, `
      const fs = require('fs'); const refuse = () => { throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' }); }; fs.mkdirSync = refuse; fs.openSync = refuse; require('fs/promises').mkdir = async () => refuse(); ${OPEN}`);
    expect([status, stdout, dropped(stderr)]).toEqual([0, 'EROFS\n', 102]);
    expect(stderr).toMatch(/POET7012 .*EROFS/);
  });

  it('that is deleted again and again is made anew; only what lay in it is gone', () => {
    const { root, status, stderr } = app.run(`const fs = require('fs'); R.configure({ durability: 'immediate' }); let now = Date.now(); Date.now = () => now;
      for (let i = 0; i < 5; i++) { fs.rmSync(process.env.POET_RUNTIME_DIR, { recursive: true, force: true }); now += 300; call(new Error('e' + i)); }`);
    expect([status, stderr, failures(root)]).toEqual([0, '', ['e4']]);
  });
});

describe('a clock', () => {
  it.each([['ten days forwards', 864_000_000], ['ten days backwards', -864_000_000]])('that jumps %s loses nothing, and stops nothing for long', (_name, jump) => {
    const { root, stderr } = app.run(`R.configure({ durability: 'immediate' }); const real = Date.now; let off = 0; Date.now = () => real() + off;
      call(new Error('a')); off = ${jump}; call(new Error('b')); off = 0; call(new Error('c'));
      // A folder that could not be written before the jump is tried again after it.
      const fs = require('fs'); const dir = process.env.POET_RUNTIME_DIR; fs.renameSync(dir, dir + '.away'); fs.writeFileSync(dir, ''); off = 500; call(new Error('lost')); fs.rmSync(dir); fs.renameSync(dir + '.away', dir); off = ${jump}; call(new Error('d'));`);
    expect(failures(root).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(stderr).toMatch(/^poetc: POET7012[^\n]*\n$/);
    const ids = readAll(root).map((event) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('many at once', () => {
  it('16 processes write one folder without losing a line', async () => {
    const root = app.newRoot();
    const all = Array.from({ length: 16 }, (_, n) => app.start(`for (let i = 0; i < 300; i++) call(new Error('${n}-' + i)); Promise.all([1, 2, 3].map((i) => R.feedback('f', { key: 'shared' + i, rating: 1 }))).then(() => E.matchFeedback(process.env.POET_RUNTIME_DIR)).then(() => E.keepHouse(process.env.POET_RUNTIME_DIR, { nowMs: Date.now() + 2e8, retentionDays: 30, compressAfterDays: 1 }));`,
      { POET_RUNTIME_DIR: root }, `${OPEN} const E = require('./lib/events.cjs');`));
    const errors = all.map(({ child }) => { let text = ''; child.stderr.on('data', (data: Buffer) => { text += data.toString(); }); return () => text; });
    const codes = await Promise.all(all.map(async ({ child }) => (await once(child, 'close'))[0] as number));
    expect([codes, errors.map((error) => error()).join('')]).toEqual([Array(16).fill(0), '']);
    const found = new Set(failures(root));
    expect(found.size).toBe(16 * 300);
    expect(readdirSync(join(root, 'feedback/pending/@acme+app'))).toHaveLength(3);
  });

  it('1,000 concurrent emitters lose nothing', () => {
    const { root } = app.run(`const { setTimeout: wait } = require('timers/promises'); Promise.all(Array.from({ length: 1000 }, async (_, n) => { for (let i = 0; i < 5; i++) { const x = R.begin(t); await wait(n % 7); R.failed(t, x, new Error(n + '-' + i)); } }));`);
    expect(new Set(failures(root)).size).toBe(5000);
  });
});
