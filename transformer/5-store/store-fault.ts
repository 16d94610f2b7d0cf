import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';

/**
 * Carries a diagnostic from where the damage is met to the door of the store, where it becomes a return value.
 * Everything else that is thrown is a bug of ours and passes through.
 */
export class StoreFault extends Error {
  constructor(readonly diagnostic: PoetDiagnostic) {
    super(diagnostic.text);
  }
}

/** What the store answers instead of a version when it refuses; the diagnostic's level is `fallback`. */
export interface StoreProblem {
  readonly problem: PoetDiagnostic;
}

/** Runs `work`; a fault becomes `{ problem }`. */
export function refusable<T>(work: () => T): T | StoreProblem {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreFault) return { problem: error.diagnostic };
    throw error;
  }
}
