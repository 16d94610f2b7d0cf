/** What precedes a version's code on disk, so that an editor knows the names in it. Regenerated at will, never hashed, never emitted. */
import { dirname, relative } from 'node:path/posix';
import type ts from 'typescript';
import { contractExports } from '../contract/index.ts';
import type { Context } from '../context.ts';
import { parseCode } from '../syntax/phases.ts';
import type { Candidate, Plan, Target, Ts } from '../types.ts';
import { findFreeNames } from './free-names.ts';
import { makeTypePrinter } from './print-type.ts';

/** The last line of a header. */
export const HEADER_END = '// ---- header ends ----';

export interface HeaderEnv {
  /** Of the program that the target belongs to. */
  readonly checker: ts.TypeChecker;
  /** Posix, relative to the root: `.poet/src/a.ts/f/v1`. */
  readonly versionFolder: string;
}

/** Helpers that code.ts may name; those of contract.ts are imported there. */
const RUNTIME_NAMES = ['refuseArguments', 'observeArguments', 'refuseResult', 'reportResult'];

/** Imports and declarations, then HEADER_END on a line of its own. */
export function makeHeader(plan: Plan, candidate: Candidate, ctx: Context, env: HeaderEnv): string {
  const { ts } = ctx;
  const { target } = plan;
  const names = findFreeNames(ts, parseCode(ts, candidate.code, target.sourceFile.fileName.endsWith('x')));
  const contract = contractExports(target.contract, target.options.perceive).filter((name) => names.delete(name));
  const runtime = RUNTIME_NAMES.filter((name) => names.delete(name));
  const lines = [
    ...(contract.length > 0 ? [`import { ${contract.join(', ')} } from "./contract.ts";`] : []),
    ...(runtime.length > 0 ? [`import { ${runtime.join(', ')} } from "poetc/runtime";`] : []),
    ...declareAuthorNames(ts, target, names, env),
    HEADER_END,
  ];
  return `${lines.join('\n')}\n`;
}

/** The code below the header; a text without header comes back as it is. */
export function stripHeader(text: string): string {
  const end = `${HEADER_END}\n`;
  const normal = text.replaceAll('\r\n', '\n');
  if (normal.startsWith(end)) return normal.slice(end.length);
  const at = normal.indexOf(`\n${end}`);
  return at === -1 ? normal : normal.slice(at + 1 + end.length);
}

type Names = ReadonlyMap<string, 'type' | 'value'>;

function declareAuthorNames(ts: Ts, target: Target, names: Names, env: HeaderEnv): string[] {
  const { checker } = env;
  const every = ts.SymbolFlags.Type | ts.SymbolFlags.Value | ts.SymbolFlags.Namespace | ts.SymbolFlags.Alias;
  const inScope = new Map(checker.getSymbolsInScope(target.node, every).map((symbol) => [symbol.name, symbol]));
  const module = checker.getSymbolAtLocation(target.sourceFile);
  const exported = new Set(module ? checker.getExportsOfModule(module).map((symbol) => symbol.name) : []);
  const modulePath = relative(env.versionFolder, target.modulePath);
  const own: string[] = [];
  const imports: string[] = [];
  const declarations: string[] = [];
  const printType = makeTypePrinter(ts, checker);
  for (const name of [...names.keys()].sort()) {
    const symbol = inScope.get(name);
    const declaration = symbol?.declarations?.find((d) => d.getSourceFile() === target.sourceFile);
    if (!symbol || !declaration) continue;
    const imported = reimport(ts, declaration, name, (specifier) => adjust(specifier, target.modulePath, env.versionFolder));
    if (imported !== undefined) imports.push(imported);
    else if (exported.has(name) && ts.isSourceFile(enclosingScope(ts, declaration))) own.push(names.get(name) === 'type' ? `type ${name}` : name);
    else declarations.push(declareLocal(ts, checker, symbol, declaration, name, printType));
  }
  return [
    ...imports,
    ...(own.length > 0 ? [`import { ${own.join(', ')} } from "${dotted(modulePath)}";`] : []),
    ...declarations,
  ];
}

