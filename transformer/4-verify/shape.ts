/** The first and cheapest check: has a candidate the form that everything after it relies on? */
import type ts from 'typescript';
import type { Context } from '../context.ts';
import { makeDiagnostic, type Args, type Code } from '../diagnostics/registry.ts';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { isExported, parseCode, PHASE_NAMES, type PhaseName } from '../syntax/phases.ts';
import type { Candidate, Plan, Target, Ts } from '../types.ts';
import { isDeeperThan, nestsDeeperThan } from './nesting.ts';

export { findPhases, readPhases, type Phases } from '../syntax/phases.ts';

const MAX_BYTES = 64 * 1024;
/** Brackets inside brackets. */
const MAX_NESTING = 60;
/** Nodes inside nodes: long chains of operators are deep trees, too. */
const MAX_TREE_DEPTH = 1_000;

export interface ShapeVerdict {
  readonly ok: boolean;
  readonly detail: string;
  /** At `code.ts` of the candidate: `start` and `length` are offsets in its text, `line` and `column` are 1-based. */
  readonly diagnostics: readonly PoetDiagnostic[];
  /** code.ts without its header, where it is in shape: nobody after this has to parse it again. */
  readonly parsed?: ts.SourceFile;
}

/**
 * Parses a candidate and compares its outline with its plan; the first kind of failure is reported, all of its places.
 *
 * Not seen: what the phases do (audit), whether they type-check, whether contract.ts has the functions that they call.
 */
export function checkShape(candidate: Candidate, plan: Plan, ctx: Context): ShapeVerdict {
  const { target } = plan;
  const refuse = <C extends Code>(code: C, args: Omit<Args<C>, 'fn'>): ShapeVerdict => fail([makeDiagnostic(code, { ...args, fn: target.id } as Args<C>)]);
  for (const text of [candidate.code, candidate.contract]) {
    const bytes = utf8Length(text);
    const maxBytes = text === candidate.code ? MAX_BYTES : 8 * MAX_BYTES;
    if (bytes > maxBytes) return refuse('POET4001', { bytes, maxBytes });
  }
  if (nestsDeeperThan(MAX_NESTING, candidate.code)) return refuse('POET4002', { max: MAX_NESTING });
  const sourceFile = tryParse(ctx.ts, candidate.code, target);
  if (!sourceFile || isDeeperThan(ctx.ts, MAX_TREE_DEPTH, sourceFile)) return refuse('POET4002', { max: MAX_NESTING });
  const unparsed = readParseErrors(ctx.ts, sourceFile, target);
  if (unparsed.length > 0) return fail(unparsed);
  const outline = checkOutline(ctx.ts, sourceFile, target);
  return outline.length > 0 ? fail(outline) : { ok: true, detail: `${sourceFile.statements.length} declarations, ${utf8Length(candidate.code)} bytes`, diagnostics: [], parsed: sourceFile };
}

function fail(diagnostics: readonly PoetDiagnostic[]): ShapeVerdict {
  return { ok: false, detail: diagnostics[0]?.text ?? '', diagnostics };
}

