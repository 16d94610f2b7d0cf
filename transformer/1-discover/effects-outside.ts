/** Whether a value that lives outside of a function can change between two calls. */
import type ts from 'typescript';
import type { Ts } from '../types.ts';
import { findLibraryUse } from './effects-library.ts';

export type Steadiness = (symbol: ts.Symbol) => boolean;

/**
 * A constant is steady when its type is primitive or readonly all the way down one level, or when its file only ever reads it and
 * keeps it to itself.
 *
 * Not seen: changes deep inside of a value that is handed out through a property.
 */
export function makeSteadiness(ts: Ts, checker: ts.TypeChecker): Steadiness {
  const known = new Map<ts.Symbol, boolean>();
  return (symbol) => {
    let steady = known.get(symbol);
    if (steady === undefined) known.set(symbol, (steady = isSteady(ts, checker, symbol)));
    return steady;
  };
}

function isSteady(ts: Ts, checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  const declaration = symbol.valueDeclaration;
  if (!declaration) return false;
  if (ts.isFunctionDeclaration(declaration) || ts.isClassDeclaration(declaration) || ts.isEnumDeclaration(declaration) || ts.isEnumMember(declaration)) return true;
  if (!ts.isVariableDeclaration(declaration) || !(ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const)) return false;
  const type = checker.getTypeOfSymbol(symbol);
  if (isPrimitive(ts, type)) return true;
  const { initializer } = declaration;
  if (initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer))) return true;
  if (initializer && isStatelessPattern(ts, initializer)) return true;
  if (initializer && ts.isAsExpression(initializer) && ts.isConstTypeReference(initializer.type)) return true;
  if (declaration.getSourceFile().isDeclarationFile || isExported(ts, checker, symbol, declaration)) return false;
  return isOnlyRead(ts, checker, symbol, declaration);
}

/** A literal expression that is neither global nor sticky: its `lastIndex` is not looked at and does not move. */
export function isStatelessPattern(ts: Ts, node: ts.Node): boolean {
  return ts.isRegularExpressionLiteral(node) && !/[gy][a-z]*$/.test(node.text.slice(node.text.lastIndexOf('/')));
}

export function isPrimitive(ts: Ts, type: ts.Type): boolean {
  const { TypeFlags } = ts;
  const flags = TypeFlags.StringLike | TypeFlags.NumberLike | TypeFlags.BigIntLike | TypeFlags.BooleanLike | TypeFlags.ESSymbolLike
    | TypeFlags.Undefined | TypeFlags.Null | TypeFlags.Void | TypeFlags.Never | TypeFlags.EnumLike;
  if (type.isUnion()) return type.types.every((member) => isPrimitive(ts, member));
  if (type.isIntersection()) return type.types.some((member) => isPrimitive(ts, member));
  return (type.flags & flags) !== 0;
}

function isExported(ts: Ts, checker: ts.TypeChecker, symbol: ts.Symbol, declaration: ts.Node): boolean {
  if (ts.getCombinedModifierFlags(declaration as ts.VariableDeclaration) & ts.ModifierFlags.Export) return true;
  const module = checker.getSymbolAtLocation(declaration.getSourceFile());
  if (!module) return true;
  return checker.getExportsOfModule(module).some((e) => e === symbol || ((e.flags & ts.SymbolFlags.Alias) !== 0 && checker.getAliasedSymbol(e) === symbol));
}

function isOnlyRead(ts: Ts, checker: ts.TypeChecker, symbol: ts.Symbol, declaration: ts.VariableDeclaration): boolean {
  let ok = true;
  const visit = (node: ts.Node): void => {
    if (!ok) return;
    if (ts.isIdentifier(node) && node.text === symbol.name && node !== declaration.name && checker.getSymbolAtLocation(node) === symbol) ok = isRead(ts, checker, node);
    ts.forEachChild(node, visit);
  };
  visit(declaration.getSourceFile());
  return ok;
}

/** Positions in which a value is looked at and neither changed nor handed on whole. */
function isRead(ts: Ts, checker: ts.TypeChecker, node: ts.Identifier): boolean {
  let access: ts.Node = node;
  while ((ts.isPropertyAccessExpression(access.parent) || ts.isElementAccessExpression(access.parent)) && access.parent.expression === access) {
    access = access.parent;
    if (isPrimitive(ts, checker.getTypeAtLocation(access))) return !isTarget(ts, access);
  }
  const { parent } = access;
  if (ts.isCallExpression(parent) && parent.expression === access && ts.isPropertyAccessExpression(access)) {
    const method = checker.getSymbolAtLocation(access.name);
    return method?.declarations?.every((d) => { const use = findLibraryUse(ts, d, method.name); return use?.kind === 'pure' && !use.changes && !use.pattern; }) === true;
  }
  if (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) return parent.expression === access;
  if (ts.isTypeQueryNode(parent) || ts.isSpreadElement(parent) || ts.isSpreadAssignment(parent)) return true;
  if (ts.isBinaryExpression(parent)) return parent.operatorToken.kind === ts.SyntaxKind.InKeyword && parent.right === access;
  return ts.isVariableDeclaration(parent) && parent.initializer === access && access !== node && !ts.isIdentifier(parent.name);
}

function isTarget(ts: Ts, access: ts.Node): boolean {
  let node = access;
  // The target of a destructuring assignment looks like a literal.
  while (ts.isArrayLiteralExpression(node.parent) || ts.isObjectLiteralExpression(node.parent) || ts.isPropertyAssignment(node.parent)
    || ts.isSpreadElement(node.parent) || ts.isParenthesizedExpression(node.parent)) node = node.parent;
  const { parent } = node;
  if (ts.isBinaryExpression(parent)) {
    const { kind } = parent.operatorToken;
    return parent.left === node && kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
  }
  if (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) return parent.initializer === node;
  return ts.isDeleteExpression(parent) || ((ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent))
    && (parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken));
}
