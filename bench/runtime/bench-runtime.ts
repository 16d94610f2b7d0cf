import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { placePoetc } from '../../scripts/corpus/workspace.ts';
import type { BenchOptions } from '../benchmark.ts';
import { makeFigure, type Figure } from '../figures.ts';
import { installPeers } from '../peers.ts';
import { comparePairs, median, showRatio } from '../paired.ts';
import { makeTable } from '../table.ts';

interface Measured {
  readonly decisions: Readonly<Record<string, string>>;
  /** Nanoseconds a call, one entry a round, by mode and contender. */
  readonly ns: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  readonly timers: number;
}

/** Asynchronous calls with validation, retry, time limit and breaker, against what users compose by hand. */
export async function benchRuntime(repository: string, { quick }: BenchOptions): Promise<readonly Figure[]> {
  installPeers(join(repository, 'bench'));
  const root = mkdtempSync(join(tmpdir(), 'poetc-runtime-'));
  try {
    buildProject(repository, root);
    const rounds = quick ? 8 : 40;
    const quiet = [measure(root, 'composed', rounds, { POET_EVENTS: 'off' }), measure(root, 'cockatiel', rounds, { POET_EVENTS: 'off' })];
    const events = measure(root, 'events', rounds, { POET_RUNTIME_DIR: join(root, 'events'), BENCH_LOG: join(root, 'pino.log') });
    return report(root, quiet, events);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function buildProject(repository: string, root: string): void {
  const modules = join(root, 'node_modules');
  mkdirSync(modules, { recursive: true });
  for (const name of ['typescript', 'ts-patch', 'zod', 'opossum', 'cockatiel', 'pino']) symlinkSync(join(repository, 'bench', 'node_modules', name), join(modules, name));
  placePoetc(repository, join(modules, 'poetc'));
  cpSync(join(repository, 'bench', 'runtime', 'project', 'src'), join(root, 'src'), { recursive: true });
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
  cpSync(join(repository, 'bench', 'runtime', 'measure.mjs'), join(root, 'measure.mjs'));
}

function measure(root: string, kind: string, rounds: number, env: Readonly<Record<string, string>>): Measured {
  const run = spawnSync(process.execPath, [join(root, 'measure.mjs'), kind, String(rounds)], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, NODE_ENV: 'production', ...env } });
  if (run.status !== 0) throw new Error(`measuring ${kind} ended with ${run.status}:\n${run.stderr}`);
  return JSON.parse(run.stdout) as Measured;
}

/** What a web application pays for one enhanced function, shaken and minified. */
function bundleBytes(root: string, file: string): number {
  const { outputFiles } = buildSync({ entryPoints: [join(root, 'dist', file)], bundle: true, minify: true, format: 'esm', platform: 'neutral', mainFields: ['module', 'main'], write: false, logLevel: 'error' });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}

function report(root: string, quiet: readonly Measured[], events: Measured): Figure[] {
  const decisions = quiet.flatMap((each) => Object.entries(each.decisions));
  const agree = new Set(decisions.map(([, text]) => text)).size === 1;
  if (!agree) console.log(`decisions differ:\n${decisions.map(([name, text]) => `${name}: ${[...new Set(text.split('\n').map((line) => line.replace(/ok \S+/, 'ok')))].join('; ')}`).join('\n')}`);
  const figures: Figure[] = [makeFigure('runtime.decisions-agree', agree ? 1 : 0, 'of 1', 'fault script, 5 % faults', '>= 1')];
  const bars: Readonly<Record<string, string>> = { 'quiet composed': '>= 3', 'quiet cockatiel': '>= 40', 'events composed': '>= 4' };
  const names: Readonly<Record<string, string>> = { 'quiet composed': 'z.compile() + opossum + retry', 'quiet cockatiel': 'zod + cockatiel', 'events composed': 'z.compile() + opossum + retry + pino' };
  for (const [kind, measured] of [...quiet.map((each) => ['quiet', each] as const), ['events', events] as const]) {
    for (const [mode, ns] of Object.entries(measured.ns)) {
      console.log(`\n${kind === 'quiet' ? 'events off' : 'default events'}, ${mode}: ns a call, median (mean)\n${makeTable(['contender', 'median', 'mean', 'contender over poetc [95 %]'], Object.entries(ns).map(([name, values]) => [name, median(values).toFixed(0), (values.reduce((a, b) => a + b, 0) / values.length).toFixed(0), showRatio(comparePairs(values, ns['poetc']!))]))}`);
      for (const [name, values] of Object.entries(ns)) {
        if (['poetc', 'bare', 'level1'].includes(name)) continue;
        const id = `${kind} ${name}`;
        figures.push(makeFigure(`runtime.${kind}.${mode.replace(/\W+/g, '-')}.${name}`, comparePairs(values, ns['poetc']!).median, 'x as fast', names[id] ?? 'bare call', bars[id] ?? null));
      }
    }
  }
  figures.push(makeFigure('runtime.timers-for-10000-calls', Math.max(...quiet.map((each) => each.timers)), 'timers', null, '<= 2'));
  figures.push(makeFigure('runtime.bundle.level1', bundleBytes(root, 'level1.js') / 1000, 'kB gzip', null, '<= 6'));
  figures.push(makeFigure('runtime.bundle.policies', bundleBytes(root, 'poetc.js') / 1000, 'kB gzip'));
  return figures;
}
