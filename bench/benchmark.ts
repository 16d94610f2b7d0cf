import type { Figure } from './figures.ts';

/** @param repository absolute path @returns what was measured, bars included; prints its own table */
export type Benchmark = (repository: string, options: BenchOptions) => Promise<readonly Figure[]>;

export interface BenchOptions {
  /** Smaller and with fewer pairs: to see that it works, not to quote. */
  readonly quick: boolean;
}
