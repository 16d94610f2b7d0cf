import type { ReviewNote } from '../transformer/4-verify/review.ts';

/** What a reviewer has to look at, for people; nothing where there is nothing. */
export function describeReview(notes: readonly ReviewNote[]): readonly string[] {
  return notes.length === 0 ? [] : ['', 'Look at these places of code.ts; no check can decide them:', ...notes.map(({ line, text }) => `  line ${line}: ${text}`)];
}
