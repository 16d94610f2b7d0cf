/** The body of O': the author's, verbatim, at its new indentation. */
import type ts from 'typescript';
import type { Target, Ts } from '../types.ts';
import { findFrozenRanges, indent, readLines, trimLines, type Edit } from './author-text.ts';

const STEP = '  ';

export function makeBody(ts: Ts, target: Target, edits: readonly Edit[]): string[] {
  const { node, sourceFile } = target;
  const { body } = node;
  if (!body) throw new Error(`${target.id}: a target has a body`);
  const frozen = findFrozenRanges(ts, body, sourceFile);
  const inside = edits.filter((edit) => edit.start >= body.pos && edit.end <= body.end);
  if (ts.isBlock(body)) return indent(trimLines(readLines(sourceFile, body.getStart(sourceFile) + 1, body.end - 1, frozen, inside)), STEP);
  return [...readLeadingComments(ts, body, sourceFile), ...makeReturn(ts, body, sourceFile, frozen, inside)];
}

/** The comments between `=>` and an expression. */
function readLeadingComments(ts: Ts, body: ts.Expression, sourceFile: ts.SourceFile): string[] {
  const { text } = sourceFile;
  const ranges = [...(ts.getTrailingCommentRanges(text, body.pos) ?? []), ...(ts.getLeadingCommentRanges(text, body.pos) ?? [])];
  const starts = new Set<number>();
  return ranges.flatMap((range) => (starts.has(range.pos) ? [] : (starts.add(range.pos), indent(readLines(sourceFile, range.pos, range.end, []), STEP))));
}

function makeReturn(ts: Ts, body: ts.Expression, sourceFile: ts.SourceFile, frozen: readonly ts.TextRange[], edits: readonly Edit[]): string[] {
  const isWrapped = ts.isParenthesizedExpression(body) && ts.isObjectLiteralExpression(body.expression)
    && !/\S/.test(sourceFile.text.slice(body.expression.end, body.end - 1));
  const expression = isWrapped ? body.expression : body;
  const lines = readLines(sourceFile, expression.getStart(sourceFile), expression.end, frozen, edits);
  const [first = '', ...rest] = lines;
  const closes = /^\0?[\])}]/.test(rest[rest.length - 1] ?? '');
  const out = [`${STEP}return ${first}`, ...indent(rest, closes ? STEP : STEP + STEP)];
  out[out.length - 1] += ';';
  return out;
}

/**
 * Direct self-calls go straight to O': arguments were checked at the outermost call.
 * Only where the name is surely the target itself: a declaration or a constant, without overloads.
 */
export function findSelfCalls(ts: Ts, checker: ts.TypeChecker, target: Target): Edit[] {
  const name = findOwnName(ts, target);
  if (!name || target.contract.overloads.length > 0) return [];
  const self = checker.getSymbolAtLocation(name);
  if (!self) return [];
  const edits: Edit[] = [];
  let isTaken = false;
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === 'operatePrime') isTaken = true;
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === name.text
      && checker.getSymbolAtLocation(node.expression) === self) {
      edits.push({ start: node.expression.getStart(target.sourceFile), end: node.expression.end, text: 'operatePrime' });
    }
    ts.forEachChild(node, visit);
  };
  for (const part of [...target.node.parameters, target.node.body]) if (part) visit(part);
  return isTaken ? [] : edits;
}

function findOwnName(ts: Ts, target: Target): ts.Identifier | undefined {
  const { node } = target;
  if (ts.isFunctionDeclaration(node)) return node.name;
  if (ts.isMethodDeclaration(node)) return undefined;
  let outer: ts.Node = node.parent;
  while (ts.isCallExpression(outer) || ts.isParenthesizedExpression(outer) || ts.isAsExpression(outer) || ts.isSatisfiesExpression(outer)) {
    if (ts.isCallExpression(outer) && target.spelling !== 'wrapper') return undefined;
    outer = outer.parent;
  }
  if (!ts.isVariableDeclaration(outer) || !ts.isIdentifier(outer.name)) return undefined;
  return ts.getCombinedNodeFlags(outer) & ts.NodeFlags.Const ? outer.name : undefined;
}
