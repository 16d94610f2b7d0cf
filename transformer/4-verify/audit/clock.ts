import type ts from 'typescript';
import type { Ts } from '../../types.ts';

/**
 * Readings of the clock, and whether they only serve to measure how long something took: one reading minus another, or
 * one compared with another. The time of day itself must not decide anything.
 */
export function makeClockReader(ts: Ts, checker: ts.TypeChecker, isOwnSymbol: (symbol: ts.Symbol) => boolean): {
  isSource(node: ts.Node): boolean;
  isDuration(node: ts.Expression): boolean;
} {
  const isSource = (node: ts.Node): boolean => ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'now'
    && ts.isIdentifier(node.expression.expression) && ['Date', 'performance'].includes(node.expression.expression.text);

  const constantOf = (node: ts.Identifier): ts.VariableDeclaration | undefined => {
    const symbol = checker.getSymbolAtLocation(node);
    const declaration = symbol?.valueDeclaration;
    return symbol !== undefined && declaration !== undefined && isOwnSymbol(symbol) && ts.isVariableDeclaration(declaration) ? declaration : undefined;
  };
  const isReading = (node: ts.Expression, depth = 0): boolean => {
    if (depth > 20) return false;
    if (ts.isParenthesizedExpression(node)) return isReading(node.expression, depth + 1);
    if (isSource(node)) return true;
    if (ts.isIdentifier(node)) {
      const declaration = constantOf(node);
      return declaration?.initializer !== undefined && isReading(declaration.initializer, depth + 1);
    }
    // A deadline: a reading and some milliseconds.
    return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken && (isReading(node.left, depth + 1) !== isReading(node.right, depth + 1));
  };

  const isUsedWell = (node: ts.Expression, depth: number): boolean => {
    if (depth > 20) return false;
    const { parent } = node;
    if (ts.isParenthesizedExpression(parent)) return isUsedWell(parent, depth + 1);
    if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return isConst(parent) && referencesTo(parent).every((reference) => isUsedWell(reference, depth + 1));
    if (!ts.isBinaryExpression(parent)) return false;
    const other = parent.left === node ? parent.right : parent.left;
    const kind = parent.operatorToken.kind;
    if (kind === ts.SyntaxKind.MinusToken) return isReading(other);
    if (kind === ts.SyntaxKind.LessThanToken || kind === ts.SyntaxKind.LessThanEqualsToken || kind === ts.SyntaxKind.GreaterThanToken || kind === ts.SyntaxKind.GreaterThanEqualsToken) return isReading(other);
    return kind === ts.SyntaxKind.PlusToken && !isReading(other) && isSmall(other) && isUsedWell(parent, depth + 1);
  };
  const isConst = (node: ts.VariableDeclaration): boolean => (node.parent.flags & ts.NodeFlags.Const) !== 0;
  /** A number of milliseconds that cannot turn a deadline into a date: a literal below a day, or a value that is not known here. */
  const isSmall = (node: ts.Expression): boolean => {
    const type = checker.getTypeAtLocation(node);
    return !type.isNumberLiteral() || Math.abs(type.value) <= 86_400_000;
  };
  const referencesTo = (declaration: ts.VariableDeclaration): readonly ts.Identifier[] => {
    const symbol = checker.getSymbolAtLocation(declaration.name);
    const scope = ts.findAncestor(declaration, (n) => ts.isFunctionLike(n) || ts.isSourceFile(n))!;
    const found: ts.Identifier[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && node !== declaration.name && checker.getSymbolAtLocation(node) === symbol) found.push(node);
      if (ts.isShorthandPropertyAssignment(node) && checker.getShorthandAssignmentValueSymbol(node) === symbol) found.push(node.name);
      ts.forEachChild(node, visit);
    };
    visit(scope);
    return found;
  };
  return { isSource, isDuration: (node) => isUsedWell(node, 0) };
}
