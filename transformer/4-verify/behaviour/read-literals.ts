/** Values that stand in the source: where a function decides by them, inputs have to know them. */
import type ts from 'typescript';
import type { Ts } from '../../types.ts';
import type { Value } from '../sandbox/value.ts';

export interface Literals { readonly strings: readonly string[]; readonly numbers: readonly number[]; readonly bigints: readonly string[] }

/** `patterns`: sources of regular expressions. */
export interface SourceLiterals extends Literals { readonly patterns: readonly string[] }

const MAX_LITERALS = 60;

/** What a source decides by comes first: there are limits to how many are used. */
export function readLiterals(ts: Ts, nodes: readonly ts.Node[]): SourceLiterals {
  const strings = new Set<string>();
  const numbers = new Set<number>();
  const bigints = new Set<string>();
  const deciding = new Set<string | number>();
  const patterns = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) && !ts.isLiteralTypeNode(node)) return;
    // What an error says, nobody decides by, and no argument looks like it.
    if (ts.isNewExpression(node) && /Error$/.test(node.expression.getText())) return;
    const folded = ts.isBinaryExpression(node) || ts.isCallExpression(node) ? fold(ts, node) : undefined;
    const value = folded ?? (ts.isStringLiteralLike(node) ? node.text : ts.isNumericLiteral(node) ? Number(node.text) : undefined);
    if (value !== undefined && isDecidedBy(ts, node)) deciding.add(value);
    if (typeof folded === 'number') numbers.add(folded);
    else if (folded !== undefined && folded !== '' && folded.length <= 200) strings.add(folded);
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) { if (node.text !== '' && node.text.length <= 200) strings.add(node.text); }
    else if (ts.isNumericLiteral(node)) numbers.add(Number(node.text));
    else if (ts.isBigIntLiteral(node)) bigints.add(String(BigInt(node.text.replace(/n$/, ''))));
    else if (ts.isRegularExpressionLiteral(node)) {
      patterns.add(node.text.slice(1, node.text.lastIndexOf('/')));
      // What an expression looks for, as far as it says so plainly.
      for (const word of node.text.slice(1, node.text.lastIndexOf('/')).match(/[A-Za-z0-9@:/_-]{1,20}/g) ?? []) strings.add(word);
    } else if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) strings.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  nodes.forEach(visit);
  const sorted = <T extends string | number>(values: ReadonlySet<T>): readonly T[] => [...[...values].filter((value) => deciding.has(value)), ...[...values].filter((value) => !deciding.has(value))];
  return { strings: sorted(strings).slice(0, MAX_LITERALS), numbers: sorted(numbers).filter(Number.isFinite).slice(0, MAX_LITERALS), bigints: [...bigints].slice(0, MAX_LITERALS), patterns: [...patterns].filter((p) => p.length <= 300).slice(0, 10) };
}

const DECIDING = /^(?:includes|startsWith|endsWith|indexOf|lastIndexOf|has|get|equals|is|test|match|compare|localeCompare)$/;

/** In a comparison, a `case`, or what a text or a list is asked for; also as a part of a sum there. */
function isDecidedBy(ts: Ts, node: ts.Node): boolean {
  const { parent } = node;
  if (parent === undefined) return false;
  if (ts.isCaseClause(parent)) return parent.expression === node;
  if (ts.isCallExpression(parent)) return parent.expression !== node && ts.isPropertyAccessExpression(parent.expression) && DECIDING.test(parent.expression.name.text);
  if (ts.isParenthesizedExpression(parent) || ts.isPrefixUnaryExpression(parent)) return isDecidedBy(ts, parent);
  if (!ts.isBinaryExpression(parent)) return false;
  const { kind } = parent.operatorToken;
  return COMPARES(ts).has(kind) || ((kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) && isDecidedBy(ts, parent));
}

const COMPARES = ({ SyntaxKind }: Ts): ReadonlySet<ts.SyntaxKind> => new Set([
  SyntaxKind.EqualsEqualsToken, SyntaxKind.EqualsEqualsEqualsToken, SyntaxKind.ExclamationEqualsToken, SyntaxKind.ExclamationEqualsEqualsToken,
  SyntaxKind.LessThanToken, SyntaxKind.LessThanEqualsToken, SyntaxKind.GreaterThanToken, SyntaxKind.GreaterThanEqualsToken,
]);

/** What stands in the candidate and not in the original. */
export function ownLiterals(ts: Ts, original: ts.Node, candidate: ts.Node): Literals {
  const [theirs, ours] = [readLiterals(ts, [original]), readLiterals(ts, [candidate])];
  const isOwn = <T>(list: readonly T[]) => (value: T): boolean => !list.includes(value);
  return { strings: ours.strings.filter(isOwn(theirs.strings)), numbers: ours.numbers.filter(isOwn(theirs.numbers)), bigints: ours.bigints.filter(isOwn(theirs.bigints)) };
}

