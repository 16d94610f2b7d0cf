/** Attempts of functions that call each other must not multiply: who has tried again marks the error, and who sees the mark does not. */
import { sharedState } from '../state.ts';

/** Errors wrap each other. */
const MAX_DEPTH = 5;

/** @param nowMs from `tickMs` */
export function markRepeated(error: unknown, nowMs: number): void {
  if (typeof error === 'object' && error !== null) (sharedState().repeated ??= new WeakMap()).set(error, nowMs);
}

/**
 * Also where the error was wrapped on its way. Never throws.
 *
 * @param sinceMs when the own attempt began: a mark from before is of another call, whose author throws the same object each time
 */
export function wasRepeated(error: unknown, sinceMs: number): boolean {
  const { repeated } = sharedState();
  return repeated !== undefined && isMarked(repeated, error, sinceMs, 0);
}

function isMarked(repeated: WeakMap<object, number>, error: unknown, sinceMs: number, depth: number): boolean {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return false;
  if ((repeated.get(error) ?? -Infinity) >= sinceMs) return true;
  try {
    const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown };
    return isMarked(repeated, cause, sinceMs, depth + 1) || (Array.isArray(errors) && errors.some((each) => isMarked(repeated, each, sinceMs, depth + 1)));
  } catch {
    return false; // a getter or a proxy of the caller's
  }
}
