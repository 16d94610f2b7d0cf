import { sharedState } from './state.ts';
import type { Correlation, CorrelationStore } from './state.ts';

/**
 * Runs `fn` so that all events recorded in it, and in what it awaits, carry one correlation id: that of a request, a job, an order.
 * Nested calls win. Where the platform cannot follow promises, only the synchronous part is covered.
 *
 * @param correlationId not empty, at most 200 characters; longer ones are cut
 * @param causationId id of the event that led here, from another process perhaps
 * @returns what `fn` returns
 */
export function correlate<R>(correlationId: string, fn: () => R, causationId?: string): R {
  const state = sharedState();
  state.correlations ??= state.host?.makeCorrelationStore?.() ?? makeCallStore();
  return state.correlations.run({ correlationId: correlationId.slice(0, 200), causationId }, fn);
}

/** The correlation id of the innermost `correlate` around; to hand it on to another process. */
export function findCorrelationId(): string | undefined {
  return sharedState().correlations?.getStore()?.correlationId;
}

function makeCallStore(): CorrelationStore {
  let current: Correlation | undefined;
  return {
    getStore: () => current,
    run(correlation, fn) {
      const outer = current;
      current = correlation;
      try {
        return fn();
      } finally {
        current = outer;
      }
    },
  };
}
