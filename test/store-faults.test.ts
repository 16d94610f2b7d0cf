/** Killed at any step, or two at once: what is in `.poet/` can be read, and the next build completes it. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { createHash } from 'node:crypto';
import { buildSync } from 'esbuild';
import fc from 'fast-check';
import { tryGenerationLock } from '../transformer/5-store/index.ts';
import { nodeFs, type StoreFs } from '../transformer/5-store/store-fs.ts';
import { candidateOf, filesBelow, FOLDER, HEADER, KEY_A, KEY_B, makeRoot, PASSED, planOf, problemOf, saved, storeAt, TARGET, whole } from './store-fixture.ts';

const WRITES = ['openSync', 'writeSync', 'fsyncSync', 'closeSync', 'mkdirSync', 'renameSync', 'removeSync', 'unlinkSync'];

/** A file system that stops for good before its step number `last`; `half` leaves half a write behind first. */
function dying(last: number, half: boolean, die: () => Error): { fs: StoreFs; steps(): number } {
  let steps = 0;
  const fs = new Proxy(nodeFs, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function' || !WRITES.includes(String(name))) return value;
      return (...args: unknown[]): unknown => {
        if (++steps > last) {
          if (half && name === 'writeSync' && steps === last + 1) nodeFs.writeSync(args[0] as number, (args[1] as Buffer).subarray(0, (args[1] as Buffer).length >> 1));
          throw die();
        }
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { fs, steps: () => steps };
}

const KILLED = 'killed here';
const killed = (): Error => new Error(KILLED);
const diskFull = (): Error => Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });

/** All steps of one save that follows another. */
function stepsOfSave(): number {
  const root = makeRoot();
  saved(storeAt(root), 'one');
  const counting = dying(Infinity, false, killed);
  saved(storeAt(root, { fs: counting.fs }), 'two', KEY_B);
  return counting.steps();
}

describe('a process that is killed while it saves', () => {
  const steps = stepsOfSave();

  it('takes enough steps for this to mean something', () => expect(steps).toBeGreaterThan(25));

  it.each([false, true])('leaves a store that reads as before or as after, and that the next save completes (half-written: %s)', (half) => {
    const seen = { before: 0, after: 0 };
    for (let last = 0; last < steps; last++) {
      const root = makeRoot();
      const first = saved(storeAt(root), 'one');
      expect(() => storeAt(root, { fs: dying(last, half, killed).fs }).save(planOf(KEY_B), candidateOf('two'), PASSED, HEADER)).toThrow(KILLED);
      expect(whole(storeAt(root).find(TARGET, KEY_A)).metadata).toEqual(first.metadata);
      const found = storeAt(root).find(TARGET, KEY_B);
      seen[found === undefined ? 'before' : 'after']++;
      if (found !== undefined) expect(whole(found).candidate).toEqual(candidateOf('two'));
      forgetLocks(root);
      expect(saved(storeAt(root), 'two', KEY_B).name).toBe('v2');
      expect(storeAt(root).list()).toMatchObject([{ current: 'v2', problems: [] }]);
      expect(readdirSync(join(root, '.poet/.tmp'))).toEqual([]);
    }
    expect(seen.before).toBeGreaterThan(5);
    expect(seen.after).toBeGreaterThan(5);
  });

  it('the first version of all is no exception', () => {
    for (let last = 0; last < steps; last++) {
      const root = makeRoot();
      expect(() => storeAt(root, { fs: dying(last, true, killed).fs }).save(planOf(), candidateOf('one'), PASSED, HEADER)).toThrow(KILLED);
      const found = storeAt(root).find(TARGET, KEY_A);
      if (found !== undefined) expect(whole(found).candidate).toEqual(candidateOf('one'));
      forgetLocks(root);
      expect(saved(storeAt(root), 'one').name).toBe('v1');
      expect(storeAt(root).list()).toMatchObject([{ current: 'v1', problems: [] }]);
    }
  });
});

/** The process of these tests lives on, so its locks look alive; a killed one's would not. */
function forgetLocks(root: string): void {
  const folder = join(root, '.poet/.tmp');
  for (const name of readdirSync(join(root)).includes('.poet') && readdirSync(join(root, '.poet')).includes('.tmp') ? readdirSync(folder) : []) {
    if (name.endsWith('.lock')) nodeFs.unlinkSync(join(folder, name));
  }
}

