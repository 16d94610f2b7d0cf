import type ts from 'typescript';
import type { TargetNode, Ts } from '../types.ts';
import { innerExpression } from './inner-expression.ts';

/** What a marker stands on. */
export type Subject =
  | { readonly kind: 'function'; readonly node: TargetNode; /** The signature that carries the marker, when it is not the implementation. */ readonly overload?: ts.Node }
  | { readonly kind: 'bodiless' | 'accessor' | 'constructor' | 'other'; readonly node: ts.Node; readonly what: string };

/** The second argument of a call of `poet`; undefined for every other call. */
export type Unwrap = (call: ts.CallExpression) => ts.Expression | undefined;

/** The subject of a JSDoc comment: the function that begins at the token after it, or whose keywords and name that token is among. */
export function findSubjectAt(ts: Ts, file: ts.SourceFile, position: number, unwrap: Unwrap): Subject {
  const path: ts.Node[] = [];
  let node: ts.Node | undefined = file;
  while (node !== undefined) {
    path.push(node);
    node = ts.forEachChild(node, (child) => (child.pos <= position && position < child.end ? child : undefined));
  }
  const starting = path.filter((n) => n !== file && n.getStart(file) === position);
  for (const candidate of starting) {
    const subject = readSubject(ts, candidate, unwrap);
    if (subject.kind !== 'other') return subject;
  }
  // `export /** @poet */ async function f`: the token is one of the declaration's own.
  const owner = [...path].reverse().find((n) => n !== file && !starting.includes(n));
  if (owner !== undefined && isHead(ts, owner, position)) {
    const subject = readSubject(ts, owner, unwrap);
    if (subject.kind !== 'other') return subject;
  }
  const first = starting.find((n) => n.kind !== ts.SyntaxKind.EndOfFileToken);
  return first === undefined ? { kind: 'other', node: file, what: 'a place where nothing follows' } : readSubject(ts, first, unwrap);
}

/** Before the parameters of a function, or before the declarations of a variable statement. */
function isHead(ts: Ts, node: ts.Node, position: number): boolean {
  if (ts.isFunctionLike(node)) return position < (node.typeParameters ?? node.parameters).pos;
  if (ts.isVariableStatement(node)) return position <= node.declarationList.getStart();
  return ts.isExportAssignment(node) || ts.isPropertyDeclaration(node) && position <= node.name.getStart();
}

/** What a node is to a marker that stands on it. */
export function readSubject(ts: Ts, node: ts.Node, unwrap: Unwrap): Subject {
  const other = (): Subject => ({ kind: 'other', node, what: nameKind(ts, node) });
  const inside = (e: ts.Expression | undefined): Subject => (e === undefined ? other() : readValue(ts, e, unwrap) ?? other());
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return readDeclaration(ts, node);
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return { kind: 'function', node };
  if (ts.isAccessor(node) || ts.isAutoAccessorPropertyDeclaration(node)) return { kind: 'accessor', node, what: 'an accessor' };
  if (ts.isConstructorDeclaration(node)) return { kind: 'constructor', node, what: 'a constructor' };
  if (ts.isMethodSignature(node) || ts.isCallSignatureDeclaration(node)) return { kind: 'bodiless', node, what: 'a signature' };
  if (ts.isVariableStatement(node)) return readSubject(ts, node.declarationList, unwrap);
  if (ts.isVariableDeclarationList(node)) return node.declarations.length === 1 ? readSubject(ts, node.declarations[0]!, unwrap) : other();
  if (ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node)) return inside(node.initializer);
  if (ts.isExportAssignment(node)) return inside(node.expression);
  if (ts.isExpressionStatement(node)) return ts.isBinaryExpression(node.expression) ? readSubject(ts, node.expression, unwrap) : other();
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) return inside(node.right);
  if (ts.isParenthesizedExpression(node)) return inside(node);
  return other();
}

