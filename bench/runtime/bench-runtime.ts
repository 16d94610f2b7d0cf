import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import type { BenchOptions } from '../benchmark.ts';
import { makeFigure, type Figure } from '../figures.ts';
import { installPeers } from '../peers.ts';
import { comparePairs, median, showRatio } from '../paired.ts';
import { makeTable } from '../table.ts';
import { benchEvents } from './bench-events.ts';
import { benchSeed } from './bench-seed.ts';
import { startContender, type Contender, type Slice } from './contender.ts';
import { buildProject } from './project.ts';

/** Asynchronous calls with validation, retry, time limit and breaker, against what users compose by hand; events against JSON and a write; what the seed asks for. */
export async function benchRuntime(repository: string, { quick }: BenchOptions): Promise<readonly Figure[]> {
  installPeers(join(repository, 'bench'));
  const root = mkdtempSync(join(tmpdir(), 'poetc-runtime-'));
  try {
    buildProject(repository, root);
    return [
      ...(await benchCalls(root, quick ? 6 : 40)),
      ...benchEvents(root, quick),
      ...benchSeed(root, quick),
      makeFigure('runtime.bundle.level1', bundleBytes(root, 'level1.js') / 1000, 'kB gzip', null, '<= 6'),
      makeFigure('runtime.bundle.policies', bundleBytes(root, 'poetc.js') / 1000, 'kB gzip'),
    ];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

interface Matter {
  readonly id: 'quiet' | 'events';
  readonly title: string;
  readonly env: Readonly<Record<string, string>>;
  /** Contenders, and calls a slice: a hundredth of a second or so for each. */
  readonly contenders: Readonly<Record<string, number>>;
  readonly bars: Readonly<Record<string, readonly [peer: string, bar: string | null]>>;
}

const WIDTHS = { one: 1, 'in-flight-64': 64 };
const IN_FLIGHT = 10_000;

async function benchCalls(root: string, rounds: number): Promise<Figure[]> {
  const matters: readonly Matter[] = [
    {
      id: 'quiet', title: 'events off', env: { POET_EVENTS: 'off' },
      contenders: { bare: 40_000, level1: 40_000, poetc: 20_000, composed: 10_000, cockatiel: 1_000 },
      bars: { bare: ['bare call', null], level1: ['checks alone', null], composed: ['z.compile() + opossum + retry', '>= 3'], cockatiel: ['zod + cockatiel', '>= 40'] },
    },
    {
      id: 'events', title: 'default events', env: { POET_RUNTIME_DIR: join(root, 'events'), BENCH_LOG: join(root, 'pino.log') },
      contenders: { poetc: 20_000, 'composed:chargeLogged': 5_000 },
      bars: { composed: ['z.compile() + opossum + retry + pino', '>= 4'] },
    },
  ];
  const figures: Figure[] = [];
  for (const matter of matters) {
    const contenders = await Promise.all(Object.keys(matter.contenders).map((name) => startContender(root, name, matter.env)));
    try {
      if (matter.id === 'quiet') figures.push(...(await countTimers(contenders)), await compareDecisions(contenders));
      for (const [mode, width] of Object.entries(WIDTHS)) figures.push(...report(matter, mode, await race(contenders, Object.values(matter.contenders), width, rounds)));
    } finally {
      for (const contender of contenders) contender.close();
    }
  }
  return figures;
}

/** Every contender in turn, the order changing from round to round. */
async function race(contenders: readonly Contender[], calls: readonly number[], width: number, rounds: number): Promise<ReadonlyMap<string, readonly Slice[]>> {
  const found = new Map<string, Slice[]>(contenders.map(({ name }) => [name, []]));
  for (let round = -4; round < rounds; round++) {
    for (let k = 0; k < contenders.length; k++) {
      const i = (k + round + 4) % contenders.length;
      const slice = await contenders[i]!.ask<Slice>('work', { width, calls: calls[i] });
      if (round >= 0) found.get(contenders[i]!.name)!.push(slice); // before that it warms up
    }
  }
  return found;
}

async function compareDecisions(contenders: readonly Contender[]): Promise<Figure> {
  const decisions: (readonly [string, string])[] = [];
  for (const each of contenders) if (each.name !== 'bare' && each.name !== 'level1') decisions.push([each.name, await each.ask<string>('decide')]);
  const agree = new Set(decisions.map(([, text]) => text)).size === 1;
  if (!agree) console.log(`decisions differ:\n${decisions.map(([name, text]) => `${name}: ${[...new Set(text.split('\n').map((line) => line.replace(/ok \S+/, 'ok')))].join('; ')}`).join('\n')}`);
  return makeFigure('runtime.decisions-agree', agree ? 1 : 0, 'of 1', 'one fault script, 5 % faults', '>= 1');
}

async function countTimers(contenders: readonly Contender[]): Promise<Figure[]> {
  const counts = new Map<string, number>();
  for (const each of contenders) if (each.name === 'poetc' || each.name === 'composed') counts.set(each.name, await each.ask<number>('countTimers', { calls: IN_FLIGHT }));
  return [
    makeFigure(`runtime.timers-for-${IN_FLIGHT}-in-flight`, counts.get('poetc')!, 'timers', null, '<= 3'),
    makeFigure(`runtime.timers-for-${IN_FLIGHT}-in-flight.composed`, counts.get('composed')!, 'timers'),
  ];
}

function report(matter: Matter, mode: string, found: ReadonlyMap<string, readonly Slice[]>): Figure[] {
  const of = (name: string, kind: keyof Slice): number[] => found.get(name)!.map((slice) => slice[kind]);
  const mean = (values: readonly number[]): string => (values.reduce((a, b) => a + b, 0) / values.length).toFixed(0);
  const rows = [...found.keys()].map((name) => [
    name, ...(['cpu', 'wall'] as const).flatMap((kind) => [median(of(name, kind)).toFixed(0), mean(of(name, kind))]),
    ...(['cpu', 'wall'] as const).map((kind) => showRatio(comparePairs(of(name, kind), of('poetc', kind)))),
  ]);
  console.log(`\n${matter.title}, ${mode}: ns a call\n${makeTable(['contender', 'cpu median', 'mean', 'wall median', 'mean', 'cpu over poetc [95 %]', 'wall over poetc [95 %]'], rows)}`);
  return Object.entries(matter.bars).map(([name, [peer, bar]]) => {
    // Of processor time: by the clock, whatever else runs on the machine counts too.
    const ratio = comparePairs(of(name, 'cpu'), of('poetc', 'cpu')).median;
    return makeFigure(`runtime.${matter.id}.${mode}.${name}`, ratio, 'x as fast', peer, bar);
  });
}

/** What a web application pays for one enhanced function, shaken and minified. */
function bundleBytes(root: string, file: string): number {
  const { outputFiles } = buildSync({ entryPoints: [join(root, 'dist', file)], bundle: true, minify: true, format: 'esm', platform: 'neutral', mainFields: ['module', 'main'], write: false, logLevel: 'error' });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}
