import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions } from '../benchmark.ts';
import { makeFigure, type Figure } from '../figures.ts';
import { median } from '../paired.ts';
import { makeTable } from '../table.ts';
import { assertBuilt, build, cleanProject, cloneProject, findEnhanced, openBench } from './compiler.ts';
import { modulePath } from './generated-project.ts';

const FULL = { files: 1_000, targets: 200 };
const QUICK = { files: 200, targets: 40 };

/**
 * Builtin generation without any `.poet/`: plan, generate, check shape and types, store, emit.
 * The bar is on what the build takes longer than the same one with an empty transformer; the whole command is printed too.
 */
export async function benchGenerate(repository: string, { quick }: BenchOptions): Promise<readonly Figure[]> {
  const bench = openBench(repository);
  try {
    const { files, targets } = quick ? QUICK : FULL;
    const project = cloneProject(bench.root, 'cold', { files, targets }, false);
    const rates: number[] = [];
    const wholeRates: number[] = [];
    const rows: (string | number)[][] = [];
    for (let run = 0; run < (quick ? 2 : 6); run++) {
      const empty = assertBuilt(build(bench.root, project, 'empty'));
      cleanProject(project);
      const poetc = assertBuilt(build(bench.root, project, 'poetc'));
      const enhanced = Array.from({ length: files }, (_, i) => findEnhanced(project, modulePath(i)).length).reduce((a, b) => a + b, 0);
      if (enhanced !== targets) throw new Error(`expected ${targets} enhanced functions, found ${enhanced}:\n${poetc.output.slice(0, 2_000)}`);
      cleanProject(project);
      rmSync(join(project, '.poet'), { recursive: true, force: true });
      if (run === 0) continue; // reads the files for the first time
      const extraMs = poetc.wallMs - empty.wallMs;
      rates.push((targets * 1000) / extraMs);
      wholeRates.push((targets * 1000) / poetc.wallMs);
      rows.push([run, Math.round(empty.wallMs), Math.round(poetc.wallMs), Math.round(extraMs), Math.round(rates.at(-1)!), Math.round(wholeRates.at(-1)!)]);
    }
    console.log(makeTable(['run', 'empty, ms', 'cold poetc, ms', 'extra, ms', 'functions/s', 'functions/s, whole tspc'], rows));
    return [
      makeFigure('generate.cold', median(rates), 'functions/s', 'time beyond tspc with an empty program transformer', '>= 20'),
      makeFigure('generate.cold.whole-command', median(wholeRates), 'functions/s'),
    ];
  } finally {
    bench.close();
  }
}
