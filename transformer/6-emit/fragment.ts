/** Text with a memory of where each piece came from. */
import type { Span } from '../rewrite.ts';

export type Fragment =
  /** Written by the emission; `at` attributes all of it to one offset of the author's file, for stack frames and coverage. */
  | { readonly kind: 'written'; readonly text: string; readonly at?: number }
  /** Copied from the author's file; with `live`, edits inside the range apply to the copy too. */
  | { readonly kind: 'author'; readonly start: number; readonly end: number; readonly live: boolean }
  /** Copied from a stored file of the version; offsets are those of the file on disk, header included. */
  | { readonly kind: 'stored'; readonly source: number; readonly text: string; readonly origin: number };

/** Replaces [start, end) of the author's file. Edits never overlap, but one may lie inside another. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly with: readonly Fragment[];
}

/**
 * Applies edits to the author's text.
 *
 * @param text the author's file; source 0 of the spans
 * @param edits in any order; insertions at one offset keep the order in which they are listed
 * @returns the rewritten text and its spans, ascending and without gaps
 * @throws Error when two edits overlap without one containing the other (a bug of the caller)
 */
export function render(text: string, edits: readonly Edit[]): { text: string; spans: readonly Span[] } {
  // Outer edits come before the inner ones that start with them; insertions come first of all.
  const sorted = edits.map((edit, order) => ({ edit, order, width: edit.end - edit.start }))
    .sort((a, b) => a.edit.start - b.edit.start || Number(b.width === 0) - Number(a.width === 0) || b.width - a.width || a.order - b.order)
    .map(({ edit }) => edit);
  const out: string[] = [];
  const spans: Span[] = [];
  let length = 0;

  const push = (piece: string, where?: Omit<Span, 'start' | 'end'>): void => {
    if (piece === '') return;
    out.push(piece);
    spans.push({ start: length, end: length + piece.length, ...where });
    length += piece.length;
  };
  const copy = (start: number, end: number): void => push(text.slice(start, end), { source: 0, origin: start });

  const fragments = (list: readonly Fragment[], self: Edit): void => {
    for (const fragment of list) {
      if (fragment.kind === 'written') push(fragment.text, fragment.at === undefined ? undefined : { source: 0, origin: fragment.at, fixed: true });
      else if (fragment.kind === 'stored') push(fragment.text, { source: fragment.source, origin: fragment.origin });
      else if (fragment.live) walk(fragment.start, fragment.end, self);
      else copy(fragment.start, fragment.end);
    }
  };

  function walk(start: number, end: number, self?: Edit): void {
    let at = start;
    // Binary search for the first edit at or after `start`: a file with many targets renders many live copies.
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (sorted[mid]!.start < start) low = mid + 1;
      else high = mid;
    }
    for (let i = low; i < sorted.length; i++) {
      const edit = sorted[i]!;
      if (edit.start > end) break;
      if (edit === self || edit.end > end) continue;
      // A live copy leaves out the edit that replaced it where it stood, and insertions on its edges, which belong to the text around it.
      if (self !== undefined && (edit.start === edit.end ? edit.start === start || edit.start === end : edit.start === start && edit.end === end)) continue;
      if (edit.start < at) {
        if (edit.end <= at) continue; // inside an edit that was just applied; its live copies render it
        throw new Error(`overlapping edits at ${edit.start}-${edit.end}`);
      }
      copy(at, edit.start);
      fragments(edit.with, edit);
      at = edit.end;
    }
    copy(at, end);
  }

  walk(0, text.length);
  return { text: out.join(''), spans };
}

