import { dirname } from 'node:path';
import type ts from 'typescript';
import type { Ts } from '../types.ts';
import { innerExpression } from './inner-expression.ts';

export const PACKAGE = 'poetc';
const EXPORT = 'poet';

/** Local names of one file that may stand for `poet`; what they are is asked of the checker, names can be shadowed. */
export interface PoetNames {
  readonly direct: ReadonlySet<string>;
  /** Imported modules that export it: `p` of `p.poet`. */
  readonly namespaces: ReadonlySet<string>;
}

export interface PoetSymbols {
  /** Undefined when the file imports no `poet`, under any name and through any barrel. */
  findNames(file: ts.SourceFile): PoetNames | undefined;
  /** True when an expression is `poet` itself: `poet`, an alias of it, or `namespace.poet`. */
  isPoet(expression: ts.Expression, names: PoetNames): boolean;
  /** True when the file hands `poet` on, under whatever name. */
  exportsPoet(file: ts.SourceFile): boolean;
}

/**
 * Recognises this package's `poet` by symbol: its declaration lies in a package named poetc, or the import says "poetc" literally.
 *
 * Not seen: `poet` out of a destructured object (`const { poet } = ns`), an array, a parameter or a dynamic import. The runtime reports those.
 */
export function makePoetSymbols(ts: Ts, checker: ts.TypeChecker): PoetSymbols {
  const packages = new Map<string, string | undefined>();

  const isPoetSymbol = (symbol: ts.Symbol | undefined, depth = 0): boolean => {
    if (symbol === undefined || depth > 10) return false;
    if (symbol.flags & ts.SymbolFlags.Alias) {
      return (symbol.declarations ?? []).some(isLiteralImport) || isPoetSymbol(resolveAlias(symbol), depth + 1);
    }
    const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0];
    if (declaration === undefined) return false;
    if (symbol.name === EXPORT && isInPackage(declaration)) return true;
    const aliased = findConstAlias(ts, declaration);
    return aliased !== undefined && isPoetSymbol(checker.getSymbolAtLocation(nameOf(aliased)), depth + 1);
  };
  const nameOf = (e: ts.Identifier | ts.PropertyAccessExpression): ts.Node => (ts.isIdentifier(e) ? e : e.name);

  const resolveAlias = (symbol: ts.Symbol): ts.Symbol | undefined => {
    const target = checker.getAliasedSymbol(symbol);
    return target === symbol ? undefined : target;
  };

  /** `import { poet } from "poetc"` and `export { poet as x } from "poetc"`: true even where the package cannot be resolved. */
  const isLiteralImport = (declaration: ts.Declaration): boolean => {
    if (!ts.isImportSpecifier(declaration) && !ts.isExportSpecifier(declaration)) return false;
    if ((declaration.propertyName ?? declaration.name).text !== EXPORT) return false;
    const statement = ts.isImportSpecifier(declaration) ? declaration.parent.parent.parent : declaration.parent.parent;
    const from = statement.moduleSpecifier;
    return from !== undefined && ts.isStringLiteral(from) && from.text === PACKAGE;
  };

  const isInPackage = (declaration: ts.Declaration): boolean => {
    for (let node: ts.Node = declaration; node.parent !== undefined; node = node.parent) {
      if (ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)) return node.name.text === PACKAGE; // declare module "poetc"
    }
    return findPackageName(dirname(declaration.getSourceFile().fileName)) === PACKAGE;
  };

  const findPackageName = (folder: string): string | undefined => {
    if (packages.has(folder)) return packages.get(folder);
    const text = ts.sys.readFile(`${folder}/package.json`);
    const name = text === undefined ? undefined : (ts.parseConfigFileTextToJson('package.json', text).config as { readonly name?: unknown } | undefined)?.name;
    const parent = dirname(folder);
    // A package.json without a name only says "type": the package's own lies further up.
    const found = typeof name === 'string' ? name : parent === folder ? undefined : findPackageName(parent);
    packages.set(folder, found);
    return found;
  };

  const modules = new Map<ts.Symbol, boolean>();
  const holdsPoet = (module: ts.Symbol): boolean => {
    let known = modules.get(module);
    if (known === undefined) {
      const mayBe = (s: ts.Symbol): boolean => s.name === EXPORT || (s.flags & (ts.SymbolFlags.Alias | ts.SymbolFlags.BlockScopedVariable)) !== 0;
      known = checker.getExportsOfModule(module).some((s) => mayBe(s) && isPoetSymbol(s));
      modules.set(module, known);
    }
    return known;
  };

  return {
    findNames(file) {
      const direct = new Set<string>();
      const namespaces = new Set<string>();
      for (const { name, whole } of importsOf(ts, file)) {
        const symbol = checker.getSymbolAtLocation(name);
        if (symbol === undefined) continue;
        if (isPoetSymbol(symbol)) direct.add(name.text);
        else if (whole && symbol.flags & ts.SymbolFlags.Alias) {
          const target = resolveAlias(symbol);
          if (target !== undefined && target.flags & ts.SymbolFlags.Module && holdsPoet(target)) namespaces.add(name.text);
        }
      }
      if (direct.size === 0 && namespaces.size === 0) return undefined;
      addConstAliases(ts, file, direct, namespaces);
      return { direct, namespaces };
    },
    isPoet(expression, { direct, namespaces }) {
      const e = innerExpression(ts, expression);
      if (ts.isIdentifier(e)) return direct.has(e.text) && isPoetSymbol(checker.getSymbolAtLocation(e));
      if (!ts.isPropertyAccessExpression(e)) return false;
      const root = e.expression;
      return ts.isIdentifier(root) && namespaces.has(root.text) && isPoetSymbol(checker.getSymbolAtLocation(e.name));
    },
    exportsPoet(file) {
      const module = checker.getSymbolAtLocation(file);
      return module !== undefined && holdsPoet(module);
    },
  };
}

