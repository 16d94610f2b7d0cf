/** The rewritten text of a file, and where every piece of it came from: positions map in both directions. */
import type { Target } from './types.ts';

export interface SourceText {
  /** Absolute path, posix. */
  readonly path: string;
  readonly text: string;
}

/** A stretch of output text. `source` indexes `Rewrite.sources`; absent for text that the emission itself wrote. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly source?: number;
  /** Offset in the source of the span's first character. */
  readonly origin?: number;
  /** True when `origin` is a single point (written text that is attributed to one place), not a running copy. */
  readonly fixed?: boolean;
}

/** The rewritten text of one of the author's files. */
export interface Rewrite {
  /** Absolute path of the author's file, posix. */
  readonly path: string;
  readonly text: string;
  readonly spans: readonly Span[];
  /** Source 0 is the author's file; then code.ts and contract.ts of each version. */
  readonly sources: readonly SourceText[];
  /** Which target each stored source belongs to, by index into `sources`. */
  readonly owners: ReadonlyMap<number, Target>;
}

/** Finds the span that holds an offset of the rewritten text (the last one for the end of the text). */
export function findSpan(spans: readonly Span[], offset: number): Span | undefined {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const mid = (low + high + 1) >>> 1;
    if (spans[mid]!.start <= offset) low = mid;
    else high = mid - 1;
  }
  return spans[low];
}

/** Offset → place of origin, or undefined for written text without one. */
export function findOrigin(spans: readonly Span[], offset: number): { source: number; offset: number } | undefined {
  const span = findSpan(spans, offset);
  if (span?.source === undefined || span.origin === undefined) return undefined;
  return { source: span.source, offset: span.fixed === true ? span.origin : span.origin + (offset - span.start) };
}
