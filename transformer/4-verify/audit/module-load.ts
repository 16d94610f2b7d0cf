/**
 * What runs when the module loads: before any call, where neither the author nor the behaviour check expects anything to happen.
 *
 * An initialiser may compute. All that it could run on the way, by any name, has to be quiet: made of the candidate's own
 * functions and the pure library, and of no name of the author's.
 */
import type ts from 'typescript';
import type { Ts } from '../../types.ts';
import { GLOBALS } from './globals.ts';

/** Pure in what they compute, and yet seen later: by time, or by who waits. */
const NOT_AT_LOAD = /^(?:setTimeout|clearTimeout|Date|performance|Promise)$/;

/** @param roots the candidate's statements */
export function makeLoadReader(ts: Ts, checker: ts.TypeChecker, roots: readonly ts.Node[]): (declaration: ts.VariableDeclaration) => boolean {
  const file = roots[0]?.getSourceFile();
  const isWithin = (node: ts.Node, outer: ts.Node): boolean => node.getSourceFile() === file && node.pos >= outer.pos && node.end <= outer.end;
  const isOfRoots = (node: ts.Node): boolean => roots.some((root) => isWithin(node, root));
  /** Of nodes that were found quiet, or are being looked at: what calls itself is as quiet as the rest of it. */
  const seen = new Map<ts.Node, boolean>();

  const isQuiet = (node: ts.Node): boolean => {
    const known = seen.get(node);
    if (known !== undefined) return known;
    seen.set(node, true);
    const verdict = isQuietInside(node, node);
    seen.set(node, verdict);
    return verdict;
  };

  const isQuietInside = (node: ts.Node, outer: ts.Node): boolean => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return true;
    if (ts.isIdentifier(node)) return !isValue(node) || isQuietName(node, outer);
    return ts.forEachChild(node, (child) => (isQuietInside(child, outer) ? undefined : true)) !== true;
  };

  /** Whether it stands for what it names, rather than naming a member. */
  const isValue = (node: ts.Identifier): boolean => {
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
    if (ts.isBindingElement(parent)) return parent.initializer === node;
    if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent) || ts.isParameter(parent) || ts.isVariableDeclaration(parent)) return parent.initializer === node;
    return !(ts.isMethodDeclaration(parent) || ts.isAccessor(parent) || ts.isTypeParameterDeclaration(parent) || ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent));
  };

  const isQuietName = (node: ts.Identifier, outer: ts.Node): boolean => {
    const symbol = ts.isShorthandPropertyAssignment(node.parent) ? checker.getShorthandAssignmentValueSymbol(node.parent) : checker.getSymbolAtLocation(node);
    const declarations = symbol?.declarations ?? [];
    if (node.text === 'undefined') return true;
    if (declarations.length === 0) return false;
    return declarations.every((declaration) => {
      if (isWithin(declaration, outer)) return true;
      if (isOfRoots(declaration)) return isQuiet(declaration);
      const source = declaration.getSourceFile();
      if (source.isDeclarationFile && GLOBALS.has(node.text)) return !NOT_AT_LOAD.test(node.text);
      return isPlainData(node, symbol!);
    });
  };

  /** A number or a text of the author's, or a field that holds one. */
  const isPlainData = (node: ts.Identifier, symbol: ts.Symbol): boolean => {
    if (isPrimitive(checker.getTypeAtLocation(node))) return true;
    let at: ts.Expression = node;
    let member = symbol;
    while (ts.isPropertyAccessExpression(at.parent) && at.parent.expression === at) {
      const access: ts.PropertyAccessExpression = at.parent;
      at = access;
      member = checker.getSymbolAtLocation(access.name) ?? member;
      if (member.declarations?.some((d) => ts.isAccessor(d)) === true) return false;
      if (isPrimitive(checker.getTypeAtLocation(at))) return true;
    }
    return false;
  };
  const isPrimitive = (type: ts.Type): boolean => (type.isUnion() ? type.types.every(isPrimitive)
    : (type.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.Undefined | ts.TypeFlags.Null)) !== 0);

  const bare = (node: ts.Expression): ts.Expression => (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isNonNullExpression(node) ? bare(node.expression) : node);

  /** Values that are only written down: nothing runs until somebody asks them. */
  const isWritten = (given: ts.Expression): boolean => {
    const node = bare(given);
    if (ts.isArrayLiteralExpression(node)) return node.elements.every((element) => !ts.isSpreadElement(element) && isWritten(element));
    if (ts.isObjectLiteralExpression(node)) return node.properties.every((p) => (ts.isPropertyAssignment(p) ? !ts.isComputedPropertyName(p.name) && isWritten(p.initializer) : ts.isShorthandPropertyAssignment(p) || ts.isMethodDeclaration(p)));
    if (ts.isPropertyAccessExpression(node)) return isWritten(node.expression) && isField(node);
    return ts.isLiteralExpression(node) || ts.isIdentifier(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node)
      || [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword, ts.SyntaxKind.OmittedExpression].includes(node.kind);
  };
  /** A field of the author's by its declaration: one of the candidate's own could be an accessor under any type. */
  const isField = (node: ts.PropertyAccessExpression): boolean => {
    const declarations = checker.getSymbolAtLocation(node.name)?.declarations ?? [];
    return declarations.length > 0 && declarations.every((d) => !ts.isAccessor(d) && !isOfRoots(d));
  };

  /** `new Cache(50)`: methods that talk to the outside are fine as long as making the object calls none of them. */
  const isPlainlyMade = (given: ts.Expression): boolean => {
    const node = bare(given);
    if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression)) return false;
    const made = checker.getSymbolAtLocation(node.expression)?.declarations?.find((d): d is ts.ClassDeclaration => ts.isClassDeclaration(d) && roots.includes(d));
    if (made === undefined || made.heritageClauses?.some(({ token }) => token === ts.SyntaxKind.ExtendsKeyword) === true || made.members.some((member) => ts.isAccessor(member))) return false;
    const runs = made.members.filter((member) => ts.isConstructorDeclaration(member) || ts.isPropertyDeclaration(member));
    return (node.arguments ?? []).every((argument) => isWritten(argument) && isQuiet(argument)) && runs.every((part) => isQuiet(part) && onlyAssigns(part));
  };
  /** Calls nothing, reads nothing of `this`, goes through nothing. */
  const onlyAssigns = (node: ts.Node): boolean => {
    if (ts.isArrowFunction(node) || ts.isFunctionExpression(node) || ts.isTypeNode(node)) return true;
    if (ts.isCallExpression(node) || ts.isSpreadElement(node) || ts.isForOfStatement(node) || ts.isTemplateExpression(node) || ts.isTaggedTemplateExpression(node) || ts.isObjectBindingPattern(node) || ts.isArrayBindingPattern(node)) return false;
    if (ts.isNewExpression(node) && ((node.arguments?.length ?? 0) > 0 || !isOfLibrary(node.expression))) return false;
    if (node.kind === ts.SyntaxKind.ThisKeyword && !isAssigned(node)) return false;
    return ts.forEachChild(node, (child) => (onlyAssigns(child) ? undefined : true)) !== true;
  };
  const isAssigned = (node: ts.Node): boolean => ts.isPropertyAccessExpression(node.parent) && ts.isBinaryExpression(node.parent.parent) && node.parent.parent.left === node.parent && node.parent.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  const isOfLibrary = (node: ts.Expression): boolean => ts.isIdentifier(node) && checker.getSymbolAtLocation(node)?.declarations?.every((d) => d.getSourceFile().isDeclarationFile) === true;

  /** A pattern reads what it takes apart, by an iterator or by names; a default is one more initialiser. */
  const isPlainPattern = (name: ts.BindingName): boolean => ts.isIdentifier(name) || name.elements.every((element) => ts.isOmittedExpression(element)
    || (element.initializer === undefined && (element.propertyName === undefined || !ts.isComputedPropertyName(element.propertyName)) && isPlainPattern(element.name)));

  return ({ name, initializer }) => {
    if (initializer === undefined) return true;
    if (!ts.isIdentifier(name)) return isPlainPattern(name) && isQuiet(initializer);
    return isWritten(initializer) || isPlainlyMade(initializer) || isQuiet(initializer);
  };
}