function enclosingScope(ts: Ts, node: ts.Node): ts.Node {
  return ts.findAncestor(node.parent, (n) => ts.isSourceFile(n) || ts.isBlock(n) || ts.isModuleBlock(n)) ?? node.getSourceFile();
}

/** An import of the author's module, for one name, from where the version lies. */
function reimport(ts: Ts, declaration: ts.Node, name: string, adjustSpecifier: (specifier: string) => string): string | undefined {
  const statement = ts.findAncestor(declaration, (n): n is ts.ImportDeclaration => ts.isImportDeclaration(n));
  if (statement && ts.isStringLiteral(statement.moduleSpecifier)) {
    const from = JSON.stringify(adjustSpecifier(statement.moduleSpecifier.text));
    if (ts.isNamespaceImport(declaration)) return `import * as ${name} from ${from};`;
    if (ts.isImportClause(declaration)) return `import ${statement.importClause?.isTypeOnly ? 'type ' : ''}${name} from ${from};`;
    if (!ts.isImportSpecifier(declaration)) return undefined;
    const original = declaration.propertyName?.text;
    const isType = declaration.isTypeOnly || statement.importClause?.isTypeOnly === true;
    return `import { ${isType ? 'type ' : ''}${original === undefined ? name : `${original} as ${name}`} } from ${from};`;
  }
  if (ts.isImportEqualsDeclaration(declaration) && ts.isExternalModuleReference(declaration.moduleReference) && ts.isStringLiteral(declaration.moduleReference.expression)) {
    return `import ${name} = require(${JSON.stringify(adjustSpecifier(declaration.moduleReference.expression.text))});`;
  }
  return undefined;
}

function adjust(specifier: string, modulePath: string, versionFolder: string): string {
  if (!/^\.{1,2}(\/|$)/.test(specifier)) return specifier;
  const path = relative(versionFolder, `${dirname(modulePath)}/${specifier}`);
  return dotted(path);
}

function dotted(path: string): string {
  return path.startsWith('.') ? path : `./${path}`;
}

/** A name that the module keeps to itself: its shape, as far as an editor needs it. */
function declareLocal(ts: Ts, checker: ts.TypeChecker, symbol: ts.Symbol, declaration: ts.Node, name: string, printType: ReturnType<typeof makeTypePrinter>): string {
  const text = (node: ts.Node): string => node.getText().replaceAll('\r\n', '\n');
  if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) return text(declaration).replace(/^export\s+/, '');
  if (ts.isEnumDeclaration(declaration)) return `declare ${text(declaration).replace(/^(export\s+|declare\s+)*/, '')}`;
  if (ts.isClassDeclaration(declaration)) return declareClass(ts, checker, declaration, name, printType);
  const type = checker.getTypeOfSymbolAtLocation(symbol, declaration);
  return `declare const ${name}: ${printType(type, declaration) ?? 'any'};`;
}

function declareClass(ts: Ts, checker: ts.TypeChecker, node: ts.ClassDeclaration, name: string, printType: ReturnType<typeof makeTypePrinter>): string {
  const generics = node.typeParameters ? `<${node.typeParameters.map((p) => p.getText()).join(', ')}>` : '';
  const members = node.members.flatMap((member) => {
    if (!member.name || !ts.isIdentifier(member.name)) return [];
    const symbol = checker.getSymbolAtLocation(member.name);
    const isStatic = ts.canHaveModifiers(member) && ts.getModifiers(member)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword);
    return symbol ? [`  ${isStatic ? 'static ' : ''}${member.name.text}: ${printType(checker.getTypeOfSymbolAtLocation(symbol, member), member) ?? 'any'};`] : [];
  });
  return [`declare class ${name}${generics} {`, ...new Set(members), '}'].join('\n');
}
