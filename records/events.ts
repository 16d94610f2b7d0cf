/** Events on disk and on the wire: the seed's schema and names, and the guard that every reader goes through. */
import type { AggregatePayload, ExecutionPayload, RecordedError } from './execution.ts';
import { FEEDBACK_TYPES } from './feedback.ts';
import type { FeedbackPayload } from './feedback.ts';

/** The runtime writes it by type only, so that it does not carry this file's guards. */
export const EVENT_SCHEMA = 1;

/** One event. `T` narrows `payload`; a type that this version does not know keeps an untyped payload. */
export interface POETEvent<T extends string = string> {
  /** Sorts by time within a process (UUID version 7). */
  readonly id: string;
  readonly type: T;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** What belongs together: the execution's id, or a business key. */
  readonly correlation_id?: string;
  /** Id of the event that this one follows from. */
  readonly causation_id?: string;
  readonly metadata: EventMetadata;
  readonly payload: T extends keyof EventPayloads ? EventPayloads[T] : Readonly<Record<string, unknown>>;
}

export interface EventMetadata {
  /** Of the service, as its package.json says. */
  readonly version: string;
  /** `NODE_ENV`, unless configured. */
  readonly environment: string;
  /** Name of the process's main package, unless configured. */
  readonly service: string;
  /** Schema of this record; absent means 1. */
  readonly schema?: number;
}

/** What happened to which function in which execution. */
export interface OccurrencePayload {
  readonly function_name: string;
  readonly version: string;
  readonly execution_id: string;
}

/** `expected` comes from the type; `received` is the type of the value found, or a preview of it where values are recorded. */
export interface RecordedViolation { readonly path: string; readonly expected: string; readonly received: string }
export interface RecordedCorrection extends RecordedViolation { readonly corrected: string }

/** Lists hold at most 100 entries; `count` is the true number. */
export interface ViolationsPayload extends OccurrencePayload { readonly count: number; readonly violations: readonly RecordedViolation[] }
export interface CorrectionsPayload extends OccurrencePayload { readonly count: number; readonly corrections: readonly RecordedCorrection[] }
export interface FallbackPayload extends OccurrencePayload { readonly phase: 'perceive' | 'enforce'; readonly error: RecordedError }
/** In a window of `window_ms` at least the share `threshold` of the calls of one function in one process failed. */
export interface ErrorRatePayload { readonly function_name: string; readonly version: string; readonly calls: number; readonly failures: number; readonly rate: number; readonly threshold: number; readonly window_ms: number }
/** Events that never reached the disk, by reason, since the last such event of the process. */
export interface DroppedPayload { readonly count: number; readonly reasons: Readonly<Record<string, number>> }

/** An attempt failed and another one follows after `wait_ms`. `attempt` counts from 1. */
export interface RetryPayload extends OccurrencePayload { readonly attempt: number; readonly wait_ms: number; readonly fault: 'transient' | 'unconnected'; readonly error: RecordedError }
/** What the window held when the breaker changed: calls, failed ones, slow ones. Of one that closes, what had opened it. */
export interface BreakerPayload extends OccurrencePayload { readonly calls: number; readonly failures: number; readonly slow: number }

export interface EventPayloads {
  'function.execution': ExecutionPayload;
  'function.aggregate': AggregatePayload;
  'function.feedback': FeedbackPayload;
  'perceive.corrected': CorrectionsPayload;
  'perceive.observed': ViolationsPayload;
  'perceive.rejected': ViolationsPayload;
  'enforce.violated': ViolationsPayload;
  'fallback.used': FallbackPayload;
  'operate.retried': RetryPayload;
  'breaker.opened': BreakerPayload;
  'breaker.closed': BreakerPayload;
  'alert.error_rate': ErrorRatePayload;
  'alert.events_dropped': DroppedPayload;
}
export type EventType = keyof EventPayloads;

/** An event of a type that this version knows; `type` narrows `payload`. */
export type AnyEvent = { [T in EventType]: POETEvent<T> }[EventType];

/** Narrows by type; `readEvent` has checked the payload of every known type. */
export function isEventOf<T extends EventType>(event: POETEvent, type: T): event is POETEvent & POETEvent<T> {
  return event.type === type;
}

export type ReadEvent = { readonly event: POETEvent; readonly problem?: never } | { readonly problem: string; readonly event?: never };

/**
 * Reads one event.
 *
 * @param json the text of one event, or its parsed value
 * @returns the event, unknown fields kept; or a sentence about the first thing that is wrong. Never throws.
 *
 * Not seen: payloads of unknown types are only known to be objects; a newer schema is refused, not guessed.
 */