/** Every name that imports bind; `whole` where the name can stand for a module rather than one export of it. */
function* importsOf(ts: Ts, file: ts.SourceFile): Generator<{ readonly name: ts.Identifier; readonly whole: boolean }> {
  for (const statement of file.statements) {
    if (ts.isImportEqualsDeclaration(statement)) yield { name: statement.name, whole: true };
    if (!ts.isImportDeclaration(statement) || statement.importClause === undefined) continue;
    const { name, namedBindings } = statement.importClause;
    if (name !== undefined) yield { name, whole: true };
    if (namedBindings === undefined) continue;
    if (ts.isNamespaceImport(namedBindings)) yield { name: namedBindings.name, whole: true };
    else for (const element of namedBindings.elements) yield { name: element.name, whole: true };
  }
}

/** `const enhance = poet;` makes `enhance` a name to look at. Walks only files whose text may hold one. */
function addConstAliases(ts: Ts, file: ts.SourceFile, direct: Set<string>, namespaces: ReadonlySet<string>): void {
  const either = (names: ReadonlySet<string>): string => [...names].map((name) => name.replaceAll('$', '\\$')).join('|') || '(?!)';
  if (!new RegExp(`=[\\s(]*(?:(?:${either(direct)})(?![\\w$]|\\s*[(<.])|(?:${either(namespaces)})\\s*\\.)`).test(file.text)) return;
  const visit = (node: ts.Node): void => {
    const aliased = ts.isVariableDeclaration(node) ? findConstAlias(ts, node) : undefined;
    if (aliased !== undefined && ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
      const known = ts.isIdentifier(aliased) ? direct.has(aliased.text) : ts.isIdentifier(aliased.expression) && namespaces.has(aliased.expression.text);
      if (known) direct.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
}

function findConstAlias(ts: Ts, declaration: ts.Declaration): ts.Identifier | ts.PropertyAccessExpression | undefined {
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined || !(declaration.parent.flags & ts.NodeFlags.Const)) return undefined;
  const value = innerExpression(ts, declaration.initializer);
  return ts.isIdentifier(value) || ts.isPropertyAccessExpression(value) ? value : undefined;
}
