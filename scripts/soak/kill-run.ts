import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeId } from '../../records/ids.ts';
import { listStates } from '../../runtime/node/state/list-states.ts';
import { readEvents } from '../../runtime/node/read-events.ts';

export type Mode = 'immediate' | 'batched' | 'off';

export interface KillReport {
  readonly mode: Mode;
  readonly kills: number;
  /** Of them in the middle of a write: a part of it had been handed over. */
  readonly midWrite: number;
  readonly emitted: number;
  readonly acknowledged: number;
  /** Emitted, never acknowledged, and not found afterwards: what the mode may lose. */
  readonly unacknowledgedLost: number;
  /** Acknowledged and not found afterwards. */
  readonly lost: number;
  readonly feedback: number;
  readonly feedbackLost: number;
  /** Commits of parameter state that had resolved, and those that are not there with their value. */
  readonly commits: number;
  readonly commitsLost: number;
  /** Lines and files that a reader stumbled over, and files that a restart did not clean up. */
  readonly problems: readonly string[];
}

/** Operations of the runtime in which the process dies, besides writes: each before and after. */
const STEPS = [
  'openSync', 'closeSync', 'renameSync', 'unlinkSync', 'ftruncateSync', 'fsyncSync', 'mkdirSync',
  'openPromise', 'renamePromise', 'rmPromise', 'linkPromise', 'syncPromise', 'writePromise',
] as const;
const KILLS_PER_ROOT = 10;

/**
 * Kills a process under load again and again and reads what it left. A new process on the same folder follows each killed one.
 *
 * @param instants number of kills; every second one in the middle of a write, a fourth at a random time, a fourth at a step
 * @param seed the same seed kills in the same operations (not at the same random times)
 */
export async function runKills(repository: string, mode: Mode, instants: number, seed: number): Promise<KillReport> {
  const random = makeRandom(seed);
  const sum = { kills: 0, midWrite: 0, emitted: 0, acknowledged: 0, unacknowledgedLost: 0, lost: 0, feedback: 0, feedbackLost: 0, commits: 0, commitsLost: 0, problems: [] as string[] };
  while (sum.kills < instants) {
    const home = mkdtempSync(join(tmpdir(), 'poetc-kill-'));
    const root = join(home, 'root');
    const plan = { mode, root, book: join(home, 'book'), dist: join(repository, 'dist') };
    layExpired(root);
    for (let i = 0; i < KILLS_PER_ROOT && sum.kills < instants; i++, sum.kills++) {
      const kind = sum.kills % 4;
      const step = kind < 2 ? 'write' : kind === 2 ? undefined : STEPS[Math.floor(random() * STEPS.length)];
      const nth = step === 'write' ? 1 + Math.floor(random() * (mode === 'batched' ? 50 : 200)) : 1 + Math.floor(random() * 6);
      await killOne({ ...plan, step, nth, cut: random() }, 5 + random() * 120);
      sum.problems.push(...readProblems(root));
    }
    restart(plan, root, sum.problems);
    settle(plan.book, root, sum, mode);
    if (sum.problems.length === 0 && sum.lost === 0 && sum.feedbackLost === 0 && sum.commitsLost === 0) rmSync(home, { recursive: true });
    else console.error(`kept for inspection: ${home}`);
  }
  return { mode, ...sum };
}

interface Plan { readonly mode: Mode; readonly root: string; readonly book: string; readonly dist: string; readonly step?: string | undefined; readonly nth?: number; readonly cut?: number; readonly rounds?: number }

const CHILD = ['scripts', 'soak', 'kill-child.cjs'];
const child = (plan: Plan): string[] => [join(plan.dist, '..', ...CHILD), JSON.stringify({ ...plan, aheadMs: existsSync(`${plan.book}.ahead`) ? Number(readFileSync(`${plan.book}.ahead`, 'utf8')) : 0 })];
const environment = (root: string): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'] ?? '', POET_RUNTIME_DIR: root });

