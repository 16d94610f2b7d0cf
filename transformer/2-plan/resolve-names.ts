/** From the names in a declaration to the declarations that they mean. */
import type ts from 'typescript';
import type { Ts } from '../types.ts';
import { findUnit, readOrigin } from './unit.ts';

export type Reference =
  | { readonly kind: 'project'; readonly node: ts.Node; readonly part: 'whole' | 'head'; /** Files that re-export the name on the way. */ readonly via: readonly string[] }
  | { readonly kind: 'foreign'; readonly name: string };

export type NameResolver = (node: ts.Node, part: 'whole' | 'head', skip?: (node: ts.Node) => boolean) => Reference[];

/** References are in the order of the text, each meaning once. */
export function makeNameResolver(ts: Ts, checker: ts.TypeChecker): NameResolver {
  const ofSymbols = new Map<ts.Symbol, Reference[]>();

  const readSymbol = (symbol: ts.Symbol): Reference[] => {
    let references = ofSymbols.get(symbol);
    if (!references) ofSymbols.set(symbol, (references = makeReferences(ts, checker, symbol)));
    return references;
  };

  return (root, part, skip) => {
    const seen = new Set<ts.Node | string>();
    const out: Reference[] = [];
    const add = (reference: Reference): void => {
      if (reference.kind === 'project' && (part === 'whole' ? isInside(reference.node, root) : reference.node === root)) return;
      const id = reference.kind === 'foreign' ? reference.name : reference.node;
      if (!seen.has(id)) { seen.add(id); out.push(reference); }
    };
    const visit = (node: ts.Node): void => {
      if (skip?.(node) || (part === 'head' && node.parent === root && ts.isClassElement(node))) return;
      if (ts.isIdentifier(node)) { if (isReference(ts, node)) for (const reference of readName(ts, checker, node, root, readSymbol)) add(reference); return; }
      if (node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword || ts.isThisTypeNode(node)) {
        for (const reference of readThis(ts, checker, node)) add(reference);
        return;
      }
      for (const reference of readImported(ts, checker, node, readSymbol)) add(reference);
      ts.forEachChild(node, visit);
    };
    visit(root);
    // A member says little without the class around it.
    const owner = root.parent;
    if (owner && ts.isClassElement(root) && ts.isClassLike(owner)) add({ kind: 'project', node: owner, part: 'head', via: [] });
    return out;
  };
}

function isInside(node: ts.Node, root: ts.Node): boolean {
  return node.getSourceFile() === root.getSourceFile() && root.pos <= node.pos && node.end <= root.end && node !== root;
}

/** Names of properties mean nothing by themselves: what they belong to is reached by another name. */
function isReference(ts: Ts, node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
  if (ts.isQualifiedName(parent) && parent.right === node) return false;
  if (ts.isBindingElement(parent) && parent.propertyName === node) return false;
  if ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent) || ts.isMethodSignature(parent)
    || ts.isMethodDeclaration(parent) || ts.isAccessor(parent) || ts.isEnumMember(parent) || ts.isNamedTupleMember(parent)) && parent.name === node) return false;
  if ((ts.isParameter(parent) || ts.isTypeParameterDeclaration(parent)) && parent.name === node) return false;
  if (ts.isImportTypeNode(parent) || ts.isMetaProperty(parent) || ts.isJsxAttribute(parent)) return false;
  return !(ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent));
}

function readName(ts: Ts, checker: ts.TypeChecker, node: ts.Identifier, root: ts.Node, readSymbol: (symbol: ts.Symbol) => Reference[]): Reference[] {
  const symbol = ts.isShorthandPropertyAssignment(node.parent) ? checker.getShorthandAssignmentValueSymbol(node.parent) : checker.getSymbolAtLocation(node);
  // What the piece declares for itself is in its words already.
  if (!symbol || symbol.declarations?.every((declaration) => isInside(declaration, root))) return [];
  const target = resolveAlias(ts, checker, symbol);
  if (!(target.flags & ts.SymbolFlags.ValueModule) || !target.declarations?.some(ts.isSourceFile)) return readSymbol(symbol);
  // `ns.name`: only what is named of the module, not all of it.
  const { parent } = node;
  const member = ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent.name : ts.isQualifiedName(parent) && parent.left === node ? parent.right : undefined;
  const found = member && checker.getSymbolAtLocation(member);
  return found ? readSymbol(found) : checker.getExportsOfModule(target).flatMap(readSymbol);
}