describe('a disk that is full, a folder that is read-only', () => {
  it('at any step is a problem with a name, and nothing else changes', () => {
    for (let last = 0; last < stepsOfSave() - 2; last++) {
      const root = makeRoot();
      saved(storeAt(root), 'one');
      let refused: unknown;
      try {
        refused = storeAt(root, { fs: dying(last, true, diskFull).fs }).save(planOf(KEY_B), candidateOf('two'), PASSED, HEADER);
      } catch (error) {
        // The lock could not be removed either: that is the error of the operating system, unchanged.
        expect(error).toMatchObject({ code: 'ENOSPC' });
        continue;
      }
      expect(problemOf(refused)).toMatchObject({ code: 'POET5014', level: 'fallback' });
      expect(whole(storeAt(root).find(TARGET, KEY_A)).name).toBe('v1');
    }
  });
});

const bundle = join(mkdtempSync(join(tmpdir(), 'poetc-store-bundle-')), 'writer.cjs');
buildSync({
  stdin: {
    contents: `
      import { storeAt, planOf, candidateOf, PASSED, HEADER } from './store-fixture.ts';
      const [root, who, rounds] = process.argv.slice(2);
      const key = (n) => String(n % 10).repeat(64);
      const names = [];
      for (let i = 0; i < Number(rounds); i++) {
        const store = storeAt(root, { lock: { waitMs: 60_000 } });
        // Half of the versions are the same in both processes, half are their own.
        const code = i % 2 ? 'shared ' + i : who + i;
        const saved = store.save(planOf(key(i)), candidateOf(code), PASSED, HEADER);
        if ('problem' in saved) throw new Error(saved.problem.text);
        names.push(saved.name);
        const found = store.find('src/drift.ts#detectDrift', key(i));
        if (found && 'problem' in found) throw new Error(found.problem.text);
      }
      console.log(JSON.stringify(names));`,
    resolveDir: __dirname,
    loader: 'ts',
  },
  bundle: true, platform: 'node', format: 'cjs', outfile: bundle, target: 'node20',
});

const run = (args: readonly string[]): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bundle, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (data) => { out += data; });
    child.stderr.on('data', (data) => { errors += data; });
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(out) as string[]) : reject(new Error(errors))));
  });

describe('several processes at once', () => {
  it('never give one number twice, share what is equal, and leave everything whole', async () => {
    const root = makeRoot();
    const [left, right] = await Promise.all([run([root, 'left', '8']), run([root, 'right', '8'])]);
    const versions = new Map<string, string>();
    for (const [who, names] of [['left', left], ['right', right]] as const) {
      names.forEach((name, i) => {
        const code = i % 2 ? `shared ${i}` : who + i;
        expect(versions.get(name) ?? code).toBe(code);
        versions.set(name, code);
      });
    }
    // 4 + 4 own ones and 4 that both made.
    expect(versions.size).toBe(12);
    expect(storeAt(root).list()).toMatchObject([{ problems: [] }]);
    expect(Object.keys(filesBelow(join(root, FOLDER))).filter((path) => path.endsWith('code.ts'))).toHaveLength(10);
    expect(readdirSync(join(root, '.poet/.tmp'))).toEqual([]);
  });
});

