/** The pieces of source that a key is made of: one declaration each, as small as keeps its meaning. */
import type ts from 'typescript';
import type { Ts } from '../types.ts';

/**
 * A declaration that names may lead to.
 * `head` is a class without its members: what a method needs of its class when it only uses `this.x`.
 */
export interface UnitNode {
  readonly node: ts.Node;
  readonly part: 'whole' | 'head';
}

/**
 * The unit that a declaration belongs to: the nearest node that stands for itself.
 * @param memberOnly reached through `this`: a member of a class stands for itself
 */
export function findUnit(ts: Ts, declaration: ts.Node, memberOnly: boolean): ts.Node {
  let node = declaration;
  while (!isUnit(ts, node, memberOnly)) {
    if (!node.parent) return node;
    node = node.parent;
  }
  return node;
}

function isUnit(ts: Ts, node: ts.Node, memberOnly: boolean): boolean {
  if (ts.isClassElement(node) && ts.isClassLike(node.parent)) return memberOnly;
  return ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node) || ts.isClassLike(node) || ts.isInterfaceDeclaration(node)
    || ts.isTypeAliasDeclaration(node) || ts.isEnumDeclaration(node) || ts.isModuleDeclaration(node) || ts.isExportAssignment(node)
    || ts.isSourceFile(node) || ts.isJSDocTypedefTag(node);
}

export type Origin =
  | { readonly kind: 'project' }
  /** `package:name` for a package, `global` for what the compiler brings. */
  | { readonly kind: 'foreign'; readonly name: string };

/** Whether a file is the project's; paths with `node_modules` in them are packages, wherever they are. */
export function readOrigin(sourceFile: ts.SourceFile): Origin {
  const { fileName } = sourceFile;
  const at = fileName.lastIndexOf('/node_modules/');
  if (at === -1) return /(^|\/)lib\.[\w.]+\.d\.ts$/.test(fileName) ? { kind: 'foreign', name: 'global' } : { kind: 'project' };
  const [scope = '', name = ''] = fileName.slice(at + '/node_modules/'.length).split('/');
  const full = scope.startsWith('@') ? `${scope}/${name}` : scope;
  if (full === 'typescript' || full.startsWith('@typescript/')) return { kind: 'foreign', name: 'global' };
  return { kind: 'foreign', name: `package:${full}` };
}
