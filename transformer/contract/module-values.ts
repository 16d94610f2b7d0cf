/** Which classes an author's module can name in a check without changing what it loads. */
import type ts from 'typescript';
import type { Ts } from '../types.ts';
import { GLOBALS_IN_CHECKS } from './well-known.ts';

export interface ModuleValues {
  /** Name under which a class can be used in `instanceof` at module level, or undefined. */
  findClassName(symbol: ts.Symbol): { readonly name: string; readonly global: boolean } | undefined;
  /** Globals of checks that the module declares for itself, sorted. */
  readonly shadowedGlobals: readonly string[];
}

/**
 * A class counts when it is declared at the top of the module, is global, or is imported and already used as a value
 * (an import that only types use disappears from the output, and must not be brought back).
 * Not found: classes reached through a namespace (`ns.Class`).
 */
export function readModuleValues(ts: Ts, checker: ts.TypeChecker, file: ts.SourceFile): ModuleValues {
  const imported = importedNames(ts, checker, file);
  let used: ReadonlySet<string> | undefined;
  const resolve = (name: string): ts.Symbol | undefined => checker.resolveName(name, file, ts.SymbolFlags.Value, false);
  return {
    findClassName(symbol) {
      const name = imported.get(symbol);
      if (name !== undefined) {
        used ??= valueNames(ts, file);
        return used.has(name) ? { name, global: false } : undefined;
      }
      if (symbol.name === 'default' || resolve(symbol.name) !== symbol) return undefined;
      const isOwn = ts.isExternalModule(file) && (symbol.declarations ?? []).some((declaration) => declaration.parent === file);
      return { name: symbol.name, global: !isOwn };
    },
    shadowedGlobals: GLOBALS_IN_CHECKS.filter((name) => ownNames(ts, file).has(name)),
  };
}

/** Symbol of what is imported → local name. */
function importedNames(ts: Ts, checker: ts.TypeChecker, file: ts.SourceFile): ReadonlyMap<ts.Symbol, string> {
  const names = new Map<ts.Symbol, string>();
  const add = (name: ts.Identifier): void => {
    const symbol = checker.getSymbolAtLocation(name);
    if (symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias) names.set(checker.getAliasedSymbol(symbol), name.text);
  };
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || statement.importClause === undefined || statement.importClause.isTypeOnly) continue;
    const { name, namedBindings } = statement.importClause;
    if (name !== undefined) add(name);
    if (namedBindings === undefined || !ts.isNamedImports(namedBindings)) continue;
    for (const element of namedBindings.elements) if (!element.isTypeOnly) add(element.name);
  }
  return names;
}

/** Identifiers that stand for values somewhere in the file. */
function valueNames(ts: Ts, file: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      names.add(node.text);
    } else if (ts.isPropertyAccessExpression(node)) {
      visit(node.expression);
    } else if (ts.isPropertyAssignment(node)) {
      if (ts.isComputedPropertyName(node.name)) visit(node.name);
      visit(node.initializer);
    } else if (ts.isHeritageClause(node)) {
      if (node.token === ts.SyntaxKind.ExtendsKeyword && ts.isClassLike(node.parent)) node.types.forEach((type) => visit(type.expression));
    } else if (!ts.isTypeNode(node) && !ts.isImportDeclaration(node) && !ts.isInterfaceDeclaration(node) && !ts.isTypeAliasDeclaration(node)) {
      ts.forEachChild(node, visit);
    }
  };
  visit(file);
  return names;
}

/** Names that the module's top level declares or imports. */
function ownNames(ts: Ts, file: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const addBinding = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) addBinding(element.name);
  };
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) statement.declarationList.declarations.forEach((declaration) => addBinding(declaration.name));
    else if (ts.isImportDeclaration(statement)) addImports(ts, statement, names);
    else if ('name' in statement && statement.name !== undefined && ts.isIdentifier(statement.name as ts.Node)) names.add((statement.name as ts.Identifier).text);
  }
  return names;
}

function addImports(ts: Ts, statement: ts.ImportDeclaration, names: Set<string>): void {
  const clause = statement.importClause;
  if (clause?.name !== undefined) names.add(clause.name.text);
  const bindings = clause?.namedBindings;
  if (bindings === undefined) return;
  if (ts.isNamespaceImport(bindings)) names.add(bindings.name.text);
  else for (const element of bindings.elements) names.add(element.name.text);
}
