import { createHash } from 'node:crypto';
import type ts from 'typescript';
import type { Ts } from '../types.ts';

/** Longer names are cut and told apart by a hash: some file systems stop at 255 bytes, and versions live deeper still. */
const MAX_LENGTH = 100;

/** Device names of Windows, with or without an extension. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/** The function as its author would call it: `Class.#m`, `outer.inner`, `obj.method`, `default`. */
export function sayName(ts: Ts, node: ts.Node): string {
  return segmentsOf(ts, node).join('.');
}

/**
 * The name as a folder that every file system and source-map URL can hold.
 *
 * Letters, digits, `_` and `$` stay (in NFC); a private `#m` becomes `-m`; any other character becomes `-<hex>-`.
 * Different names may come out equal, seldom; `makeUniqueNames` tells them apart.
 */
export function makeFolderName(ts: Ts, node: ts.Node): string {
  const segments = segmentsOf(ts, node).map(escapeSegment);
  if (RESERVED.test(segments[0]!)) segments[0] += '-';
  const name = segments.join('.');
  if (name.length <= MAX_LENGTH) return name;
  return `${name.slice(0, MAX_LENGTH - 9).replace(/[\uD800-\uDBFF]$/, '')}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

/** Names in order of position; `~2` for the second that a file system without upper and lower case, or with other Unicode forms, would take for the first. */
export function makeUniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const folded = name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFC');
    const count = (seen.get(folded) ?? 0) + 1;
    seen.set(folded, count);
    return count === 1 ? name : `${name}~${count}`;
  });
}

function escapeSegment(segment: string): string {
  const isPrivate = /^#[\p{ID_Start}$_]/u.test(segment);
  const body = (isPrivate ? segment.slice(1) : segment).normalize('NFC').replace(/[^\p{ID_Continue}$]/gu, (c) => `-${c.codePointAt(0)!.toString(16)}-`);
  return isPrivate ? `-${body}` : body === '' ? '-empty-' : body;
}

/** Names of the function and of everything with a name around it, outermost first. */
function segmentsOf(ts: Ts, node: ts.Node): string[] {
  const segments: string[] = [];
  for (let n = node; !ts.isSourceFile(n); n = n.parent) {
    // A function without a name is not to be taken for the one that it stands in.
    if (segments.length === 0 && n !== node && ts.isFunctionLike(n)) segments.push('anonymous');
    const segment = segmentOf(ts, n);
    if (segment !== undefined) segments.unshift(segment);
  }
  return segments.length === 0 ? ['anonymous'] : segments;
}

function segmentOf(ts: Ts, n: ts.Node): string | undefined {
  if (ts.isFunctionDeclaration(n) || ts.isClassDeclaration(n)) return n.name?.text ?? 'default';
  if (ts.isModuleDeclaration(n)) return n.name.text;
  if (ts.isVariableDeclaration(n)) return ts.isIdentifier(n.name) ? n.name.text : undefined;
  if (ts.isMethodDeclaration(n) || ts.isAccessor(n) || ts.isPropertyDeclaration(n) || ts.isPropertyAssignment(n) || ts.isMethodSignature(n)) return nameOf(ts, n.name);
  if (ts.isConstructorDeclaration(n)) return 'constructor';
  if (ts.isExportAssignment(n)) return 'default';
  if ((ts.isFunctionExpression(n) || ts.isClassExpression(n)) && n.name !== undefined && !isValueOfName(ts, n)) return n.name.text;
  if (ts.isBinaryExpression(n) && n.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isExpressionStatement(n.parent)) return n.left.getText().replace(/\s+/g, '');
  return undefined;
}

function nameOf(ts: Ts, name: ts.PropertyName): string {
  if (!ts.isComputedPropertyName(name)) return name.text;
  const e = name.expression;
  return ts.isStringLiteralLike(e) || ts.isNumericLiteral(e) ? e.text : e.getText().replace(/\s+/g, '');
}

/** True when what surrounds the expression names it already. */
function isValueOfName(ts: Ts, e: ts.Expression): boolean {
  for (let up: ts.Node = e.parent; !ts.isStatement(up) && !ts.isFunctionLike(up); up = up.parent) {
    if (ts.isVariableDeclaration(up) || ts.isPropertyAssignment(up) || ts.isPropertyDeclaration(up)) return true;
  }
  return false;
}
