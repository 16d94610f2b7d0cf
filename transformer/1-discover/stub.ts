import type ts from 'typescript';
import type { TargetNode, Ts } from '../types.ts';
import { readEnumMember } from './constant.ts';
import { innerExpression } from './inner-expression.ts';

/**
 * True for a body that only stands in for an implementation: it has parameters, never reads one, and returns constants only.
 * A body that returns nothing, or only throws, is real: it does what it says.
 */
export function isStubBody(ts: Ts, checker: ts.TypeChecker, node: TargetNode): boolean {
  const parameters = node.parameters.filter((p) => !(ts.isIdentifier(p.name) && p.name.text === 'this'));
  if (parameters.length === 0 || node.body === undefined) return false;
  const returned = ts.isBlock(node.body) ? findReturned(ts, node.body) : [node.body];
  return returned.length > 0 && returned.every((e) => isConstant(ts, checker, e)) && !readsParameters(ts, checker, node, parameters);
}

function findReturned(ts: Ts, body: ts.Block): ts.Expression[] {
  const found: ts.Expression[] = [];
  const visit = (n: ts.Node): void => {
    if (ts.isFunctionLike(n) || ts.isClassLike(n)) return;
    if (ts.isReturnStatement(n) && n.expression !== undefined) found.push(n.expression);
    ts.forEachChild(n, visit);
  };
  visit(body);
  return found;
}

function readsParameters(ts: Ts, checker: ts.TypeChecker, node: TargetNode, parameters: readonly ts.ParameterDeclaration[]): boolean {
  const names = new Map<string, ts.Symbol | undefined>();
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.set(name.text, checker.getSymbolAtLocation(name));
    else for (const element of name.elements) if (!ts.isOmittedExpression(element)) bind(element.name);
  };
  for (const { name } of parameters) bind(name);
  const isRead = (n: ts.Identifier): boolean => {
    if (!names.has(n.text)) return false;
    const symbol = ts.isShorthandPropertyAssignment(n.parent) ? checker.getShorthandAssignmentValueSymbol(n.parent) : checker.getSymbolAtLocation(n);
    return symbol === names.get(n.text);
  };
  const visit = (n: ts.Node): boolean => (ts.isTypeNode(n) ? false : (ts.isIdentifier(n) && (n.text === 'arguments' || isRead(n))) || ts.forEachChild(n, visit) === true);
  return visit(node.body!);
}

/** Literals, and lists, objects, `Promise.resolve` of literals. */
function isConstant(ts: Ts, checker: ts.TypeChecker, expression: ts.Expression): boolean {
  const e = innerExpression(ts, expression);
  const recurse = (inner: ts.Expression): boolean => isConstant(ts, checker, inner);
  if (ts.isLiteralExpression(e)) return true;
  if (e.kind === ts.SyntaxKind.TrueKeyword || e.kind === ts.SyntaxKind.FalseKeyword || e.kind === ts.SyntaxKind.NullKeyword) return true;
  if (ts.isPrefixUnaryExpression(e)) return recurse(e.operand);
  if (ts.isVoidExpression(e)) return recurse(e.expression);
  if (ts.isArrayLiteralExpression(e)) return e.elements.every(recurse);
  if (ts.isObjectLiteralExpression(e)) return e.properties.every((p) => ts.isPropertyAssignment(p) && recurse(p.initializer));
  if (ts.isCallExpression(e)) return e.expression.getText() === 'Promise.resolve' && e.arguments.every(recurse);
  if (ts.isNewExpression(e)) return ts.isIdentifier(e.expression) && ['Map', 'Set'].includes(e.expression.text) && (e.arguments ?? []).every(recurse);
  if (ts.isIdentifier(e)) return ['undefined', 'NaN', 'Infinity'].includes(e.text);
  return (ts.isPropertyAccessExpression(e) || ts.isElementAccessExpression(e)) && readEnumMember(ts, checker, e) !== undefined;
}
