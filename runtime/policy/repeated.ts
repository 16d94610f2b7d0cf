/** Attempts of functions that call each other must not multiply: who has tried again marks the error, and who sees the mark does not. */
import { sharedState } from '../state.ts';

/** Errors wrap each other. */
const MAX_DEPTH = 5;

/** One for all targets of a process. */
export interface Repeated {
  /** How often an error was marked. */
  count: number;
  /** By error, the number of its last mark, from 1. */
  readonly marks: WeakMap<object, number>;
}

export function openRepeated(): Repeated {
  return (sharedState().repeats ??= { count: 0, marks: new WeakMap() });
}

export function markRepeated(repeated: Repeated, error: unknown): void {
  if (typeof error === 'object' && error !== null) repeated.marks.set(error, ++repeated.count);
}

/**
 * Also where the error was wrapped on its way. Never throws.
 *
 * @param since `repeated.count` when the own attempt began: a mark from before is of another call, whose author throws the same object each time
 */
export function wasRepeated(repeated: Repeated, error: unknown, since: number): boolean {
  return isMarked(repeated.marks, error, since, 0);
}

function isMarked(marks: WeakMap<object, number>, error: unknown, since: number, depth: number): boolean {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return false;
  if ((marks.get(error) ?? 0) > since) return true;
  try {
    const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown };
    return isMarked(marks, cause, since, depth + 1) || (Array.isArray(errors) && errors.some((each) => isMarked(marks, each, since, depth + 1)));
  } catch {
    return false; // a getter or a proxy of the caller's
  }
}
