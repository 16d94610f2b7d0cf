import type ts from 'typescript';
import type { Rewrite, Span } from '../transformer/rewrite.ts';
import type { Ts } from '../transformer/types.ts';

/** Read by istanbul and by Vitest's V8 provider; `@preserve` makes esbuild keep it. */
const HINT = '/* istanbul ignore next -- @preserve */ ';

/**
 * The same rewrite with hints for coverage tools: what poetc wrote is not counted, what the author wrote is.
 *
 * Not reached: methods, arrows and function expressions count as two functions (the author's body stands in one of its own), both called or both not.
 */
export function addCoverageHints(ts: Ts, rewrite: Rewrite): Rewrite {
  const file = ts.createSourceFile(rewrite.path, rewrite.text, ts.ScriptTarget.Latest, true);
  const isAuthors = makeAuthorTest(rewrite);
  const places: number[] = [];
  const visit = (node: ts.Node): void => {
    const start = node.getStart(file);
    if (ts.isStatement(node) && !ts.isBlock(node) && !isAuthors(start, node.end)) {
      if (!ts.isInterfaceDeclaration(node) && !ts.isTypeAliasDeclaration(node) && !ts.isImportDeclaration(node)) places.push(start);
      return;
    }
    // Its body became the dispatch, and the author's body stands in a function beside it. (The compiler drops comments inside of expressions.)
    if (ts.isFunctionDeclaration(node) && node.body !== undefined && !isAuthors(node.body.getStart(file), node.body.end)) {
      places.push(start);
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return insert(rewrite, places);
}

/** Whether a range of the rewritten text holds anything that was copied from the author's file. */
function makeAuthorTest({ spans, text }: Rewrite): (start: number, end: number) => boolean {
  const own = spans.filter((span) => span.source === 0 && span.fixed !== true && text.slice(span.start, span.end).trim() !== '');
  return (start, end) => {
    let low = 0;
    let high = own.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (own[middle]!.end <= start) low = middle + 1;
      else high = middle;
    }
    return low < own.length && own[low]!.start < end;
  };
}

/** Puts hints at ascending offsets; they have no origin. */
function insert(rewrite: Rewrite, places: readonly number[]): Rewrite {
  const pieces: string[] = [];
  const spans: Span[] = [];
  let length = 0;
  let next = 0;
  const hint = (): void => {
    pieces.push(HINT);
    spans.push({ start: length, end: length + HINT.length });
    length += HINT.length;
    next++;
  };
  for (const span of rewrite.spans) {
    for (let at = span.start; at < span.end;) {
      if (places[next] === at) hint();
      const end = Math.min(span.end, places[next] ?? span.end);
      pieces.push(rewrite.text.slice(at, end));
      spans.push({ ...span, start: length, end: length + end - at, ...(span.origin !== undefined && span.fixed !== true && { origin: span.origin + at - span.start }) });
      length += end - at;
      at = end;
    }
  }
  return { ...rewrite, text: pieces.join(''), spans };
}
