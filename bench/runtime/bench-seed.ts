import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeFigure, type Figure } from '../figures.ts';
import { readBack } from './bench-events.ts';
import { runScript } from './project.ts';

interface Measured { readonly cpuSeconds: number; readonly p95: number; readonly p99: number; readonly inFlight: number; readonly ended: number; readonly events: number }

/** What the seed asks for, as multiples: 2 is twice as much, or half as long. */
export function benchSeed(root: string, quick: boolean): Figure[] {
  const [executions, concurrent] = quick ? [40_000, 20_000] : [400_000, 100_000];
  const folder = join(root, 'events-seed');
  mkdirSync(folder, { recursive: true });
  const found = runScript<Measured>(root, 'measure-seed.mjs', [String(executions), String(concurrent)], { POET_RUNTIME_DIR: folder });
  if (found.ended !== concurrent) throw new Error(`expected ${concurrent} results, found ${found.ended}`);
  const back = readBack(folder);
  if (back !== found.events) throw new Error(`expected ${found.events} events, found ${back}`);
  const perMinute = (60 * executions) / found.cpuSeconds;
  const multiple = (id: string, value: number, asked: string): Figure => makeFigure(`runtime.seed.${id}`, value, 'x', asked, '>= 1');
  return [
    multiple('executions', perMinute / 1_000, '1,000 executions a minute'),
    multiple('events', perMinute / 10_000, '10,000 events a minute'),
    multiple('concurrent-executions', found.inFlight / 500, '500 concurrent executions'),
    multiple('concurrent-events', found.inFlight / 1_000, '1,000 concurrent events'),
    multiple('p95', 100 / found.p95, 'p95 < 100 ms, 500 callers'),
    multiple('p99', 500 / found.p99, 'p99 < 500 ms, 500 callers'),
  ];
}
