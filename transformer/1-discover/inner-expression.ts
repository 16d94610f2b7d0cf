import type ts from 'typescript';
import type { Ts } from '../types.ts';

/** The expression inside parentheses, `as`, `satisfies`, `<T>` and `!`: what only the types see is taken off. */
export function innerExpression(ts: Ts, expression: ts.Expression): ts.Expression {
  let e = expression;
  while (ts.isParenthesizedExpression(e) || ts.isAsExpression(e) || ts.isSatisfiesExpression(e) || ts.isTypeAssertionExpression(e) || ts.isNonNullExpression(e)) e = e.expression;
  return e;
}

/** The outermost expression that `innerExpression` would lead to this one. */
export function outerExpression(ts: Ts, expression: ts.Expression): ts.Expression {
  let e = expression;
  for (let up = e.parent; ts.isParenthesizedExpression(up) || ts.isAsExpression(up) || ts.isSatisfiesExpression(up) || ts.isTypeAssertionExpression(up) || ts.isNonNullExpression(up); up = e.parent) e = up;
  return e;
}
