import type ts from 'typescript';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { locate } from '../diagnostics/locate.ts';
import { makeDiagnostic, type Args, type Code } from '../diagnostics/registry.ts';
import type { Range } from '../types.ts';

/** Adds a diagnostic at a range of one file. */
export type Refuse = <C extends Code>(code: C, args: Args<C>, at: Range) => void;

export function makeRefuse(file: ts.SourceFile, diagnostics: PoetDiagnostic[]): Refuse {
  return (code, args, { start, end }) => void diagnostics.push(makeDiagnostic(code, args, locate(file, start, end)));
}
