import type { Range } from '../types.ts';

/** One `@poet` tag as it stands in a JSDoc comment; offsets are those of the file. */
export interface CommentTag {
  /** The word `@poet`. */
  readonly at: Range;
  /** What follows, line by line; each with the offset at which it starts. */
  readonly lines: readonly { readonly text: string; readonly start: number }[];
}

interface Line { readonly text: string; readonly start: number; readonly fenced: boolean }

const TAG = /^@([A-Za-z][\w.-]*)/;

/** The text lines of a JSDoc comment, without asterisks; `fenced` ones are inside a code fence. */
function* linesOf(text: string, { start, end }: Range): Generator<Line> {
  let fenced = false;
  let at = start + '/**'.length;
  const last = end - '*/'.length;
  for (const whole of text.slice(at, last).split(/(?<=\r\n|[\n\u2028\u2029]|\r(?!\n))/)) {
    const lead = /^[ \t]*(?:\*[ \t]?)?[ \t]*/.exec(whole)![0].length;
    // A comment may end in `**/`.
    const body = at + whole.length === last ? whole.slice(lead).replace(/[\s*]+$/, '') : whole.slice(lead).trimEnd();
    const isFence = /^(?:```|~~~)/.test(body);
    yield { text: body, start: at + lead, fenced: fenced || isFence };
    if (isFence && !/^(```|~~~).+\1/.test(body)) fenced = !fenced;
    at += whole.length;
  }
}

/** All `@poet` tags of one comment: at the start of a line, outside code fences. */
export function findCommentTags(text: string, comment: Range): CommentTag[] {
  const tags: { at: Range; lines: { text: string; start: number }[] }[] = [];
  let open: (typeof tags)[number] | undefined;
  for (const { text: body, start, fenced } of linesOf(text, comment)) {
    const tag = fenced ? null : TAG.exec(body);
    if (tag !== null) {
      open = undefined;
      if (tag[1] !== 'poet') continue;
      open = { at: { start, end: start + tag[0].length }, lines: [] };
      tags.push(open);
      open.lines.push({ text: body.slice(tag[0].length), start: start + tag[0].length });
    } else if (open !== undefined) {
      if (fenced) open = undefined;
      else open.lines.push({ text: body, start });
    }
  }
  return tags;
}

/** Texts of the `@example` tags of one comment, trimmed; a fence around one is kept. */
export function findExamples(text: string, comment: Range): string[] {
  const examples: string[][] = [];
  let open = false;
  for (const { text: body, fenced } of linesOf(text, comment)) {
    const tag = fenced ? null : TAG.exec(body);
    if (tag !== null) {
      open = tag[1] === 'example';
      if (open) examples.push([body.slice(tag[0].length)]);
    } else if (open) examples.at(-1)!.push(body);
  }
  return examples.map((lines) => lines.join('\n').trim()).filter((example) => example !== '');
}
