import { followEvents } from '../../runtime/node/follow-events.ts';
import { matchesFilter, type EventFilter } from '../../runtime/node/event-filter.ts';
import { readFeedback } from '../../runtime/node/pending-feedback.ts';
import { readEvents, type EventRecord } from '../../runtime/node/read-events.ts';
import type { POETEvent } from '../../records/events.ts';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { CliFault } from '../cli-fault.ts';
import { makeSummary } from '../event-summary.ts';
import type { Report, Session } from '../report.ts';
import { findRuntimeRootOf } from '../runtime-root.ts';
import { makeTable, plural } from '../table.ts';

export interface EventsOptions {
  readonly root?: string;
  readonly type?: string[];
  readonly function?: string;
  readonly since?: string;
  readonly until?: string;
  readonly failed?: boolean;
  readonly about?: string;
  readonly limit?: string;
  readonly summary?: boolean;
  readonly follow?: boolean;
}

const DEFAULT_LIMIT = 50;
const MAX_PROBLEMS = 20;
const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `poet events`: the last events that match, their sums by function, or those that come. */
export async function runEvents(session: Session, options: EventsOptions): Promise<Report> {
  const root = findRuntimeRootOf(session, options.root);
  const filter = readFilter(options, Date.now());
  const limit = readLimit(options.limit);
  if (options.follow === true) return follow(session, root, filter);

  const summary = makeSummary();
  const problems: PoetDiagnostic[] = [];
  let damaged = 0;
  let count = 0;
  let last: POETEvent[] = [];
  const take = (event: POETEvent): void => {
    if (!matchesFilter(event, filter)) return;
    count++;
    summary.add(event);
    last.push(event);
    if (last.length > limit * 2 + 1000) last = newest(last, limit);
  };
  for (const record of readEvents(root)) {
    if (record.event === undefined) {
      if (damaged++ < MAX_PROBLEMS) problems.push(makeProblem(record));
      continue;
    }
    take(record.event);
  }
  // Kept in files of its own.
  for (const event of readFeedback(root, Date.now())) take(event);
  const notes = [`${plural(count, 'event')} in ${root}${damaged > MAX_PROBLEMS ? `; ${damaged} lines are damaged` : ''}.`];
  if (options.summary === true) {
    const functions = [...summary.functions.values()].sort((a, b) => b.calls - a.calls || (a.function_name < b.function_name ? -1 : 1));
    const rows = functions.map((f) => [f.function_name, f.calls, f.failures, percent(f.failures, f.calls), f.corrected, f.rejected, f.violated, f.fallbacks, f.feedback, f.timed === 0 ? '-' : (f.total_ms / f.timed).toFixed(2), f.timed === 0 ? '-' : f.max_ms.toFixed(2)].map(String));
    const head = ['function', 'calls', 'failures', 'rate', 'corrected', 'rejected', 'violated', 'fallbacks', 'feedback', 'mean ms', 'max ms'];
    return { exitCode: 0, json: { root, count, damaged, functions, types: Object.fromEntries(summary.types) }, text: rows.length === 0 ? '' : makeTable(session.terminal, head, rows), notes, problems };
  }
  const events = newest(last, limit);
  return { exitCode: 0, json: { root, count, damaged, events }, text: events.map((event) => `${describeEvent(event)}\n`).join(''), notes, problems };
}

async function follow(session: Session, root: string, filter: EventFilter): Promise<Report> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    for await (const record of followEvents(root, filter, { signal: stop.signal })) {
      if (record.event === undefined) session.terminal.problem(makeProblem(record));
      else session.terminal.data(session.json ? JSON.stringify(record.event) : describeEvent(record.event));
    }
  } finally {
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
  }
  return { exitCode: 0, json: { followed: root }, text: '' };
}

/** Ids sort by time across segments and processes. */
function newest(events: readonly POETEvent[], limit: number): POETEvent[] {
  return [...events].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(-limit);
}

/** One line: time, type, function, and what matters most. */
function describeEvent(event: POETEvent): string {
  const payload = event.payload as Readonly<Record<string, unknown>>;
  const error = payload['error'] as { readonly type?: string; readonly message?: string } | undefined;
  const durationMs = (payload['metrics'] as { readonly duration_ms?: unknown } | undefined)?.duration_ms;
  const facts: unknown[] = [payload['function_name'], payload['status']];
  if (typeof durationMs === 'number') facts.push(`${durationMs.toFixed(2)} ms`);
  if (typeof error === 'object' && error !== null) facts.push(`${error.type}: ${error.message}`);
  if (typeof payload['calls'] === 'number') facts.push(`${payload['calls']} calls`);
  facts.push(payload['count'], payload['feedback_type'], payload['execution_id']);
  const told = facts.filter((fact) => typeof fact === 'string' || typeof fact === 'number');
  const time = new Date(event.timestamp);
  const text = [Number.isNaN(time.getTime()) ? String(event.timestamp) : time.toISOString(), event.type, ...told].join('  ');
  // What an application throws, or names, must not steer somebody's terminal.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 400);
}

function makeProblem({ file, line, problem }: EventRecord): PoetDiagnostic {
  return makeDiagnostic('POET8141', { path: line === 0 ? file : `${file}:${line}`, expected: 'an event', found: (problem ?? '').slice(0, 200) });
}

const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`);

function readFilter(options: EventsOptions, nowMs: number): EventFilter {
  return {
    ...(options.type !== undefined && { types: options.type }),
    ...(options.function !== undefined && { functionName: options.function }),
    ...(options.since !== undefined && { fromMs: readTime('--since', options.since, nowMs) }),
    ...(options.until !== undefined && { toMs: readTime('--until', options.until, nowMs) }),
    ...(options.failed === true && { status: 'failure' as const }),
    ...(options.about !== undefined && { about: options.about }),
  };
}

function readTime(option: string, text: string, nowMs: number): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * UNITS[unit as keyof typeof UNITS];
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw new CliFault(2, makeDiagnostic('POET8140', { option, expected: 'a time such as 2h, 3d or 2025-05-31T08:00Z', found: text, command: 'events' }));
  return time;
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new CliFault(2, makeDiagnostic('POET8140', { option: '--limit', expected: 'a number from 1', found: text, command: 'events' }));
  return Number(text);
}
