/** Pieces of the author's source, taken over verbatim at another indentation. */
import type ts from 'typescript';
import type { Ts } from '../types.ts';

export interface Edit { readonly start: number; readonly end: number; readonly text: string }

/**
 * The lines of `[start, end)` with their common indentation removed; line ends are `\n`.
 * Lines that begin inside a template literal or a continued string stay untouched.
 *
 * @param edits replacements inside the range, in any order, not overlapping
 */
export function readLines(sourceFile: ts.SourceFile, start: number, end: number, frozen: readonly ts.TextRange[], edits: readonly Edit[] = []): string[] {
  const lines = splitLines(sourceFile.text, start, end, frozen, edits);
  const indents = lines.flatMap((line, i) => (i === 0 || line.frozen || line.text.trim() === '' ? [] : [indentOf(line.text)]));
  const common = indents.reduce<string | undefined>((a, b) => (a === undefined ? b : sharedPrefix(a, b)), undefined) ?? '';
  return lines.map((line, i) => {
    const dedented = line.frozen ? line.text : i === 0 ? line.text.trimStart() : line.text.trim() === '' ? '' : line.text.slice(common.length);
    return (line.frozen ? FROZEN : '') + (lines[i + 1]?.frozen ? dedented : dedented.trimEnd());
  });
}

/** Marks a line that must keep its indentation; never part of the result of `indent`. */
const FROZEN = '\0';

export function indent(lines: readonly string[], by: string): string[] {
  return lines.map((line) => (line.startsWith(FROZEN) ? line.slice(1) : line === '' ? '' : by + line));
}

/** Removes empty lines at both ends. */
export function trimLines(lines: readonly string[]): string[] {
  let from = 0;
  let to = lines.length;
  while (from < to && lines[from] === '') from += 1;
  while (to > from && lines[to - 1] === '') to -= 1;
  return lines.slice(from, to);
}

/** Tokens whose line breaks belong to their value: template literals and strings continued by a backslash. */
export function findFrozenRanges(ts: Ts, root: ts.Node, sourceFile: ts.SourceFile): ts.TextRange[] {
  const ranges: ts.TextRange[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      const pos = node.getStart(sourceFile);
      if (sourceFile.text.slice(pos, node.end).includes('\n')) ranges.push({ pos, end: node.end });
    }
    ts.forEachChild(node, visit);
  };
  visit(root);
  return ranges;
}

interface Line { readonly text: string; readonly frozen: boolean }

function splitLines(text: string, start: number, end: number, frozen: readonly ts.TextRange[], edits: readonly Edit[]): Line[] {
  const lines: Line[] = [];
  const sorted = [...edits].sort((a, b) => a.start - b.start);
  let current = '';
  let isFrozen = false;
  let at = start;
  const take = (to: number): void => {
    for (;;) {
      const newline = text.indexOf('\n', at);
      if (newline === -1 || newline >= to) { current += text.slice(at, to); at = to; return; }
      current += text.slice(at, text[newline - 1] === '\r' && newline > at ? newline - 1 : newline);
      lines.push({ text: current, frozen: isFrozen });
      current = '';
      at = newline + 1;
      isFrozen = frozen.some((range) => range.pos < at && at < range.end);
    }
  };
  for (const edit of sorted) { take(edit.start); current += edit.text; at = edit.end; }
  take(end);
  lines.push({ text: current, frozen: isFrozen });
  return lines;
}

function indentOf(line: string): string {
  return line.slice(0, line.length - line.trimStart().length);
}

function sharedPrefix(a: string, b: string): string {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i += 1;
  return a.slice(0, i);
}
