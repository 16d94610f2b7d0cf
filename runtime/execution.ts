import type { ExecutionPayload, RecordedError } from '../records/execution.ts';
import type { EventPayloads, OccurrencePayload } from '../records/events.ts';
import type { Id } from '../records/ids.ts';
import { isAggregated } from './aggregate.ts';
import { emit } from './emit.ts';
import { isPoetError } from './errors.ts';
import { newId } from './identity.ts';
import { tickMs } from './platform.ts';
import { sharedState } from './state.ts';
import type { Scope, Tracer } from './state.ts';
import type { TargetHandle } from './target.ts';

/** One call that may come to be recorded. */
export interface Execution {
  /** From `tickMs`. */
  readonly startMs: number;
  /** Made when the first event needs it. */
  id: Id | undefined;
  /** The last event of this execution: the cause of the next one. */
  lastEvent: Id | undefined;
  /** Somebody will ask for this execution by its id or key: it is recorded whatever others are. */
  recorded: boolean;
  /** Business key. */
  key: string | undefined;
  /** Attempts of O′; 0 where no policy counts them, or there was only one. */
  attempts: number;
  /** Where an instrument follows this call: emitted code runs O′ in it. */
  scope: Scope | undefined;
}

/** One call in so many is timed for the aggregates. */
const TIMED_EVERY = 16;

/** Undefined, and next to free, while events are off. */
export function begin(t: TargetHandle): Execution | undefined {
  if (t.level === 0) return undefined;
  const x: Execution = { startMs: tickMs(), id: undefined, lastEvent: undefined, recorded: false, key: undefined, attempts: 0, scope: undefined };
  const { tracer } = t;
  if (tracer?.pending !== undefined) takeTrace(tracer, x);
  if (tracer?.instrument !== undefined) x.scope = tracer.instrument.begin(t, x);
  return x;
}

function takeTrace(tracer: Tracer, x: Execution): void {
  x.id = tracer.pending;
  x.recorded = true;
  tracer.pending = undefined;
}

/** Notes the business key that lies in `value`, an argument or the result of a target with `correlateBy`. Never throws. */
export function keyed(t: TargetHandle, x: Execution | undefined, value: unknown): void {
  const path = t.spec.correlateBy;
  if (x === undefined || path === undefined) return;
  try {
    let at: unknown = value;
    for (const name of path) at = typeof at === 'object' && at !== null ? (at as Readonly<Record<string, unknown>>)[name] : undefined;
    if (typeof at !== 'string' && typeof at !== 'number' && typeof at !== 'bigint') return;
    const key = String(at).slice(0, 200);
    if (key === '') return;
    x.key = key;
    x.recorded = true;
  } catch {
    // A getter of the caller's that throws: the execution has no key then.
  }
}

/** The call came to its end and the caller gets its result. */
export function finish(t: TargetHandle, x: Execution | undefined): void {
  t.calls++;
  if (x === undefined) return;
  x.scope?.end(false);
  if (t.level === 2 || x.recorded || t.calls % TIMED_EVERY === 1) finishRecorded(t, x);
}

/** The function's body threw; the caller throws `error` again, unchanged. */
export function failed(t: TargetHandle, x: Execution | undefined, error: unknown): void {
  t.calls++;
  t.failures++;
  if (x === undefined) return;
  x.scope?.end(true, error);
  emitExecution(t, x, tickMs() - x.startMs, error, true);
}

/** The id of an execution, made when somebody first needs it. */
export function executionId(x: Execution): Id {
  return (x.id ??= newId());
}

function finishRecorded(t: TargetHandle, x: Execution): void {
  const durationMs = tickMs() - x.startMs;
  t.timedCalls++;
  t.timedMs += durationMs;
  if (durationMs > t.maxMs) t.maxMs = durationMs;
  if (x.recorded || (t.level === 2 && isSampled())) emitExecution(t, x, durationMs, undefined, false);
}

/** Failures are recorded whatever this says. */
function isSampled(): boolean {
  const { sampling } = sharedState().options;
  return sampling === undefined || Math.random() < sampling;
}

/** An event about an execution: the cause of the next one. */
export function emitOf<T extends 'perceive.corrected' | 'perceive.observed' | 'perceive.rejected' | 'enforce.violated' | 'fallback.used' | 'operate.retried' | 'breaker.opened' | 'breaker.closed'>(
  t: TargetHandle, x: Execution, type: T, payload: Omit<EventPayloads[T], keyof OccurrencePayload>): void {
  const execution_id = executionId(x);
  x.scope?.note(type, payload);
  const whole = { function_name: t.spec.id, version: t.spec.version, execution_id, ...payload } as unknown as EventPayloads[T];
  x.lastEvent = emit(t.spec.package, type, whole, { correlationId: x.key ?? execution_id, causationId: x.lastEvent });
}

function emitExecution(t: TargetHandle, x: Execution, durationMs: number, error: unknown, isFailure: boolean): void {
  const { causes, host } = sharedState();
  const key = typeof error === 'object' && error !== null ? error : undefined;
  const execution_id = executionId(x);
  const endMs = Date.now();
  // Every execution may be recorded: no spreads here.
  const payload: { -readonly [K in keyof ExecutionPayload]: ExecutionPayload[K] } = {
    function_name: t.spec.id,
    version: t.spec.version,
    execution_id,
    start_time: endMs - durationMs,
    end_time: endMs,
    status: isFailure ? 'failure' : 'success',
    metrics: Object.assign({ duration_ms: durationMs }, host?.sampleProcess()),
  };
  if (x.key !== undefined) payload.key = x.key;
  if (x.attempts > 1) payload.attempts = x.attempts;
  if (isAggregated(t)) payload.counted = true;
  if (isFailure) payload.error = recordError(error);
  const id = emit(t.spec.package, 'function.execution', payload, { correlationId: x.key ?? execution_id, causationId: x.lastEvent ?? (key && causes.get(key)) });
  if (key !== undefined) causes.set(key, id);
}

/**
 * An error as events show it. Never throws.
 * Of our own errors the first line only: the lines after it show values. The author's messages are recorded as they are.
 */
export function recordError(error: unknown): RecordedError {
  try {
    if (typeof error !== 'object' || error === null) return { type: typeof error, message: 'a value that is no error was thrown' };
    const { name, message, stack } = error as { readonly name?: unknown; readonly message?: unknown; readonly stack?: unknown };
    const text = typeof message === 'string' ? message : '';
    const frames = typeof stack === 'string' ? /(?:^|\n)\s+at [^]*/.exec(stack.replace(text, ''))?.[0].replace(/^\n/, '') : undefined;
    return {
      type: typeof name === 'string' ? name.slice(0, 100) : 'object',
      message: (isPoetError(error) ? text.split('\n', 1)[0] ?? '' : text).slice(0, 1000),
      ...(frames !== undefined && { stack_trace: frames.slice(0, 4000) }),
    };
  } catch {
    return { type: 'object', message: 'an unreadable error' };
  }
}
