/**
 * What no check can decide and a reviewer has to: said of every version that the builtin provider did not make.
 *
 * Equal results can be reached in a time that tells secrets, and a condition that no input of ours meets can hide anything.
 */
import type ts from 'typescript';
import type { Target, Ts } from '../types.ts';

export interface ReviewNote {
  /** Of code.ts without its header, 1-based. */
  readonly line: number;
  readonly text: string;
}

/** More would not be read. */
const MAX_NOTES = 10;

/** Places of a candidate that deserve a look, in their order. By syntax alone. */
export function findReviewNotes(ts: Ts, target: Pick<Target, 'node' | 'sourceFile'>, code: string): readonly ReviewNote[] {
  const file = ts.createSourceFile('code.ts', code, ts.ScriptTarget.Latest, true);
  const lineOf = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
  const notes: ReviewNote[] = [];

  const constantTime = findConstantTime(ts, target.node);
  if (constantTime !== undefined && findConstantTime(ts, file) === undefined) {
    const operate = file.statements.find((statement) => ts.isFunctionDeclaration(statement) && statement.name?.text === 'operatePrime') ?? file;
    notes.push({ line: lineOf(operate), text: `the original takes the same time whatever it compares (${textOf(constantTime)}); this does not, and its time may tell how much of a secret was right` });
  }

  const known = new Set([...findConditions(ts, target.node), ...findResults(ts, target.node)].map((condition) => plain(condition, target.sourceFile)));
  for (const condition of findConditions(ts, file)) {
    if (known.has(plain(condition, file))) continue;
    const result = findConstantResult(ts, condition);
    if (result !== undefined) notes.push({ line: lineOf(condition), text: `${result} is the result where ${textOf(condition)}: the original has no such condition, and inputs may never have met it` });
  }
  return notes.sort((a, b) => a.line - b.line).slice(0, MAX_NOTES);
}

const textOf = (node: ts.Node): string => {
  const text = node.getText().replace(/\s+/g, ' ');
  return `\`${text.length > 80 ? `${text.slice(0, 79)}…` : text}\``;
};

const plain = (node: ts.Node, file: ts.SourceFile): string => node.getText(file).replace(/\s+/g, '');

/** A loop that collects differences of bits, or a call that says by its name that its time is constant. */
function findConstantTime(ts: Ts, root: ts.Node): ts.Node | undefined {
  let found: ts.Node | undefined;
  const visit = (node: ts.Node, inLoop: boolean): void => {
    if (found !== undefined) return;
    if (ts.isCallExpression(node) && /(?:timing|constant)_?-?(?:safe|time)/i.test(node.expression.getText())) found = node;
    else if (inLoop && ts.isBinaryExpression(node) && collectsBits(ts, node) && holdsXor(ts, node.right)) found = node;
    else ts.forEachChild(node, (child) => visit(child, inLoop || ts.isIterationStatement(node, false) || ts.isFunctionLike(node)));
  };
  visit(root, false);
  return found;
}

const collectsBits = (ts: Ts, { operatorToken: { kind } }: ts.BinaryExpression): boolean => kind === ts.SyntaxKind.BarEqualsToken || kind === ts.SyntaxKind.BarToken || kind === ts.SyntaxKind.EqualsToken;

function holdsXor(ts: Ts, node: ts.Node): boolean {
  return (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CaretToken) || ts.forEachChild(node, (child) => holdsXor(ts, child)) === true;
}

/** Whatever decides where the code goes on: conditions of `if`, `?:` and `case`, and what stands left of `&&` and `||`. */
function findConditions(ts: Ts, root: ts.Node): readonly ts.Expression[] {
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIfStatement(node) || ts.isWhileStatement(node)) found.push(node.expression);
    else if (ts.isConditionalExpression(node)) found.push(node.condition);
    else if (ts.isCaseClause(node)) found.push(node.expression);
    else if (ts.isBinaryExpression(node) && isLogical(ts, node)) found.push(node.left, node.right);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

/** What is returned. */
function findResults(ts: Ts, root: ts.Node): readonly ts.Expression[] {
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression) found.push(node.expression);
    else if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) found.push(node.body);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

const isLogical = (ts: Ts, { operatorToken: { kind } }: ts.BinaryExpression): boolean => kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken;

/** The constant that is returned, or thrown with nothing else done, where the condition holds. */
function findConstantResult(ts: Ts, condition: ts.Expression): string | undefined {
  const { parent } = condition;
  const said = (node: ts.Node | undefined): string | undefined => node && textOf(node);
  if (ts.isIfStatement(parent)) return said(constantReturn(ts, parent.thenStatement));
  if (ts.isCaseClause(parent)) return said(parent.statements.length === 1 ? constantReturn(ts, parent.statements[0]!) : undefined);
  if (ts.isConditionalExpression(parent)) return said(isConstant(ts, parent.whenTrue) && isReturned(ts, parent) ? parent.whenTrue : undefined);
  if (!ts.isBinaryExpression(parent) || parent.operatorToken.kind !== ts.SyntaxKind.BarBarToken || !isReturned(ts, parent)) return undefined;
  // `return a || b` is true where a is, and where b is.
  return '`true`';
}

function constantReturn(ts: Ts, statement: ts.Statement): ts.Node | undefined {
  const only = ts.isBlock(statement) ? (statement.statements.length === 1 ? statement.statements[0] : undefined) : statement;
  if (only === undefined || !ts.isReturnStatement(only)) return undefined;
  return only.expression === undefined ? only : isConstant(ts, only.expression) ? only.expression : undefined;
}

function isReturned(ts: Ts, node: ts.Expression): boolean {
  let at: ts.Node = node.parent;
  while (ts.isParenthesizedExpression(at) || (ts.isBinaryExpression(at) && isLogical(ts, at))) at = at.parent;
  return ts.isReturnStatement(at) || ts.isArrowFunction(at);
}

function isConstant(ts: Ts, node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isPrefixUnaryExpression(node)) return isConstant(ts, ts.isPrefixUnaryExpression(node) ? node.operand : node.expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements.every((element) => isConstant(ts, element));
  if (ts.isObjectLiteralExpression(node)) return node.properties.every((property) => ts.isPropertyAssignment(property) && isConstant(ts, property.initializer));
  return ts.isLiteralExpression(node) || [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword].includes(node.kind) || (ts.isIdentifier(node) && node.text === 'undefined');
}
