import type ts from 'typescript';
import type { Ts } from '../types.ts';
import type { Stretch } from './erase.ts';
import type { Fragment } from './fragment.ts';
import { findReferences } from './references.ts';

/** One stored file of a version (code.ts or contract.ts), parsed. */
export interface StoredModule {
  readonly sourceFile: ts.SourceFile;
  /** Index of the file in the rewrite's sources. */
  readonly source: number;
  /** Length of the header that precedes the text on disk, UTF-16 units. */
  readonly headerLength: number;
  readonly functions: ReadonlyMap<string, ts.FunctionDeclaration>;
  /** Signatures that stand above a function, by its name. */
  readonly overloads: ReadonlyMap<string, readonly ts.FunctionDeclaration[]>;
  /** Of contract.ts: lazily filled `var`s, type aliases and interfaces. Of code.ts: constants, classes and types beside its functions. */
  readonly others: readonly ts.Statement[];
}

/** The latest, by their text: what is proven is written into the author's module several times over, and the deterministic provider's contract.ts is the same in each. */
const parsedFiles = new WeakMap<Ts, Map<string, ts.SourceFile>>();
const MAX_PARSED = 64;

function parseFile(ts: Ts, path: string, text: string): ts.SourceFile {
  const known = parsedFiles.get(ts) ?? new Map<string, ts.SourceFile>();
  parsedFiles.set(ts, known);
  const file = known.get(text) ?? ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  known.delete(text);
  known.set(text, file);
  for (const oldest of known.keys()) if (known.size > MAX_PARSED) known.delete(oldest); else break;
  return file;
}

/** @param parsed the same text, where somebody has parsed it; not taken if it was read as JSX */
export function parseStored(ts: Ts, path: string, text: string, source: number, headerLength: number, parsed?: ts.SourceFile): StoredModule {
  const sourceFile = parsed?.languageVariant === ts.LanguageVariant.Standard && parsed.text === text ? parsed : parseFile(ts, path, text);
  const functions = new Map<string, ts.FunctionDeclaration>();
  const overloads = new Map<string, ts.FunctionDeclaration[]>();
  const others: ts.Statement[] = [];
  for (const statement of sourceFile.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name) {
      if (statement.body) functions.set(statement.name.text, statement);
      else overloads.set(statement.name.text, [...(overloads.get(statement.name.text) ?? []), statement]);
    } else if (!ts.isImportDeclaration(statement)) others.push(statement);
  }
  return { sourceFile, source, headerLength, functions, overloads, others };
}

/** Names that the module's statements other than functions declare. */
export function declaredNames(ts: Ts, statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap((d) => (ts.isIdentifier(d.name) ? [d.name.text] : []));
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return [statement.name.text];
  if (ts.isClassDeclaration(statement) && statement.name) return [statement.name.text];
  return [];
}

/**
 * The text of a node of a stored file, ready for the author's module: exports dropped, names replaced.
 *
 * @param renames name in the stored file → expression or identifier in the author's module
 * @param erased what is left out, its references included
 */
export function copyStored(ts: Ts, module: StoredModule, node: ts.Node, renames: ReadonlyMap<string, string>, erased: readonly Stretch[] = []): Fragment[] {
  const { sourceFile, headerLength, source } = module;
  const out: Fragment[] = [];
  let at = node.getStart(sourceFile);
  const copyTo = (end: number): void => {
    if (end > at) out.push({ kind: 'stored', source, text: sourceFile.text.slice(at, end), origin: at + headerLength });
  };
  const replace = (start: number, end: number, text: string): void => {
    copyTo(start);
    if (text !== '') out.push({ kind: 'stored', source, text, origin: start + headerLength });
    at = end;
  };

  const cuts: { start: number; end: number; text: string }[] = erased.map(({ start, end }) => ({ start, end, text: '' }));
  const isErased = (start: number): boolean => erased.some((stretch) => stretch.start <= start && start < stretch.end);
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) ?? [] : [];
  for (const modifier of modifiers) {
    if (modifier.kind === ts.SyntaxKind.ExportKeyword) cuts.push({ start: modifier.getStart(sourceFile), end: modifier.end + 1, text: '' });
  }
  const declared = ts.isVariableStatement(node) ? node.declarationList.declarations.map((d) => d.name) : [(node as ts.Node & { name?: ts.Node }).name];
  for (const name of declared) {
    if (name !== undefined && ts.isIdentifier(name) && renames.has(name.text)) cuts.push({ start: name.getStart(sourceFile), end: name.end, text: renames.get(name.text)! });
  }
  for (const reference of findReferences(ts, node, new Set(renames.keys()))) {
    if (isErased(reference.start)) continue;
    const text = renames.get(reference.name)!;
    cuts.push({ start: reference.start, end: reference.end, text: reference.shorthand ? `${reference.name}: ${text}` : text });
  }
  for (const cut of cuts.sort((a, b) => a.start - b.start)) replace(cut.start, cut.end, cut.text);
  copyTo(node.end);
  return out;
}

/** How a phase relates to the contract's check, which decides what can be inlined at the target. */
export type PhaseShape =
  /** Returns what it got: nothing to emit. */
  | { readonly kind: 'identity' }
  /** Returns what it got whenever the named check says yes: the check is inlined, the phase is the slow path. */
  | { readonly kind: 'guarded'; readonly check: string; readonly arguments: readonly string[]; readonly onlyReports: boolean }
  | { readonly kind: 'opaque' };

/**
 * Recognises the shapes `return check(…) ? SAME : …`, `if (!check(…)) …; return SAME` and `return SAME`.
 *
 * @param same text of what "returns what it got" is, without white space: `[a,b,...rest]` or `result`
 */
export function findPhaseShape(ts: Ts, phase: ts.FunctionDeclaration, same: string): PhaseShape {
  const sourceFile = phase.getSourceFile();
  const compact = (node: ts.Node): string => node.getText(sourceFile).replace(/\s+/g, '').replace(/,(?=[\])])/g, '');
  const guard = (node: ts.Expression, onlyReports: boolean): PhaseShape => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.arguments.every((a) => ts.isIdentifier(a) || a.kind === ts.SyntaxKind.ThisKeyword)) {
      return { kind: 'guarded', check: node.expression.text, arguments: node.arguments.map((a) => a.getText(sourceFile)), onlyReports };
    }
    return { kind: 'opaque' };
  };
  const statements = phase.body?.statements ?? [];
  const last = statements[statements.length - 1];
  if (last === undefined || !ts.isReturnStatement(last) || last.expression === undefined) return { kind: 'opaque' };
  const returned = last.expression;
  if (statements.length === 1) {
    if (compact(returned) === same) return { kind: 'identity' };
    if (ts.isConditionalExpression(returned) && compact(returned.whenTrue) === same) return guard(returned.condition, false);
  }
  const first = statements[0]!;
  if (statements.length === 2 && compact(returned) === same && ts.isIfStatement(first) && first.elseStatement === undefined
    && ts.isPrefixUnaryExpression(first.expression) && first.expression.operator === ts.SyntaxKind.ExclamationToken) {
    return guard(first.expression.operand, isReport(ts, first.thenStatement));
  }
  return { kind: 'opaque' };
}

/** `observeArguments(…);` or `reportResult(…);`: neither throws nor changes anything, and says something only to a recorder. */
function isReport(ts: Ts, statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isCallExpression(statement.expression) && ts.isIdentifier(statement.expression.expression)
    && ['observeArguments', 'reportResult'].includes(statement.expression.expression.text);
}
