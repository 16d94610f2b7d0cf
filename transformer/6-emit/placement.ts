import type ts from 'typescript';
import type { TargetNode, Ts } from '../types.ts';

/**
 * Where generated functions go.
 * `beside`: as hoisted siblings of the statement that holds the target; the fastest, used wherever scope allows.
 * `inside`: O′ becomes an arrow inside the target, so that `this`, `super` and `#private` keep their meaning.
 * In both, the checks are hoisted siblings of `statement`.
 */
export interface Placement {
  readonly kind: 'beside' | 'inside';
  readonly statementStart: number;
  readonly statementEnd: number;
  readonly indent: string;
  /** The statement is one of the module's own, not of a function's or a namespace's. */
  readonly atTop: boolean;
}

export function findPlacement(ts: Ts, node: TargetNode): Placement {
  let crossed = false;
  let at: ts.Node = node;
  while (!(at.parent === undefined || ts.isSourceFile(at.parent) || ts.isBlock(at.parent) || ts.isModuleBlock(at.parent))) {
    at = at.parent;
    if (ts.isFunctionLike(at) || ts.isClassLike(at) || ts.isPropertyDeclaration(at)) crossed = true;
  }
  const sourceFile = node.getSourceFile();
  const start = at.getStart(sourceFile);
  const lineStart = sourceFile.text.lastIndexOf('\n', start - 1) + 1;
  const indent = /^[ \t]*/.exec(sourceFile.text.slice(lineStart, start))![0];
  const where = { statementStart: start, statementEnd: at.end, indent, atTop: at.parent !== undefined && ts.isSourceFile(at.parent) };
  if (ts.isFunctionDeclaration(node)) return { kind: crossed ? 'inside' : 'beside', ...where };
  const expression = ts.isArrowFunction(node) || (ts.isFunctionExpression(node) && node.name === undefined && node.asteriskToken === undefined);
  // An arrow takes `this` from around it; a sibling function would not.
  return { kind: expression && !crossed && !usesThis(ts, node) ? 'beside' : 'inside', ...where };
}

/** True when the function's own code mentions `this` or `super`; functions inside that have their own are left out. */
export function usesThis(ts: Ts, node: TargetNode): boolean {
  const visit = (n: ts.Node): boolean => {
    if (n.kind === ts.SyntaxKind.ThisKeyword || n.kind === ts.SyntaxKind.SuperKeyword) return true;
    if (n !== node && (ts.isFunctionDeclaration(n) || ts.isFunctionExpression(n) || ts.isMethodDeclaration(n) || ts.isAccessor(n))) return false;
    return ts.forEachChild(n, (child) => visit(child) || undefined) === true;
  };
  return node.parameters.some((p) => visit(p)) || (node.body !== undefined && visit(node.body));
}
