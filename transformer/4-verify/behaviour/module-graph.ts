import { isBuiltin } from 'node:module';
import { relative } from 'node:path/posix';
import { readFileSync } from 'node:fs';
import type ts from 'typescript';
import type { Ts } from '../../types.ts';
import type { ModuleGraph } from '../sandbox/protocol.ts';
import { transpile } from './transpile.ts';

export interface GraphEntry {
  readonly fileName: string;
  /** As CommonJS, where it is another text than the author's. */
  readonly own?: string;
}

/**
 * A module and every project-local one that it imports, as CommonJS JavaScript.
 *
 * Packages and Node's modules stay outside, `poetc/runtime` apart, which is real. The compiler that the host gave us does the work:
 * one more bundler in users' installs would do the same less exactly.
 *
 * @param textOf another text for a file; undefined for its own
 * @param transpiled modules without a text of their own, by file name: those of one program and one set of targets are the same in every graph
 */
export function makeModuleGraph(ts: Ts, program: ts.Program, entry: GraphEntry, root: string, textOf: (fileName: string) => string | undefined, transpiled: Map<string, string> = new Map()): ModuleGraph {
  const modules: Record<string, string> = {};
  const resolutions: Record<string, Record<string, string | { external: string }>> = {};
  const pathOf = (fileName: string): string => relative(root, fileName.replaceAll('\\', '/'));
  const queue = [entry.fileName];
  for (let fileName = queue.pop(); fileName !== undefined; fileName = queue.pop()) {
    const path = pathOf(fileName);
    if (modules[path] !== undefined) continue;
    if (fileName.endsWith('.json')) {
      modules[path] = `module.exports = ${readFileSync(fileName, 'utf8')};`;
      resolutions[path] = {};
      continue;
    }
    const file = program.getSourceFile(fileName);
    const given = fileName === entry.fileName ? entry.own : undefined;
    const outputText = given ?? transpiled.get(fileName) ?? transpileOne(fileName, textOf(fileName) ?? file?.text);
    if (given === undefined) transpiled.set(fileName, outputText);
    modules[path] = outputText;
    const own: Record<string, string | { external: string }> = {};
    resolutions[path] = own;
    for (const [, , specifier] of outputText.matchAll(/\brequire\((["'])([^"'\n]+)\1\)/g)) {
      if (specifier === undefined || own[specifier] !== undefined) continue;
      if (specifier === 'poetc/runtime' || specifier === 'poetc') { own[specifier] = RUNTIME; continue; }
      const to = resolve(ts, program, file, fileName, specifier);
      own[specifier] = to === undefined ? { external: specifier } : pathOf(to);
      if (to !== undefined) queue.push(to);
    }
  }
  return { modules, resolutions };

  function transpileOne(fileName: string, text: string | undefined): string {
    if (text === undefined) throw new Error(`poetc lost ${fileName}`);
    return transpile(ts, program, [{ fileName, text }])[0]!;
  }
}

/** Whoever runs the graph puts the runtime there. */
const RUNTIME = 'poetc/runtime';

/** The project's file behind a specifier; undefined for packages, built-in modules and declarations. */
function resolve(ts: Ts, program: ts.Program, file: ts.SourceFile | undefined, fileName: string, specifier: string): string | undefined {
  if (isBuiltin(specifier)) return undefined;
  const host = { fileExists: ts.sys.fileExists, readFile: ts.sys.readFile };
  type Resolved = ts.Program & { getResolvedModule?: (file: ts.SourceFile, name: string, mode: ts.ResolutionMode) => ts.ResolvedModuleWithFailedLookupLocations | undefined };
  const modes = [undefined, ts.ModuleKind.ESNext, ts.ModuleKind.CommonJS] as const;
  const known = file && modes.map((mode) => (program as Resolved).getResolvedModule?.(file, specifier, mode)?.resolvedModule).find((found) => found !== undefined);
  const found = known ?? ts.resolveModuleName(specifier, fileName, program.getCompilerOptions(), host).resolvedModule;
  if (found === undefined || found.isExternalLibraryImport === true || /\.d\.[cm]?ts$/.test(found.resolvedFileName)) return undefined;
  return found.resolvedFileName;
}

