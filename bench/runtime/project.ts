import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { placePoetc } from '../../scripts/corpus/workspace.ts';

/** The contenders, compiled by tspc with poetc; what runs them lies beside. @throws Error with what the compiler says */
export function buildProject(repository: string, root: string): void {
  const modules = join(root, 'node_modules');
  mkdirSync(modules, { recursive: true });
  for (const name of ['typescript', 'ts-patch', 'zod', 'opossum', 'cockatiel', 'pino']) symlinkSync(join(repository, 'bench', 'node_modules', name), join(modules, name));
  placePoetc(repository, join(modules, 'poetc'));
  const source = join(repository, 'bench', 'runtime');
  cpSync(join(source, 'project', 'src'), join(root, 'src'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "name": "runtime", "version": "1.0.0", "private": true, "type": "module" }\n');
  const bare = readFileSync(join(root, 'src', 'bare.ts'), 'utf8');
  const mark = (tag: string): string => bare.replace('export async function', `/** @poet${tag} */\nexport async function`);
  writeFileSync(join(root, 'src', 'poetc.ts'), mark(' retries=2 idempotent=true timeoutMs=5000 breaker=true'));
  writeFileSync(join(root, 'src', 'level1.ts'), mark(''));
  writeFileSync(join(root, 'src', 'opossum.d.ts'), "declare module 'opossum' { export default class CircuitBreaker<A extends unknown[], R> { constructor(action: (...args: A) => Promise<R>, options: object); fire(...args: A): Promise<R> } }\n");
  const options = { target: 'ES2022', module: 'NodeNext', strict: true, skipLibCheck: true, rootDir: 'src', outDir: 'dist', types: ['node'], typeRoots: [join(repository, 'node_modules/@types')], plugins: [{ transform: 'poetc/transformer', transformProgram: true }] };
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['src'] }));
  const run = spawnSync(process.execPath, [join(modules, 'ts-patch/bin/tspc.js'), '-p', '.'], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`tspc ended with ${run.status}:\n${run.stdout}${run.stderr}`);
  if (/POET\d{4}/.test(run.stdout + run.stderr)) throw new Error(`the build says:\n${run.stderr}`);
  for (const file of ['contender.mjs', 'orders.mjs', 'measure-events.mjs', 'measure-seed.mjs']) cpSync(join(source, file), join(root, file));
}

/** Runs one of the scripts beside the project. @throws Error with what it says when it fails */
export function runScript<T>(root: string, script: string, args: readonly string[], env: Readonly<Record<string, string>>): T {
  const run = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, NODE_ENV: 'production', ...env } });
  if (run.status !== 0) throw new Error(`${script} ended with ${run.status}:\n${run.stderr}`);
  if (run.stderr !== '') throw new Error(`${script} says:\n${run.stderr}`);
  return JSON.parse(run.stdout) as T;
}
