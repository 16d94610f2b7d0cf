import type ts from 'typescript';
import { toTsDiagnostic } from '../../transformer/diagnostics/render.ts';
import type { Build } from '../../transformer/pipeline.ts';
import type { ProgramSource } from '../../transformer/shadow-program.ts';
import { makeMappedWriter } from './mapped-writer.ts';

/** Methods that `tsc`, the builders and the watcher call, the internal one of the builder included. */
type Patched = ts.Program & {
  getBindAndCheckDiagnostics?: (sourceFile: ts.SourceFile, ...rest: unknown[]) => readonly ts.Diagnostic[];
};

/** Makes an author's program answer for the build: our diagnostics join its own, and files with targets are emitted rewritten. */
export function attachBuild(source: ProgramSource, build: Build): void {
  const program = source.program as Patched;
  if (build.targets.length === 0 && build.diagnostics.length === 0 && build.illegalDecorators.size === 0) return;
  attachDiagnostics(source, program, build);
  if (build.rewrites.size > 0) attachEmit(source, program, build);
  saltVersions(program, build);
}

function attachDiagnostics({ ts }: ProgramSource, program: Patched, build: Build): void {
  const own = new Map<string, ts.Diagnostic[]>();
  for (const diagnostic of build.diagnostics) {
    const file = diagnostic.file === undefined ? undefined : program.getSourceFile(diagnostic.file);
    const key = file?.fileName ?? '';
    own.set(key, [...(own.get(key) ?? []), toTsDiagnostic(ts, diagnostic, file)]);
  }
  const adjust = <D extends ts.Diagnostic>(found: readonly D[], file: ts.SourceFile): readonly D[] => {
    const legal = build.illegalDecorators.get(file.fileName);
    const kept = legal === undefined ? found : found.filter((d) => !(d.code === 1206 && d.start !== undefined && legal.has(d.start)));
    const ours = own.get(file.fileName);
    return ours === undefined ? kept : [...kept, ...(ours as unknown as D[])];
  };

  const semantic = program.getSemanticDiagnostics.bind(program);
  program.getSemanticDiagnostics = (file, token) =>
    (file !== undefined ? adjust(semantic(file, token), file) : program.getSourceFiles().flatMap((f) => program.getSemanticDiagnostics(f, token)));
  const bindAndCheck = program.getBindAndCheckDiagnostics?.bind(program);
  if (bindAndCheck) program.getBindAndCheckDiagnostics = (file, ...rest) => adjust(bindAndCheck(file, ...rest), file);

  const projectWide = own.get('') ?? [];
  if (projectWide.length > 0) {
    const config = program.getConfigFileParsingDiagnostics.bind(program);
    program.getConfigFileParsingDiagnostics = () => [...config(), ...projectWide];
  }
}

type Emit = (...args: [...Parameters<ts.Program['emit']>, ...unknown[]]) => ts.EmitResult;

function attachEmit(source: ProgramSource, program: Patched, build: Build): void {
  const emit = program.emit.bind(program) as Emit;
  const isRewritten = (file: ts.SourceFile): boolean => build.rewrites.has(file.fileName);
  const patched: Emit = (target, writeFile, token, emitOnlyDts, transformers, ...rest) => {
    const files = (target === undefined ? program.getSourceFiles() : [target]).filter(isRewritten);
    if (emitOnlyDts === true || files.length === 0) return emit(target, writeFile, token, emitOnlyDts, transformers, ...rest);

    const write = writeFile ?? defaultWriter(source);
    const results = emitAuthors(target, write, (file, only, writeOne) => emit(file, writeOne, token, only, transformers, ...rest));
    if (results.some((result) => result.emitSkipped)) return merge(results);
    const rewritten = build.rewritten();
    for (const file of files) {
      const copy = rewritten.getSourceFile(file.fileName);
      if (copy === undefined) throw new Error(`poetc lost ${file.fileName} between two programs`);
      const writer = makeMappedWriter(build.rewrites.get(file.fileName)!, file, write);
      results.push(rewritten.emit(copy, writer.write, token, false, transformers));
      writer.flush();
    }
    return merge(results);
  };

  /** The author's program writes everything but the JavaScript of rewritten files. */
  function emitAuthors(
    target: ts.SourceFile | undefined, write: ts.WriteFileCallback,
    emitOne: (file: ts.SourceFile | undefined, onlyDeclarations: boolean, write: ts.WriteFileCallback) => ts.EmitResult,
  ): ts.EmitResult[] {
    if (target !== undefined) return [emitOne(target, true, write)];
    const options = program.getCompilerOptions();
    if (options.noEmitOnError !== true && options.incremental !== true && options.composite !== true) {
      // File by file, so that JavaScript which would be thrown away is never printed.
      return program.getSourceFiles().filter((file) => !file.isDeclarationFile).map((file) => emitOne(file, isRewritten(file), write));
    }
    return [emitOne(undefined, false, (name, text, bom, onError, from, data) => {
      if (isDeclarationOutput(name) || !(from ?? []).some(isRewritten)) write(name, text, bom, onError, from, data);
    })];
  }
  program.emit = patched as ts.Program['emit'];
}

function merge(results: readonly ts.EmitResult[]): ts.EmitResult {
  const emittedFiles = results.flatMap((result) => result.emittedFiles ?? []);
  return {
    ...results[0],
    emitSkipped: results.some((result) => result.emitSkipped),
    diagnostics: results.flatMap((result) => result.diagnostics),
    ...(emittedFiles.length > 0 && { emittedFiles }),
  };
}

const isDeclarationOutput = (name: string): boolean => /\.d\.[cm]?ts(?:\.map)?$|\.d\.[^.]+\.ts(?:\.map)?$|\.tsbuildinfo$/.test(name);

function defaultWriter({ ts, host }: ProgramSource): ts.WriteFileCallback {
  return (name, text, bom, onError, from, data) => (host ? host.writeFile(name, text, bom, onError, from, data) : ts.sys.writeFile(name, text, bom));
}

/** `.poet/` is not among the files whose versions builders compare: a new version of a target must look like a new text. */
function saltVersions(program: ts.Program, build: Build): void {
  for (const [fileName, salt] of build.salts) {
    const file = program.getSourceFile(fileName) as (ts.SourceFile & { version?: string }) | undefined;
    if (file?.version !== undefined && !file.version.endsWith(salt)) file.version = `${file.version.replace(/\+poet:.*$/, '')}+poet:${salt}`;
  }
}
