import type ts from 'typescript';
import type { Range, TargetNode, Ts } from '../types.ts';

export type BodyFault = { readonly code: 'POET1004' | 'POET1011' | 'POET1012'; readonly at: Range };

/** What in a function itself rules it out: a generator, `arguments`, `new.target`. At most one fault of a kind. */
export function findBodyFaults(ts: Ts, node: TargetNode): BodyFault[] {
  const faults: BodyFault[] = [];
  if (node.asteriskToken !== undefined) faults.push({ code: 'POET1004', at: rangeOf(node.asteriskToken) });
  const add = (code: 'POET1011' | 'POET1012', n: ts.Node): void => {
    if (!faults.some((f) => f.code === code)) faults.push({ code, at: rangeOf(n) });
  };
  const visit = (n: ts.Node): void => {
    if (ts.isTypeNode(n) && !ts.isExpressionWithTypeArguments(n)) return;
    if (ts.isIdentifier(n) && n.text === 'arguments' && isExpressionName(ts, n)) add('POET1011', n);
    if (ts.isMetaProperty(n) && n.keywordToken === ts.SyntaxKind.NewKeyword) add('POET1012', n);
    forEachOwnChild(ts, n, visit);
  };
  for (const parameter of node.parameters) visit(parameter);
  if (node.body !== undefined) visit(node.body);
  return faults;
}

/** Children that share `arguments` and `new.target` with the function: not the bodies of functions and class members inside it, but their computed names and heritage. */
function forEachOwnChild(ts: Ts, node: ts.Node, visit: (child: ts.Node) => void): void {
  ts.forEachChild(node, (child) => {
    if (ts.isArrowFunction(child)) visit(child);
    else if (ts.isFunctionLike(child)) visitName(ts, child.name, visit);
    else if (ts.isPropertyDeclaration(child)) visitName(ts, child.name, visit);
    else if (!ts.isClassStaticBlockDeclaration(child)) visit(child);
  });
}

function visitName(ts: Ts, name: ts.Node | undefined, visit: (child: ts.Node) => void): void {
  if (name !== undefined && ts.isComputedPropertyName(name)) visit(name);
}

function isExpressionName(ts: Ts, n: ts.Identifier): boolean {
  const { parent } = n;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === n;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === n;
  if (ts.isBindingElement(parent)) return parent.initializer === n;
  return !(ts.isJsxAttribute(parent) || ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent));
}

function rangeOf(node: ts.Node): Range {
  return { start: node.getStart(), end: node.end };
}