describe('the lock', () => {
  const machine = createHash('sha256').update(`${hostname()}\n${process.platform === 'linux' ? nodeLink('/proc/self/ns/pid') : ''}`).digest('hex').slice(0, 12);
  const lockOf = (root: string, machineId: string, pid: number): string => {
    mkdirSync(join(root, '.poet/.tmp'), { recursive: true });
    const path = join(root, '.poet/.tmp', `${machineId}-${pid}-${'0'.repeat(16)}.lock`);
    writeFileSync(path, '');
    return path;
  };
  const impatient = { waitMs: 100, pause: () => undefined };

  it('of a living process is waited for, then named', () => {
    const root = makeRoot();
    lockOf(root, machine, process.pid);
    const pauses: number[] = [];
    const store = storeAt(root, { lock: { waitMs: 100, pause: (ms) => { pauses.push(ms); } } });
    const problem = problemOf(store.save(planOf(), candidateOf('one'), PASSED, ''));
    expect(problem.code).toBe('POET5015');
    expect(problem.text).toContain(`process ${process.pid}`);
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(100);
  });

  it('is had as soon as the other lets go', () => {
    const root = makeRoot();
    const path = lockOf(root, machine, process.pid);
    const pause = (): void => { if (readdirSync(join(root, '.poet/.tmp')).length > 0) nodeFs.removeSync(path); };
    expect(saved(storeAt(root, { lock: { waitMs: 100, pause } }), 'one').name).toBe('v1');
  });

  it('of a dead process is taken over', () => {
    const root = makeRoot();
    const pid = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
    lockOf(root, machine, pid);
    expect(saved(storeAt(root, { lock: impatient }), 'one').name).toBe('v1');
  });

  // Elsewhere the system does not say when a process began: there the age of the file counts, which the other tests are about.
  const onLinux = process.platform === 'linux' ? it : it.skip;
  const contentOf = (pid: number): string => `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[19]}\n`;

  onLinux('of a dead process whose number was given again is taken over', () => {
    for (const content of [contentOf(process.pid).replace(/\d+\n/, '1\n'), contentOf(process.pid).replace(/^.{8}/, '00000000')]) {
      const root = makeRoot();
      writeFileSync(lockOf(root, machine, process.pid), content);
      expect(saved(storeAt(root, { lock: impatient }), 'one').name).toBe('v1');
    }
  });

  onLinux('of a process that is known to be the same is never taken over, however old its file is', () => {
    const root = makeRoot();
    const path = lockOf(root, machine, process.pid);
    writeFileSync(path, contentOf(process.pid));
    utimesSync(path, 0, 0);
    expect(problemOf(storeAt(root, { lock: impatient }).save(planOf(), candidateOf('one'), PASSED, '')).code).toBe('POET5015');
  });

  onLinux('of a process that has ended, and whose parent has not asked how, is taken over', async () => {
    const root = makeRoot();
    // The shell becomes a program that asks for nobody's end; its child ends as soon as it has no more input.
    const parent = spawn('sh', ['-c', 'cat <&3 >/dev/null & echo $!; exec cat'], { stdio: ['pipe', 'pipe', 'inherit', 'pipe'] });
    try {
      const pid = Number(await new Promise<string>((resolve) => { parent.stdout!.once('data', (data: Buffer) => resolve(data.toString())); }));
      writeFileSync(lockOf(root, machine, pid), contentOf(pid));
      const problem = problemOf(storeAt(root, { lock: impatient }).save(planOf(), candidateOf('one'), PASSED, ''));
      expect(problem.text).toContain(`process ${pid}`);
      (parent.stdio[3] as Writable).end();
      while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await new Promise((resolve) => { setImmediate(resolve); });
      expect(saved(storeAt(root, { lock: impatient }), 'one').name).toBe('v1');
    } finally {
      parent.kill();
    }
  });

  it('of a process that may be another one by now, as an older poetc left it, is taken over when it is old', () => {
    const root = makeRoot();
    utimesSync(lockOf(root, machine, process.pid), 0, 0);
    expect(saved(storeAt(root, { lock: impatient }), 'one').name).toBe('v1');
  });

  it('says whose it is as long as it is held, and is young again when it was touched', () => {
    const root = makeRoot();
    const lock = tryGenerationLock(root);
    if (!('release' in lock)) throw new Error('it is free');
    const folder = join(root, '.poet/.tmp/generate.lock');
    const [path] = readdirSync(folder).map((name) => join(folder, name));
    const content = readFileSync(path!, 'utf8');
    expect(content).toBe(process.platform === 'linux' ? contentOf(process.pid) : '\n');
    utimesSync(path!, 0, 0);
    lock.touch();
    expect([statSync(path!).mtimeMs > 0, readFileSync(path!, 'utf8')]).toEqual([true, content]);
    expect(tryGenerationLock(root)).toEqual({ pid: process.pid });
    lock.release();
    // Taken for dead meanwhile: its name never comes back.
    lock.touch();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of another machine is taken over when it is old, and only then', () => {
    const root = makeRoot();
    const path = lockOf(root, 'f'.repeat(12), 1);
    expect(problemOf(storeAt(root, { lock: impatient }).save(planOf(), candidateOf('one'), PASSED, '')).code).toBe('POET5015');
    utimesSync(path, 0, 0);
    expect(saved(storeAt(root, { lock: impatient }), 'one').name).toBe('v1');
  });

  it('is taken once for many saves, and let go when one of them throws', () => {
    const root = makeRoot();
    const taken: string[] = [];
    const fs = { ...nodeFs, openSync: (...args: Parameters<typeof nodeFs.openSync>) => { if (String(args[0]).endsWith('.lock')) taken.push(String(args[0])); return nodeFs.openSync(...args); } } as typeof nodeFs;
    const store = storeAt(root, { fs });
    expect(() => store.transaction(() => {
      saved(store, 'one');
      saved(store, 'two', KEY_B);
      throw new Error('of the caller');
    })).toThrow('of the caller');
    expect(taken).toHaveLength(1);
    expect(saved(storeAt(root), 'three').name).toBe('v3');
  });

  it('that cannot be had does not stop the work: every save says why', () => {
    const root = makeRoot();
    lockOf(root, machine, process.pid);
    const store = storeAt(root, { lock: impatient });
    const codes = store.transaction(() => [KEY_A, KEY_B].map((key) => problemOf(store.save(planOf(key), candidateOf('one'), PASSED, '')).code));
    expect(codes).toEqual(['POET5015', 'POET5015']);
  });
});

