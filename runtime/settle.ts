import { failed, finish } from './execution.ts';
import type { Execution } from './execution.ts';
import type { TargetHandle } from './target.ts';

/**
 * Ends an execution whose result may come through a promise, for functions that are not `async` themselves.
 *
 * @param check Enforce, for the settled value
 * @returns a promise of the checked value where `result` is thenable, else the checked value itself
 */
export function settle<R>(t: TargetHandle, x: Execution | undefined, result: R, check: (value: Awaited<R>) => Awaited<R>): R {
  const settled = (value: Awaited<R>): Awaited<R> => {
    const checked = check(value);
    finish(t, x);
    return checked;
  };
  if (!isThenable(result)) return settled(result as Awaited<R>) as R;
  return result.then(settled, (error: unknown) => {
    failed(t, x, error);
    throw error;
  }) as R;
}

/** A function that always returns a promise never throws in its caller's face: what Perceive refuses, rejects. */
export function rejected(error: unknown): Promise<never> {
  return Promise.reject(error as Error);
}

function isThenable(value: unknown): value is PromiseLike<never> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