/** A constant that is put together of constants: sums, products, character codes, joined parts. */
function fold(ts: Ts, node: ts.Expression): string | number | undefined {
  if (ts.isParenthesizedExpression(node)) return fold(ts, node.expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [fold(ts, node.left), fold(ts, node.right)];
    if (left === undefined || right === undefined) return undefined;
    if (node.operatorToken.kind === ts.SyntaxKind.PlusToken) return typeof left === 'number' && typeof right === 'number' ? left + right : `${left}${right}`;
    if (typeof left === 'string' || typeof right === 'string') return undefined;
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.MinusToken: return left - right;
      case ts.SyntaxKind.AsteriskToken: return left * right;
      case ts.SyntaxKind.SlashToken: return left / right;
      case ts.SyntaxKind.AsteriskAsteriskToken: return left ** right;
      case ts.SyntaxKind.LessThanLessThanToken: return left << right;
      case ts.SyntaxKind.BarToken: return left | right;
      case ts.SyntaxKind.CaretToken: return left ^ right;
      default: return undefined;
    }
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { expression: owner, name } = node.expression;
  const parts = (ts.isArrayLiteralExpression(owner) ? owner.elements : node.arguments).map((part) => fold(ts, part));
  if (parts.some((part) => part === undefined)) return undefined;
  if (name.text === 'join' && ts.isArrayLiteralExpression(owner)) { const glue = node.arguments[0] === undefined ? ',' : fold(ts, node.arguments[0]); return typeof glue === 'string' ? parts.join(glue) : undefined; }
  if (name.text === 'UTC' && ts.isIdentifier(owner) && owner.text === 'Date') return parts.every((part) => typeof part === 'number') ? Date.UTC(...(parts as [number, number])) : undefined;
  if (/^fromC(?:harCode|odePoint)$/.test(name.text) && ts.isIdentifier(owner) && owner.text === 'String') return parts.every((part) => typeof part === 'number' && part >= 0 && part < 0x110000) ? String.fromCodePoint(...(parts as number[])) : undefined;
  return undefined;
}

/** Arguments of `f(1, "a") // => …`; undefined for an example that is not a call with literal arguments. */
export function readExample(ts: Ts, text: string, name: string): readonly Value[] | undefined {
  const file = ts.createSourceFile('example.ts', text.replace(/^```\w*$/gm, ''), ts.ScriptTarget.Latest, true);
  const [statement] = file.statements;
  if (statement === undefined || !ts.isExpressionStatement(statement)) return undefined;
  let expression = statement.expression;
  if (ts.isAwaitExpression(expression)) expression = expression.expression;
  if (!ts.isCallExpression(expression) || expression.expression.getText(file).split('.').at(-1) !== name.split('.').at(-1)) return undefined;
  const args = expression.arguments.map((argument) => readValue(ts, argument));
  return args.every((arg) => arg !== undefined) ? (args as Value[]) : undefined;
}

function readValue(ts: Ts, node: ts.Expression): Value | undefined {
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return readValue(ts, node.expression);
  if (ts.isStringLiteralLike(node)) return { k: 'string', v: node.text };
  if (ts.isNumericLiteral(node)) return { k: 'number', v: String(Number(node.text)) };
  if (ts.isBigIntLiteral(node)) return { k: 'bigint', v: node.text.replace(/n$/, '') };
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return { k: 'boolean', v: node.kind === ts.SyntaxKind.TrueKeyword };
  if (node.kind === ts.SyntaxKind.NullKeyword) return { k: 'null' };
  if (ts.isIdentifier(node)) return node.text === 'undefined' ? { k: 'undefined' } : node.text === 'NaN' || node.text === 'Infinity' ? { k: 'number', v: node.text } : undefined;
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    const inner = readValue(ts, node.operand);
    return inner?.k === 'number' ? { k: 'number', v: inner.v === '0' ? '-0' : `-${inner.v}` } : undefined;
  }
  if (ts.isArrayLiteralExpression(node)) {
    const items = node.elements.map((element) => readValue(ts, element));
    return items.every((item) => item !== undefined) ? { k: 'array', items: items as Value[] } : undefined;
  }
  if (ts.isObjectLiteralExpression(node)) {
    const entries = node.properties.map((property): readonly [string, Value] | undefined => {
      const value = ts.isPropertyAssignment(property) ? readValue(ts, property.initializer) : undefined;
      const name = property.name !== undefined && (ts.isIdentifier(property.name) || ts.isStringLiteralLike(property.name) || ts.isNumericLiteral(property.name)) ? property.name.text : undefined;
      return value === undefined || name === undefined ? undefined : [name, value];
    });
    return entries.every((entry) => entry !== undefined) ? { k: 'object', entries: entries as (readonly [string, Value])[] } : undefined;
  }
  return undefined;
}
