import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const REPO = join(__dirname, '..');

/** A project on disk that a user could have, with the built package in its node_modules. */
export interface HostProject {
  readonly folder: string;
  path(file: string): string;
  read(file: string): string;
  exists(file: string): boolean;
  write(file: string, text: string): void;
  remove(): void;
}

const LINKED = ['typescript', 'typescript-5.9', 'vitest', 'jest', '@jest/globals', 'vite', '@vitest/coverage-v8', '@vitest/coverage-istanbul'];

/** @param packages names in node_modules → the repository's package that they stand for; default: each for itself */
export function makeHostProject(files: Readonly<Record<string, string>>, packages: Readonly<Record<string, string>> = {}): HostProject {
  if (!existsSync(join(REPO, 'dist', 'jest.cjs'))) throw new Error('dist/ is missing: run npm run build');
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'poetc-hosts-')));
  const path = (file: string): string => join(folder, file);
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), text);
  };
  const link = (name: string, target: string): void => {
    mkdirSync(dirname(path(`node_modules/${name}`)), { recursive: true });
    symlinkSync(target, path(`node_modules/${name}`));
  };
  link('poetc', REPO);
  for (const name of LINKED) link(name, join(REPO, 'node_modules', packages[name] ?? name));
  for (const [file, text] of Object.entries({ 'package.json': '{ "name": "shop", "private": true }', ...files })) write(file, text);
  return { folder, path, write, read: (file) => readFileSync(path(file), 'utf8'), exists: (file) => existsSync(path(file)), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Jest in the way: its variables would reach the processes that we start. */
function makeEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of Object.keys(env)) if (/^(JEST_|VITEST|POET_|NODE_ENV$|NODE_OPTIONS$|CI$|FORCE_COLOR$)/.test(name)) delete env[name];
  return { ...env, NO_COLOR: '1', ...extra };
}

export function start(project: HostProject, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, args, { cwd: project.folder, env: makeEnvironment(env), stdio: 'pipe' });
}

export interface Finished { readonly status: number | null; readonly output: string }

/** Runs a program of Node's to its end; `output` is what it said on both streams. */
export function run(project: HostProject, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const child = start(project, args, env);
  let output = '';
  const add = (chunk: Buffer): void => { output += chunk.toString(); };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  child.stdin.end();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

/** Waits until the output of a process holds a text once more; answers with all of it since the last answer. */
export function makeListener(child: ChildProcessWithoutNullStreams): (text: string) => Promise<string> {
  let pending = '';
  let wake: () => void = () => {};
  let ended = false;
  const add = (chunk: Buffer): void => { pending += chunk.toString(); wake(); };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  child.on('close', () => { ended = true; wake(); });
  return async (text) => {
    for (;;) {
      const at = pending.indexOf(text);
      if (at !== -1) {
        const said = pending.slice(0, at + text.length);
        pending = pending.slice(at + text.length);
        return said;
      }
      if (ended) throw new Error(`the process ended before it said ${JSON.stringify(text)}:\n${pending}`);
      await new Promise<void>((resolve) => { wake = resolve; });
    }
  };
}

/** The sources that the host tests share. */
export const ORDER_SOURCES: Readonly<Record<string, string>> = {
  'tsconfig.json': JSON.stringify({ compilerOptions: { target: 'ES2022', module: 'ESNext', moduleResolution: 'bundler', strict: true, types: [], skipLibCheck: true }, include: ['src'] }),
  'src/types.ts': 'export interface Order { price: number }\n',
  'src/order.ts': [
    "import type { Order } from './types';",
    '',
    '/** @poet perceive=strict */',
    'export function total(order: Order, quantity: number): number {',
    "  if (quantity > 100) throw new RangeError('too many');",
    '  return order.price * quantity;',
    '}',
    '',
  ].join('\n'),
};

/** Text of a test module's body that calls `total` and writes down what happened; the runner's own imports precede it. */
export const ORDER_TEST = `
import { writeFileSync } from 'node:fs';
import { isPerceiveError } from 'poetc/runtime';
import { total } from '../src/order';

const attempt = (work: () => unknown): string => {
  try { return JSON.stringify(work()); }
  catch (error) { return isPerceiveError(error) ? 'PerceiveError ' + (error as Error).message : String((error as Error).stack); }
};
test('total', () => {
  const results = {
    good: attempt(() => total({ price: 2 } as never, 3)),
    bad: attempt(() => total({ price: 'x' } as never, 3)),
    thrown: attempt(() => total({ price: 2, currency: 'EUR' } as never, 101)),
  };
  writeFileSync('results.json', JSON.stringify(results));
  expect(total({ price: 2, currency: 'EUR' } as never, 3)).toBe(6);
});
`;

export function readResults(project: HostProject): { good: string; bad: string; thrown: string } {
  return JSON.parse(project.read('results.json')) as { good: string; bad: string; thrown: string };
}
