import { decode, encode, type SourceMapMappings, type SourceMapSegment } from '@jridgewell/sourcemap-codec';
import { findSpan } from '../rewrite.ts';
import type { RawSourceMap } from '../source-map.ts';
import { findLineAndColumn, findLineStarts } from '../syntax/line-map.ts';
import type { Piece, Script } from './script.ts';

/** What the author's program printed, with the generated functions in it. */
export interface CompletedScript {
  readonly text: string;
  /** Carries the compiler's map over to `text`. @param name how the map spells a stored file */
  map(printed: RawSourceMap, name: (path: string) => string): RawSourceMap;
}

/** Functions that are printed like this stand at the top of their module. */
const MAX_INDENT = 16;

/**
 * Puts the pieces in place of their placeholders.
 * @param newLine as the compiler wrote the rest
 * @returns undefined when a placeholder is missing, or stands there twice: another transformer has touched it
 */
export function completeScript(script: Script, printed: string, newLine: string): CompletedScript | undefined {
  const found: { start: number; end: number; piece: Piece }[] = [];
  for (const [name, piece] of script.pieces) {
    const start = printed.indexOf(`${name};`);
    if (start === -1 || printed.includes(`${name};`, start + 1)) return undefined;
    // With the compiler's indentation: pieces bring their own.
    const before = /(?:^|\n)([ \t]*)$/.exec(printed.slice(Math.max(0, start - MAX_INDENT), start));
    if (before === null || !/^[ \t]*(?:\r?\n|$)/.test(printed.slice(start + name.length + 1, start + name.length + 3))) return undefined;
    found.push({ start: start - before[1]!.length, end: start + name.length + 1, piece });
  }
  found.sort((a, b) => a.start - b.start);
  const out: string[] = [];
  let at = 0;
  for (const { start, end, piece } of found) {
    out.push(printed.slice(at, start), newLine === '\n' ? piece.text : piece.text.replaceAll('\n', newLine));
    at = end;
  }
  out.push(printed.slice(at));
  return { text: out.join(''), map: (map, name) => carry(map, found, printed, script, name) };
}

type Placed = readonly { readonly start: number; readonly end: number; readonly piece: Piece }[];

/** Placeholders stand on lines of their own: a piece replaces one line by its own lines. */
function carry(map: RawSourceMap, placed: Placed, printed: string, script: Script, name: (path: string) => string): RawSourceMap {
  const printedLines = findLineStarts(printed);
  const lines = decode(map.mappings);
  const sources = [...map.sources];
  const contents = map.sourcesContent && [...map.sourcesContent];
  const indexOf = new Map<number, number>([[0, 0]]);
  const sourceIndex = (source: number): number => {
    let index = indexOf.get(source);
    if (index === undefined) {
      index = sources.push(name(script.sources[source]!.path)) - 1;
      contents?.push(script.sources[source]!.text);
      indexOf.set(source, index);
    }
    return index;
  };
  const starts = script.sources.map((source) => findLineStarts(source.text));
  const out: SourceMapMappings = [];
  let next = 0;
  for (const { start, piece } of placed) {
    const { line, column } = findLineAndColumn(printedLines, start);
    while (next < line) out.push(lines[next++] ?? []);
    const before = (lines[next++] ?? []).filter((segment) => segment[0] < column);
    mapPiece(piece, column, starts, sourceIndex).forEach((own, i) => out.push(i === 0 ? [...before, ...own] : own));
  }
  while (next < lines.length) out.push(lines[next++]!);
  return { ...map, sources, ...(contents && { sourcesContent: contents }), mappings: encode(out) };
}

/** A segment for every line, and wherever the text comes from somewhere else: names that were replaced, calls of helpers among them. */
function mapPiece({ text, spans }: Piece, column: number, starts: readonly (readonly number[])[], sourceIndex: (source: number) => number): SourceMapSegment[][] {
  const lineStarts = findLineStarts(text);
  const lines: SourceMapSegment[][] = lineStarts.map(() => []);
  let line = 0;
  const push = (offset: number): void => {
    while (line + 1 < lineStarts.length && lineStarts[line + 1]! <= offset) line++;
    const span = findSpan(spans, offset);
    const at = offset - lineStarts[line]! + (line === 0 ? column : 0);
    if (span?.source === undefined || span.origin === undefined) { lines[line]!.push([at]); return; }
    const origin = findLineAndColumn(starts[span.source]!, span.fixed === true ? span.origin : span.origin + (offset - span.start));
    lines[line]!.push([at, sourceIndex(span.source), origin.line, origin.column]);
  };
  const offsets = new Set<number>(spans.map((span) => span.start));
  for (const start of lineStarts) {
    let first = start;
    while (text[first] === ' ' || text[first] === '\t') first++;
    if (first < text.length && text[first] !== '\n') offsets.add(first);
  }
  for (const offset of [...offsets].sort((a, b) => a - b)) push(offset);
  return lines;
}
