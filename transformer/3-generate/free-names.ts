import type ts from 'typescript';
import type { Ts } from '../types.ts';

/**
 * Names that a file uses and nowhere declares, as types only or also as values.
 *
 * Scopes are not told apart: a name that is declared anywhere in the file counts as declared. Good enough for an editor's
 * header; not for an audit.
 */
export function findFreeNames(ts: Ts, sourceFile: ts.SourceFile): Map<string, 'type' | 'value'> {
  const declared = new Set<string>();
  const used = new Map<string, 'type' | 'value'>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      if (isDeclarationName(ts, node)) declared.add(node.text);
      else if (isUse(ts, node) && used.get(node.text) !== 'value') used.set(node.text, isInType(ts, node) ? 'type' : 'value');
    }
    ts.forEachChild(node, visit);
  };
  visit(sourceFile);
  for (const name of declared) used.delete(name);
  return used;
}

function isDeclarationName(ts: Ts, node: ts.Identifier): boolean {
  const { parent } = node;
  return (ts.isFunctionDeclaration(parent) || ts.isFunctionExpression(parent) || ts.isVariableDeclaration(parent) || ts.isParameter(parent)
    || ts.isBindingElement(parent) || ts.isClassLike(parent) || ts.isTypeParameterDeclaration(parent)
    || ts.isTypeAliasDeclaration(parent) || ts.isInterfaceDeclaration(parent) || ts.isEnumDeclaration(parent)) && parent.name === node;
}

function isUse(ts: Ts, node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isPropertyDeclaration(parent)) return parent.initializer === node;
  return !(ts.isPropertySignature(parent) || ts.isMethodSignature(parent) || ts.isMethodDeclaration(parent) || ts.isAccessor(parent) || ts.isNamedTupleMember(parent)
    || ts.isEnumMember(parent) || ts.isMetaProperty(parent) || ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent) || ts.isJsxAttribute(parent)
    || ts.isTypePredicateNode(parent) || ts.isImportTypeNode(parent));
}

function isInType(ts: Ts, node: ts.Identifier): boolean {
  return ts.findAncestor(node, (n) => ts.isTypeNode(n) && !ts.isExpressionWithTypeArguments(n)) !== undefined;
}
