import type ts from 'typescript';
import type { Range, Ts } from '../types.ts';

export interface Comment extends Range {
  readonly kind: 'jsdoc' | 'plain';
  /** Start of the first token after it. */
  readonly next: number;
}

/**
 * The comment that holds a position, found without the JSDoc nodes that compilers may not have parsed.
 * Undefined in code, strings, templates, regular expressions and JSX text.
 */
export function findCommentAt(ts: Ts, file: ts.SourceFile, position: number): Comment | undefined {
  const { start, end } = findGap(ts, file, position);
  if (position < start || position >= end) return undefined;
  const scanner = ts.createScanner(file.languageVersion, false, file.languageVariant, file.text, undefined, start, end - start);
  let comment: ts.TextRange | undefined;
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    const isComment = token === ts.SyntaxKind.MultiLineCommentTrivia || token === ts.SyntaxKind.SingleLineCommentTrivia;
    if (comment === undefined && scanner.getTokenStart() <= position && position < scanner.getTokenEnd()) {
      if (!isComment) return undefined;
      comment = { pos: scanner.getTokenStart(), end: scanner.getTokenEnd() };
    } else if (comment !== undefined && token > ts.SyntaxKind.LastTriviaToken) {
      return describe(file.text, comment, scanner.getTokenStart());
    }
  }
  return comment && describe(file.text, comment, end);
}

function describe(text: string, { pos, end }: ts.TextRange, next: number): Comment {
  // `/**/` and `/***` open no JSDoc.
  const isJsDoc = /^\/\*\*[^*/]/.test(text.slice(pos, pos + 4)) && end - pos > 4;
  return { kind: isJsDoc ? 'jsdoc' : 'plain', start: pos, end, next };
}

/** The text between two children of the deepest node around a position: trivia, keywords and punctuation only. */
function findGap(ts: Ts, file: ts.SourceFile, position: number): Range {
  let node: ts.Node = file;
  for (;;) {
    let start = node.pos;
    let end: number | undefined;
    let inner: ts.Node | undefined;
    let leaf = true;
    ts.forEachChild(node, (child) => {
      leaf = false;
      if (child.pos <= position && position < child.end) return void (inner = child);
      if (child.end <= position) start = Math.max(start, child.end);
      else if (child.pos > position) end = Math.min(end ?? Infinity, child.getStart(file));
    });
    if (inner !== undefined) node = inner;
    else if (node.kind === ts.SyntaxKind.EndOfFileToken) return { start: node.pos, end: file.text.length };
    else return { start, end: end ?? (leaf && ts.isToken(node) ? node.getStart(file) : node.end) };
  }
}

/** The comments in front of a token, from the end of the one before it. */
export function findCommentsBefore(ts: Ts, file: ts.SourceFile, fullStart: number): readonly Comment[] {
  const ranges = [...(ts.getTrailingCommentRanges(file.text, fullStart) ?? []), ...(ts.getLeadingCommentRanges(file.text, fullStart) ?? [])];
  const unique = new Map(ranges.map((range) => [range.pos, range]));
  return [...unique.values()].map((range) => describe(file.text, range, range.end));
}
