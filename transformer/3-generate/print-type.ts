import type ts from 'typescript';
import type { Ts } from '../types.ts';

const MAX_LENGTH = 200;

/**
 * A type as text, for the scope of a node: the same text whatever was checked before, and in every TypeScript version.
 *
 * @returns undefined where no such text exists: a name that the scope does not see, a class without a name,
 *   `any` at the top, or a text longer than 200 characters
 */
export type TypePrinter = (type: ts.Type, scope: ts.Node) => string | undefined;

export function makeTypePrinter(ts: Ts, checker: ts.TypeChecker): TypePrinter {
  const printer = ts.createPrinter({ removeComments: true });
  const isVisible = makeVisibility(ts, checker);
  return (type, scope) => {
    if (type.flags & ts.TypeFlags.Any) return undefined;
    const node = checker.typeToTypeNode(type, scope, ts.NodeBuilderFlags.NoTruncation | ts.NodeBuilderFlags.IgnoreErrors);
    if (!node || !isPrintable(ts, node) || !findNames(ts, node).every(([name, meaning]) => isVisible(name, meaning, scope))) return undefined;
    const sourceFile = scope.getSourceFile();
    const text = printer.printNode(ts.EmitHint.Unspecified, sortUnions(ts, node, printer, sourceFile), sourceFile)
      .replace(/\s*\n\s*/g, ' ').replace(/; }/g, ' }').replace(/"((?:[^"\\'])*)"/g, "'$1'");
    return text.length <= MAX_LENGTH ? text : undefined;
  };
}

function isPrintable(ts: Ts, node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return false;
  if (ts.isIdentifier(node) && !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(node.text)) return false;
  if (node.kind === ts.SyntaxKind.ThisType) return false;
  return ts.forEachChild(node, (child) => !isPrintable(ts, child)) !== true;
}

type Name = readonly [name: string, meaning: ts.SymbolFlags];

/** The free names of a type, with what they must mean. */
function findNames(ts: Ts, root: ts.Node): Name[] {
  const bound = new Set<string>();
  const names: Name[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeParameterDeclaration(node)) bound.add(node.name.text);
    if (ts.isTypeReferenceNode(node)) names.push([leftmost(ts, node.typeName), ts.isIdentifier(node.typeName) ? ts.SymbolFlags.Type : ts.SymbolFlags.Namespace]);
    if (ts.isTypeQueryNode(node)) names.push([leftmost(ts, node.exprName), ts.SymbolFlags.Value]);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return names.filter(([name]) => !bound.has(name));
}

/** The checker names a type that the scope cannot reach, too; such a text would not compile. */
function makeVisibility(ts: Ts, checker: ts.TypeChecker): (name: string, meaning: ts.SymbolFlags, scope: ts.Node) => boolean {
  const ofFiles = new Map<ts.SourceFile, Map<string, ts.SymbolFlags>>();
  const readFlags = (symbol: ts.Symbol): ts.SymbolFlags =>
    (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol).flags : symbol.flags);
  return (name, meaning, scope) => {
    const sourceFile = scope.getSourceFile();
    let names = ofFiles.get(sourceFile);
    if (!names) {
      const every = ts.SymbolFlags.Type | ts.SymbolFlags.Value | ts.SymbolFlags.Namespace | ts.SymbolFlags.Alias;
      names = new Map(checker.getSymbolsInScope(sourceFile, every).map((symbol) => [symbol.name, readFlags(symbol)]));
      ofFiles.set(sourceFile, names);
    }
    if ((names.get(name) ?? 0) & meaning) return true;
    return checker.getSymbolsInScope(scope, meaning).some((symbol) => symbol.name === name);
  };
}

function leftmost(ts: Ts, name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : leftmost(ts, name.left);
}

/**
 * The checker orders the members of a union by the order in which it met them, which depends on what else was checked:
 * here they are in alphabetical order, `null` and `undefined` last.
 */
function sortUnions(ts: Ts, root: ts.TypeNode, printer: ts.Printer, sourceFile: ts.SourceFile): ts.TypeNode {
  const rank = (text: string): number => (text === 'undefined' ? 2 : text === 'null' ? 1 : 0);
  const transformer: ts.TransformerFactory<ts.Node> = (context) => {
    const visit = (node: ts.Node): ts.Node => {
      const inner = ts.visitEachChild(node, visit, context);
      if (!ts.isUnionTypeNode(inner)) return inner;
      const members = inner.types
        .map((type) => ({ type, text: printer.printNode(ts.EmitHint.Unspecified, type, sourceFile) }))
        .sort((a, b) => rank(a.text) - rank(b.text) || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
      return ts.factory.createUnionTypeNode(members.map(({ type }) => type));
    };
    return (node) => ts.visitNode(node, visit);
  };
  const [sorted] = ts.transform(root as ts.Node, [transformer]).transformed;
  return sorted as ts.TypeNode;
}
