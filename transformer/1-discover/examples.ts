import type ts from 'typescript';
import type { TargetNode, Ts } from '../types.ts';
import { findExamples } from './comment-tag.ts';
import { findCommentsBefore } from './comments.ts';
import { findOverloads } from './subject.ts';

/** Texts of the `@example` tags in the function's JSDoc: on itself, its overloads, and the declaration that it is the value of. */
export function findFunctionExamples(ts: Ts, node: TargetNode): string[] {
  const file = node.getSourceFile();
  const places = new Set([...findOverloads(ts, node), ...findHosts(ts, node)].map((host) => host.pos));
  const comments = new Map([...places].flatMap((pos) => findCommentsBefore(ts, file, pos)).filter((c) => c.kind === 'jsdoc').map((c) => [c.start, c]));
  return [...comments.values()].sort((a, b) => a.start - b.start).flatMap((comment) => findExamples(file.text, comment));
}

/** The function, and outwards everything that is nothing but it with a name. */
function findHosts(ts: Ts, node: TargetNode): ts.Node[] {
  const hosts: ts.Node[] = [node];
  for (let up: ts.Node = node; !ts.isSourceFile(up.parent); hosts.push(up)) {
    const { parent } = up;
    const isPart = ts.isExpression(up) && (ts.isParenthesizedExpression(parent) || ts.isAsExpression(parent) || ts.isSatisfiesExpression(parent) || ts.isCallExpression(parent)
      || ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent) || ts.isExportAssignment(parent));
    const isDeclared = (ts.isVariableDeclaration(up) && ts.isVariableDeclarationList(parent) && parent.declarations.length === 1) || (ts.isVariableDeclarationList(up) && ts.isVariableStatement(parent));
    if (!isPart && !isDeclared) break;
    up = parent;
  }
  return hosts;
}
