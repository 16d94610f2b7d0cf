/** What a candidate does beside computing: each asks for inputs of its own. */
import type ts from 'typescript';
import type { Ts } from '../../types.ts';

export interface Habits {
  /** Something in the module may be another from call to call. */
  readonly keepsState: boolean;
  /** It reads a clock, and the original does not. */
  readonly readsClock: boolean;
}

export function readHabits(ts: Ts, code: ts.SourceFile, original: ts.Node): Habits {
  return {
    keepsState: code.statements.some((statement) => ts.isVariableStatement(statement) && statement.declarationList.declarations.some(({ initializer }) => initializer !== undefined && mayChange(ts, initializer))),
    readsClock: readsClock(ts, code) && !readsClock(ts, original),
  };
}

function mayChange(ts: Ts, node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node) || ts.isSatisfiesExpression(node)) return mayChange(ts, node.expression);
  if (ts.isAsExpression(node)) return !ts.isConstTypeReference(node.type) && mayChange(ts, node.expression);
  if (ts.isCallExpression(node)) return node.expression.getText() !== 'Object.freeze' && !/^Math\./.test(node.expression.getText());
  return ts.isNewExpression(node) || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);
}

function readsClock(ts: Ts, root: ts.Node): boolean {
  const visit = (node: ts.Node): boolean => (ts.isPropertyAccessExpression(node) && node.name.text === 'now' && /^(?:Date|performance)$/.test(node.expression.getText()))
    || ts.forEachChild(node, (child) => visit(child) || undefined) === true;
  return visit(root);
}
