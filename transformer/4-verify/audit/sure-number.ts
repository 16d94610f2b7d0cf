/** What is a number whatever its type says: `JSON.parse` and a predicate can give any text that type. */
import type ts from 'typescript';
import type { Ts } from '../../types.ts';

export interface SureNumberInput {
  /** In which variables are looked up. */
  readonly roots: readonly ts.Node[];
  libraryOf(symbol: ts.Symbol): string | undefined;
}

/** List methods that hand an index to a function, second. */
const COUNTING = /^(?:map|forEach|filter|some|every|find|findIndex|findLast|findLastIndex|flatMap)$/;
const MAKES_NUMBER = /^(?:Number|parseInt|parseFloat|Math\.\w+)$/;

export function makeSureNumber(ts: Ts, checker: ts.TypeChecker, { roots, libraryOf }: SureNumberInput): (node: ts.Expression) => boolean {
  const { SyntaxKind } = ts;
  const ARITHMETIC: ReadonlySet<ts.SyntaxKind> = new Set([
    SyntaxKind.MinusToken, SyntaxKind.AsteriskToken, SyntaxKind.SlashToken, SyntaxKind.PercentToken, SyntaxKind.AsteriskAsteriskToken, SyntaxKind.AmpersandToken, SyntaxKind.BarToken, SyntaxKind.CaretToken,
    SyntaxKind.LessThanLessThanToken, SyntaxKind.GreaterThanGreaterThanToken, SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
    SyntaxKind.MinusEqualsToken, SyntaxKind.AsteriskEqualsToken, SyntaxKind.SlashEqualsToken, SyntaxKind.PercentEqualsToken, SyntaxKind.AsteriskAsteriskEqualsToken, SyntaxKind.AmpersandEqualsToken,
    SyntaxKind.BarEqualsToken, SyntaxKind.CaretEqualsToken, SyntaxKind.LessThanLessThanEqualsToken, SyntaxKind.GreaterThanGreaterThanEqualsToken, SyntaxKind.GreaterThanGreaterThanGreaterThanEqualsToken,
  ]);
  return (node) => isSure(node, new Set());

  /** `open`: variables that are being looked at; what depends on itself alone is as sure as the rest of it. */
  function isSure(node: ts.Expression, open: Set<ts.Symbol>): boolean {
    if (ts.isNumericLiteral(node) || ts.isPostfixUnaryExpression(node)) return true;
    if (ts.isPrefixUnaryExpression(node)) return node.operator !== SyntaxKind.ExclamationToken;
    // Assertions say nothing about what is there.
    if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isTypeAssertionExpression(node)) return isSure(node.expression, open);
    if (ts.isConditionalExpression(node)) return isSure(node.whenTrue, open) && isSure(node.whenFalse, open);
    if (ts.isBinaryExpression(node)) {
      const { operatorToken: { kind } } = node;
      if (ARITHMETIC.has(kind)) return true;
      if (kind === SyntaxKind.EqualsToken || kind === SyntaxKind.CommaToken) return isSure(node.right, open);
      return [SyntaxKind.PlusToken, SyntaxKind.PlusEqualsToken, SyntaxKind.BarBarToken, SyntaxKind.AmpersandAmpersandToken, SyntaxKind.QuestionQuestionToken].includes(kind) && isSure(node.left, open) && isSure(node.right, open);
    }
    if (ts.isCallExpression(node)) {
      const symbol = checker.getSymbolAtLocation(ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression);
      return symbol !== undefined && libraryOf(symbol) === 'ecmascript' && MAKES_NUMBER.test(node.expression.getText());
    }
    return ts.isIdentifier(node) && isSureVariable(node, open);
  }

  function isSureVariable(node: ts.Identifier, open: Set<ts.Symbol>): boolean {
    const symbol = checker.getSymbolAtLocation(node);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined) return false;
    if (open.has(symbol)) return true;
    open.add(symbol);
    const begins = ts.isVariableDeclaration(declaration) && ts.isIdentifier(declaration.name) ? declaration.initializer !== undefined && isSure(declaration.initializer, open) : isIndex(declaration);
    return begins && roots.every((root) => staysSure(root, symbol, open));
  }

  /** `(item, i) => …`, written where a list calls it. */
  function isIndex(declaration: ts.Declaration): boolean {
    if (!ts.isParameter(declaration) || declaration.dotDotDotToken !== undefined) return false;
    const { parent } = declaration;
    if (!ts.isArrowFunction(parent) || parent.parameters[1] !== declaration || !ts.isCallExpression(parent.parent) || parent.parent.arguments[0] !== parent) return false;
    const callee = parent.parent.expression;
    if (!ts.isPropertyAccessExpression(callee) || !COUNTING.test(callee.name.text)) return false;
    const method = checker.getSymbolAtLocation(callee.name);
    return method !== undefined && libraryOf(method) === 'ecmascript' && checker.isArrayLikeType(checker.getTypeAtLocation(callee.expression));
  }

  function staysSure(node: ts.Node, symbol: ts.Symbol, open: Set<ts.Symbol>): boolean {
    const isTarget = (target: ts.Node): boolean => ts.isIdentifier(target) && checker.getSymbolAtLocation(target) === symbol;
    if (ts.isBinaryExpression(node) && node.operatorToken.kind >= SyntaxKind.FirstAssignment && node.operatorToken.kind <= SyntaxKind.LastAssignment) {
      if (isTarget(node.left) && !isSure(node, open)) return false;
      if (!ts.isIdentifier(node.left) && mentions(node.left, isTarget) && (ts.isArrayLiteralExpression(node.left) || ts.isObjectLiteralExpression(node.left))) return false;
    }
    if ((ts.isForOfStatement(node) || ts.isForInStatement(node)) && !ts.isVariableDeclarationList(node.initializer) && mentions(node.initializer, isTarget)) return false;
    return ts.forEachChild(node, (child) => (staysSure(child, symbol, open) ? undefined : true)) !== true;
  }

  function mentions(node: ts.Node, isTarget: (node: ts.Node) => boolean): boolean {
    return isTarget(node) || ts.forEachChild(node, (child) => mentions(child, isTarget) || undefined) === true;
  }
}