/** A step that is never reached must not go on for ever: the process is then killed like others. Writes always come, on a slow machine late. */
async function killOne(plan: Plan, delayMs: number): Promise<void> {
  const running = spawn(process.execPath, child(plan), { env: environment(plan.root), stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(running, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  // A step may come before the process has said that it is ready; its output then ends without a word.
  const timer = new Promise<NodeJS.Timeout | undefined>((resolve) => {
    running.stdout.once('data', () => resolve(setTimeout(() => running.kill('SIGKILL'), plan.step === undefined ? delayMs : plan.step === 'write' ? 10_000 : 1_000)));
    running.stdout.once('end', () => resolve(undefined));
  });
  const [code, signal] = await ended;
  clearTimeout(await timer);
  if (signal !== 'SIGKILL') throw new Error(`expected a killed process, found exit code ${String(code)} of ${JSON.stringify(plan)}`);
}

/** A process that ends by itself must find its way through what the killed ones left. */
function restart(plan: Plan, root: string, problems: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, child({ ...plan, rounds: 33 }), { env: environment(root), encoding: 'utf8' });
  if (status !== 0 || stderr !== '') problems.push(`restart: ${String(status)} ${stderr}`);
  problems.push(...readProblems(root));
  const base = join(root, 'events', 'pending', '@acme+app');
  for (const name of existsSync(base) ? readdirSync(base) : []) if (name.endsWith('.open')) problems.push(`left open: ${name}`);
}

function readProblems(root: string): string[] {
  const problems: string[] = [];
  for (const { problem, file, line } of readEvents(root)) if (problem !== undefined) problems.push(`${file}:${line}: ${problem}`);
  for (const file of feedbackFiles(root)) {
    try {
      JSON.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      problems.push(`${file}: ${String(error)}`);
    }
  }
  for (const state of listStates(root)) problems.push(...state.problems);
  return problems;
}

function feedbackFiles(root: string): string[] {
  const base = join(root, 'feedback');
  if (!existsSync(base)) return [];
  return readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')).map((name) => join(base, name));
}

/** Compares the book of what was promised with what is on disk. */
function settle(book: string, root: string, sum: { -readonly [K in keyof KillReport]?: KillReport[K] } & { midWrite: number; emitted: number; acknowledged: number; unacknowledgedLost: number; lost: number; feedback: number; feedbackLost: number; commits: number; commitsLost: number }, mode: Mode): void {
  const onDisk = new Set<string>();
  for (const { event } of readEvents(root)) if (event !== undefined) onDisk.add(event.id);
  const kept = new Set(feedbackFiles(root).map((file) => file.slice(-37, -5)));
  const states = new Map(listStates(root).flatMap(({ records }) => records).map((record) => [record.version, record.values['n']]));
  const oldest = Math.min(...states.keys());
  let open: string[] = [];
  for (const line of readFileSync(book, 'utf8').split('\n')) {
    const [kind, id = '', what] = line.split(' ');
    if (kind === 'cut') sum.midWrite++;
    else if (kind === 'm' && what !== 'feedback') {
      sum.emitted++;
      // In this mode the listener hears of an event when it has been written.
      if (mode === 'immediate') promise(id);
      else open.push(id);
    } else if (kind === 'a') {
      open.forEach(promise);
      open = [];
    } else if (kind === 'p') {
      forget();
    } else if (kind === 's') {
      sum.commits++;
      // Each version adds one, so that a lost update shows in every later one. Old versions are deleted as they should be.
      if (Number(id) >= oldest ? states.get(Number(id)) !== Number(what) || id !== what : states.size < 100) sum.commitsLost++;
    } else if (kind === 'f') {
      sum.feedback++;
      if (!kept.has(id)) sum.feedbackLost++;
    }
  }
  forget();

  /** The process ended before it could promise these. */
  function forget(): void {
    for (const id of open) if (!onDisk.has(id)) sum.unacknowledgedLost++;
    open = [];
  }

  function promise(id: string): void {
    sum.acknowledged++;
    if (!onDisk.has(id)) sum.lost++;
  }
}

/** Segments that retention will delete while the load runs. */
function layExpired(root: string): void {
  const dir = join(root, 'events', 'processed', '@acme+app');
  mkdirSync(dir, { recursive: true });
  for (let i = 0; i < 6; i++) {
    const id = makeId(Date.now() - 40 * 86_400_000, i, 1, i);
    writeFileSync(join(dir, `${id}-00000000-1.ndjson`), `${JSON.stringify({ id, type: 't', timestamp: 1, metadata: { version: '', environment: '', service: hostname() }, payload: {} })}\n`);
  }
}

/** mulberry32 */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
