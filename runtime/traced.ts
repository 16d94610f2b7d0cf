import type { Id } from '../records/ids.ts';
import { NOT_TRACED } from './codes.ts';
import { newId } from './identity.ts';
import { sharedState } from './state.ts';
import { warnOnce } from './warn.ts';

/** What `traced` returns. */
export interface Traced<R> {
  /** As the function returned it; a promise stays one. */
  readonly value: R;
  /** For `feedback`. */
  readonly executionId: Id;
}

/**
 * Calls an enhanced function and says under which id this execution is recorded, so that feedback can name it. The
 * execution is recorded one by one, whatever `events` and `sampling` say of others; while events are off it is not recorded,
 * and feedback about it waits.
 *
 * @param fn where it is no enhanced function itself, the first one that it calls before it returns is traced
 * @returns `value` as the function returned it
 * @throws what the function throws
 */
export function traced<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Traced<R> {
  const state = sharedState();
  const tracer = (state.tracer ??= { pending: undefined });
  const outer = tracer.pending;
  const id = newId();
  tracer.pending = id;
  try {
    const value = fn(...args);
    if (tracer.pending === id) warnOnce(NOT_TRACED, { fn: fn.name || 'function' });
    return { value, executionId: id };
  } finally {
    tracer.pending = outer;
  }
}
