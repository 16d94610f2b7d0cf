import { fork, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSegment } from '../../runtime/node/read-events.ts';
import { placePoetc } from '../corpus/workspace.ts';

const CHARGE = `
export interface Order { id: string; lines: { quantity: number; price: number }[] }
export interface Receipt { order: string; total: number }
/** What goes wrong with which call. */
export const faults = new WeakMap<Order, { failures: number; code: string }>();
const answer = Promise.resolve();

function post(order: Order): Promise<void> {
  const fault = faults.get(order);
  if (fault === undefined || fault.failures-- <= 0) return answer;
  return Promise.reject(Object.assign(new Error(fault.code), { code: fault.code }));
}

/** @poet retries=2 idempotent=true timeoutMs=5000 breaker=true */
export async function charge(order: Order): Promise<Receipt> {
  await post(order);
  let total = 0;
  for (const line of order.lines) total += line.quantity * line.price;
  return { order: order.id, total };
}
`;

/** What the loaded process said of itself, about once a second. */
export interface Sample {
  readonly seconds: number; readonly rssMb: number; readonly heapMb: number; readonly calls: number; readonly ended: number; readonly failed: number;
  readonly faults: number; readonly wrong: number; readonly feedbackSent: number; readonly feedbackRefused: number; readonly isLast?: true;
}

export interface LoadReport {
  readonly samples: readonly Sample[];
  /** Events that were read back, by type. */
  readonly events: Readonly<Record<string, number>>;
  /** Events that the process says it dropped. */
  readonly dropped: number;
  /** Receipts of feedback without a file, or whose execution is nowhere. */
  readonly feedbackLost: number;
  readonly problems: readonly string[];
}

/** A function compiled by tspc with poetc, and what calls it. @throws Error with what the compiler says */
export function buildLoadProject(repository: string, root: string): void {
  const modules = join(root, 'node_modules');
  mkdirSync(join(root, 'src'), { recursive: true });
  mkdirSync(modules, { recursive: true });
  for (const name of ['typescript', 'ts-patch']) symlinkSync(join(repository, 'node_modules', name), join(modules, name));
  placePoetc(repository, join(modules, 'poetc'));
  writeFileSync(join(root, 'package.json'), '{ "name": "load", "version": "1.0.0", "private": true, "type": "module" }\n');
  writeFileSync(join(root, 'src', 'charge.ts'), CHARGE);
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions: { target: 'ES2022', module: 'NodeNext', strict: true, skipLibCheck: true, rootDir: 'src', outDir: 'dist', types: [], plugins: [{ transform: 'poetc/transformer', transformProgram: true }] }, include: ['src'] }));
  const run = spawnSync(process.execPath, [join(modules, 'ts-patch/bin/tspc.js'), '-p', '.'], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0 || /POET\d{4}/.test(run.stdout + run.stderr)) throw new Error(`tspc ended with ${run.status}:\n${run.stdout}${run.stderr}`);
  cpSync(join(repository, 'scripts/soak/load-child.mjs'), join(root, 'load-child.mjs'));
}

/**
 * Runs the load to its end. Sealed segments are read, counted and deleted meanwhile, as whoever processes events would.
 *
 * @param say called with every sample
 */
export async function runLoad(root: string, rate: number, seconds: number, say: (sample: Sample) => void): Promise<LoadReport> {
  const store = join(root, 'store');
  const samples: Sample[] = [];
  const problems: string[] = [];
  const events: Record<string, number> = {};
  const receipts: { readonly feedback: string; readonly executionId: string }[] = [];
  const executions = new Set<string>();
  let dropped = 0;
  const consume = (all: boolean): void => {
    const dir = join(store, 'events', 'pending', 'load');
    for (const name of existsSync(dir) ? readdirSync(dir) : []) {
      if (!name.endsWith('.ndjson') && !all) continue;
      for (const { event, problem, file, line } of readSegment(store, join('load', name.replace(/\.open$/, '')))) {
        if (event === undefined) { problems.push(`${file}:${line}: ${problem}`); continue; }
        events[event.type] = (events[event.type] ?? 0) + 1;
        const payload = event.payload as { readonly execution_id?: string; readonly status?: string; readonly count?: number };
        if (event.type === 'function.execution' && payload.status === 'success') executions.add(payload.execution_id!);
        if (event.type === 'alert.events_dropped') dropped += payload.count!;
      }
      unlinkSync(join(dir, name));
    }
  };

  const child = fork(join(root, 'load-child.mjs'), [String(rate), String(seconds)], { cwd: root, env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', POET_RUNTIME_DIR: store }, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  child.stderr!.on('data', (data: Buffer) => problems.push(data.toString().trim()));
  child.on('message', (message: Sample | { readonly feedback: string; readonly executionId: string } | { readonly problem: string }) => {
    if ('feedback' in message) receipts.push(message);
    else if ('problem' in message) problems.push(message.problem);
    else { samples.push(message); say(message); }
  });
  const consuming = setInterval(() => consume(false), 5_000);
  const code = await new Promise<number | null>((resolve) => { child.once('close', resolve); });
  clearInterval(consuming);
  consume(true);
  if (code !== 0) problems.push(`the process ended with ${String(code)}`);
  const kept = new Set(readdirSync(join(store, 'feedback'), { recursive: true, encoding: 'utf8' }).map((name) => name.slice(-37, -5)));
  const feedbackLost = receipts.filter(({ feedback, executionId }) => !kept.has(feedback) || !executions.has(executionId)).length;
  rmSync(store, { recursive: true });
  return { samples, events, dropped, feedbackLost, problems };
}
