import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type ts from 'typescript';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import type { Ts } from '../transformer/types.ts';
import { HostError } from './host-error.ts';

/** A tsconfig.json as the compiler understands it today. */
export interface ProjectConfig {
  /** Absolute, posix. */
  readonly path: string;
  readonly options: ts.CompilerOptions;
  readonly fileNames: readonly string[];
  readonly references: readonly ts.ProjectReference[];
  /** The file itself and all that it extends; absolute. */
  readonly configFiles: readonly string[];
  readonly problems: readonly PoetDiagnostic[];
}

/** The nearest tsconfig.json, from a folder upwards. Posix. */
export function findConfigPath(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'tsconfig.json');
    if (existsSync(path)) return path.replaceAll('\\', '/');
    if (dirname(at) === at) return undefined;
  }
}

/**
 * Reads a configuration and lists the files that it includes.
 *
 * @throws HostError POET8053 when the file cannot be read at all; milder things are `problems`
 */
export function readProjectConfig(ts: Ts, path: string): ProjectConfig {
  const parsed = ts.getParsedCommandLineOfConfigFile(path, {}, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => { throw new HostError([toProblem(ts, diagnostic, path)]); },
  });
  if (parsed === undefined) throw new HostError([makeDiagnostic('POET8053', { ts: 5083, message: 'Cannot read file.' }, { file: path })]);
  const own = parsed.options['configFile'] as { extendedSourceFiles?: string[] } | undefined;
  return {
    path,
    options: parsed.options,
    fileNames: parsed.fileNames,
    references: parsed.projectReferences ?? [],
    configFiles: [path, ...(own?.extendedSourceFiles ?? [])],
    // 18003, "No inputs were found": such a file only points at others.
    problems: parsed.errors.filter((d) => d.category === ts.DiagnosticCategory.Error && d.code !== 18003).map((d) => toProblem(ts, d, path)),
  };
}

/**
 * Of a configuration and those that it references (templates of today split application and tooling), the one that includes a file;
 * the nearest one itself when none does: the file may still be imported there.
 */
export function chooseConfig(ts: Ts, nearest: ProjectConfig, file: string, read: (path: string) => ProjectConfig): ProjectConfig {
  const fold = (path: string): string => (ts.sys.useCaseSensitiveFileNames ? path : path.toLowerCase());
  const includes = (config: ProjectConfig): boolean => config.fileNames.some((name) => fold(name) === fold(file));
  if (nearest.references.length === 0 || includes(nearest)) return nearest;
  for (const reference of nearest.references) {
    const path = ts.resolveProjectReferencePath(reference);
    if (!existsSync(path)) continue;
    const config = read(path.replaceAll('\\', '/'));
    if (includes(config)) return config;
  }
  return nearest;
}

function toProblem(ts: Ts, diagnostic: ts.Diagnostic, path: string): PoetDiagnostic {
  const file = diagnostic.file?.fileName ?? path;
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
  if (diagnostic.file === undefined || diagnostic.start === undefined) return makeDiagnostic('POET8053', { ts: diagnostic.code, message }, { file });
  const { line, character } = ts.getLineAndCharacterOfPosition(diagnostic.file, diagnostic.start);
  return makeDiagnostic('POET8053', { ts: diagnostic.code, message }, { file, start: diagnostic.start, length: diagnostic.length ?? 1, line: line + 1, column: character + 1 });
}
