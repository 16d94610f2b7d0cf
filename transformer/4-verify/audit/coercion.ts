import type ts from 'typescript';
import type { Ts } from '../../types.ts';

export interface CoercionInput {
  say(key: string, node: ts.Node, rule: string, reason: string, hint?: string, effect?: boolean): void;
  sayMember(symbol: ts.Symbol | undefined, name: string, node: ts.Node, reason: string, effect?: boolean): void;
  libraryOf(symbol: ts.Symbol): string | undefined;
}

/** Calls that nobody writes: a value that becomes a text or a number runs its own `toString` or `valueOf`, and a Date says so in the time zone of the machine. */
export function makeCoercionReader(ts: Ts, checker: ts.TypeChecker, { say, sayMember, libraryOf }: CoercionInput): {
  visitText(type: ts.Type | undefined, node: ts.Node): void;
  visitCoercion(node: ts.Node): void;
} {
  const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([ts.SyntaxKind.LessThanToken, ts.SyntaxKind.LessThanEqualsToken, ts.SyntaxKind.GreaterThanToken, ts.SyntaxKind.GreaterThanEqualsToken]);
  const partsOf = (type: ts.Type): readonly ts.Type[] => (type.isUnionOrIntersection() ? type.types.flatMap(partsOf) : [type]);
  const visitText = (type: ts.Type | undefined, node: ts.Node): void => visitValue(type, node, 'text');
  const visitValue = (type: ts.Type | undefined, node: ts.Node, wanted: 'text' | 'number'): void => {
    for (const part of type === undefined ? [] : partsOf(type)) {
      if (wanted === 'text' && part.symbol?.name === 'Date' && libraryOf(part.symbol) === 'ecmascript') say('time zone', node, 'determinism', 'a Date becomes a text in the time zone of the machine', 'use toISOString()', false);
      if ((part.flags & ts.TypeFlags.Object) === 0) continue;
      if (part.getCallSignatures().length > 0) say('function:toString', node, 'capability', 'a function becomes a text, which says how it was written', 'do without it', true);
      for (const name of ['toString', 'valueOf']) {
        const method = part.getProperty(name);
        if (method !== undefined && libraryOf(method) === undefined) sayMember(method, name, node, `a value becomes a ${wanted}, which calls its own ${name}`);
      }
    }
  };
  const isText = (type: ts.Type): boolean => partsOf(type).some((part) => (part.flags & ts.TypeFlags.StringLike) !== 0);
  const visitCoercion = (node: ts.Node): void => {
    const visit = (expression: ts.Expression): void => visitText(checker.getTypeAtLocation(expression), expression);
    const visitNumber = (expression: ts.Expression): void => visitValue(checker.getTypeAtLocation(expression), expression, 'number');
    if (ts.isTemplateSpan(node)) visit(node.expression);
    else if (ts.isBinaryExpression(node) && (node.operatorToken.kind === ts.SyntaxKind.PlusToken || node.operatorToken.kind === ts.SyntaxKind.PlusEqualsToken)) {
      if (isText(checker.getTypeAtLocation(node))) { visit(node.left); visit(node.right); }
    } else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      if (node.expression.text === 'String') node.arguments.forEach(visit);
      else if (/^(?:Number|BigInt)$/.test(node.expression.text)) node.arguments.forEach(visitNumber);
    } else if (ts.isBinaryExpression(node) && COMPARISONS.has(node.operatorToken.kind)) {
      visitNumber(node.left);
      visitNumber(node.right);
    } else if (ts.isPrefixUnaryExpression(node) && node.operator !== ts.SyntaxKind.ExclamationToken) visitNumber(node.operand);
  };
  return { visitText, visitCoercion };
}
