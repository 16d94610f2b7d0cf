import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions } from '../benchmark.ts';
import { makeFigure, type Figure } from '../figures.ts';
import { comparePairs, median, showRatio } from '../paired.ts';
import { cloneProject, openBench, tspc, type Plugin } from './compiler.ts';
import { isUnmarked, modulePath } from './generated-project.ts';

const FULL = { files: 1_000, targets: 200 };
const QUICK = { files: 200, targets: 40 };
const PEER = 'tspc --watch with an empty program transformer';

/** From the moment a file without a target is written until the watcher has said that it is done; two watchers side by side, in turn. */
export async function benchWatch(repository: string, { quick }: BenchOptions): Promise<readonly Figure[]> {
  const bench = openBench(repository);
  const watchers: Watcher[] = [];
  const project = quick ? QUICK : FULL;
  try {
    const folders = { poetc: cloneProject(bench.root, 'watch-poetc', project, true), empty: cloneProject(bench.root, 'watch-empty', project, true) };
    const open = async (plugin: Plugin): Promise<Watcher> => {
      const watcher = new Watcher(bench.root, folders[plugin], plugin);
      watchers.push(watcher);
      await watcher.settled();
      return watcher;
    };
    const empty = await open('empty');
    const poetc = await open('poetc');
    const edited = modulePath(Array.from({ length: project.files }, (_, i) => i).find((i) => i > 100 && isUnmarked(i, project))!);
    const times = { poetc: [] as number[], empty: [] as number[] };
    for (let round = 0; round < (quick ? 4 : 16); round++) {
      for (const [name, watcher] of round % 2 === 0 ? ([['empty', empty], ['poetc', poetc]] as const) : ([['poetc', poetc], ['empty', empty]] as const)) {
        const ms = await watcher.edit(edited, round);
        if (round > 0) times[name].push(ms);
      }
    }
    const ratio = comparePairs(times.poetc, times.empty);
    console.log(`watch rebuild, ${edited} edited: empty ${Math.round(median(times.empty))} ms, poetc ${Math.round(median(times.poetc))} ms, ratio ${showRatio(ratio)}, ${ratio.pairs} pairs`);
    return [
      makeFigure('watch.no-target-touched', ratio.median, 'x', PEER, '<= 1.15'),
      makeFigure('watch.no-target-touched.low', ratio.low, 'x', PEER), makeFigure('watch.no-target-touched.high', ratio.high, 'x', PEER),
      makeFigure('watch.poetc', median(times.poetc), 'ms'), makeFigure('watch.empty', median(times.empty), 'ms'),
    ];
  } finally {
    for (const watcher of watchers) watcher.close();
    bench.close();
  }
}

class Watcher {
  readonly #child: ChildProcess;
  readonly #folder: string;
  #said = '';
  #waiting: { done: () => void; fail: (error: Error) => void } | undefined;

  constructor(bench: string, folder: string, plugin: Plugin) {
    this.#folder = folder;
    this.#child = spawn(process.execPath, [...tspc(bench), '--watch', '--preserveWatchOutput', '-p', `tsconfig.${plugin}.json`], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, BENCH_CPU: join(bench, `watch-${plugin}.txt`) } });
    const hear = (chunk: Buffer): void => {
      this.#said += chunk.toString('utf8');
      const found = /Found (\d+) errors?\. Watching for file changes\./.exec(this.#said);
      if (found === null || this.#waiting === undefined) return;
      const { done, fail } = this.#waiting;
      this.#waiting = undefined;
      if (found[1] === '0') done();
      else fail(new Error(`the watcher found errors:\n${this.#said.slice(0, 2_000)}`));
    };
    this.#child.stdout!.on('data', hear);
    this.#child.stderr!.on('data', hear);
    this.#child.on('exit', (code) => this.#waiting?.fail(new Error(`the watcher ended with ${code}:\n${this.#said.slice(0, 2_000)}`)));
  }

  /** Resolves at the next "Watching for file changes". */
  settled(): Promise<void> {
    return new Promise((done, fail) => { this.#waiting = { done, fail }; });
  }

  /** @returns milliseconds until the rebuild was done */
  async edit(file: string, round: number): Promise<number> {
    const path = join(this.#folder, file);
    const text = readFileSync(path, 'utf8').replace(/const LIMIT_(\d+) = .*?;/, `const LIMIT_$1 = ${round + 10};`);
    this.#said = '';
    const settled = this.settled();
    const started = performance.now();
    writeFileSync(path, text);
    await settled;
    return performance.now() - started;
  }

  close(): void {
    this.#waiting = undefined;
    this.#child.kill();
  }
}
