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
  const contract = contractExports(target.contract, target.options.perceive).filter((name: string) => names.delete(name));
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
  if (names.size === 0) return [];
  const every = ts.SymbolFlags.Type | ts.SymbolFlags.Value | ts.SymbolFlags.Namespace | ts.SymbolFlags.Alias;
  const inScope = new Map(checker.getSymbolsInScope(target.node, every).map((symbol) => [symbol.name, symbol]));
  const module = checker.getSymbolAtLocation(target.sourceFile);
  const exported = new Set(module ? checker.getExportsOfModule(module).map((symbol) => symbol.name) : []);
  const imports = new Map<string, string[]>();
  const others: string[] = [];
  const declarations: string[] = [];
  const printType = makeTypePrinter(ts, checker);
  const add = (from: string, what: string): void => { imports.set(from, [...(imports.get(from) ?? []), what]); };
  const seen = new Map(names);
  const queue = [...names.keys()].sort();
  for (const name of queue) {
    const symbol = inScope.get(name);
    const declaration = symbol?.declarations?.find((d) => d.getSourceFile() === target.sourceFile);
    if (!symbol || !declaration) continue;
    const imported = readImport(ts, declaration, name);
    if (imported) {
      const from = adjust(imported.from, target.modulePath, env.versionFolder);
      if (imported.named) add(from, imported.text); else others.push(`${imported.text}${JSON.stringify(from)}${imported.end};`);
    } else if (exported.has(name) && ts.isSourceFile(enclosingScope(ts, declaration))) {
      add(dotted(relative(env.versionFolder, target.modulePath)), seen.get(name) === 'type' ? `type ${name}` : name);
    } else {
      const text = declareLocal(ts, checker, symbol, declaration, name, printType);
      declarations.push(text);
      // What a declaration names has to be declared, too.
      for (const [further, meaning] of [...findFreeNames(ts, parseCode(ts, text, false))].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (!seen.has(further)) { seen.set(further, meaning); queue.push(further); }
      }
    }
  }
  const named = [...imports].sort(([a], [b]) => (a < b ? -1 : 1)).map(([from, list]) => `import { ${list.join(', ')} } from ${JSON.stringify(from)};`);
  return [...others, ...named, ...declarations];
}

function enclosingScope(ts: Ts, node: ts.Node): ts.Node {
  return ts.findAncestor(node.parent, (n) => ts.isSourceFile(n) || ts.isBlock(n) || ts.isModuleBlock(n)) ?? node.getSourceFile();
}

interface AuthorImport {
  readonly from: string;
  /** `{ text }`, or else a statement of its own: `text`, the specifier, `end`. */
  readonly named: boolean;
  readonly text: string;
  readonly end: string;
}

function readImport(ts: Ts, declaration: ts.Node, name: string): AuthorImport | undefined {
  const statement = ts.findAncestor(declaration, (n): n is ts.ImportDeclaration => ts.isImportDeclaration(n));
  if (statement && ts.isStringLiteral(statement.moduleSpecifier)) {
    const from = statement.moduleSpecifier.text;
    const wholly = statement.importClause?.isTypeOnly === true;
    if (ts.isNamespaceImport(declaration)) return { from, named: false, text: `import * as ${name} from `, end: '' };
    if (ts.isImportClause(declaration)) return { from, named: false, text: `import ${wholly ? 'type ' : ''}${name} from `, end: '' };
    if (!ts.isImportSpecifier(declaration)) return undefined;
    const original = declaration.propertyName?.getText();
    return { from, named: true, text: `${declaration.isTypeOnly || wholly ? 'type ' : ''}${original === undefined ? name : `${original} as ${name}`}`, end: '' };
  }
  if (ts.isImportEqualsDeclaration(declaration) && ts.isExternalModuleReference(declaration.moduleReference) && ts.isStringLiteral(declaration.moduleReference.expression)) {
    return { from: declaration.moduleReference.expression.text, named: false, text: `import ${name} = require(`, end: ')' };
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
  const printed = printType(type, declaration) ?? 'any';
  const keyword = ts.isVariableDeclaration(declaration) && !(ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) ? 'let' : 'const';
  return `declare ${keyword} ${name}: ${printed === `typeof ${name}` ? 'unique symbol' : printed};`;
}

function declareClass(ts: Ts, checker: ts.TypeChecker, node: ts.ClassDeclaration, name: string, printType: ReturnType<typeof makeTypePrinter>): string {
  const generics = node.typeParameters ? `<${node.typeParameters.map((p) => p.getText()).join(', ')}>` : '';
  const typeOf = (member: ts.PropertyDeclaration | ts.ParameterDeclaration | ts.ClassElement): string => {
    if ((ts.isPropertyDeclaration(member) || ts.isParameter(member)) && member.type) return member.type.getText().replaceAll('\r\n', '\n');
    return printType(checker.getTypeAtLocation(member), member) ?? 'any';
  };
  const parameters = node.members.find((m): m is ts.ConstructorDeclaration => ts.isConstructorDeclaration(m) && m.body !== undefined)?.parameters ?? [];
  const fields = [...parameters.filter((p) => ts.getCombinedModifierFlags(p) & ts.ModifierFlags.ParameterPropertyModifier), ...node.members];
  const members = fields.flatMap((member) => {
    if (!member.name || !ts.isIdentifier(member.name)) return [];
    const flags = ts.getCombinedModifierFlags(member);
    const mark = (ts.isPropertyDeclaration(member) || ts.isParameter(member)) && member.questionToken ? '?' : '';
    return [`  ${flags & ts.ModifierFlags.Static ? 'static ' : ''}${member.name.text}${mark}: ${typeOf(member)};`];
  });
  const list = parameters.map((p, i) => {
    const rest = p.dotDotDotToken ? '...' : '';
    return `${rest}${ts.isIdentifier(p.name) ? p.name.text : `arg${i}`}${(p.questionToken || p.initializer) && !rest ? '?' : ''}: ${typeOf(p)}`;
  });
  return [`declare class ${name}${generics} {`, `  constructor(${list.join(', ')});`, ...new Set(members), '}'].join('\n');
}
