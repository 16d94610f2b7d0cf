import type ts from 'typescript';
import type { Ts } from '../../transformer/types.ts';
import type { RawSourceMap } from '../../transformer/source-map.ts';
import { makeMockHoister } from './hoist-mocks.ts';

/**
 * One file to JavaScript, in the project's dialect: `transpileModule` under its options, with CommonJS unless Jest loads the file as ESM.
 *
 * Not like tsc: no types are checked, and `const enum`s of other files are not inlined.
 */
export function compileFile(ts: Ts, projectOptions: ts.CompilerOptions, path: string, text: string, asEsm: boolean): { code: string; map: RawSourceMap } {
  const out = ts.transpileModule(text, {
    // Under these extensions the compiler would decide about the module format by itself.
    fileName: path.replace(/\.[cm](tsx?|jsx?)$/, '.$1'),
    compilerOptions: makeOptions(ts, projectOptions, asEsm),
    reportDiagnostics: false,
    ...(asEsm ? {} : { transformers: { before: [makeMockHoister(ts)] } }),
  });
  const map = JSON.parse(out.sourceMapText!) as RawSourceMap;
  const { sourceRoot: _, ...rest } = map;
  return { code: out.outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'), map: { ...rest, sources: [path], sourcesContent: [text] } };
}

/** Options that speak of the project on disk, or of other plugins. */
const NOT_OURS = ['configFile', 'configFilePath', 'plugins', 'outFile', 'outDir', 'rootDir', 'sourceRoot', 'mapRoot', 'tsBuildInfoFile', 'paths', 'types', 'lib'];

function makeOptions(ts: Ts, project: ts.CompilerOptions, asEsm: boolean): ts.CompilerOptions {
  const kept: ts.CompilerOptions = { ...project };
  for (const name of NOT_OURS) delete kept[name];
  const nodeLike = project.module !== undefined && project.module >= ts.ModuleKind.Node16;
  return {
    ...kept,
    module: asEsm ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    // What the options above would have implied.
    ...(nodeLike && project.esModuleInterop === undefined && { esModuleInterop: true }),
    // Node lacks what is later (decorators, `using`).
    ...(project.target !== undefined && project.target > ts.ScriptTarget.ES2022 && { target: ts.ScriptTarget.ES2022 }),
    ...(project.target !== undefined && project.target > ts.ScriptTarget.ES2022 && { useDefineForClassFields: project.useDefineForClassFields ?? true }),
    allowJs: true, isolatedModules: true,
    sourceMap: true, inlineSourceMap: false, inlineSources: false,
    declaration: false, declarationMap: false, isolatedDeclarations: false, composite: false, incremental: false,
    noEmit: false, noEmitOnError: false, emitDeclarationOnly: false, removeComments: false, noCheck: true,
  };
}
