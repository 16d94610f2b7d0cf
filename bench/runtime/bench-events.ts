import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readEvents } from '../../runtime/node/read-events.ts';
import { makeFigure, type Figure } from '../figures.ts';
import { comparePairs, median } from '../paired.ts';
import { makeTable } from '../table.ts';
import type { Slice } from './contender.ts';
import { runScript } from './project.ts';

interface Measured { readonly found: Readonly<Record<'poetc' | 'peer', readonly Slice[]>>; readonly events: number; readonly bytes: number }

/** Every call of an enhanced function an event of the whole schema; what was written is read back. */
export function benchEvents(root: string, quick: boolean): Figure[] {
  const rows: string[][] = [];
  const figures: Figure[] = [];
  for (const durability of ['batched', 'immediate'] as const) {
    const folder = join(root, `events-${durability}`);
    mkdirSync(folder, { recursive: true });
    const { found, events, bytes } = runScript<Measured>(root, 'measure-events.mjs', [durability, quick ? '6' : '40', '6400'], { POET_RUNTIME_DIR: folder, BENCH_PEER: join(root, 'peer.ndjson') });
    const warm = (name: 'poetc' | 'peer', kind: keyof Slice): number[] => found[name].slice(2).map((slice) => slice[kind]);
    const back = readBack(folder);
    for (const name of ['poetc', 'peer'] as const) {
      rows.push([durability, name === 'peer' ? 'JSON.stringify + writeSync' : name, ...(['cpu', 'wall'] as const).flatMap((kind) => [median(warm(name, kind)).toFixed(0), (1e9 / median(warm(name, kind))).toFixed(0)])]);
    }
    const ratio = comparePairs(warm('peer', 'cpu'), warm('poetc', 'cpu')).median;
    if (durability === 'batched') {
      figures.push(makeFigure('runtime.events.batched', 1e9 / median(warm('poetc', 'cpu')), 'events/s of processor time', `${bytes} bytes each`, '>= 250000'), makeFigure('runtime.events.batched.wall', 1e9 / median(warm('poetc', 'wall')), 'events/s'));
    } else figures.push(makeFigure('runtime.events.immediate', ratio, 'x as fast', 'JSON.stringify + writeSync', '>= 0.9'));
    figures.push(makeFigure(`runtime.events.${durability}.read-back`, back / events, 'of 1', `${events} events`, '>= 1'));
  }
  console.log(`\nevents: all, ns an event, events/s\n${makeTable(['durability', 'contender', 'cpu', '1/s', 'wall', '1/s'], rows)}`);
  return figures;
}

/** @returns different executions that are there whole @throws Error on the first thing that is unreadable */
export function readBack(folder: string): number {
  const ids = new Set<string>();
  for (const { event, problem, file, line } of readEvents(folder, { types: ['function.execution'] })) {
    if (event === undefined) throw new Error(`${file}:${line}: ${problem}`);
    ids.add((event.payload as { readonly execution_id: string }).execution_id);
  }
  return ids.size;
}
