import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placePoetc } from '../../scripts/corpus/workspace.ts';
import type { BenchOptions } from '../benchmark.ts';
import { makeFigure, type Figure } from '../figures.ts';
import { installPeers } from '../peers.ts';
import { comparePairs, geometricMean, median, showRatio, type Ratio } from '../paired.ts';
import { makeTable } from '../table.ts';

const SHAPES = ['flat', 'nested', 'union', 'recursive', 'tupleMap'] as const;
const PEERS = ['bare', 'typia', 'zod', 'zod-compiled', 'typebox', 'ajv'] as const;
type Shape = (typeof SHAPES)[number];

/** Nanoseconds a call, one entry a round; of typebox and ajv none for a Map, which JSON Schema does not have. */
export interface Measured {
  readonly valid: Readonly<Record<string, readonly number[]>>;
  readonly invalid: Readonly<Record<string, readonly number[]>>;
  /** Calls with bad arguments that ended in a PerceiveError with a path, of all that were made. */
  readonly refused: { readonly calls: number; readonly errors: number };
}

/** Synchronous calls checked in and out, events off; every shape in processes of its own, contenders in turn. */
export async function benchCalls(repository: string, { quick }: BenchOptions): Promise<readonly Figure[]> {
  installPeers(join(repository, 'bench'));
  const root = mkdtempSync(join(tmpdir(), 'poetc-calls-'));
  try {
    buildProject(repository, root);
    const measured = new Map(SHAPES.map((shape) => [shape, measure(root, shape, quick ? 1 : 3)]));
    return report(repository, measured);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Enhanced functions by tspc with poetc, peers by tspc with typia's own transformer; the same TypeScript, the same options. */
function buildProject(repository: string, root: string): void {
  const modules = join(root, 'node_modules');
  mkdirSync(modules, { recursive: true });
  for (const name of ['typescript', 'ts-patch', 'typia', 'zod', 'typebox', 'ajv', '@typia']) symlinkSync(join(repository, 'bench', 'node_modules', name), join(modules, name));
  placePoetc(repository, join(modules, 'poetc'));
  cpSync(join(repository, 'bench', 'calls', 'project', 'src'), join(root, 'src'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "name": "calls", "version": "1.0.0", "private": true, "type": "module" }\n');
  const bare = readFileSync(join(root, 'src', 'bare.ts'), 'utf8');
  writeFileSync(join(root, 'src', 'poetc.ts'), bare.replaceAll('export function', '/** @poet */\nexport function'));
  writeFileSync(join(root, 'src', 'poetc-observe.ts'), bare.replaceAll('export function', '/** @poet perceive=observe */\nexport function'));
  const options = { target: 'ES2022', module: 'NodeNext', strict: true, skipLibCheck: true, rootDir: 'src', outDir: 'dist', types: ['node'], typeRoots: [join(repository, 'node_modules/@types')] };
  const plans = [
    ['poetc', { transform: 'poetc/transformer', transformProgram: true }, ['src/poetc.ts', 'src/poetc-observe.ts', 'src/samples.ts']],
    ['peers', { transform: 'typia/lib/transform' }, ['src/bare.ts', 'src/typia.ts', 'src/zod.ts', 'src/zod-compiled.ts', 'src/typebox.ts', 'src/ajv.ts']],
  ] as const;
  for (const [name, plugin, files] of plans) {
    writeFileSync(join(root, `tsconfig.${name}.json`), JSON.stringify({ compilerOptions: { ...options, plugins: [plugin] }, files }));
    const run = spawnSync(process.execPath, [join(modules, 'ts-patch/bin/tspc.js'), '-p', `tsconfig.${name}.json`], { cwd: root, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`tspc -p tsconfig.${name}.json ended with ${run.status}:\n${run.stdout}${run.stderr}`);
    if (/POET\d{4}.*original ships/.test(run.stdout + run.stderr)) throw new Error(`a function fell back:\n${run.stderr}`);
  }
  cpSync(join(repository, 'bench', 'calls', 'measure.mjs'), join(root, 'measure.mjs'));
}

function measure(root: string, shape: Shape, processes: number): Measured {
  const runs = Array.from({ length: processes }, (): Measured => {
    const run = spawnSync(process.execPath, [join(root, 'measure.mjs'), shape], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, POET_EVENTS: 'off', NODE_ENV: 'production' } });
    if (run.status !== 0) throw new Error(`measuring ${shape} ended with ${run.status}:\n${run.stderr}`);
    return JSON.parse(run.stdout) as Measured;
  });
  const join_ = (part: 'valid' | 'invalid'): Record<string, number[]> => Object.fromEntries(Object.keys(runs[0]![part]).map((name) => [name, runs.flatMap((r) => r[part][name]!)]));
  return { valid: join_('valid'), invalid: join_('invalid'), refused: { calls: runs[0]!.refused.calls, errors: runs[0]!.refused.errors } };
}

function report(repository: string, measured: ReadonlyMap<Shape, Measured>): Figure[] {
  const versions = Object.fromEntries(['typia', 'zod', 'typebox', 'ajv', 'typescript', 'ts-patch'].map((name) => [name, (JSON.parse(readFileSync(join(repository, 'bench/node_modules', name, 'package.json'), 'utf8')) as { version: string }).version]));
  console.log(Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', '), `, Node ${process.version}`);
  const ratio = (shape: Shape, peer: string): Ratio | undefined => {
    const { valid } = measured.get(shape)!;
    return valid[peer] === undefined ? undefined : comparePairs(valid['poetc']!, valid[peer]);
  };
  const ns = (values: readonly number[] | undefined): string => (values === undefined ? '-' : median(values).toFixed(0));
  console.log(`\nvalid arguments, ns a call\n${makeTable(['shape', 'poetc', ...PEERS], SHAPES.map((shape) => [shape, ns(measured.get(shape)!.valid['poetc']), ...PEERS.map((peer) => ns(measured.get(shape)!.valid[peer]))]))}`);
  console.log(`\npoetc over peer, median of paired ratios [95 %]\n${makeTable(['shape', ...PEERS], SHAPES.map((shape) => [shape, ...PEERS.map((peer) => { const r = ratio(shape, peer); return r === undefined ? '-' : showRatio(r); })]))}`);
  const invalid = (shape: Shape): Readonly<Record<string, readonly number[]>> => measured.get(shape)!.invalid;
  console.log(`\ninvalid arguments without throwing, ns a call\n${makeTable(['shape', 'poetc, observe', 'zod safeParse', 'typia validate', 'poetc / zod'], SHAPES.map((shape) => [shape, ns(invalid(shape)['poetc-observe']), ns(invalid(shape)['zod']), ns(invalid(shape)['typia']), showRatio(comparePairs(invalid(shape)['poetc-observe']!, invalid(shape)['zod']!))]))}`);

  const mean = (peer: string): number => geometricMean(SHAPES.flatMap((shape) => ratio(shape, peer)?.median ?? []));
  const names: Record<string, string> = { bare: 'bare call', typia: `typia ${versions['typia']} assert in and out`, zod: `zod ${versions['zod']} parse`, 'zod-compiled': `zod ${versions['zod']} z.compile()`, typebox: `typebox ${versions['typebox']}`, ajv: `ajv ${versions['ajv']}` };
  const bars: Record<string, string> = { typia: '<= 1.3', zod: '<= 0.25', 'zod-compiled': '<= 1' };
  const refused = [...measured.values()].map((m) => m.refused);
  return [
    ...SHAPES.flatMap((shape) => PEERS.flatMap((peer) => { const r = ratio(shape, peer); return r === undefined ? [] : [makeFigure(`calls.${shape}.${peer}`, r.median, 'x', names[peer]!)]; })),
    ...PEERS.map((peer) => makeFigure(`calls.mean.${peer}`, mean(peer), 'x', names[peer]!, bars[peer] ?? null)),
    makeFigure('calls.invalid-without-throwing', geometricMean(SHAPES.map((shape) => comparePairs(invalid(shape)['poetc-observe']!, invalid(shape)['zod']!).median)), 'x', `zod ${versions['zod']} safeParse`, '<= 0.3'),
    makeFigure('calls.refused', (100 * refused.reduce((sum, r) => sum + r.errors, 0)) / refused.reduce((sum, r) => sum + r.calls, 0), '%', null, '>= 100'),
  ];
}
