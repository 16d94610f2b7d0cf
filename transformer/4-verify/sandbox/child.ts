/**
 * The program of a disposable child: reads one request, runs its cases in a realm without authority, writes a line for each.
 *
 * The boundary is the process: permission model, no network, limits of the operating system, and a parent that kills. The realm takes
 * away what it can besides. Only text crosses between it and this file.
 */
import { readFileSync, writeSync } from 'node:fs';
import vm from 'node:vm';
import type { ChildLine, ChildRequest } from './protocol.ts';
import type { CaseResult } from './value.ts';

const RESULTS_FD = 3;
/** Timers that run after the result is there. */
const MAX_LATE_TIMERS = 200;
const write = writeSync;
const request = JSON.parse(readFileSync(0, 'utf8')) as ChildRequest;
const { token } = request;
const cpuUsage = process.cpuUsage.bind(process);
const exit = process.exit.bind(process);

const nextTurn = setImmediate;
/** Rejections of the current case that nobody handles; anywhere else each of them ends the process. */
let unhandled = 0;
process.on('unhandledRejection', () => { unhandled++; });

const say = (line: ChildLine): void => {
  const bytes = Buffer.from(`${token} ${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += write(RESULTS_FD, bytes, at);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') throw error;
    }
  }
};

removeAuthority();
const context = vm.createContext(Object.create(null) as vm.Context, { codeGeneration: { strings: false, wasm: false }, microtaskMode: 'afterEvaluate' });
/** Compiled once, run several times a case. */
const inner = new vm.Script('(() => { const run = $run, command = $command; delete globalThis.$run; delete globalThis.$command; return run(command); })()', { filename: 'harness.js' });
type Command = (command: string) => string;
type Host = (operation: string, text: string) => string;
let run: Command;
try {
  const open = new vm.Script(request.realm, { filename: 'harness.js' }).runInContext(context) as (host: Host) => Command;
  run = open(host);
  const factories = Object.entries(request.graph.modules).map(([path, text]) =>
    `${JSON.stringify(path)}: (function (exports, require, module, __filename) { ${text}\n})`);
  new vm.Script(`globalThis.$factories = { __proto__: null, ${factories.join(',\n')} };`, { filename: 'modules.js' }).runInContext(context);
  const answer = inRealm(JSON.stringify({ do: 'open', resolutions: request.graph.resolutions, entry: request.entry }), request.caseMs * 5);
  const opened = /^\{"ok":true,"calls":(\d+)\}$/.exec(answer);
  if (opened === null) throw new Error('its module does not hold the function');
  say({ kind: 'ready', calls: Number(opened[1]) });
} catch (error) {
  say({ kind: 'broken', reason: describe(error) });
  exit(0);
}

void runAll();

async function runAll(): Promise<void> {
  for (let index = request.from; index < request.cases.length; index++) {
    const result = runCase(index);
    // Rejections without a handler are told in a turn of their own.
    await new Promise((resolve) => { nextTurn(resolve); });
    say({ kind: 'result', index, result: unhandled === 0 ? result : { ...result, unhandled } });
    unhandled = 0;
  }
  exit(0);
}

function runCase(index: number): CaseResult {
  const before = cpuUsage();
  const deadline = { leftMs: request.caseMs };
  let how: CaseResult['how'] | undefined;
  try {
    let state = timed(deadline, JSON.stringify({ do: 'begin', case: request.cases[index] }));
    for (let i = 0; state === 'waiting' && i < 20_000; i++) state = timed(deadline, '{"do":"wait"}');
    if (state !== 'settled') how = 'hung';
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') how = 'limit';
    how ??= 'limit';
  }
  const used = cpuUsage(before);
  let text: string;
  try {
    const finish = JSON.stringify({ do: 'finish', ...(how !== undefined && { how }) });
    text = inRealm(finish, request.caseMs);
    if (text === 'pending') {
      // It has answered, and is not through: what happens later is part of what it does.
      for (let i = 0; i < MAX_LATE_TIMERS && timed(deadline, '{"do":"drain"}') === 'waiting'; i++);
      text = inRealm(finish, request.caseMs);
    }
  } catch {
    text = '{"how":"limit","value":"","after":"","calls":[],"waitedMs":0}';
  }
  const result = JSON.parse(text) as CaseResult;
  // How deep a stack is depends on the size of its frames: no difference that anybody means.
  const isDeep = result.error?.engine === true && result.error.name === 'RangeError' && result.error.message === 'Maximum call stack size exceeded';
  return { ...result, ...(isDeep && { how: 'limit' as const }), cpuUs: used.user + used.system };
}

function timed(deadline: { leftMs: number }, command: string): string {
  const started = performance.now();
  try {
    return inRealm(command, Math.max(1, deadline.leftMs));
  } finally {
    deadline.leftMs -= performance.now() - started;
  }
}

/** Runs one command of the harness under a limit that covers its microtasks as well. */
function inRealm(command: string, limitMs: number): string {
  context['$command'] = command;
  context['$run'] = run;
  // Taken off the realm's global before any code of the candidate runs.
  const answer: unknown = inner.runInContext(context, { timeout: Math.ceil(limitMs) });
  if (typeof answer !== 'string') throw new Error('the realm answered with something that is no text');
  return answer;
}

/** What the realm cannot do by itself; takes text, gives text, never throws. */
function host(operation: string, text: string): string {
  try {
    if (typeof text !== 'string' || text.length > 1_000_000) return 'null';
    if (operation === 'url') {
      const { href, base, name, value } = JSON.parse(text) as { href: string; base?: string; name?: string; value?: string };
      if (!URL.canParse(href, base)) return '{}';
      const url = new URL(href, base);
      if (name !== undefined && value !== undefined) (url as unknown as Record<string, string>)[name] = value;
      const { origin, protocol, username, password, hostname, port, pathname, search, hash } = url;
      return JSON.stringify({ parts: { href: url.href, origin, protocol, username, password, host: url.host, hostname, port, pathname, search, hash } });
    }
    if (operation === 'query') return JSON.stringify([...new URLSearchParams(JSON.parse(text) as string)]);
    if (operation === 'format') return JSON.stringify(new URLSearchParams(JSON.parse(text) as [string, string][]).toString());
    if (operation === 'atob') return JSON.stringify(atob(JSON.parse(text) as string));
    if (operation === 'encoding') return JSON.stringify(new TextDecoder(JSON.parse(text) as string).encoding);
    if (operation === 'decode') {
      const { encoding, fatal, ignoreBOM, stream, bytes } = JSON.parse(text) as { encoding: string; fatal: boolean; ignoreBOM: boolean; stream: boolean; bytes: string };
      return JSON.stringify(new TextDecoder(encoding, { fatal, ignoreBOM }).decode(Uint8Array.from(bytes === '' ? [] : bytes.split(',').map(Number)), { stream }));
    }
  } catch {
    // Said by the null.
  }
  return 'null';
}

function describe(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null) return String(error);
    const { message, name } = error as { message?: unknown; name?: unknown };
    return `${typeof name === 'string' ? name : 'Error'}: ${typeof message === 'string' ? message : ''}`.slice(0, 300);
  } catch {
    return 'an error that cannot be read';
  }
}

/** A candidate that got out of the realm finds little: this is not the boundary, only fewer tools beside it. */
function removeAuthority(): void {
  const p = process as unknown as Record<string, unknown>;
  for (const name of ['binding', '_linkedBinding', 'dlopen', 'kill', '_kill', 'abort', 'chdir', 'setuid', 'setgid', 'getBuiltinModule', 'mainModule', 'report', 'env', 'argv', 'execArgv', 'send', 'disconnect', 'openStdin', 'stdin']) {
    try { Object.defineProperty(p, name, { value: undefined, writable: false, configurable: false }); } catch { /* not there on this Node */ }
  }
  for (const name of ['fetch', 'WebSocket', 'EventSource', 'BroadcastChannel', 'MessageChannel', 'Worker', 'navigator', 'require', 'module', 'localStorage', 'sessionStorage']) {
    try { delete (globalThis as unknown as Record<string, unknown>)[name]; } catch { /* not there on this Node */ }
  }
}
