import type ts from 'typescript';
import type { Ts } from '../types.ts';
import { findCommentTags } from './comment-tag.ts';
import { findCommentAt } from './comments.ts';
import type { Marker } from './marker.ts';
import type { Refuse } from './refuse.ts';
import { findSubjectAt, type Unwrap } from './subject.ts';
import { readTagOptions } from './tag-options.ts';

const MENTION = /@poet(?![\w.-])/g;

/** A plain comment that looks as if its author took it for JSDoc; a decorator that was commented out does not. */
const MISTAKEN = /^\/[*/]\s*@poet(?!\s*[\w.(-]*\()/;

/** The JSDoc tags of one file, in order. Found in the text: compilers do not parse JSDoc in every mode. */
export function findCommentMarkers(ts: Ts, file: ts.SourceFile, unwrap: Unwrap, refuse: Refuse): Marker[] {
  const markers: Marker[] = [];
  let done = 0;
  for (const { index } of file.text.matchAll(MENTION)) {
    if (index < done) continue;
    const comment = findCommentAt(ts, file, index);
    if (comment === undefined) continue;
    done = comment.end;
    if (comment.kind === 'plain') {
      if (MISTAKEN.test(file.text.slice(comment.start, comment.end))) refuse('POET1026', {}, { start: index, end: index + '@poet'.length });
      continue;
    }
    const tags = findCommentTags(file.text, comment);
    if (tags.length === 0) continue;
    const subject = findSubjectAt(ts, file, comment.next, unwrap);
    for (const tag of tags) markers.push({ spelling: 'jsdoc', subject, at: tag.at, ranges: [], options: readTagOptions(tag) });
  }
  return markers;
}