export function readEvent(json: unknown): ReadEvent {
  let value = json;
  if (typeof json === 'string') {
    try {
      value = JSON.parse(json);
    } catch (error) {
      return { problem: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
  const problem = findProblem(value, '', EVENT) ?? findPayloadProblem(value as POETEvent);
  return problem === undefined ? { event: value as POETEvent } : { problem };
}

function findPayloadProblem(event: POETEvent): string | undefined {
  const schema = event.metadata.schema ?? 1;
  if (schema > EVENT_SCHEMA) return `metadata.schema: ${schema} is newer than ${EVENT_SCHEMA}: update poetc`;
  const shape = Object.hasOwn(PAYLOADS, event.type) ? PAYLOADS[event.type as EventType] : undefined;
  if (shape === undefined) return undefined;
  const problem = findProblem(event.payload, 'payload', shape);
  if (problem !== undefined) return problem;
  if (isEventOf(event, 'function.feedback') && event.payload.execution_id === undefined && event.payload.key === undefined) return 'payload.execution_id: missing, and so is payload.key';
  if (!isEventOf(event, 'function.execution')) return undefined;
  if ((event.payload.error !== undefined) === (event.payload.status === 'failure')) return undefined;
  return 'payload.error: expected exactly when status is "failure"';
}

type Check = (value: unknown, path: string) => string | undefined;
/** A field whose name ends in `?` may be missing. */
type Shape = Readonly<Record<string, Check>>;

function findProblem(value: unknown, path: string, shape: Shape): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return expected(path, 'an object', value);
  const fields = value as Record<string, unknown>;
  for (const [key, check] of Object.entries(shape)) {
    const name = key.endsWith('?') ? key.slice(0, -1) : key;
    const here = path === '' ? name : `${path}.${name}`;
    if (!Object.hasOwn(fields, name)) {
      if (name === key) return `${here}: missing`;
      continue;
    }
    const problem = check(fields[name], here);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function expected(path: string, what: string, value: unknown): string {
  const found = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
  return `${path === '' ? 'event' : path}: expected ${what}, found ${found}`;
}

const text: Check = (v, path) => (typeof v === 'string' ? undefined : expected(path, 'a string', v));
const name: Check = (v, path) => (typeof v === 'string' && v !== '' ? undefined : expected(path, 'a string that is not empty', v));
const number: Check = (v, path) => (typeof v === 'number' && Number.isFinite(v) ? undefined : expected(path, 'a finite number', v));
const count: Check = (v, path) => (Number.isSafeInteger(v) && (v as number) >= 0 ? undefined : expected(path, 'a whole number from 0', v));
const oneOf = (...values: readonly string[]): Check => (v, path) =>
  values.includes(v as string) ? undefined : `${path}: expected ${values.map((x) => `"${x}"`).join(' | ')}, found ${typeof v === 'string' ? `"${v.slice(0, 40)}"` : typeof v}`;
const object = (shape: Shape): Check => (v, path) => findProblem(v, path, shape);
const listOf = (item: Check): Check => (v, path) => {
  if (!Array.isArray(v)) return expected(path, 'an array', v);
  for (let i = 0; i < v.length; i++) {
    const problem = item(v[i], `${path}[${i}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
};
const yes: Check = (v, path) => (v === true ? undefined : expected(path, 'true', v));
const label: Check = (v, path) => (typeof v === 'boolean' || typeof v === 'string' ? undefined : number(v, path));
const counts: Check = (v, path) => valuesOf(v, path, count);
const numbers: Check = (v, path) => valuesOf(v, path, number);
function valuesOf(v: unknown, path: string, check: Check): string | undefined {
  const problem = findProblem(v, path, {});
  if (problem !== undefined) return problem;
  for (const [key, n] of Object.entries(v as Record<string, unknown>)) {
    const wrong = check(n, `${path}.${key}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

const EVENT: Shape = {
  id: name,
  type: name,
  timestamp: number,
  'correlation_id?': text,
  'causation_id?': text,
  metadata: object({ version: text, environment: text, service: text, 'schema?': count }),
  payload: object({}),
};
const FUNCTION: Shape = { function_name: name, version: text };
const OCCURRENCE: Shape = { ...FUNCTION, execution_id: name };
const ERROR = object({ type: text, message: text, 'stack_trace?': text });
const SAMPLE: Shape = { 'memory_mb?': number, 'cpu_percent?': number };
const VIOLATION: Shape = { path: text, expected: text, received: text };
const VIOLATIONS: Shape = { ...OCCURRENCE, count, violations: listOf(object(VIOLATION)) };

const BREAKER: Shape = { ...OCCURRENCE, calls: count, failures: count, slow: count };

const PAYLOADS: { readonly [T in EventType]: Shape } = {
  'function.execution': {
    ...OCCURRENCE, start_time: number, end_time: number, status: oneOf('success', 'failure'),
    metrics: object({ duration_ms: number, ...SAMPLE }), 'attempts?': count, 'counted?': yes, 'key?': name, 'error?': ERROR,
  },
  'function.aggregate': {
    ...FUNCTION, start_time: number, end_time: number,
    calls: count, failures: count, corrected: count, observed: count, rejected: count, violated: count, fallbacks: count,
    'timing?': object({ calls: count, total_ms: number, max_ms: number }), metrics: object(SAMPLE),
  },
  'function.feedback': {
    ...FUNCTION, 'execution_id?': name, 'key?': name, feedback_type: oneOf(...FEEDBACK_TYPES), 'rating?': number, 'label?': label, 'cost?': number, 'comments?': text,
    'metrics?': numbers, 'suggestions?': listOf(text),
  },
  'perceive.corrected': { ...OCCURRENCE, count, corrections: listOf(object({ ...VIOLATION, corrected: text })) },
  'perceive.observed': VIOLATIONS,
  'perceive.rejected': VIOLATIONS,
  'enforce.violated': VIOLATIONS,
  'fallback.used': { ...OCCURRENCE, phase: oneOf('perceive', 'enforce'), error: ERROR },
  'operate.retried': { ...OCCURRENCE, attempt: count, wait_ms: number, fault: oneOf('transient', 'unconnected'), error: ERROR },
  'breaker.opened': BREAKER,
  'breaker.closed': BREAKER,
  'alert.error_rate': { ...FUNCTION, calls: count, failures: count, rate: number, threshold: number, window_ms: number },
  'alert.events_dropped': { count, reasons: counts },
};
