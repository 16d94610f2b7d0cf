/** Examples of the author's, as far as they are calls with literal arguments and a literal result. */
import type ts from 'typescript';
import { show } from '../../templates/run-laws.ts';
import type { Ts } from '../types.ts';

export interface AuthorExample {
  /** As the author wrote it. */
  readonly text: string;
  /** Plain data. */
  readonly args: readonly unknown[];
  /** The expected result; `undefined` and `NaN` among the possible values. */
  readonly result: unknown;
}

/**
 * Reads `detect([1, 2], "x") // => { found: false }`, one call a line.
 *
 * @param name of the function; calls of others are passed over
 * @returns what can be run, and the lines that cannot
 */
export function readAuthorExamples(ts: Ts, texts: readonly string[], name: string): { readonly examples: readonly AuthorExample[]; readonly notRun: readonly string[] } {
  const examples: AuthorExample[] = [];
  const notRun: string[] = [];
  for (const line of texts.flatMap((text) => text.split('\n')).map((text) => text.trim())) {
    const match = /^(.*?);?\s*\/\/\s*(?:=>|→)\s*(.+)$/.exec(line);
    if (!match) continue;
    const call = parseExpression(ts, match[1] ?? '');
    const expected = parseExpression(ts, match[2] ?? '');
    if (!call || !expected || !ts.isCallExpression(call) || !(ts.isIdentifier(call.expression) && call.expression.text === name)) { notRun.push(line); continue; }
    const args = call.arguments.map((argument) => readLiteral(ts, argument));
    const result = readLiteral(ts, expected);
    if (result === undefined || args.some((arg) => arg === undefined || !isPlain(arg.value))) notRun.push(line);
    else examples.push({ text: line, args: args.map((arg) => arg!.value), result: result.value });
  }
  return { examples, notRun };
}

/** Whether JSON says all of it. */
function isPlain(value: unknown): boolean {
  const text = JSON.stringify(value) as string | undefined;
  return text !== undefined && show(JSON.parse(text)) === show(value);
}

function parseExpression(ts: Ts, text: string): ts.Expression | undefined {
  const file = ts.createSourceFile('example.ts', `(${text})`, ts.ScriptTarget.Latest, true);
  const [statement, ...more] = file.statements;
  const { parseDiagnostics } = file as ts.SourceFile & { readonly parseDiagnostics: readonly unknown[] };
  if (parseDiagnostics.length > 0 || more.length > 0 || !statement || !ts.isExpressionStatement(statement)) return undefined;
  return ts.isParenthesizedExpression(statement.expression) ? statement.expression.expression : undefined;
}

/** Boxed, so that `undefined` can be a value. */
function readLiteral(ts: Ts, node: ts.Expression): { readonly value: unknown } | undefined {
  if (ts.isStringLiteralLike(node)) return { value: node.text };
  if (ts.isNumericLiteral(node)) return { value: Number(node.text) };
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return { value: node.kind === ts.SyntaxKind.TrueKeyword };
  if (node.kind === ts.SyntaxKind.NullKeyword) return { value: null };
  if (ts.isIdentifier(node)) return node.text === 'undefined' ? { value: undefined } : node.text === 'NaN' ? { value: Number.NaN } : undefined;
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken && ts.isNumericLiteral(node.operand)) return { value: -Number(node.operand.text) };
  if (ts.isArrayLiteralExpression(node)) {
    const items = node.elements.map((element) => readLiteral(ts, element));
    return items.some((item) => item === undefined) ? undefined : { value: items.map((item) => item!.value) };
  }
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const entries: [string, unknown][] = [];
  for (const property of node.properties) {
    const named = ts.isPropertyAssignment(property) && (ts.isIdentifier(property.name) || ts.isStringLiteral(property.name)) ? property : undefined;
    const inner = named && readLiteral(ts, named.initializer);
    if (!named || !inner) return undefined;
    entries.push([(named.name as ts.Identifier | ts.StringLiteral).text, inner.value]);
  }
  return { value: Object.fromEntries(entries) };
}
