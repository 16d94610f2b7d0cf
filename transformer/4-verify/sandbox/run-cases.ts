/** Runs cases in disposable children of Node, one after the other until all are through. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ChildLine, ChildRequest, ModuleGraph, SubjectEntry } from './protocol.ts';
import type { Case, CaseResult } from './value.ts';

export interface SandboxLimits {
  /** Of one case, milliseconds. */
  readonly caseMs: number;
  /** Of resident memory, bytes; typed arrays included. */
  readonly memoryBytes: number;
  /** Of a child's whole life. */
  readonly wallMs: number;
  /** Processor seconds of a child's whole life; enforced where `prlimit` is there. */
  readonly cpuSeconds: number;
  /** Whether the first case that runs into a limit is the last one: nobody asks what became of the others. */
  readonly untilLimit?: boolean;
}

export const LIMITS: SandboxLimits = { caseMs: 300, memoryBytes: 256 * 1024 * 1024, wallMs: 60_000, cpuSeconds: 60 };

/** Far from UTC, and by half an hour: who takes the time of the machine for UTC shows. */
const TIME_ZONE = 'Australia/Lord_Howe';

export interface Isolation {
  /** `removed`: the child has no network interface; `not removed`: only the realm keeps candidates from it. */
  readonly network: 'removed' | 'not removed';
  readonly node: string;
}

/** Path of the child's program; texts of the harness and of the runtime's neutral build. */
export interface SandboxFiles { readonly child: string; readonly realm: string; readonly runtime: string }

export interface CasesRun {
  /** One for each case; `limit` for those that a child died of. */
  readonly results: readonly CaseResult[];
  /** Set when the modules could not be loaded: nothing ran. */
  readonly broken?: string;
  /** Calls to the outside that the modules made when they were loaded. */
  readonly callsAtLoad: number;
  readonly isolation: Isolation;
}

/** Beside this file's bundle in dist/. */
export function findSandboxFiles(): SandboxFiles {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    for (const place of [folder, join(folder, 'dist')]) {
      const child = join(place, 'sandbox-child.cjs');
      try {
        return { child, realm: readFileSync(join(place, 'sandbox-realm.js'), 'utf8'), runtime: readFileSync(join(place, 'runtime.cjs'), 'utf8') };
      } catch {
        // Further up: sources run from their own folders.
      }
    }
    if (dirname(folder) === folder) throw new Error(`no sandbox-realm.js above ${__dirname}: the package is not whole`);
  }
}

let launcher: { readonly prefix: readonly string[]; readonly network: Isolation['network'] } | undefined;

/** How children are started on this machine; tried once a process. */
export function findLauncher(cpuSeconds: number): { readonly prefix: readonly string[]; readonly network: Isolation['network'] } {
  if (launcher !== undefined) return launcher;
  const works = (prefix: readonly string[]): boolean => {
    const [command, ...rest] = [...prefix, process.execPath, '-e', ''];
    return spawnSync(command!, rest, { stdio: 'ignore', timeout: 10_000 }).status === 0;
  };
  const isLinux = process.platform === 'linux';
  const limits = ['prlimit', `--cpu=${cpuSeconds}`, '--fsize=0', '--core=0', '--'];
  const canLimit = isLinux && works(limits);
  // A process namespace as well: what cannot be named cannot be signalled.
  const apart = ['unshare', '--user', '--map-root-user', '--net', '--pid', '--fork', '--kill-child', '--'];
  const canPart = isLinux && works(apart);
  launcher = { prefix: [...(canPart ? apart : []), ...(canLimit ? limits : [])], network: canPart ? 'removed' : 'not removed' };
  return launcher;
}

function permissionFlags(files: SandboxFiles): readonly string[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const flag = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13) ? '--permission' : '--experimental-permission';
  // The permission model does not know node:sqlite, which opens, makes and reads files by itself.
  const sqlite = process.allowedNodeEnvironmentFlags.has('--experimental-sqlite') ? ['--no-experimental-sqlite'] : [];
  return [flag, `--allow-fs-read=${files.child}`, ...sqlite];
}

