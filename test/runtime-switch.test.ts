/** The kill switch: a file in the run-time root, picked up by processes that run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRuntimeApp, readAll } from './support/runtime-app.ts';

const app = makeRuntimeApp();
afterAll(() => app.close());

const OPEN_TWO = `const R = require('./lib/runtime.cjs');
  const { writeFileSync, rmSync, mkdirSync } = require('node:fs');
  const open = (name) => R.openTarget({ id: 'src/a.ts#' + name, name, version: 'v1', hash: 'h', package: '@acme/app' });
  const root = process.env.POET_RUNTIME_DIR;
  mkdirSync(root, { recursive: true });
  const file = root + '/disable';
  const until = (test) => new Promise((resolve) => { const started = performance.now(); const timer = setInterval(() => { if (test()) { clearInterval(timer); resolve(performance.now() - started); } }, 5); });`;

describe('a running process', () => {
  const run = app.run(`
    const f = open('f'), g = open('g');
    (async () => {
      const out = [[f.off, g.off]];
      const times = [];
      writeFileSync(file, '# too slow today\\nsrc/a.ts#f\\n');
      times.push(await until(() => f.off)); out.push([f.off, g.off]);
      writeFileSync(file, '');
      times.push(await until(() => g.off)); out.push([f.off, g.off, open('later').off]);
      rmSync(file);
      times.push(await until(() => !f.off)); out.push([f.off, g.off]);
      console.log(JSON.stringify({ out, slowest: Math.max(...times) }));
    })();`, { POET_EVENTS: 'off' }, OPEN_TWO);
  const { out, slowest } = JSON.parse(run.stdout) as { out: boolean[][]; slowest: number };

  it('switches one function off, then all, then none, events or no events', () => expect(out).toEqual([[false, false], [true, false], [true, true, true], [false, false]]));
  // What it takes is printed, not judged: the machine may be busy. That it is looked for often enough is judged below.
  it('tells how long it took', () => { process.stdout.write(`kill switch: picked up within ${slowest.toFixed(0)} ms\n`); });
  it('says so each time', () => {
    expect(run.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^POET7015 off: src\/a\.ts#f \(.*disable\)$/), expect.stringMatching(/^POET7015 all functions are off \(/), expect.stringMatching(/^POET7015 all functions are on again \(/),
    ]);
  });
  it('ends when it has nothing else to do', () => expect([run.status, run.signal]).toEqual([0, null]));
});

describe('how soon', () => {
  /** The timer of the switch in the hands of the script, which fires it and waits for nothing but the file system. */
  const HANDS = `const timers = require('node:timers'); const looks = []; const { setInterval: real } = timers;
    timers.setInterval = (fire, ms) => { if (ms < 1000) looks.push({ fire, ms }); return real(() => {}, 1e6); };
    ${OPEN_TWO}
    const look = async () => { for (const { fire } of looks) fire(); };
    const settled = async (test) => { for (let i = 0; i < 1e6 && !test(); i++) await new Promise((go) => setImmediate(go)); return test(); };`;
  const run = app.run(`
    const f = open('f');
    (async () => {
      const out = [];
      for (const [text, off] of [['f', true], [undefined, false], ['*', true], ['g # only this one', false], ['#slow\\nsrc/a.ts#f\\t#today', true], [undefined, false], ['', true], [undefined, false]]) {
        if (text === undefined) rmSync(file); else writeFileSync(file, text);
        const before = f.off;
        await look();
        out.push(await settled(() => f.off === off) && before !== off);
      }
      console.log(JSON.stringify({ out, every: looks.map(({ ms }) => ms) }));
    })();`, { POET_EVENTS: 'off' }, HANDS);
  const { out, every } = JSON.parse(run.stdout) as { out: boolean[]; every: number[] };
  it('one look is enough, after each change, and there is one in less than half a second: within a second, come what may of the rest', () => {
    expect(out).toEqual(Array(8).fill(true));
    expect(every).toHaveLength(1);
    expect(every[0]).toBeLessThanOrEqual(500);
  });
});

it('what was called before the switch is counted', () => {
  const { root } = app.run(`
    const f = open('f');
    (async () => { for (let i = 0; i < 5; i++) R.finish(f, R.begin(f)); writeFileSync(file, 'f'); await until(() => f.off); })();`, {}, OPEN_TWO);
  expect(readAll(root).map(({ type, payload }) => [type, (payload as { calls?: number }).calls])).toEqual([['function.aggregate', 5]]);
});

// Whoever reads the pipe lets the writer go on, and is told to switch everything off.
const PIPE = `execFileSync('mkfifo', [file]); writer = spawn('sh', ['-c', 'while echo "*" > "$0"; do :; done', file], { stdio: 'ignore' });`;

it.each([['a pipe', PIPE], ['a folder', 'mkdirSync(file);']])('%s of that name switches nothing off, and holds nothing up', (_, make) => {
  const { status, stdout, stderr } = app.run(`
    const { execFileSync, spawn } = require('node:child_process'); let writer;
    ${make} console.log(open('f').off); writer?.kill();`, { POET_EVENTS: 'off' }, OPEN_TWO);
  expect([status, stdout, stderr]).toEqual([0, 'false\n', '']);
});

it('a process that starts under the switch never runs enhanced code', () => {
  const root = app.newRoot();
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'disable'), '*\n');
  expect(app.run("console.log(open('f').off, open('g').off);", { POET_RUNTIME_DIR: root }, OPEN_TWO).stdout).toBe('true true\n');
});
