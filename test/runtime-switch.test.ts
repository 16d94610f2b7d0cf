/** The kill switch: a file in the run-time root, picked up by processes that run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRuntimeApp } from './support/runtime-app.ts';

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
  it('does so within a second', () => expect(slowest).toBeLessThan(1_000));
  it('says so each time', () => {
    expect(run.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^POET7015 off: src\/a\.ts#f \(.*disable\)$/), expect.stringMatching(/^POET7015 all functions are off \(/), expect.stringMatching(/^POET7015 all functions are on again \(/),
    ]);
  });
  it('ends when it has nothing else to do', () => expect([run.status, run.signal]).toEqual([0, null]));
});

it('a process that starts under the switch never runs enhanced code', () => {
  const root = app.newRoot();
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'disable'), '*\n');
  expect(app.run("console.log(open('f').off, open('g').off);", { POET_RUNTIME_DIR: root }, OPEN_TWO).stdout).toBe('true true\n');
});
