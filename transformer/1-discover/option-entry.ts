import type { Range } from '../types.ts';

/** One option as the author gave it, whichever the spelling. */
export interface OptionEntry {
  readonly name: string;
  readonly value: unknown;
  readonly nameAt: Range;
  readonly valueAt: Range;
}

/** What could not be read as an option. */
export interface OptionFault {
  readonly code: 'POET1003' | 'POET1020';
  /** Short text of what was found there. */
  readonly found: string;
  readonly at: Range;
}

export interface OptionReading {
  readonly entries: readonly OptionEntry[];
  readonly faults: readonly OptionFault[];
}
