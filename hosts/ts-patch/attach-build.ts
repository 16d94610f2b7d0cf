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
  const patched: Emit = (target, writeFile, token, emitOnlyDts, transformers, ...rest) => {
    const files = (target === undefined ? program.getSourceFiles() : [target]).filter((f) => build.rewrites.has(f.fileName));
    if (emitOnlyDts === true || files.length === 0) return emit(target, writeFile, token, emitOnlyDts, transformers, ...rest);

    const write = writeFile ?? defaultWriter(source);
    // The author's program writes everything but the JavaScript of rewritten files.
    const declarationsOnly: ts.WriteFileCallback = (name, text, bom, onError, from, data) => {
      if (isDeclarationOutput(name) || !(from ?? []).some((f) => build.rewrites.has(f.fileName))) write(name, text, bom, onError, from, data);
    };
    const result = emit(target, declarationsOnly, token, emitOnlyDts, transformers, ...rest);
    if (result.emitSkipped) return result;
    const diagnostics = [...result.diagnostics];
    for (const file of files) {
      const copy = build.rewritten().getSourceFile(file.fileName);
      if (copy === undefined) throw new Error(`poetc lost ${file.fileName} between two programs`);
      const writer = makeMappedWriter(build.rewrites.get(file.fileName)!, file, write);
      diagnostics.push(...build.rewritten().emit(copy, writer.write, token, false, transformers).diagnostics);
      writer.flush();
    }
    return { ...result, diagnostics };
  };
  program.emit = patched as ts.Program['emit'];
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
