/** Kills a script before each of the operations on the file system that it does, one process after the other. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readEvents } from '../../runtime/node/read-events.ts';
import { OPEN } from './runtime-app.ts';
import type { RuntimeApp } from './runtime-app.ts';

/** Dies before the n-th operation that a script does after it has set `armed`. */
const HEAD = `const fs = require('fs'); const promises = require('fs/promises'); let armed = false; let left = Number(process.env.KILL_AT);
  const due = () => { if (armed && --left === 0) process.kill(process.pid, 'SIGKILL'); };
  for (const [where, names] of [[fs, ['openSync', 'closeSync', 'writeSync', 'writeFileSync', 'renameSync', 'unlinkSync', 'rmSync', 'linkSync', 'ftruncateSync', 'fsyncSync', 'mkdirSync']], [promises, ['open', 'rename', 'rm', 'link', 'mkdir', 'readFile', 'writeFile']]])
    for (const name of names) { const real = where[name]; where[name] = (...args) => { due(); const result = real(...args); if (name === 'open' && armed) return result.then((h) => { for (const m of ['writeFile', 'sync', 'close']) { const r = h[m]; h[m] = (...a) => { due(); return r.apply(h, a); }; } return h; }); return result; }; }
  ${OPEN} const E = require('./lib/events.cjs'); const root = process.env.POET_RUNTIME_DIR;`;

/** What a process does that comes after a killed one. */
const RESTART = `(async () => { call(new Error('after')); R.flushEvents(); await E.keepHouse(root, { nowMs: Date.now(), retentionDays: 30, compressAfterDays: 1 }); await E.matchFeedback(root); })();`;

/**
 * @param prepare lays what is there before
 * @param body a script with `R`, `E`, `root`, `t` and `call`; it sets `armed` where killing begins
 * @param check called after each kill and the restart that follows it
 * @param restart another script that comes after each kill
 * @returns how many steps there were
 * @throws as `expect` does: what was left must be readable at once, and nothing open after the restart
 */
export function killAtEveryStep(app: RuntimeApp, prepare: (root: string) => void, body: string, check: (root: string, step: number) => void, restart = RESTART): number {
  for (let step = 1; ; step++) {
    const root = app.newRoot();
    prepare(root);
    const { signal, status, stderr } = app.run(body, { POET_RUNTIME_DIR: root, KILL_AT: String(step) }, HEAD);
    if (signal === null) {
      expect([status, stderr]).toEqual([0, '']);
      return step - 1;
    }
    expect([...readEvents(root)].flatMap(({ problem }) => problem ?? [])).toEqual([]);
    app.run(restart, { POET_RUNTIME_DIR: root }, HEAD);
    const pending = join(root, 'events', 'pending', '@acme+app');
    expect((existsSync(pending) ? readdirSync(pending) : []).filter((name) => name.endsWith('.open'))).toEqual([]);
    check(root, step);
  }
}
