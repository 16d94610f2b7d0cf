import type ts from 'typescript';
import type { Script } from '../../transformer/6-emit/index.ts';
import { toTsDiagnostic } from '../../transformer/diagnostics/render.ts';
import type { Build } from '../../transformer/pipeline.ts';
import type { ProgramSource } from '../../transformer/shadow-program.ts';
import { contentHash } from '../../transformer/5-store/index.ts';
import { makeMappedWriter } from './mapped-writer.ts';
import { makeScriptWriter } from './script-writer.ts';

/** Methods that `tsc`, the builders and the watcher call, the internal one of the builder included. */
type Patched = ts.Program & {
  getBindAndCheckDiagnostics?: (sourceFile: ts.SourceFile, ...rest: unknown[]) => readonly ts.Diagnostic[];
};

/** Makes an author's program answer for the build: our diagnostics join its own, and files with targets are emitted rewritten. */
export function attachBuild(source: ProgramSource, build: Build): void {
  const program = source.program as Patched;
  if (build.targets.length === 0 && build.diagnostics.length === 0 && build.illegalDecorators.size === 0 && !program.getSourceFiles().some(isStamp)) return;
  attachDiagnostics(source, program, build);
  if (build.emission.paths.length > 0) attachEmit(source, program, build);
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
    if (isStamp(file)) return [];
    const legal = build.illegalDecorators.get(file.fileName);
    const kept = legal === undefined ? found : found.filter((d) => !(d.code === 1206 && d.start !== undefined && legal.has(d.start)));
    const ours = own.get(file.fileName);
    return ours === undefined ? kept : [...kept, ...(ours as unknown as D[])];
  };

  /** The compiler never looks into a decorator that it refuses: asked for the call first, it checks the options and counts the import as used. */
  const resolved = new Set<ts.CallExpression>();
  const resolveOptions = (file: ts.SourceFile): void => {
    for (const call of build.illegalDecorators.get(file.fileName)?.values() ?? []) {
      if (!resolved.has(call)) program.getTypeChecker().getResolvedSignature(call);
      resolved.add(call);
    }
  };
  const checked = <D extends ts.Diagnostic>(file: ts.SourceFile, find: () => readonly D[]): readonly D[] => {
    resolveOptions(file);
    return adjust(find(), file);
  };

  const syntactic = program.getSyntacticDiagnostics.bind(program);
  program.getSyntacticDiagnostics = (file, token) => syntactic(file, token).filter((d) => d.file === undefined || !isStamp(d.file));
  const semantic = program.getSemanticDiagnostics.bind(program);
  program.getSemanticDiagnostics = (file, token) =>
    (file !== undefined ? checked(file, () => semantic(file, token)) : program.getSourceFiles().flatMap((f) => program.getSemanticDiagnostics(f, token)));
  const bindAndCheck = program.getBindAndCheckDiagnostics?.bind(program);
  if (bindAndCheck) program.getBindAndCheckDiagnostics = (file, ...rest) => checked(file, () => bindAndCheck(file, ...rest));

  const projectWide = own.get('') ?? [];
  if (projectWide.length > 0) {
    const config = program.getConfigFileParsingDiagnostics.bind(program);
    program.getConfigFileParsingDiagnostics = () => [...config(), ...projectWide];
  }
}

/** A damaged stamp is for poet check to name and for poet doctor to write again: nothing in it is worth an author's build. */
const isStamp = (file: ts.SourceFile): boolean => /\/\.poet\/.+\/stamp\.d\.ts$/.test(file.fileName);

type Emit = (...args: [...Parameters<ts.Program['emit']>, ...unknown[]]) => ts.EmitResult;

function attachEmit(source: ProgramSource, program: Patched, build: Build): void {
  const emit = program.emit.bind(program) as Emit;
  const changes = new Set(build.emission.paths);
  const script = (file: ts.SourceFile): Script | undefined => (changes.has(file.fileName) ? build.emission.script(file.fileName) : undefined);
  const isRewritten = (file: ts.SourceFile): boolean => changes.has(file.fileName) && script(file) === undefined;
  const patched: Emit = (target, writeFile, token, emitOnlyDts, transformers, ...rest) => {
    const changing = (target === undefined ? program.getSourceFiles() : [target]).filter((file) => changes.has(file.fileName));
    // Builders pass numbers: 0 for JavaScript alone, the others for declarations and their signatures.
    const only = emitOnlyDts as boolean | number | undefined;
    if (changing.length === 0 || (only !== 0 && only !== false && only !== undefined)) return emit(target, writeFile, token, emitOnlyDts, transformers, ...rest);

    const write = writeFile ?? defaultWriter(source);
    const scripts = makeScriptWriter(source.ts, program.getCompilerOptions(), script, (file) => build.emission.compile(file.fileName), write);
    const results = emitAuthors(target, scripts.write, only === 0, (file, declarationsOnly, writeOne) =>
      emit(file, writeOne, token, declarationsOnly || emitOnlyDts, scripts.withTransformer(transformers), ...rest));
    const files = changing.filter(isRewritten); // among them what the writer has lost
    if (files.length === 0 || results.some((result) => result.emitSkipped)) return merge(results);
    const rewritten = build.rewritten();
    for (const file of files) {
      const copy = rewritten.getSourceFile(file.fileName);
      if (copy === undefined) throw new Error(`poetc lost ${file.fileName} between two programs`);
      const writer = makeMappedWriter(build.emission.get(file.fileName)!, file, write);
      results.push(rewritten.emit(copy, writer.write, token, false, transformers));
      writer.flush();
    }
    return merge(results);
  };

  /** The author's program writes everything but the JavaScript of rewritten files. */
  function emitAuthors(
    target: ts.SourceFile | undefined, write: ts.WriteFileCallback, scriptsOnly: boolean,
    emitOne: (file: ts.SourceFile | undefined, onlyDeclarations: boolean, write: ts.WriteFileCallback) => ts.EmitResult,
  ): ts.EmitResult[] {
    const options = program.getCompilerOptions();
    const whole = options.noEmitOnError === true || (target === undefined && (options.incremental === true || options.composite === true));
    if (whole) {
      return [emitOne(target, false, (name, text, bom, onError, from, data) => {
        if (isDeclarationOutput(name) || !(from ?? []).some(isRewritten)) write(name, text, bom, onError, from, data);
      })];
    }
    // File by file, so that JavaScript which would be thrown away is never printed.
    const declarations = !scriptsOnly && (options.declaration === true || options.composite === true);
    return (target === undefined ? program.getSourceFiles() : [target])
      .filter((file) => !file.isDeclarationFile && (declarations || !isRewritten(file)))
      .map((file) => emitOne(file, isRewritten(file), write));
  }
  program.emit = patched as ts.Program['emit'];
}

function merge(results: readonly ts.EmitResult[]): ts.EmitResult {
  const emittedFiles = results.flatMap((result) => result.emittedFiles ?? []);
  return {
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
  for (const path of build.emission.paths) {
    const file = program.getSourceFile(path) as (ts.SourceFile & { version?: string }) | undefined;
    if (file?.version === undefined) continue;
    const salt = contentHash({ code: build.emission.get(path)!.text, contract: '', params: '' }).slice(0, 16);
    if (!file.version.endsWith(salt)) file.version = `${file.version.replace(/\+poet:.*$/, '')}+poet:${salt}`;
  }
}
