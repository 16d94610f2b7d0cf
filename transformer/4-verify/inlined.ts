/** Generated code where it stands in the author's module. */
import type ts from 'typescript';
import { findSpan, type Rewrite, type SourceText } from '../rewrite.ts';
import type { Target, Ts } from '../types.ts';

/**
 * The statements of a rewritten file that were copied from stored files; none lies inside another.
 *
 * @param wants tells by stored file which ones
 */
export function findInlined(ts: Ts, file: ts.SourceFile, rewrite: Rewrite, wants: (source: SourceText, target: Target) => boolean): readonly ts.Statement[] {
  const wanted = rewrite.sources.map((source, i) => i > 0 && wants(source, rewrite.owners.get(i)!));
  const starts = rewrite.spans.filter((span) => span.source !== undefined && wanted[span.source]).map((span) => span.start);
  const found: ts.Statement[] = [];
  let next = 0;
  const visit = (node: ts.Node): void => {
    while (next < starts.length && starts[next]! < node.pos) next++;
    if (next >= starts.length || starts[next]! >= node.end) return;
    const start = node.getStart(file);
    if (ts.isStatement(node) && !ts.isBlock(node) && starts[next]! >= start && wanted[findSpan(rewrite.spans, start)?.source ?? 0]) {
      found.push(node);
      while (next < starts.length && starts[next]! < node.end) next++;
      return;
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  return found;
}

/**
 * The author's function in a rewritten file: the one that holds the body, whatever it is called there.
 *
 * @param bodyStart offset of the body in the author's file
 */
export function findOriginal(ts: Ts, file: ts.SourceFile, rewrite: Rewrite, bodyStart: number): ts.FunctionLikeDeclaration {
  const span = rewrite.spans.find(({ source, fixed, origin, start, end }) => source === 0 && fixed !== true && origin! <= bodyStart && bodyStart < origin! + (end - start));
  if (span === undefined) throw new Error(`poetc lost the author's body in ${rewrite.path}`);
  const at = span.start + bodyStart - span.origin!;
  let found: ts.FunctionLikeDeclaration | undefined;
  const visit = (node: ts.Node): void => {
    if (at < node.pos || at >= node.end) return;
    // A body that is itself a function, as in `x => y => z`, starts where the body does.
    if (ts.isFunctionLike(node) && 'body' in node && node.getStart(file) < at) found = node;
    ts.forEachChild(node, visit);
  };
  visit(file);
  if (found === undefined) throw new Error(`poetc lost the author's function in ${rewrite.path}`);
  return found;
}
