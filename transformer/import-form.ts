import type ts from 'typescript';
import type { ImportForm } from './6-emit/index.ts';
import type { Ts } from './types.ts';

/** Under `verbatimModuleSyntax` a CommonJS file may not use ESM syntax. */
export function findImportForm(ts: Ts, program: ts.Program, file: ts.SourceFile): ImportForm {
  const options = program.getCompilerOptions();
  if (options.verbatimModuleSyntax !== true) return 'esm';
  const format = file.impliedNodeFormat ?? (options.module === ts.ModuleKind.CommonJS ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext);
  return format === ts.ModuleKind.CommonJS ? 'import-equals' : 'esm';
}
