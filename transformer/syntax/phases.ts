/** The phases of a version's code.ts, as syntax. */
import type ts from 'typescript';
import type { Ts } from '../types.ts';

export const PHASE_NAMES = ['perceive', 'operatePrime', 'enforce', 'train'] as const;
export type PhaseName = (typeof PHASE_NAMES)[number];

export interface Phases {
  readonly sourceFile: ts.SourceFile;
  readonly perceive: ts.FunctionDeclaration;
  readonly operatePrime: ts.FunctionDeclaration;
  readonly enforce: ts.FunctionDeclaration;
  readonly train: ts.FunctionDeclaration | undefined;
  /** Functions, constants, classes and types that are not exported, in order. */
  readonly others: readonly ts.Statement[];
}

/** Parses a code.ts without its header. @param isTsx as the author's file: the body may hold JSX */
export function parseCode(ts: Ts, code: string, isTsx: boolean): ts.SourceFile {
  // Documentation comments carry nothing that a check or the emission reads.
  const options = { languageVersion: ts.ScriptTarget.ESNext, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
  return ts.createSourceFile(isTsx ? 'code.tsx' : 'code.ts', code, options, true, isTsx ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
}

/** @throws Error on text that the shape check refuses: that is our bug, nothing unchecked gets here */
export function readPhases(ts: Ts, code: string, isTsx = false): Phases {
  const phases = findPhases(ts, code, isTsx);
  if (!phases) throw new Error('a code.ts exports perceive, operatePrime and enforce');
  return phases;
}

/** @returns undefined for a text that lacks a phase; syntax errors and other statements are not looked for */
export function findPhases(ts: Ts, code: string, isTsx = false): Phases | undefined {
  const sourceFile = parseCode(ts, code, isTsx);
  const exported = new Map<string, ts.FunctionDeclaration>();
  const others: ts.Statement[] = [];
  for (const statement of sourceFile.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name && isExported(ts, statement)) exported.set(statement.name.text, statement); else others.push(statement);
  }
  const [perceive, operatePrime, enforce] = [exported.get('perceive'), exported.get('operatePrime'), exported.get('enforce')];
  return perceive && operatePrime && enforce && { sourceFile, perceive, operatePrime, enforce, train: exported.get('train'), others };
}

export function isExported(ts: Ts, node: ts.FunctionDeclaration): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) === true;
}
