import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import fc from 'fast-check';
import { readEvents } from '../runtime/node/read-events.ts';
import { packageFolder } from '../runtime/node/package-folder.ts';
import { findMainPackage, findRuntimeRoot } from '../runtime/node/runtime-root.ts';
import type { POETEvent } from '../records/events.ts';

const repository = join(__dirname, '..');
/** A project whose node_modules hold both builds, as an application's would. */
let app: string;
let serial = 0;

beforeAll(() => {
  app = realpathSync(mkdtempSync(join(tmpdir(), 'poetc-runtime-')));
  // In a process of its own: esbuild's service does not like jest's globals.
  const esbuild = createRequire(__filename).resolve('esbuild');
  const script = `const { buildSync } = require(${JSON.stringify(esbuild)});
    for (const [source, name] of [['runtime/node/index.ts', 'runtime'], ['runtime/index.ts', 'neutral'], ['index.ts', 'index']])
      for (const [format, ending] of [['esm', 'mjs'], ['cjs', 'cjs']])
        buildSync({ entryPoints: [source], bundle: true, platform: 'node', format, target: 'node20', outfile: ${JSON.stringify(join(app, 'lib'))} + '/' + name + '.' + ending, logLevel: 'error' });`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: repository, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  writeFileSync(join(app, 'package.json'), '{ "name": "@acme/app", "version": "1.2.3" }');
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

const OPEN = `const t = R.openTarget({ id: 'src/a.ts#f', name: 'f', version: 'v1', hash: 'h', package: '@acme/app' });
  const call = (error) => { const x = R.begin(t); if (error) R.failed(t, x, error); else R.finish(t, x); };`;

interface Ran { readonly status: number | null; readonly stdout: string; readonly stderr: string; readonly root: string }

/** Runs a script against the Node build; `R` is the runtime, `call(error?)` is one call. */
function run(body: string, env: Record<string, string> = {}, head = `const R = require('./lib/runtime.cjs'); ${OPEN}`): Ran {
  const { file, root, variables } = prepare(body, env, head, 'cjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: '/', encoding: 'utf8', env: variables });
  return { status, stdout, stderr, root };
}

function prepare(body: string, env: Record<string, string>, head: string, ending: string) {
  const file = join(app, `main${serial}.${ending}`);
  const root = join(app, `root${serial++}`);
  writeFileSync(file, `${head}\n${body}`);
  const variables: Record<string, string> = { PATH: process.env.PATH ?? '', POET_RUNTIME_DIR: root, ...env };
  for (const [key, value] of Object.entries(variables)) if (value === '') delete variables[key];
  return { file, root, variables };
}

function read(root: string): POETEvent[] {
  return [...readEvents(root)].map((record) => {
    if (record.event === undefined) throw new Error(`${record.file}:${record.line}: ${record.problem}`);
    return record.event;
  });
}

const pending = (root: string): string[] => {
  const dir = join(root, 'events', 'pending', '@acme+app');
  return existsSync(dir) ? readdirSync(dir) : [];
};
const types = (events: readonly POETEvent[]): string[] => events.map((e) => e.type);

describe('the file sink', () => {
  it('seals everything on exit, aggregates last', () => {
    const { status, stderr, root } = run(`for (let i = 0; i < 10; i++) call(); call(new Error('boom')); process.exit(3);`);
    expect([status, stderr]).toEqual([3, '']);
    const events = read(root);
    expect(types(events)).toEqual(['function.execution', 'function.aggregate']);
    expect(events[0]).toMatchObject({ metadata: { service: '@acme/app', version: '1.2.3', environment: 'development' }, payload: { metrics: { memory_mb: expect.any(Number), cpu_percent: expect.any(Number) } } });
    expect(events[1]?.payload).toMatchObject({ calls: 11, failures: 1 });
    expect(pending(root)).toEqual([expect.stringMatching(/^[\w-]+-\d+\.ndjson$/)]);
  });

  it('keeps the events of a process that dies of an exception', () => {
    const { status, root } = run(`call(new Error('boom')); throw new Error('fatal');`);
    expect(status).toBe(1);
    expect(types(read(root))).toEqual(['function.execution', 'function.aggregate']);
  });

  it('does not keep a process alive', () => {
    const { status, root } = run(`call(new Error('boom'));`);
    expect(status).toBe(0);
    expect(read(root)).toHaveLength(2);
  });

  it('leaves a killed process\'s segment open and readable', async () => {
    const { file, root, variables } = prepare(`for (let i = 0; i < 200; i++) call(); R.flushEvents(); for (let i = 0; i < 3; i++) call(); console.log('ready'); setInterval(() => {}, 1000);`, { POET_EVENTS: 'all' }, `const R = require('./lib/runtime.cjs'); ${OPEN}`, 'cjs');
    const child = spawn(process.execPath, [file], { env: variables, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(pending(root)).toEqual([expect.stringMatching(/\.ndjson\.open$/)]);
    const events = read(root);
    expect(events.length).toBeGreaterThanOrEqual(200);
    expect(events.length).toBeLessThanOrEqual(203);
    expect(new Set(events.map((e) => e.id)).size).toBe(events.length);
  });

  it('writes a batch after its time without being asked', async () => {
    const { file, root, variables } = prepare(`call(new Error('boom')); const wait = setInterval(() => { if (require('fs').existsSync(process.env.POET_RUNTIME_DIR + '/events')) { console.log('written'); clearInterval(wait); setInterval(() => {}, 1000); } }, 5);`, {}, `const R = require('./lib/runtime.cjs'); ${OPEN}`, 'cjs');
    const child = spawn(process.execPath, [file], { env: variables, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(types(read(root))).toEqual(['function.execution']);
  });

  it('counts what it cannot write, says so twice on stderr, and throws nothing', () => {
    const blocked = join(app, 'a-file');
    writeFileSync(blocked, '');
    const { status, stderr, stdout } = run(`for (let i = 0; i < 100; i++) call(new Error('boom')); console.log('done');`, { POET_RUNTIME_DIR: blocked });
    expect([status, stdout]).toEqual([0, 'done\n']);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^poetc: POET7012 events cannot be written to .*: (ENOTDIR|EEXIST)/),
      expect.stringMatching(/^poetc: POET7013 102 events were dropped \((ENOTDIR|EEXIST): \d+/),
    ]);
  });

  it('tells in an event what was lost, once it can write again', () => {
    const { root, stderr } = run(`
      const fs = require('fs'); const dir = process.env.POET_RUNTIME_DIR; fs.writeFileSync(dir, '');
      call(new Error('lost')); R.flushEvents();
      fs.rmSync(dir); const now = Date.now; Date.now = () => now() + 60000;
      call(new Error('kept'));`);
    const events = read(root);
    expect(types(events)).toEqual(['function.execution', 'function.aggregate', 'alert.events_dropped']);
    expect(events[2]?.payload).toEqual({ count: 2, reasons: { [/: (E\w+) \(/.exec(stderr)?.[1] ?? '']: 2 } });
    expect(stderr).not.toContain('POET7013');
  });

  it('keeps to its size cap', () => {
    const { root, stderr } = run(`for (let i = 0; i < 2000; i++) call();`, { POET_EVENTS: 'all', POET_EVENTS_MAX_MB: '0.1' });
    const bytes = pending(root).reduce((sum, name) => sum + readFileSync(join(root, 'events', 'pending', '@acme+app', name)).length, 0);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThanOrEqual(100_000);
    expect(stderr).toMatch(/size cap: \d+/);
    const dropped = Number(/POET7013 (\d+)/.exec(stderr)?.[1]);
    expect(read(root).length + dropped).toBe(2000);
  });

  it('takes half a line back when the disk is full in the middle of it', () => {
    const { file, root, variables } = prepare(`for (let i = 0; i < 200; i++) call();`, { POET_EVENTS: 'all' }, `const R = require('./lib/runtime.cjs'); ${OPEN}`, 'cjs');
    // A limit on the size of files stands for a full disk: the write that crosses it is cut short.
    const { status, stderr } = spawnSync('sh', ['-c', 'ulimit -f 50 && exec "$0" "$1"', process.execPath, file], { encoding: 'utf8', env: variables });
    expect([status, stderr]).toEqual([0, expect.stringContaining('EFBIG')]);
    expect(pending(root)).toEqual([expect.stringMatching(/\.ndjson$/)]);
    expect(read(root).length + Number(/POET7013 (\d+)/.exec(stderr)?.[1])).toBe(200);
  });

  it('starts a new file when somebody deletes the old one under it', () => {
    const { root } = run(`call(new Error('a')); R.flushEvents(); require('fs').rmSync(process.env.POET_RUNTIME_DIR, { recursive: true }); call(new Error('b')); R.flushEvents();`);
    expect(read(root).map((e) => (e.payload as { error?: { message: string } }).error?.message)).toEqual(['b', undefined]);
  });

  it('seals a segment that is full and starts the next', () => {
    const { root } = run(`for (let i = 0; i < 12000; i++) call();`, { POET_EVENTS: 'all' });
    expect(pending(root).length).toBeGreaterThan(1);
    expect(read(root)).toHaveLength(12_000);
  });
});

describe('two copies in one process', () => {
  it('share sink, targets and warnings', () => {
    const { file, root, variables } = prepare(`
      const E = await import('./lib/runtime.mjs'); const C = createRequire(import.meta.url)('./lib/runtime.cjs');
      const spec = { id: 'src/a.ts#f', name: 'f', version: 'v1', hash: 'h', package: '@acme/app' };
      const [a, b] = [E.openTarget(spec), C.openTarget(spec)];
      E.finish(a, E.begin(a)); C.failed(b, C.begin(b), new Error('boom'));
      let error; try { C.refuseArguments([C.violation('$input.x', 'number', 'a')]); } catch (e) { error = e; }
      console.log(a === b, error instanceof E.PerceiveError, E.isPerceiveError(error));
      const I = await import('./lib/index.mjs'); const J = createRequire(import.meta.url)('./lib/index.cjs');
      I.poet({}, () => 1); J.poet({}, () => 1);`, {}, `import { createRequire } from 'node:module';`, 'mjs');
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', env: variables });
    expect(stdout).toBe('true false true\n');
    expect(stderr.match(/POET7010/g)).toHaveLength(1);
    expect(pending(root)).toHaveLength(1);
    expect(read(root)[1]?.payload).toMatchObject({ calls: 2, failures: 1 });
  });

  it('give a platform-neutral copy that came first the sink of the Node build', () => {
    const { root } = run(`require('./lib/runtime.cjs'); call(new Error('boom'));`, {}, `const R = require('./lib/neutral.cjs'); ${OPEN}`);
    expect(types(read(root))).toEqual(['function.execution', 'function.aggregate']);
  });
});

describe('the platform-neutral build', () => {
  it('has no sink, names no module of Node, and writes nothing', () => {
    expect(/\brequire\(|["']node:/.exec(readFileSync(join(app, 'lib', 'neutral.cjs'), 'utf8'))).toBeNull();
    const { root, stderr } = run(`call(new Error('boom'));`, {}, `const R = require('./lib/neutral.cjs'); ${OPEN}`);
    expect([existsSync(root), stderr]).toEqual([false, '']);
  });
});

describe('the environment', () => {
  it.each([['1', 'true'], ['src/a.ts#f', 'true'], ['x, f', 'true'], ['x', 'false']])('POET_DISABLE=%s: off is %s', (value, off) => {
    const { stdout, root } = run(`console.log(t.off); if (!t.off) call(new Error('boom'));`, { POET_DISABLE: value });
    expect(stdout).toBe(`${off}\n`);
    expect(existsSync(root)).toBe(off === 'false');
  });

  it('POET_EVENTS wins over configure', () => {
    const { root, stderr } = run(`R.configure({ events: 'all' }); call(); call(new Error('boom'));`, { POET_EVENTS: 'off' });
    expect([existsSync(root), stderr]).toEqual([false, '']);
  });

  it('in development the root is .poet beside the main script\'s package.json, kept out of git', () => {
    const { stderr } = run(`call(new Error('boom'));`, { POET_RUNTIME_DIR: '' });
    expect(stderr).toBe('');
    expect(types(read(join(app, '.poet')))).toEqual(['function.execution', 'function.aggregate']);
    expect(readFileSync(join(app, '.poet', 'events', '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('in production without a root nothing is recorded, which is said once', () => {
    const { stderr } = run(`call(new Error('boom')); R.openTarget({ ...t.spec, id: 'other' });`, { POET_RUNTIME_DIR: '', NODE_ENV: 'production' });
    expect(stderr.match(/POET7011/g)).toHaveLength(1);
    expect(stderr).toContain('POET_RUNTIME_DIR');
  });

  it('under a test runner nothing is recorded unless asked for', () => {
    expect(findRuntimeRoot({ NODE_ENV: 'test' }, undefined)).toMatchObject({ isWorthSaying: false });
    expect(findRuntimeRoot({ NODE_ENV: 'test', POET_RUNTIME_DIR: '/x' }, undefined)).toEqual({ dir: '/x', isDevelopment: false });
  });

  it('a tool in node_modules stands for the package that installed it', () => {
    const script = join(app, 'node_modules', 'tool', 'bin.js');
    mkdirSync(dirname(script), { recursive: true });
    writeFileSync(join(app, 'node_modules', 'tool', 'package.json'), '{ "name": "tool" }');
    writeFileSync(script, '');
    expect(findMainPackage(script)?.name).toBe('@acme/app');
    expect(findMainPackage(undefined)).toBeUndefined();
  });
});

describe('code that was not enhanced', () => {
  const head = `const { poet } = require('./lib/index.cjs');`;
  const body = `const f = (x) => x; console.log(poet({}, f) === f, poet({}, () => 1)()); console.log(poet()(f, { kind: 'method', name: 'm' }), poet()({}, 'm', {}));`;

  it('runs as it is and says so once', () => {
    const { status, stdout, stderr } = run(body, {}, head);
    expect([status, stdout]).toEqual([0, 'true 1\nundefined undefined\n']);
    expect(stderr).toMatch(/^poetc: POET7010 @poet f runs without enhancement.*\n$/);
  });

  it('throws in production, unless allowed', () => {
    const refused = run(body, { NODE_ENV: 'production' }, head);
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('POET7010');
    expect(run(body, { NODE_ENV: 'production', POET_UNENHANCED: 'allow' }, head)).toMatchObject({ status: 0, stderr: '' });
    expect(run(body, { NODE_ENV: 'production', POET_UNENHANCED: 'warn' }, head).stderr).toMatch(/^poetc: POET7010.*\n$/);
    expect(run(body, { POET_UNENHANCED: 'error' }, head).status).toBe(1);
  });
});

describe('readEvents', () => {
  const line = (id: string): string => JSON.stringify({ id, type: 't', timestamp: 1, metadata: { version: '', environment: '', service: '' }, payload: {} });
  function folder(files: Record<string, string>): string {
    const root = mkdtempSync(join(app, 'read-'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, 'events', name)), { recursive: true });
      writeFileSync(join(root, 'events', name), text);
    }
    return root;
  }

  it('takes whole lines of an open segment, whatever instant it was cut at', () => {
    const text = `${line('a')}\n${line('é')}\n${line('c')}\n`;
    fc.assert(fc.property(fc.integer({ min: 0, max: Buffer.byteLength(text) }), (cutAt) => {
      const bytes = Buffer.from(text).subarray(0, cutAt);
      const root = folder({ 'pending/p/1.ndjson.open': '' });
      writeFileSync(join(root, 'events/pending/p/1.ndjson.open'), bytes);
      const whole = bytes.toString('latin1').split('\n').length - 1;
      expect(read(root).map((e) => e.id)).toEqual(['a', 'é', 'c'].slice(0, whole));
    }), { numRuns: 100 });
  });

  it('names file and line of what is wrong, and goes on', () => {
    const root = folder({ 'pending/p/2.ndjson': `${line('b')}\nnonsense\n${line('c')}\n{"id"`, 'processed/p/1.ndjson': `${line('a')}\n`, 'pending/p/README': 'x' });
    expect([...readEvents(root)].map((r) => r.event?.id ?? `${r.line}: ${r.problem}`)).toEqual(['a', 'b', expect.stringMatching(/^2: not JSON/), 'c', '4: the file ends in the middle of a line']);
  });

  it('finds a segment that is sealed while it reads, once', () => {
    const root = folder({ 'pending/p/1.ndjson': `${line('a')}\n`, 'pending/p/2.ndjson.open': `${line('b')}\n` });
    const seen: string[] = [];
    for (const { event } of readEvents(root)) {
      seen.push(event?.id ?? '');
      if (event?.id !== 'a') continue;
      mkdirSync(join(root, 'events/processed/p'), { recursive: true });
      renameSync(join(root, 'events/pending/p/2.ndjson.open'), join(root, 'events/processed/p/2.ndjson'));
    }
    expect(seen).toEqual(['a', 'b']);
  });

  it('finds nothing where there is nothing', () => {
    expect([...readEvents(join(app, 'nowhere'))]).toEqual([]);
  });
});

describe('packageFolder', () => {
  it('is one plain folder name, another for another package, without regard to case', () => {
    expect(packageFolder('@acme/app')).toBe('@acme+app');
    expect(packageFolder(undefined)).toBe('_');
    const name = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.constantFrom('..', '.', 'a/b', 'a+b', '@a/b', '@a+b', '@A/b', '_', '%00002b'));
    fc.assert(fc.property(name, name, (a, b) => {
      expect(packageFolder(a)).toMatch(/^[@%~a-z0-9-][@%~a-z0-9._+-]*$/);
      expect(packageFolder(a).toLowerCase() === packageFolder(b).toLowerCase()).toBe(a === b);
    }), { numRuns: 1000 });
  });
});