function tryParse(ts: Ts, code: string, target: Target): ts.SourceFile | undefined {
  try {
    return parseCode(ts, code, target.sourceFile.fileName.endsWith('x'));
  } catch (error) {
    // The parser recurses: operators without brackets can still exhaust the stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readParseErrors(ts: Ts, sourceFile: ts.SourceFile, target: Target): PoetDiagnostic[] {
  // The compiler keeps syntax errors on the file; no program is made for a file that may not even parse.
  const { parseDiagnostics } = sourceFile as ts.SourceFile & { readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[] };
  return parseDiagnostics.slice(0, 5).map((d) =>
    makeDiagnostic('POET4003', { fn: target.id, message: ts.flattenDiagnosticMessageText(d.messageText, ' ') }, place(sourceFile, d.start, d.length)));
}

function checkOutline(ts: Ts, sourceFile: ts.SourceFile, target: Target): PoetDiagnostic[] {
  const at = (node: ts.Node): ReturnType<typeof place> => place(sourceFile, node.getStart(sourceFile), node.getWidth(sourceFile));
  const functions: ts.FunctionDeclaration[] = [];
  const problems: PoetDiagnostic[] = [];
  for (const [i, statement] of sourceFile.statements.entries()) {
    if (ts.isFunctionDeclaration(statement) && statement.name && hasPlainModifiers(ts, statement)) {
      if (statement.body) functions.push(statement);
      else if (!isOverload(ts, statement, sourceFile.statements[i + 1])) problems.push(makeDiagnostic('POET4005', { fn: target.id, found: 'a function without a body' }, at(statement)));
    } else if (!isPrivateDeclaration(ts, statement)) problems.push(makeDiagnostic('POET4005', { fn: target.id, found: describeStatement(ts, statement) }, at(statement)));
  }
  if (problems.length > 0) return problems;
  const expected = PHASE_NAMES.filter((name) => name !== 'train' || target.options.optimizeFor !== undefined);
  const found = functions.filter((f) => isExported(ts, f)).map((f) => f.name?.text ?? '');
  const names = new Set(functions.map((f) => f.name?.text));
  if (names.size < functions.length || found.length !== expected.length || !expected.every((name) => found.includes(name))) {
    return [makeDiagnostic('POET4004', { fn: target.id, expected: expected.join(', '), found: found.join(', ') || 'nothing' })];
  }
  return functions.filter((f) => isExported(ts, f)).flatMap((f) => {
    const problem = findSignatureProblem(ts, f, target);
    return problem ? [makeDiagnostic('POET4006', { fn: target.id, phase: f.name?.text ?? '', ...problem }, at(f.name ?? f))] : [];
  });
}

/** Overloads of a helper stand above it; a phase has one signature, that of the original. */
function isOverload(ts: Ts, statement: ts.FunctionDeclaration, next: ts.Statement | undefined): boolean {
  return !isExported(ts, statement) && next !== undefined && ts.isFunctionDeclaration(next) && next.name?.text === statement.name?.text;
}

/** Constants, classes and types beside the functions; what they may hold is the audit's business. */
function isPrivateDeclaration(ts: Ts, statement: ts.Statement): boolean {
  if (ts.isVariableStatement(statement)) return statement.modifiers === undefined && (statement.declarationList.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Const;
  if (ts.isClassDeclaration(statement)) return statement.name !== undefined && (statement.modifiers ?? []).every((m) => m.kind === ts.SyntaxKind.AbstractKeyword);
  return (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) && statement.modifiers === undefined;
}

function hasPlainModifiers(ts: Ts, node: ts.FunctionDeclaration): boolean {
  return (node.modifiers ?? []).every((m) => m.kind === ts.SyntaxKind.ExportKeyword || m.kind === ts.SyntaxKind.AsyncKeyword);
}

function describeStatement(ts: Ts, statement: ts.Statement): string {
  if (ts.isFunctionDeclaration(statement)) return 'a function without name, or with other modifiers than export and async';
  if (ts.isImportDeclaration(statement) || ts.isImportEqualsDeclaration(statement)) return 'an import';
  return `"${statement.getText().slice(0, 40).replace(/\s+/g, ' ')}"`;
}

interface SignatureProblem { readonly expected: string; readonly found: string }

function findSignatureProblem(ts: Ts, phase: ts.FunctionDeclaration, target: Target): SignatureProblem | undefined {
  const name = phase.name?.text as PhaseName;
  const isAsync = phase.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) === true;
  const mustBeAsync = name === 'operatePrime' && target.resultKind === 'async';
  if (phase.asteriskToken) return { expected: 'a plain function', found: 'a generator' };
  if (isAsync !== mustBeAsync) return { expected: mustBeAsync ? 'async' : 'not async', found: isAsync ? 'async' : 'not async' };
  const parameters = phase.parameters.filter((p) => !isThis(ts, p));
  const count = `${parameters.length} parameters`;
  const { length } = target.contract.parameters;
  if (name === 'perceive' || name === 'operatePrime') {
    if (parameters.length !== length) return { expected: `a function of ${length} parameters`, found: count };
    const rest = target.contract.parameters[length - 1]?.rest === true;
    if ((parameters[length - 1]?.dotDotDotToken !== undefined) !== rest) return { expected: rest ? 'a function with a rest parameter' : 'a function without rest parameter', found: 'the contrary' };
  }
  if (name === 'enforce' && (parameters.length === 0 || parameters.length > length + 1)) return { expected: 'a function of the result, optionally followed by the arguments', found: count };
  return undefined;
}

function isThis(ts: Ts, parameter: ts.ParameterDeclaration): boolean {
  return ts.isIdentifier(parameter.name) && parameter.name.text === 'this';
}

function place(sourceFile: ts.SourceFile, start: number, length: number): { start: number; length: number; line: number; column: number } {
  const { line, character } = sourceFile.getLineAndCharacterOfPosition(start);
  return { start, length, line: line + 1, column: character + 1 };
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
