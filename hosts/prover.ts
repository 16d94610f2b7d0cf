/** Proves behaviour in a process of its own: what is proven is hostile until then, and compilers wait synchronously. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProveAnswer, ProveRequest } from '../transformer/4-verify/behaviour/main.ts';
import type { PoetConfig } from '../transformer/config/index.ts';
import type { Prover } from '../transformer/prover.ts';
import { findProofFolder, openProofRecords } from './proof-records.ts';
import { KEY_NAMES } from './providers/provider.ts';
import type { BehaviourSubject, BehaviourVerdict } from '../transformer/4-verify/behaviour/subject.ts';

export interface ProverOptions {
  readonly inputs: number;
  /** Whether differences are made small; default true. */
  readonly shrink?: boolean;
  /** Path of prove.cjs; default: beside this file's bundle. */
  readonly program?: string;
  /** Called as verdicts come in, in any order. */
  readonly onVerdict?: (index: number, verdict: BehaviourVerdict, ms: number) => void;
}

/** One verdict for each subject, in their order. The first ones are proven while the last ones are still being made. */
export async function proveSubjects(subjects: Iterable<BehaviourSubject> | AsyncIterable<BehaviourSubject>, options: ProverOptions): Promise<readonly BehaviourVerdict[]> {
  const verdicts: BehaviourVerdict[] = [];
  let count = 0;
  let prover: RunningProver | undefined;
  try {
    for await (const subject of subjects) {
      prover ??= startProver(options, verdicts);
      prover.stdin.write(requestOf(subject, count++, options));
      // What the pipe does not hold goes out in turns of the event loop.
      await nextTurn();
    }
  } catch (error) {
    prover?.stop(); // whoever called has no use for the verdicts that would still come
    throw error;
  }
  prover?.stdin.end();
  await prover?.ended;
  return Array.from({ length: count }, (_, i) => verdicts[i] ?? GONE);
}

interface RunningProver { readonly stdin: Writable; readonly ended: Promise<void>; stop(): void }

/** @param verdicts filled as they come in */
function startProver(options: ProverOptions, verdicts: BehaviourVerdict[]): RunningProver {
  let isStopped = false;
  const child = spawn(process.execPath, [options.program ?? findProgram()], { stdio: ['pipe', 'pipe', 'inherit'], env: childEnvironment() });
  const closed = new Promise<void>((resolve, reject) => { child.on('error', reject); child.on('close', () => resolve()); });
  child.stdin.on('error', () => undefined); // its end says what went wrong
  const ended = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      if (isStopped) continue;
      const { index, verdict, ms } = JSON.parse(line) as ProveAnswer;
      verdicts[index] = verdict;
      options.onVerdict?.(index, verdict, ms);
    }
    await closed;
  })();
  ended.catch(() => undefined); // heard by who awaits it, after the last subject
  return { stdin: child.stdin, ended, stop: () => { isStopped = true; child.kill(); } };
}

/** The same for a caller that cannot wait otherwise. */
export function proveSubjectsSync(subjects: readonly BehaviourSubject[], options: ProverOptions): readonly BehaviourVerdict[] {
  if (subjects.length === 0) return [];
  const { stdout } = spawnSync(process.execPath, [options.program ?? findProgram()], { input: subjects.map((subject, index) => requestOf(subject, index, options)).join(''), encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'], maxBuffer: 1 << 30, env: childEnvironment() });
  const verdicts: BehaviourVerdict[] = [];
  for (const line of stdout.split('\n')) {
    if (line === '') continue;
    const { index, verdict } = JSON.parse(line) as ProveAnswer;
    verdicts[index] = verdict;
  }
  return subjects.map((_, i) => verdicts[i] ?? GONE);
}

export const PROVER_GONE = 'the prover ended early';
const GONE: BehaviourVerdict = { status: 'not executed', reason: PROVER_GONE, inputs: 0, discarded: 0 };

const requestOf = (subject: BehaviourSubject, index: number, { inputs, shrink = true }: ProverOptions): string =>
  `${JSON.stringify({ index, subject, inputs, shrink } satisfies ProveRequest)}\n`;

const NOT_FOR_CHILDREN = new Set<string>(['NODE_OPTIONS', ...KEY_NAMES]);

/** Neither options for Node that the host process was started with (inspectors, loaders) nor keys of providers are for the sandbox. */
export function childEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_FOR_CHILDREN.has(name)));
}

/** One of the programs that lie beside this file's bundle. */
export function findProgram(name = 'prove.cjs'): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    for (const place of [join(folder, name), join(folder, 'dist', name)]) if (existsSync(place)) return place;
    if (dirname(folder) === folder) throw new Error(`no ${name} above ${__dirname}: the package is not whole`);
  }
}

/** Proves while the compiler waits, and remembers what it has proven; builds use it where `verifyOnBuild` asks for it. */
export function makeProver({ verifyOnBuild, verify: { inputs } }: PoetConfig): Prover | undefined {
  if (!verifyOnBuild) return undefined;
  return { records: openProofRecords(findProofFolder(), inputs), prove: (subjects) => proveSubjectsSync(subjects, { inputs }) };
}
