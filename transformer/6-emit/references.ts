import type ts from 'typescript';
import type { Ts } from '../types.ts';

/** One use of a name, as a value or as a type. */
export interface Reference {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** `{ name }` in an object literal: the replacement must keep the property's name. */
  readonly shorthand: boolean;
}

/**
 * Finds the places in a piece of parsed text that refer to one of the wanted free names.
 *
 * Scopes are whole functions: a name that any block of a function declares is taken as declared in all of it.
 * That misses a reference at worst (the types check then refuses the candidate), and never renames a local.
 */
export function findReferences(ts: Ts, root: ts.Node, wanted: ReadonlySet<string>): readonly Reference[] {
  const found: Reference[] = [];
  const sourceFile = root.getSourceFile();

  const visit = (node: ts.Node, shadowed: ReadonlySet<string>): void => {
    if (ts.isIdentifier(node)) {
      if (wanted.has(node.text) && !shadowed.has(node.text) && isReference(ts, node)) {
        found.push({ name: node.text, start: node.getStart(sourceFile), end: node.end, shorthand: ts.isShorthandPropertyAssignment(node.parent) });
      }
      return;
    }
    let inner = shadowed;
    if (ts.isFunctionLike(node)) {
      const own = new Set(shadowed);
      collectDeclared(ts, node, own, wanted);
      if (own.size > shadowed.size) inner = own;
    }
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(root, new Set());
  return found;
}

/** Adds the names that a function declares anywhere in itself, nested functions left out (their names count). */
function collectDeclared(ts: Ts, fn: ts.SignatureDeclaration, into: Set<string>, wanted: ReadonlySet<string>): void {
  const bind = (name: ts.BindingName | undefined): void => {
    if (name === undefined) return;
    if (ts.isIdentifier(name)) {
      if (wanted.has(name.text)) into.add(name.text);
    } else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name);
  };
  if (ts.isFunctionExpression(fn)) bind(fn.name);
  for (const parameter of fn.typeParameters ?? []) bind(parameter.name);
  for (const parameter of fn.parameters) bind(parameter.name);
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node)) bind(node.name);
    else if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node)) && node.name) bind(node.name);
    else if (ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) bind(node.name);
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  const body = (fn as ts.FunctionLikeDeclaration).body;
  if (body) ts.forEachChild(body, visit);
}

function isReference(ts: Ts, node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isJsxAttribute(parent) || ts.isBreakOrContinueStatement(parent) || ts.isLabeledStatement(parent)) return false;
  if (ts.isNamedTupleMember(parent) || ts.isTypePredicateNode(parent)) return (parent as ts.Node & { name?: ts.Node }).name !== node && (parent as ts.Node & { parameterName?: ts.Node }).parameterName !== node;
  if (ts.isParameter(parent) || ts.isVariableDeclaration(parent) || ts.isEnumMember(parent)) return parent.initializer === node;
  if (ts.isFunctionLike(parent) || ts.isClassLike(parent) || ts.isTypeParameterDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isPropertySignature(parent)
    || ts.isInterfaceDeclaration(parent) || ts.isTypeAliasDeclaration(parent) || ts.isEnumDeclaration(parent)) {
    return (parent as ts.Node & { name?: ts.Node }).name !== node;
  }
  return true;
}
