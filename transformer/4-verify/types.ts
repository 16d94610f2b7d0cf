import { createHash } from 'node:crypto';
import type ts from 'typescript';
import type { Context } from '../context.ts';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { findOrigin, findSpan, type Rewrite } from '../rewrite.ts';
import { findLineAndColumn, findLineStarts } from '../syntax/line-map.ts';
import type { Target, Ts } from '../types.ts';
import { findInlined } from './inlined.ts';

/** Compilers have taken a list of nodes since 5.8, for editors; one that does not checks the whole file, which is right and slower. */
type RegionProgram = ts.Program & { getSemanticDiagnostics(file: ts.SourceFile, token: undefined, nodes: readonly ts.Node[]): readonly ts.Diagnostic[] };

/**
 * Type-checks generated code where it will run: inlined in the author's module, under the author's compiler options.
 *
 * @param program the rewritten program
 * @param known targets whose contract.ts needs no check today; their code.ts is checked like any other
 * @returns the first type error of each target's stored files, at its place in `.poet/`
 *
 * Not reported: what the author's own text gets wrong (the author's program says so), and the dispatch that the emission writes,
 * which is ours and is tested; `ctx.trace` shows it under `types.dispatch`.
 */
export function checkTypes(ctx: Context, program: ts.Program, rewrites: readonly Rewrite[], known: ReadonlySet<Target>): Map<Target, PoetDiagnostic> {
  const refused = new Map<Target, PoetDiagnostic>();
  for (const rewrite of rewrites) {
    const file = program.getSourceFile(rewrite.path);
    if (file === undefined) throw new Error(`poetc lost ${rewrite.path} between two programs`);
    // The author's own statements were checked in the author's program.
    const nodes = findInlined(ctx.ts, file, rewrite, (source, target) => !(source.path.endsWith('/contract.ts') && known.has(target)));
    const found = [...program.getSyntacticDiagnostics(file), ...(program as RegionProgram).getSemanticDiagnostics(file, undefined, nodes)];
    for (const diagnostic of found) {
      if (diagnostic.start === undefined || diagnostic.category !== ctx.ts.DiagnosticCategory.Error) continue;
      const message = ctx.ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
      if (findSpan(rewrite.spans, diagnostic.start)?.fixed === true) ctx.trace('types.dispatch', rewrite.path, message);
      const origin = findOrigin(rewrite.spans, diagnostic.start);
      if (origin === undefined) continue;
      const target = rewrite.owners.get(origin.source);
      if (target === undefined || refused.has(target)) continue;
      const stored = rewrite.sources[origin.source]!;
      const { line, column } = findLineAndColumn(findLineStarts(stored.text), origin.offset);
      refused.set(target, makeDiagnostic('POET4011', { fn: target.id, ts: diagnostic.code, message }, { file: stored.path, line: line + 1, column: column + 1 }));
    }
  }
  return refused;
}

/** Options that decide about types; those of paths and of output do not. */
const TYPE_OPTIONS = [
  'allowImportingTsExtensions', 'allowJs', 'allowSyntheticDefaultImports', 'allowUmdGlobalAccess', 'allowUnreachableCode', 'allowUnusedLabels', 'alwaysStrict', 'checkJs', 'customConditions',
  'emitDecoratorMetadata', 'erasableSyntaxOnly', 'esModuleInterop', 'exactOptionalPropertyTypes', 'experimentalDecorators', 'isolatedModules', 'jsx', 'lib', 'module', 'moduleDetection',
  'moduleResolution', 'noErrorTruncation', 'noFallthroughCasesInSwitch', 'noImplicitAny', 'noImplicitOverride', 'noImplicitReturns', 'noImplicitThis', 'noLib', 'noPropertyAccessFromIndexSignature',
  'noUncheckedIndexedAccess', 'noUncheckedSideEffectImports', 'noUnusedLocals', 'noUnusedParameters', 'resolveJsonModule', 'strict', 'strictBindCallApply', 'strictBuiltinIteratorReturn',
  'strictFunctionTypes', 'strictNullChecks', 'strictPropertyInitialization', 'target', 'types', 'useDefineForClassFields', 'useUnknownInCatchVariables', 'verbatimModuleSyntax',
] as const;

/**
 * What a types check was made under, for the metadata of a version: a later build that reads the same may believe it.
 * Neither paths nor the patch of the compiler are in it: it is committed, and must read the same on every machine.
 */
export function describeTypesCheck(ts: Ts, program: ts.Program, target: Target): string {
  const options = program.getCompilerOptions();
  const hash = createHash('sha256').update(JSON.stringify(TYPE_OPTIONS.map((name) => options[name] ?? null))).digest('hex').slice(0, 16);
  return `inlined in ${target.modulePath}, under the project's compiler options (${hash}, TypeScript ${ts.versionMajorMinor})`;
}
