import type { Range, Spelling } from '../types.ts';
import type { OptionReading } from './option-entry.ts';
import type { Subject } from './subject.ts';

/** One `@poet`, whichever the spelling, and what it stands on. */
export interface Marker {
  readonly spelling: Spelling;
  readonly subject: Subject;
  /** Where messages about the marker point. */
  readonly at: Range;
  /** Text that goes when the file is rewritten; see `Target.markers`. */
  readonly ranges: readonly Range[];
  readonly options: OptionReading;
}

export const NO_OPTIONS: OptionReading = { entries: [], faults: [] };