function nodeLink(path: string): string {
  return execFileSync('readlink', [path], { encoding: 'utf8' }).trim();
}

describe('two branches that both made v2', () => {
  const git = (root: string, ...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', '-c', 'init.defaultBranch=main', ...args], { cwd: root, encoding: 'utf8', stdio: 'pipe' });

  function merged(ours: readonly [string, string], theirs: readonly [string, string], style: string): string {
    const root = makeRoot();
    git(root, 'init', '-q');
    git(root, 'config', 'merge.conflictStyle', style);
    saved(storeAt(root), 'one');
    const commit = (): void => { git(root, 'add', '-A'); git(root, 'commit', '-qm', 'x'); };
    commit();
    git(root, 'checkout', '-qb', 'other');
    saved(storeAt(root, { now: () => 1000 }), ...theirs);
    commit();
    git(root, 'checkout', '-q', 'main');
    saved(storeAt(root, { now: () => 2000 }), ...ours);
    commit();
    expect(() => git(root, 'merge', 'other')).toThrow();
    return root;
  }

  const arbitraryStyle = fc.constantFrom('merge', 'diff3', 'zdiff3');

  it.each(['merge', 'diff3', 'zdiff3'])('are both kept, and the sources decide which is current (%s)', (style) => {
    const root = merged(['ours', KEY_A], ['theirs', KEY_B], style);
    expect(problemOf(storeAt(root).find(TARGET, KEY_B)).code).toBe('POET5004');
    const did = storeAt(root).settle(() => KEY_B);
    expect(did).toEqual([
      { targetId: TARGET, did: 'v2 held two versions: one stays, the other is now v3' },
      { targetId: TARGET, did: 'current is now v3' },
      { targetId: TARGET, did: 'wrote the stamp of v3' },
    ]);
    expect(whole(storeAt(root).find(TARGET, KEY_B)).candidate).toEqual(candidateOf('theirs'));
    writeFileSync(join(root, FOLDER, 'current'), 'v2');
    expect(whole(storeAt(root).find(TARGET, KEY_A)).candidate).toEqual(candidateOf('ours'));
  });

  it('of equal content become one again', () => {
    const root = merged(['same', KEY_B], ['same', KEY_B], 'merge');
    expect(storeAt(root).settle(() => KEY_B)).toContainEqual({ targetId: TARGET, did: 'restored v2 from between conflict markers' });
    expect(storeAt(root).list()).toMatchObject([{ current: 'v2', versions: [{ name: 'v1' }, { name: 'v2' }], problems: [] }]);
  });

  it('are settled for good, also when killed on the way', () => {
    fc.assert(fc.property(arbitraryStyle, fc.nat({ max: 70 }), (style, last) => {
      const root = merged(['ours', KEY_A], ['theirs', KEY_B], style);
      try {
        storeAt(root, { fs: dying(last, true, killed).fs }).settle(() => KEY_B);
      } catch (error) {
        expect(String(error)).toContain(KILLED);
      }
      forgetLocks(root);
      storeAt(root).settle(() => KEY_B);
      expect(storeAt(root).settle(() => KEY_B)).toEqual([]);
      const codes = Object.values(filesBelow(join(root, FOLDER))).join('\n');
      expect(codes).toContain('// ours');
      expect(codes).toContain('// theirs');
      expect(storeAt(root).list()).toMatchObject([{ problems: [] }]);
    }), { numRuns: 25 });
  });
});

describe('doctor', () => {
  it('removes what cannot be used, points to what can, and leaves edits alone', () => {
    const root = makeRoot();
    saved(storeAt(root), 'one');
    saved(storeAt(root), 'two', KEY_B);
    nodeFs.removeSync(join(root, FOLDER, 'v2/contract.ts'));
    nodeFs.removeSync(join(root, FOLDER, 'stamp.d.ts'));
    saved(storeAt(root), 'edited', KEY_A, 'src/a.ts#g');
    writeFileSync(join(root, '.poet/src/a.ts/g/v1/code.ts'), '// ---- header ends ----\nmine\n');
    expect(storeAt(root).settle(() => KEY_A)).toEqual([
      { targetId: TARGET, did: 'removed v2, which lacked a file' },
      { targetId: TARGET, did: 'current is now v1' },
      { targetId: TARGET, did: 'wrote the stamp of v1' },
    ]);
    expect(readFileSync(join(root, '.poet/src/a.ts/g/v1/code.ts'), 'utf8')).toContain('mine');
    expect(whole(storeAt(root).find(TARGET, KEY_A)).name).toBe('v1');
    expect(storeAt(root).settle(() => KEY_A)).toEqual([]);
  });
});