/** A function written as a value, inside a wrapper too. */
export function readValue(ts: Ts, expression: ts.Expression, unwrap: Unwrap): Subject | undefined {
  const e = innerExpression(ts, expression);
  if (ts.isArrowFunction(e) || ts.isFunctionExpression(e)) return { kind: 'function', node: e };
  const wrapped = ts.isCallExpression(e) ? unwrap(e) : undefined;
  return wrapped && readValue(ts, wrapped, unwrap);
}

function readDeclaration(ts: Ts, node: ts.FunctionDeclaration | ts.MethodDeclaration): Subject {
  if (node.body !== undefined) return { kind: 'function', node };
  const what = ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Abstract ? 'an abstract method' : 'a declaration';
  const implementation = findImplementation(ts, node);
  return implementation === undefined ? { kind: 'bodiless', node, what } : { kind: 'function', node: implementation, overload: node };
}

/** The implementation of an overload group, by position: its signatures stand directly in front of it. */
function findImplementation(ts: Ts, signature: ts.FunctionDeclaration | ts.MethodDeclaration): ts.FunctionDeclaration | ts.MethodDeclaration | undefined {
  const siblings = siblingsOf(ts, signature);
  for (const next of siblings.slice(siblings.indexOf(signature) + 1)) {
    if (!sameFunction(ts, signature, next)) return undefined;
    if (next.body !== undefined) return next;
  }
  return undefined;
}

/** The signatures in front of an implementation, in order. */
export function findOverloads(ts: Ts, node: TargetNode): readonly (ts.FunctionDeclaration | ts.MethodDeclaration)[] {
  if (!ts.isFunctionDeclaration(node) && !ts.isMethodDeclaration(node)) return [];
  const siblings = siblingsOf(ts, node);
  const found: (ts.FunctionDeclaration | ts.MethodDeclaration)[] = [];
  for (let i = siblings.indexOf(node) - 1; i >= 0; i--) {
    const before = siblings[i]!;
    if (!sameFunction(ts, node, before) || before.body !== undefined) break;
    found.unshift(before);
  }
  return found;
}

function siblingsOf(ts: Ts, node: ts.FunctionDeclaration | ts.MethodDeclaration): readonly ts.Node[] {
  const parent = node.parent;
  if (ts.isClassLike(parent)) return parent.members;
  return ts.isSourceFile(parent) || ts.isBlock(parent) || ts.isModuleBlock(parent) || ts.isCaseOrDefaultClause(parent) ? parent.statements : [];
}

function sameFunction(ts: Ts, a: ts.FunctionDeclaration | ts.MethodDeclaration, b: ts.Node): b is ts.FunctionDeclaration | ts.MethodDeclaration {
  if (!ts.isFunctionDeclaration(b) && !ts.isMethodDeclaration(b)) return false;
  return a.kind === b.kind && a.name?.getText() === b.name?.getText();
}

function nameKind(ts: Ts, node: ts.Node): string {
  if (ts.isVariableDeclarationList(node) && node.declarations.length > 1) return 'several variables at once';
  if (ts.isClassLike(node)) return 'a class';
  if (ts.isInterfaceDeclaration(node)) return 'an interface';
  if (ts.isTypeAliasDeclaration(node)) return 'a type';
  if (ts.isEnumDeclaration(node)) return 'an enum';
  if (ts.isModuleDeclaration(node)) return 'a namespace';
  if (ts.isParameter(node)) return 'a parameter';
  if (ts.isImportDeclaration(node) || ts.isImportEqualsDeclaration(node)) return 'an import';
  if (ts.isVariableDeclarationList(node) || ts.isVariableStatement(node) || ts.isVariableDeclaration(node)) return 'a variable';
  if (ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node) || ts.isPropertySignature(node) || ts.isShorthandPropertyAssignment(node)) return 'a property';
  if (ts.isExportAssignment(node) || ts.isExportDeclaration(node)) return 'an export';
  return ts.isStatement(node) ? 'a statement' : 'an expression';
}
