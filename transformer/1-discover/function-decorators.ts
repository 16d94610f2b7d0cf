import type ts from 'typescript';
import type { Ts } from '../types.ts';
import { innerExpression } from './inner-expression.ts';
import { findMarkedFiles } from './marked-files.ts';
import { makePoetSymbols, type PoetNames, type PoetSymbols } from './poet-symbol.ts';

/** A `@poet(…)` above a function declaration, which TypeScript parses and refuses with TS1206. */
export interface FunctionDecorator {
  readonly fileName: string;
  /** Offset of the `@`, where TS1206 stands. */
  readonly start: number;
  /** `checker.getResolvedSignature(call)` makes the checker look at the options, which it never does by itself. */
  readonly call: ts.CallExpression;
}

/**
 * The decorators whose TS1206 is to be withdrawn, in a whole program.
 *
 * Left out, so that TS1206 stays: functions that carry somebody else's decorator as well (there is one TS1206 for all),
 * overload signatures, and modifiers that TS1206 masks (`@poet() async export function`).
 */
export function findFunctionDecorators(ts: Ts, program: ts.Program, checker: ts.TypeChecker = program.getTypeChecker()): FunctionDecorator[] {
  const symbols = makePoetSymbols(ts, checker);
  return findMarkedFiles(program, symbols).flatMap(({ file, names }) => (names === undefined ? [] : findIn(ts, file, symbols, names)));
}

/** The same for one file. */
export function findFunctionDecoratorsIn(ts: Ts, checker: ts.TypeChecker, file: ts.SourceFile): FunctionDecorator[] {
  if (file.isDeclarationFile || !file.text.includes('@')) return [];
  const symbols = makePoetSymbols(ts, checker);
  const names = symbols.findNames(file);
  return names === undefined ? [] : findIn(ts, file, symbols, names);
}

function findIn(ts: Ts, file: ts.SourceFile, symbols: PoetSymbols, names: PoetNames): FunctionDecorator[] {
  const found: FunctionDecorator[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) && node.body !== undefined && node.modifiers !== undefined) {
      const decorators = node.modifiers.filter((m) => ts.isDecorator(m));
      const calls = decorators.map((d) => innerExpression(ts, d.expression)).filter((e) => ts.isCallExpression(e) && symbols.isPoet(e.expression, names));
      const first = decorators[0];
      if (first !== undefined && calls.length === decorators.length && findMisplacedModifier(ts, node) === undefined) {
        for (const call of calls) found.push({ fileName: file.fileName, start: first.getStart(file), call: call as ts.CallExpression });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The first modifier that TypeScript would refuse, were it not for TS1206, which it reports instead. */
export function findMisplacedModifier(ts: Ts, node: ts.FunctionDeclaration): ts.Modifier | undefined {
  const order = [ts.SyntaxKind.ExportKeyword, ts.SyntaxKind.DefaultKeyword, ts.SyntaxKind.DeclareKeyword, ts.SyntaxKind.AsyncKeyword];
  const isTop = ts.isSourceFile(node.parent) || ts.isModuleBlock(node.parent);
  let last = -1;
  for (const modifier of node.modifiers ?? []) {
    if (ts.isDecorator(modifier)) continue;
    const place = order.indexOf(modifier.kind);
    if (place <= last || (!isTop && modifier.kind !== ts.SyntaxKind.AsyncKeyword)) return modifier;
    last = place;
  }
  return undefined;
}
