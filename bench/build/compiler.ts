import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findEnhancedIds } from '../../scripts/corpus/coverage.ts';
import { placePoetc } from '../../scripts/corpus/workspace.ts';
import { writeGeneratedProject, type GeneratedProject } from './generated-project.ts';

export type Plugin = 'poetc' | 'empty';

export interface BuildRun {
  /** Wall clock of the whole process, milliseconds. */
  readonly wallMs: number;
  /** User and system time of all its threads: less disturbed by what else the machine does. */
  readonly cpuMs: number;
  readonly exitCode: number | null;
  readonly output: string;
}

/** A folder with node_modules that the projects below it share: the compilers, poetc as it is packed, the empty transformer. */
export function openBench(repository: string): { readonly root: string; close(): void } {
  const root = mkdtempSync(join(tmpdir(), 'poetc-bench-'));
  const modules = join(root, 'node_modules');
  mkdirSync(join(modules, 'empty-transformer'), { recursive: true });
  for (const name of ['typescript', 'ts-patch']) symlinkSync(join(repository, 'node_modules', name), join(modules, name));
  placePoetc(repository, join(modules, 'poetc'));
  writeFileSync(join(modules, 'empty-transformer', 'package.json'), '{ "name": "empty-transformer", "version": "1.0.0", "main": "index.js" }\n');
  writeFileSync(join(modules, 'empty-transformer', 'index.js'), 'module.exports = (program) => program;\n');
  writeFileSync(join(root, 'cpu-time.cjs'), "process.on('exit', () => { const { user, system } = process.cpuUsage(); require('node:fs').writeFileSync(process.env.BENCH_CPU, String((user + system) / 1000)); });\n");
  return { root, close: () => rmSync(root, { recursive: true, force: true }) };
}

/**
 * A project as a fresh clone of it: `.poet/` complete when asked for, nothing else that a build left.
 *
 * @throws Error when the build that fills `.poet/` fails
 */
export function cloneProject(bench: string, name: string, project: GeneratedProject, complete: boolean): string {
  const origin = join(bench, `${name}-origin`);
  writeGeneratedProject(origin, project);
  git(origin, 'init', '--quiet');
  if (complete) assertBuilt(build(bench, origin, 'poetc'));
  git(origin, 'add', '--all');
  git(origin, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '--quiet', '--message', 'generated');
  const clone = join(bench, name);
  git(bench, 'clone', '--quiet', origin, clone);
  rmSync(origin, { recursive: true });
  return clone;
}

/** Removes whatever a build left, and restores what it changed. @returns what that was: empty for a build that kept `.poet/` as it was */
export function cleanProject(project: string): string {
  const changed = git(project, 'status', '--porcelain');
  git(project, 'checkout', '--quiet', '--', '.');
  git(project, 'clean', '--quiet', '-xfd');
  return changed;
}

export function build(bench: string, project: string, plugin: Plugin): BuildRun {
  const report = join(bench, 'cpu-time.txt');
  const started = performance.now();
  const run = spawnSync(process.execPath, [...tspc(bench), '-p', `tsconfig.${plugin}.json`], { cwd: project, encoding: 'utf8', maxBuffer: 1 << 27, env: { ...process.env, BENCH_CPU: report } });
  const wallMs = performance.now() - started;
  const cpuMs = existsSync(report) ? Number(readFileSync(report, 'utf8')) : Number.NaN;
  return { wallMs, cpuMs, exitCode: run.status, output: `${run.stdout}${run.stderr}` };
}

export function tspc(bench: string): string[] {
  return ['--require', join(bench, 'cpu-time.cjs'), join(bench, 'node_modules/ts-patch/bin/tspc.js')];
}

/** @throws Error a benchmark of a build that fails measures nothing */
export function assertBuilt(run: BuildRun): BuildRun {
  if (run.exitCode !== 0) throw new Error(`tspc ended with ${run.exitCode}:\n${run.output.slice(0, 4_000)}`);
  return run;
}

/** Ids of the targets that are enhanced in a file of the output. */
export function findEnhanced(project: string, source: string): string[] {
  const file = join(project, source.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js'));
  return findEnhancedIds(readFileSync(file, 'utf8'));
}

function git(folder: string, ...args: string[]): string {
  const run = spawnSync('git', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 27 });
  if (run.status !== 0) throw new Error(`git ${args.join(' ')} in ${dirname(folder)}: ${run.stderr}`);
  return run.stdout;
}
