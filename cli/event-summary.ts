import { isEventOf, type POETEvent } from '../records/events.ts';

/** What the events of one function add up to. */
export interface FunctionSummary {
  readonly function_name: string;
  calls: number;
  failures: number;
  corrected: number;
  rejected: number;
  violated: number;
  fallbacks: number;
  feedback: number;
  /** Calls that were timed, and their times, milliseconds; a maximum comes from aggregates too. */
  timed: number;
  total_ms: number;
  max_ms: number;
}

/** Adds events up by function. Failures, corrections and the like are always recorded one by one; calls may be counted by an aggregate instead. */
export function makeSummary(): { add(event: POETEvent): void; readonly functions: ReadonlyMap<string, FunctionSummary>; readonly types: ReadonlyMap<string, number> } {
  const functions = new Map<string, FunctionSummary>();
  const types = new Map<string, number>();
  const of = (name: string): FunctionSummary => {
    const known = functions.get(name);
    if (known !== undefined) return known;
    const made = { function_name: name, calls: 0, failures: 0, corrected: 0, rejected: 0, violated: 0, fallbacks: 0, feedback: 0, timed: 0, total_ms: 0, max_ms: 0 };
    functions.set(name, made);
    return made;
  };
  const add = (event: POETEvent): void => {
    types.set(event.type, (types.get(event.type) ?? 0) + 1);
    const name = (event.payload as { readonly function_name?: unknown }).function_name;
    if (typeof name !== 'string') return;
    const f = of(name);
    if (isEventOf(event, 'function.aggregate')) {
      const { calls, timing } = event.payload;
      f.calls += calls;
      if (timing !== undefined) time(f, timing.calls, timing.total_ms, timing.max_ms);
    } else if (isEventOf(event, 'function.execution')) {
      const { counted, status, metrics } = event.payload;
      if (status === 'failure') f.failures++;
      if (counted === true) return;
      f.calls++;
      time(f, 1, metrics.duration_ms, metrics.duration_ms);
    } else if (event.type === 'perceive.corrected') f.corrected++;
    else if (event.type === 'perceive.rejected') f.rejected++;
    else if (event.type === 'enforce.violated') f.violated++;
    else if (event.type === 'fallback.used') f.fallbacks++;
    else if (event.type === 'function.feedback') f.feedback++;
  };
  return { add, functions, types };
}

function time(f: FunctionSummary, calls: number, totalMs: number, maxMs: number): void {
  f.timed += calls;
  f.total_ms += totalMs;
  f.max_ms = Math.max(f.max_ms, maxMs);
}
