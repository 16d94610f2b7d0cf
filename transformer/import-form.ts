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

/** Methods of programs that the compiler's own emitter asks. */
type Formats = ts.Program & { getEmitModuleFormatOfFile?: (file: ts.SourceFile) => ts.ModuleKind };

/**
 * What the compiler makes of a file, where generated JavaScript can join it as it is.
 * @returns undefined for scripts, bundled output, AMD and its kind, and languages older than generated code
 */
export function findScriptForm(ts: Ts, program: ts.Program, file: ts.SourceFile): { readonly form: ImportForm; readonly languageVersion: ts.ScriptTarget } | undefined {
  const options = program.getCompilerOptions();
  const { externalModuleIndicator } = file as ts.SourceFile & { readonly externalModuleIndicator?: unknown };
  if (externalModuleIndicator === undefined || options.outFile !== undefined) return undefined;
  if (options.target === undefined || options.target < ts.ScriptTarget.ES2020) return undefined;
  const format = (program as Formats).getEmitModuleFormatOfFile?.(file);
  const languageVersion = options.target;
  if (format === ts.ModuleKind.CommonJS) return { form: 'import-equals', languageVersion };
  return format !== undefined && format >= ts.ModuleKind.ES2015 && format <= ts.ModuleKind.ESNext ? { form: 'esm', languageVersion } : undefined;
}
