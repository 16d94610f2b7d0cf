import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BenchOptions } from '../benchmark.ts';
import { GENERATION_FLAGS } from '../../hosts/generation/fill-misses.ts';
import { cloneProject, openBench } from '../build/compiler.ts';
import { makeFigure, type Figure } from '../figures.ts';
import { makeTable } from '../table.ts';
import type { Measured } from './measure.ts';
import { bestScheduleMs, makeTrace, poolMs } from './trace.ts';

const FULL = { files: 500, targets: 500 };
const QUICK = { files: 60, targets: 60 };
/** The system that this one descends from promised so much. */
const SEED = { perMinute: 100, p95Ms: 10_000, p99Ms: 30_000 };

/**
 * Generation with a model that only waits, as long as models do: what poetc adds to its time. The sandbox is left out; it has a benchmark of its own.
 */
export async function benchGeneration(repository: string, { quick }: BenchOptions): Promise<readonly Figure[]> {
  const bench = openBench(repository);
  try {
    const size = quick ? QUICK : FULL;
    const trace = makeTrace(size.targets, 1);
    const rows: (string | number)[][] = [];
    const figures: Figure[] = [];
    for (const width of [1, 8, 50]) {
      const project = cloneProject(bench.root, `generation-${width}`, size, false);
      const { accepted, makespanMs, cpuMs, prepareCpuMs, maxRssMb, beyondMs } = measure(repository, project, width, size.targets, bench.root);
      rmSync(project, { recursive: true, force: true });
      const perMinute = (accepted * 60_000) / makespanMs;
      const bestMs = bestScheduleMs(trace, width);
      const share = bestMs / makespanMs;
      const shareOfPool = poolMs(trace, width) / makespanMs;
      const cpu = cpuMs / accepted;
      const [p95, p99] = [percentile(beyondMs, 0.95), percentile(beyondMs, 0.99)];
      rows.push([width, accepted, Math.round(makespanMs / 1_000), perMinute.toFixed(1), Math.round(bestMs / 1_000), `${(100 * share).toFixed(1)} %`, `${(100 * shareOfPool).toFixed(1)} %`, Math.round(prepareCpuMs), Math.round(cpu), Math.round(maxRssMb), Math.round(p95), Math.round(p99)]);
      figures.push(
        makeFigure(`generation.rate.${width}`, perMinute, 'per minute'),
        makeFigure(`generation.share.${width}`, share, 'of the best', 'the best schedule of the same trace', width === 50 && !quick ? '>= 0.9' : null),
        makeFigure(`generation.share-of-pool.${width}`, shareOfPool, 'of the best', 'the best schedule without foresight', width === 50 && !quick ? '>= 0.9' : null),
        makeFigure(`generation.cpu.${width}`, cpu, 'ms each', null, '<= 100'),
        makeFigure(`generation.memory.${width}`, maxRssMb, 'MiB', null, '<= 1024'),
        makeFigure(`generation.beyond.p95.${width}`, p95, 'ms', 'the model\'s own time'),
        makeFigure(`generation.beyond.p99.${width}`, p99, 'ms', 'the model\'s own time'),
      );
      if (width === 50) {
        figures.push(
          makeFigure('generation.seed.rate', perMinute / SEED.perMinute, 'x', '100 per minute'),
          makeFigure('generation.seed.p95', SEED.p95Ms / p95, 'x', '10 s beyond the model\'s own time'),
          makeFigure('generation.seed.p99', SEED.p99Ms / p99, 'x', '30 s beyond the model\'s own time'),
        );
      }
    }
    console.log(makeTable(['at once', 'accepted', 'run, s', 'per minute', 'best, s', 'of the best', 'without foresight', 'cpu before, ms', 'cpu each, ms', 'MiB', 'beyond p95, ms', 'p99, ms'], rows));
    return figures;
  } finally {
    bench.close();
  }
}

/** In a process of its own, whose memory is the figure. */
function measure(repository: string, project: string, width: number, functions: number, folder: string): Measured {
  const file = join(folder, 'measured.json');
  const script = `import(${JSON.stringify(pathToFileURL(join(repository, 'scripts/run-typescript.mjs')).href)}).then(async (m) => { process.exitCode = await m.runTypeScript('bench/generation/measure.ts', process.argv.slice(1)); })`;
  const run = spawnSync(process.execPath, [...GENERATION_FLAGS, '-e', script, '--', project, String(width), file, String(functions)], { cwd: repository, encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, POET_CACHE_DIR: join(folder, 'cache') } });
  if (run.status !== 0) throw new Error(`measuring ${width} at once ended with ${run.status ?? run.signal}:\n${run.stderr.slice(0, 4_000)}`);
  return JSON.parse(readFileSync(file, 'utf8')) as Measured;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
