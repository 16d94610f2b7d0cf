import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import { benchBuild } from './build/bench-build.ts';
import { benchGenerate } from './build/bench-generate.ts';
import { benchWatch } from './build/bench-watch.ts';
import { benchGeneration } from './generation/bench-generation.ts';
import { benchCalls } from './calls/bench-calls.ts';
import { benchRuntime } from './runtime/bench-runtime.ts';
import { benchVerify } from './verify/bench-verify.ts';
import { writeFigures, type Figure } from './figures.ts';
import { makeTable } from './table.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = { build: benchBuild, watch: benchWatch, generate: benchGenerate, generation: benchGeneration, calls: benchCalls, runtime: benchRuntime, verify: benchVerify };

/** @returns 0; 1 under --check when a bar was missed; 2 on wrong usage */
export async function main(argv: readonly string[], repository: string): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: { check: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } } });
  const unknown = positionals.filter((name) => BENCHMARKS[name] === undefined);
  if (unknown.length > 0) {
    console.error(`bench: expected ${Object.keys(BENCHMARKS).join(', ')}, found ${unknown.join(', ')}`);
    return 2;
  }
  const all: Figure[] = [];
  for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHMARKS)) {
    console.log(`\n== ${name}`);
    const figures = await BENCHMARKS[name]!(repository, { quick: values.quick });
    writeFigures(repository, values.quick ? `${name}.quick` : name, figures);
    console.log(`\n${makeTable(['figure', 'value', 'unit', 'against', 'bar', ''], figures.map((f) => [f.id, f.value, f.unit, f.peer ?? '', f.bar ?? '', f.bar === null ? '' : f.ok ? 'ok' : 'MISSED']))}`);
    all.push(...figures);
  }
  const missed = all.filter((figure) => !figure.ok);
  if (missed.length > 0) console.log(`\n${missed.length} of ${all.filter((f) => f.bar !== null).length} bars missed: ${missed.map((f) => f.id).join(', ')}`);
  return values.check && missed.length > 0 ? 1 : 0;
}
