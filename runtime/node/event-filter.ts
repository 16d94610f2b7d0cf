import type { POETEvent } from '../../records/events.ts';

/** Which events are wanted; what is left out asks for nothing. */
export interface EventFilter {
  /** Each a type, or the start of one with a dot at its end: `perceive.`. */
  readonly types?: readonly string[];
  /** A target's id, or the function's own name. */
  readonly functionName?: string;
  /** Milliseconds since the epoch, by the writer's clock; from included, to excluded. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly status?: 'success' | 'failure';
  /** An execution's id, a correlation id or a business key. */
  readonly about?: string;
}

export function matchesFilter(event: POETEvent, filter: EventFilter): boolean {
  const payload = event.payload as Readonly<Record<string, unknown>>;
  const { types, functionName, fromMs, toMs, status, about } = filter;
  if (types !== undefined && !types.some((type) => event.type === type || (type.endsWith('.') && event.type.startsWith(type)))) return false;
  if (fromMs !== undefined && event.timestamp < fromMs) return false;
  if (toMs !== undefined && event.timestamp >= toMs) return false;
  if (status !== undefined && payload['status'] !== status) return false;
  if (about !== undefined && ![payload['execution_id'], payload['key'], event.correlation_id, event.causation_id, event.id].includes(about)) return false;
  if (functionName === undefined) return true;
  const name = payload['function_name'];
  return typeof name === 'string' && (name === functionName || name.slice(name.indexOf('#') + 1) === functionName);
}