/** `import('./a').Name` as a type, `import('./a')` as a call. */
function readImported(ts: Ts, checker: ts.TypeChecker, node: ts.Node, readSymbol: (symbol: ts.Symbol) => Reference[]): Reference[] {
  if (ts.isImportTypeNode(node)) {
    const { qualifier } = node;
    const named = qualifier && checker.getSymbolAtLocation(ts.isQualifiedName(qualifier) ? qualifier.right : qualifier);
    if (named) return readSymbol(named);
  }
  const specifier = ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) ? node.argument.literal
    : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : undefined;
  const module = specifier && ts.isStringLiteral(specifier) ? checker.getSymbolAtLocation(specifier) : undefined;
  return module ? checker.getExportsOfModule(module).flatMap(readSymbol) : [];
}

function readThis(ts: Ts, checker: ts.TypeChecker, node: ts.Node): Reference[] {
  const owner = ts.findAncestor(node, (n): n is ts.ClassLikeDeclaration | ts.ObjectLiteralExpression | ts.FunctionDeclaration =>
    ts.isClassLike(n) || ts.isObjectLiteralExpression(n) || ts.isFunctionDeclaration(n));
  if (!owner || ts.isFunctionDeclaration(owner)) return [];
  const whole: Reference = { kind: 'project', node: findUnit(ts, owner, false), part: 'whole', via: [] };
  const access = node.parent;
  if (!ts.isClassLike(owner) || !ts.isPropertyAccessExpression(access) || access.expression !== node) return [whole];
  const declarations = checker.getSymbolAtLocation(access.name)?.declarations;
  if (!declarations) return [whole];
  return declarations.filter((d) => readOrigin(d.getSourceFile()).kind === 'project')
    .map((d): Reference => ({ kind: 'project', node: ts.isParameter(d) ? d.parent : findUnit(ts, d, true), part: 'whole', via: [] }));
}

function resolveAlias(ts: Ts, checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function makeReferences(ts: Ts, checker: ts.TypeChecker, symbol: ts.Symbol): Reference[] {
  const target = resolveAlias(ts, checker, symbol);
  const via = target === symbol ? [] : findPath(ts, checker, symbol, target);
  const references = (target.declarations ?? []).map((declaration): Reference => {
    const origin = readOrigin(declaration.getSourceFile());
    if (origin.kind === 'foreign') return { kind: 'foreign', name: `${origin.name}:${target.name}` };
    const isOfClass = ts.isTypeParameterDeclaration(declaration) && ts.isClassLike(declaration.parent);
    return { kind: 'project', node: findUnit(ts, declaration, false), part: isOfClass ? 'head' : 'whole', via };
  });
  if (references.length === 0) return symbol.flags & ts.SymbolFlags.Alias ? [{ kind: 'foreign', name: `unresolved:${symbol.name}` }] : [];
  // Merged declarations come in the order of the program's files, which adding a file may change.
  return references.sort((a, b) => compare(placeOf(a), placeOf(b)));
}

function placeOf(reference: Reference): string {
  return reference.kind === 'foreign' ? reference.name : `${reference.node.getSourceFile().fileName}:${String(reference.node.pos).padStart(9, '0')}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The project files through which an imported name comes, e.g. an index that re-exports it. */
function findPath(ts: Ts, checker: ts.TypeChecker, alias: ts.Symbol, target: ts.Symbol): string[] {
  const files = new Set<string>();
  const follow = (symbol: ts.Symbol): void => {
    for (const declaration of symbol.declarations ?? []) {
      const statement = ts.findAncestor(declaration, (n): n is ts.ImportDeclaration | ts.ExportDeclaration => ts.isImportDeclaration(n) || ts.isExportDeclaration(n));
      const module = statement?.moduleSpecifier && checker.getSymbolAtLocation(statement.moduleSpecifier);
      const name = ts.isImportSpecifier(declaration) || ts.isExportSpecifier(declaration) ? (declaration.propertyName ?? declaration.name).text : 'default';
      if (module) enter(module, name);
    }
  };
  const enter = (module: ts.Symbol, name: string): void => {
    const file = module.declarations?.find(ts.isSourceFile);
    if (!file || files.has(file.fileName) || readOrigin(file).kind !== 'project') return;
    files.add(file.fileName);
    const own = module.exports?.get(name as ts.__String);
    if (own) { if (own.flags & ts.SymbolFlags.Alias) follow(own); return; }
    for (const star of module.exports?.get('__export' as ts.__String)?.declarations ?? []) {
      const next = ts.isExportDeclaration(star) && star.moduleSpecifier ? checker.getSymbolAtLocation(star.moduleSpecifier) : undefined;
      const found = next && checker.tryGetMemberInModuleExports(name, next);
      if (next && found && resolveAlias(ts, checker, found) === target) enter(next, name);
    }
  };
  follow(alias);
  return [...files];
}
