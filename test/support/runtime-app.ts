/** An application whose `lib/` holds the runtime's builds, in which scripts run as processes of their own. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { readEvents } from '../../runtime/node/read-events.ts';
import type { POETEvent } from '../../records/events.ts';

const repository = join(__dirname, '../..');

/** `R` is the runtime, `t` a target of the package `@acme/app`, `call(error?)` one call of it. */
export const OPEN = `const R = require('./lib/runtime.cjs');
  const t = R.openTarget({ id: 'src/a.ts#f', name: 'f', version: 'v1', hash: 'h', package: '@acme/app' });
  const call = (error) => { const x = R.begin(t); if (error) R.failed(t, x, error); else R.finish(t, x); };`;

export interface RuntimeApp {
  readonly dir: string;
  /** Runs a script to its end. `env` with an empty value takes the variable away. */
  run(body: string, env?: Readonly<Record<string, string>>, head?: string): { readonly status: number | null; readonly signal: string | null; readonly stdout: string; readonly stderr: string; readonly root: string };
  start(body: string, env?: Readonly<Record<string, string>>, head?: string): { readonly child: ChildProcessByStdio<null, Readable, Readable>; readonly root: string };
  /** A folder that does not exist yet. */
  newRoot(): string;
  close(): void;
}

export function makeRuntimeApp(): RuntimeApp {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'poetc-events-')));
  // In a process of its own: esbuild's service does not like jest's globals.
  const esbuild = createRequire(__filename).resolve('esbuild');
  const script = `const { buildSync } = require(${JSON.stringify(esbuild)});
    for (const [source, name] of [['runtime/node/index.ts', 'runtime'], ['runtime/node/events-door.ts', 'events'], ['runtime/node/state-door.ts', 'state']])
      buildSync({ entryPoints: [source], bundle: true, platform: 'node', format: 'cjs', target: 'node20', outfile: ${JSON.stringify(join(dir, 'lib'))} + '/' + name + '.cjs', logLevel: 'error' });`;
  const built = spawnSync(process.execPath, ['-e', script], { cwd: repository, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  writeFileSync(join(dir, 'package.json'), '{ "name": "@acme/app", "version": "1.2.3" }');
  let serial = 0;
  const newRoot = (): string => join(dir, `root${serial++}`);
  const prepare = (body: string, env: Readonly<Record<string, string>>, head: string) => {
    const root = env['POET_RUNTIME_DIR'] ?? newRoot();
    const file = join(dir, `main${serial++}.cjs`);
    writeFileSync(file, `${head}\n${body}`);
    const variables: Record<string, string> = { PATH: process.env['PATH'] ?? '', POET_RUNTIME_DIR: root, ...env };
    for (const [key, value] of Object.entries(variables)) if (value === '') delete variables[key];
    return { file, root, variables };
  };
  return {
    dir, newRoot,
    run(body, env = {}, head = OPEN) {
      const { file, root, variables } = prepare(body, env, head);
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: '/', encoding: 'utf8', env: variables });
      return { status, signal, stdout, stderr, root };
    },
    start(body, env = {}, head = OPEN) {
      const { file, root, variables } = prepare(body, env, head);
      return { child: spawn(process.execPath, [file], { cwd: '/', env: variables, stdio: ['ignore', 'pipe', 'pipe'] }), root };
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** @throws Error on the first line that is unreadable */
export function readAll(root: string): POETEvent[] {
  return [...readEvents(root)].map((record) => {
    if (record.event === undefined) throw new Error(`${record.file}:${record.line}: ${record.problem}`);
    return record.event;
  });
}
