import type ts from 'typescript';
import { plainCreateProgram } from '../../plain-program.ts';
import type { Ts } from '../../types.ts';

export interface ModuleText {
  readonly fileName: string;
  readonly text: string;
}

/**
 * CommonJS of modules, each by itself, as `ts.transpileModule` makes it. Several at once share a program: every program makes a
 * checker, though nothing is checked.
 *
 * @param program of the author: its options say what JSX and classes become
 */
export function transpile(ts: Ts, program: ts.Program, modules: readonly ModuleText[]): readonly string[] {
  const options = optionsOf(ts, program);
  // In folders of their own: two may be of one name.
  const names = modules.map(({ fileName }, i) => `/${i}/${fileName.replace(/^.*[\\/]/, '').replace(/\.[cm]ts$/, '.ts')}`);
  const texts = new Map(modules.map(({ text }, i) => [names[i]!, text]));
  const out = new Map<string, string>();
  const host: ts.CompilerHost = {
    getSourceFile(fileName, version) {
      const text = texts.get(fileName);
      return text === undefined ? undefined : ts.createSourceFile(fileName, text, { ...(typeof version === 'object' ? version : { languageVersion: version }), jsDocParsingMode: ts.JSDocParsingMode.ParseNone });
    },
    writeFile: (fileName, text) => { out.set(fileName.slice(0, fileName.lastIndexOf('/')), text); },
    getDefaultLibFileName: () => 'lib.d.ts', getCanonicalFileName: (fileName) => fileName, useCaseSensitiveFileNames: () => true, getCurrentDirectory: () => '', getNewLine: () => '\n',
    fileExists: (fileName) => texts.has(fileName), readFile: () => undefined, directoryExists: () => false, getDirectories: () => [],
  };
  plainCreateProgram(ts)({ rootNames: names, options, host }).emit();
  return names.map((name) => {
    const text = out.get(name.slice(0, name.lastIndexOf('/')));
    if (text === undefined) throw new Error(`nothing was emitted for ${name}`);
    return text;
  });
}

function optionsOf(ts: Ts, program: ts.Program): ts.CompilerOptions {
  const given = program.getCompilerOptions();
  return {
    target: Math.max(given.target ?? ts.ScriptTarget.ES2022, ts.ScriptTarget.ES2020), module: ts.ModuleKind.CommonJS, isolatedModules: true, preserveConstEnums: true, esModuleInterop: true, removeComments: true,
    noCheck: true, noLib: true, noResolve: true, types: [], allowNonTsExtensions: true, suppressOutputPathCheck: true,
    ...(given.jsx !== undefined && { jsx: given.jsx }),
    ...(given.jsxFactory !== undefined && { jsxFactory: given.jsxFactory }),
    ...(given.jsxImportSource !== undefined && { jsxImportSource: given.jsxImportSource }),
    ...(given.experimentalDecorators !== undefined && { experimentalDecorators: given.experimentalDecorators }),
    ...(given.useDefineForClassFields !== undefined && { useDefineForClassFields: given.useDefineForClassFields }),
  };
}
