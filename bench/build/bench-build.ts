import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions } from '../benchmark.ts';
import { makeFigure, type Figure } from '../figures.ts';
import { comparePairs, median, showRatio } from '../paired.ts';
import { makeTable } from '../table.ts';
import { assertBuilt, build, cleanProject, cloneProject, findEnhanced, openBench, type BuildRun } from './compiler.ts';
import { findTarget } from './generated-project.ts';

const FILES = 1_000;
const PEER = 'tspc with an empty program transformer';

/** Builds of a fresh clone: with poetc over without it, without targets and with 200; then 200 to 2,000 targets; then a damaged version. */
export async function benchBuild(repository: string, { quick }: BenchOptions): Promise<readonly Figure[]> {
  const bench = openBench(repository);
  try {
    const figures: Figure[] = [];
    const rows: (string | number)[][] = [];
    const overheads = new Map<number, number>();
    const scale = quick ? 5 : 1;
    if (quick) console.log(`quick: a ${scale}th of the files and of the targets`);
    const pairsOf = new Map([[0, 9], [200, 9], [2_000, 3]]);
    for (const [targets, pairs] of pairsOf) {
      const project = cloneProject(bench.root, `targets-${targets}`, { files: FILES / scale, targets: targets / scale }, true);
      const measured = measurePairs(bench.root, project, quick ? 3 : pairs);
      const wall = comparePairs(measured.poetc.map((r) => r.wallMs), measured.empty.map((r) => r.wallMs));
      const cpu = comparePairs(measured.poetc.map((r) => r.cpuMs), measured.empty.map((r) => r.cpuMs));
      const extraMs = median(measured.poetc.map((r, i) => r.wallMs - measured.empty[i]!.wallMs));
      overheads.set(targets, extraMs);
      const row = [targets / scale, Math.round(median(measured.empty.map((r) => r.wallMs))), Math.round(median(measured.poetc.map((r) => r.wallMs))), showRatio(wall), showRatio(cpu), Math.round(extraMs), measured.changed === '' ? 'no' : 'YES'];
      rows.push(row);
      console.error(`bench: ${targets / scale} targets: wall ${showRatio(wall)}, CPU ${showRatio(cpu)}`); // an hour on a slow machine: say where it is
      const bar = targets === 0 ? '<= 1.05' : targets === 200 ? '<= 1.25' : null;
      figures.push(
        makeFigure(`build.${targets}-targets`, wall.median, 'x', PEER, bar),
        makeFigure(`build.${targets}-targets.low`, wall.low, 'x', PEER), makeFigure(`build.${targets}-targets.high`, wall.high, 'x', PEER),
        makeFigure(`build.${targets}-targets.cpu`, cpu.median, 'x', PEER),
        makeFigure(`build.${targets}-targets.files-changed-in-poet`, measured.changed.split('\n').filter(Boolean).length, 'files', null, '<= 0'),
      );
      if (targets === 200) figures.push(makeFigure('build.flipped-byte-caught', flipByte(bench.root, project), 'of 1', null, '>= 1'));
    }
    console.log(makeTable(['targets', 'empty, ms', 'poetc, ms', 'wall ratio [95 %]', 'CPU ratio [95 %]', 'extra, ms', 'wrote in .poet/'], rows));
    figures.push(makeFigure('build.linear', overheads.get(2_000)! / overheads.get(200)! / 10, 'x', 'extra time a target with 200 targets', '<= 1.25'));
    return figures;
  } finally {
    bench.close();
  }
}

function measurePairs(bench: string, project: string, pairs: number): { poetc: BuildRun[]; empty: BuildRun[]; changed: string } {
  const poetc: BuildRun[] = [];
  const empty: BuildRun[] = [];
  let changed = '';
  // One of each that is not counted: the first reads 1,000 files from the disk.
  for (const plugin of ['empty', 'poetc'] as const) { build(bench, project, plugin); cleanProject(project); }
  for (let pair = 0; pair < pairs; pair++) {
    for (const plugin of pair % 2 === 0 ? (['empty', 'poetc'] as const) : (['poetc', 'empty'] as const)) {
      const run = assertBuilt(build(bench, project, plugin));
      (plugin === 'poetc' ? poetc : empty).push(run);
      changed += cleanProject(project);
    }
  }
  return { poetc, empty, changed };
}

/** Changes one byte of a stored version. @returns 1 when exactly that function fell back, and a line on the terminal said so */
function flipByte(bench: string, project: string): number {
  const target = findTarget(100);
  const before = assertBuilt(build(bench, project, 'poetc'));
  const enhancedBefore = findEnhanced(project, target.file);
  const id = `${target.file}#${target.fn}`;
  if (!enhancedBefore.includes(id)) throw new Error(`${id} is not enhanced to begin with:\n${before.output.slice(0, 2_000)}`);
  cleanProject(project);
  const file = join(project, '.poet', target.file, target.fn, readFileSync(join(project, '.poet', target.file, target.fn, 'current'), 'utf8').trim(), 'code.ts');
  const bytes = readFileSync(file);
  const at = bytes.lastIndexOf('result');
  bytes[at]! ^= 0x20; // one letter becomes a capital
  writeFileSync(file, bytes);
  const run = assertBuilt(build(bench, project, 'poetc'));
  const fellBack = !findEnhanced(project, target.file).includes(id);
  const line = run.output.split('\n').find((l) => /POET\d{4}/.test(l) && l.includes(target.fn));
  console.log(`a byte flipped in ${target.fn}'s code.ts: ${fellBack ? 'the original ships' : 'STILL ENHANCED'}; ${line ?? 'NO LINE SAYS SO'}`);
  cleanProject(project);
  return fellBack && line !== undefined ? 1 : 0;
}