export async function runCases(files: SandboxFiles, graph: ModuleGraph, entry: SubjectEntry, cases: readonly Case[], limits: SandboxLimits = LIMITS): Promise<CasesRun> {
  const results: CaseResult[] = [];
  let callsAtLoad = 0;
  const { prefix, network } = findLauncher(limits.cpuSeconds);
  const isolation: Isolation = { network, node: process.versions.node };
  // Every death costs a start; a subject that dies of everything is given up.
  for (let deaths = 0; results.length < cases.length; deaths++) {
    const token = randomBytes(24).toString('hex');
    const request: ChildRequest = { token, realm: files.realm, graph: { ...graph, modules: { ...graph.modules, 'poetc/runtime': files.runtime } }, entry, cases, from: results.length, caseMs: limits.caseMs };
    const end = await runChild(files, prefix, request, limits, results);
    callsAtLoad = Math.max(callsAtLoad, end.callsAtLoad);
    const broken = end.broken ?? (!end.started && deaths === 0 ? end.reason : undefined);
    if (broken !== undefined) {
      while (results.length < cases.length) results.push(limitResult(broken));
      return { results, broken, callsAtLoad, isolation };
    }
    if (results.length >= cases.length) break;
    if (limits.untilLimit === true && end.started) {
      if (results.at(-1)?.how !== 'limit') results.push(limitResult(end.reason));
      while (results.length < cases.length) results.push(limitResult('not run after a limit'));
      break;
    }
    results.push(limitResult(end.reason));
    if (deaths >= 8) while (results.length < cases.length) results.push(limitResult('too many children died'));
  }
  return { results, callsAtLoad, isolation };
}

const limitResult = (reason: string): CaseResult => ({ how: 'limit', value: reason, after: '', calls: [], waitedMs: 0 });

interface ChildEnd { readonly reason: string; readonly started: boolean; readonly callsAtLoad: number; readonly broken?: string }

function runChild(files: SandboxFiles, prefix: readonly string[], request: ChildRequest, limits: SandboxLimits, results: CaseResult[]): Promise<ChildEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'poetc-sandbox-'));
  const [command, ...args] = [
    ...prefix, process.execPath, ...permissionFlags(files), '--disallow-code-generation-from-strings', '--no-addons', '--no-warnings', '--no-deprecation', '--max-old-space-size=192', '--stack-size=900', files.child,
  ];
  const child = spawn(command!, args, { cwd: folder, env: { NODE_OPTIONS: '', TZ: TIME_ZONE, LANG: 'en_US.UTF-8' }, stdio: ['pipe', 'ignore', 'ignore', 'pipe'], detached: true });
  return new Promise((resolve) => {
    let pending = '';
    let reason = 'the process ended';
    let started = false;
    let callsAtLoad = 0;
    let broken: string | undefined;
    const kill = (why: string): void => { reason = why; killGroup(child); };
    const wall = setTimeout(() => kill('out of time'), limits.wallMs);
    // A case has its own limit inside; a child that is silent for much longer cannot be stopped from there.
    let silence = setTimeout(() => kill('out of time'), limits.caseMs * 6 + 5_000);
    const heard = (): void => { clearTimeout(silence); silence = setTimeout(() => kill('out of time'), limits.caseMs * 4 + 1_000); };
    const memory = setInterval(() => {
      const bytes = residentBytes(child);
      if (bytes !== undefined && bytes > limits.memoryBytes) kill('out of memory');
    }, 15);
    const read = (line: string): void => {
      // Whatever does not begin with the token was not written by the child's own program.
      if (!line.startsWith(`${request.token} `)) return;
      const message = JSON.parse(line.slice(request.token.length + 1)) as ChildLine;
      heard();
      if (message.kind === 'ready') { started = true; callsAtLoad = message.calls; }
      else if (message.kind === 'broken') broken = message.reason;
      else if (message.kind === 'result' && message.index === results.length) {
        results.push(message.result);
        if (limits.untilLimit === true && message.result.how === 'limit') kill('out of time');
      }
    };
    (child.stdio[3] as NodeJS.ReadableStream).setEncoding('utf8').on('data', (chunk: string) => {
      pending += chunk;
      if (pending.length > 64 * 1024 * 1024) { kill('too much output'); pending = ''; return; }
      const lines = pending.split('\n');
      pending = lines.pop() ?? '';
      lines.forEach(read);
    });
    child.stdin!.on('error', () => undefined); // it died before it had read everything; its end says so
    child.stdin!.end(JSON.stringify(request));
    const done = (): void => {
      clearTimeout(wall);
      clearTimeout(silence);
      clearInterval(memory);
      killGroup(child);
      rmSync(folder, { recursive: true, force: true });
      resolve({ reason, started, callsAtLoad, ...(broken !== undefined && { broken }) });
    };
    child.on('error', (error) => { reason = error.message; done(); });
    child.on('close', (_code, signal) => { if (signal !== null && reason === 'the process ended') reason = `the process was ended by ${signal}`; done(); });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/** Of the child, or of its launcher's only child; undefined where the platform does not say. */
function residentBytes(child: ChildProcess): number | undefined {
  if (process.platform !== 'linux' || child.pid === undefined) return undefined;
  try {
    const inner = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0];
    return Number(readFileSync(`/proc/${inner === undefined || inner === '' ? child.pid : inner}/statm`, 'utf8').split(' ')[1]) * 4096;
  } catch {
    return undefined;
  }
}
