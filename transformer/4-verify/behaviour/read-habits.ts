/** What a candidate does beside computing: each asks for inputs of its own. */
import type ts from 'typescript';
import type { Ts } from '../../types.ts';

export interface Habits {
  /** The module holds an object: by which of many ways it is changed, if it is, nobody needs to see. */
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
  if (ts.isParenthesizedExpression(node) || ts.isSatisfiesExpression(node) || ts.isNonNullExpression(node) || ts.isPropertyAccessExpression(node)) return mayChange(ts, node.expression);
  if (ts.isAsExpression(node)) return mayChange(ts, node.expression); // `as const` binds the checker alone
  if (ts.isConditionalExpression(node)) return mayChange(ts, node.whenTrue) || mayChange(ts, node.whenFalse);
  if (ts.isBinaryExpression(node)) return mayChange(ts, node.left) || mayChange(ts, node.right);
  if (ts.isCallExpression(node)) return node.expression.getText() === 'Object.freeze' ? node.arguments.some((argument) => mayChangeFrozen(ts, argument)) : !/^Math\./.test(node.expression.getText());
  return ts.isNewExpression(node) || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);
}

/** What is frozen is one object; those inside of it are not, and a Map keeps its entries elsewhere. */
function mayChangeFrozen(ts: Ts, node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return mayChangeFrozen(ts, node.expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements.some((element) => mayChange(ts, element));
  if (ts.isObjectLiteralExpression(node)) return node.properties.some((property) => ts.isPropertyAssignment(property) && mayChange(ts, property.initializer));
  return mayChange(ts, node);
}

function readsClock(ts: Ts, root: ts.Node): boolean {
  const visit = (node: ts.Node): boolean => (ts.isPropertyAccessExpression(node) && node.name.text === 'now' && /^(?:Date|performance)$/.test(node.expression.getText()))
    || ts.forEachChild(node, (child) => visit(child) || undefined) === true;
  return visit(root);
}
