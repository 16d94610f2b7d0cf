/** How the files with targets reach the output: printed by the author's own program, or rewritten and compiled. */
import type ts from 'typescript';
import { makeRewrite, makeScript, type Enhancement, type Script } from './6-emit/index.ts';
import type { Context } from './context.ts';
import { findImportForm, findScriptForm } from './import-form.ts';
import type { Rewrite } from './rewrite.ts';
import type { ProgramSource } from './shadow-program.ts';
import type { Target } from './types.ts';

export interface Emission {
  /** Files in which something changes. */
  readonly paths: readonly string[];
  /** The rewritten text of such a file; made when somebody asks for it. */
  get(path: string): Rewrite | undefined;
  /** How the author's program emits it, where that needs no rewritten text. */
  script(path: string): Script | undefined;
  /** From now on the file is rewritten. */
  compile(path: string): void;
}

export const NO_EMISSION: Emission = { paths: [], get: () => undefined, script: () => undefined, compile: () => undefined };

export function makeEmission({ ts, program }: ProgramSource, ctx: Context, targets: readonly Target[], enhancements: ReadonlyMap<Target, Enhancement>): Emission {
  const byFile = new Map<ts.SourceFile, Target[]>();
  for (const target of targets) byFile.set(target.sourceFile, [...(byFile.get(target.sourceFile) ?? []), target]);
  const changes = new Map<string, { file: ts.SourceFile; enhanced: Enhancement[]; fallen: Target[] }>();
  for (const [file, list] of byFile) {
    const enhanced = list.flatMap((target) => enhancements.get(target) ?? []);
    const fallen = list.filter((target) => !enhancements.has(target));
    if (enhanced.length > 0 || fallen.some((target) => target.markers.length > 0)) changes.set(file.fileName, { file, enhanced, fallen });
  }
  const rewrites = new Map<string, Rewrite>();
  const scripts = new Map<string, Script | undefined>();
  return {
    paths: [...changes.keys()],
    get(path) {
      const change = changes.get(path);
      if (change === undefined) return undefined;
      let rewrite = rewrites.get(path);
      if (rewrite === undefined) {
        rewrite = makeRewrite(ts, change.file, change.enhanced, change.fallen, { importForm: findImportForm(ts, program, change.file), packageName: ctx.packageName });
        ctx.trace('rewrite', path, rewrite.text);
        rewrites.set(path, rewrite);
      }
      return rewrite;
    },
    script(path) {
      const change = changes.get(path);
      if (change === undefined) return undefined;
      if (!scripts.has(path)) {
        const output = findScriptForm(ts, program, change.file);
        scripts.set(path, output && makeScript(ts, change.file, change.enhanced, change.fallen, { ...output, packageName: ctx.packageName }));
      }
      return scripts.get(path);
    },
    compile: (path) => { scripts.set(path, undefined); },
  };
}
