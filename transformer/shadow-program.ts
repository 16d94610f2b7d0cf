import type ts from 'typescript';
import { plainCreateProgram } from './plain-program.ts';
import { rememberAnswers } from './remembering-checker.ts';
import type { Ts } from './types.ts';
import type { Rewrite } from './rewrite.ts';

/** The program and what it was made with, as a host hands them over. */
export interface ProgramSource {
  readonly ts: Ts;
  readonly program: ts.Program;
  /** Absent where the host of the compiler is not known; files are then read from disk. */
  readonly host: ts.CompilerHost | undefined;
}

/**
 * A program over the same files with a checker of its own.
 *
 * Asking the author's checker about types would change the order in which it meets them, and with it the order of unions in
 * `.d.ts` output, which must equal plain tsc's byte for byte.
 */
export function makeAnalysisProgram({ ts, program, host }: ProgramSource): ts.Program {
  const options = program.getCompilerOptions();
  return rememberAnswers(createProgram(ts, program, options, shadowHost(ts, program, host, options, new Map())));
}

/**
 * A program in which some files have their rewritten text: it type-checks generated code and emits exactly those files' JavaScript.
 * Declarations are not its business, so options that constrain them are off.
 *
 * @param declarations of files that the author's program does not read, as earlier rewritten programs parsed them
 * @param roots default: those of the author's program
 */
export function makeRewrittenProgram({ ts, program, host }: ProgramSource, rewrites: ReadonlyMap<string, Rewrite>, previous?: ts.Program, declarations = new Map<string, ts.SourceFile>(), roots?: readonly string[]): ts.Program {
  const options: ts.CompilerOptions = {
    ...program.getCompilerOptions(),
    declaration: false, declarationMap: false, emitDeclarationOnly: false, composite: false, incremental: false, isolatedDeclarations: false,
    noEmitOnError: false,
  };
  delete options.tsBuildInfoFile;
  return createProgram(ts, previous ?? program, options, shadowHost(ts, previous ?? program, host, options, rewrites, declarations), program, roots);
}

/**
 * Roots of a program that checks some files and emits nothing: these files, and whatever others see without importing it. What they import comes by itself.
 * In the order of the author's program, which decides how declarations of one global merge.
 */
export function findRootsOf({ ts, program }: ProgramSource, paths: ReadonlySet<string>): readonly string[] {
  type Bound = ts.SourceFile & { readonly moduleAugmentations?: readonly unknown[]; readonly symbol?: ts.Symbol & { readonly globalExports?: unknown } };
  const isSeenByAll = (file: Bound): boolean => !ts.isExternalModule(file) || (file.moduleAugmentations?.length ?? 0) > 0 || file.symbol?.globalExports !== undefined;
  return program.getSourceFiles().filter((file) => paths.has(file.fileName) || (!program.isSourceFileDefaultLibrary(file) && isSeenByAll(file))).map(({ fileName }) => fileName);
}

/**
 * Emission must not type-check again what was verified: from here on the program's checker answers only what the emitter asks.
 * The compiler supports emission without checks (`noCheck`); its checker reads this very object.
 */
export function stopChecking(program: ts.Program): void {
  program.getCompilerOptions().noCheck = true;
}

function createProgram(ts: Ts, oldProgram: ts.Program, options: ts.CompilerOptions, host: ts.CompilerHost, like: ts.Program = oldProgram, roots = like.getRootFileNames()): ts.Program {
  const projectReferences = like.getProjectReferences();
  return plainCreateProgram(ts)({
    rootNames: roots, options, host, oldProgram,
    ...(projectReferences && { projectReferences }),
  });
}

function shadowHost(ts: Ts, known: ts.Program, host: ts.CompilerHost | undefined, options: ts.CompilerOptions, rewrites: ReadonlyMap<string, Rewrite>, declarations = new Map<string, ts.SourceFile>()): ts.CompilerHost {
  const base = host ?? ts.createCompilerHost(options);
  type ByPath = ts.CompilerHost & { getSourceFileByPath?: (fileName: string, path: ts.Path, ...rest: Parameters<ts.CompilerHost['getSourceFile']> extends [string, ...infer R] ? R : never) => ts.SourceFile | undefined };
  const shadow = Object.create(base) as ByPath;
  const read: ts.CompilerHost['getSourceFile'] = (fileName, languageVersion, onError, createNew) => {
    const file = known.getSourceFile(fileName);
    const rewrite = file && rewrites.get(file.fileName);
    if (rewrite !== undefined && file !== undefined) {
      if (file.text === rewrite.text) return file; // an earlier rewritten program already parsed it
      // Nobody asks the copy about its JSDoc.
      const options = { ...(typeof languageVersion === 'object' ? languageVersion : { languageVersion }), jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
      return ts.createSourceFile(fileName, rewrite.text, options, false, scriptKind(ts, fileName));
    }
    if (file !== undefined) return file;
    const parsed = declarations.get(fileName) ?? base.getSourceFile(fileName, languageVersion, onError, createNew);
    if (parsed?.isDeclarationFile === true) declarations.set(fileName, parsed);
    return parsed;
  };
  shadow.getSourceFile = read;
  shadow.getSourceFileByPath = (fileName, _path, ...rest) => read(fileName, ...rest);
  keepFromOwner(shadow);
  const cache = ts.createModuleResolutionCache(base.getCurrentDirectory(), (name) => base.getCanonicalFileName(name), known.getCompilerOptions());
  shadow.resolveModuleNameLiterals = makeResolver(ts, known, base, cache);
  // Without it the compiler looks for package.json anew, up to the root of the disk, for every file.
  shadow.getModuleResolutionCache = () => cache;
  return shadow;
}

/** A watcher's host keeps books about every file and resolution that its program asks for; a shadow must leave no entry, and stop no watch. */
function keepFromOwner(shadow: ts.CompilerHost): void {
  const books = [
    'onReleaseOldSourceFile', 'onReleaseParsedCommandLine', 'resolveModuleNames', 'resolveTypeReferenceDirectives', 'resolveTypeReferenceDirectiveReferences',
    'resolveLibrary', 'hasInvalidatedResolutions', 'hasInvalidatedLibResolutions', 'hasInvalidatedDefaultLibResolution',
  ];
  for (const name of books) Object.defineProperty(shadow, name, { value: undefined, writable: true, configurable: true });
}

/** Names that the author's program has resolved stay resolved like that; only the runtime's own is new. */
function makeResolver(ts: Ts, known: ts.Program, base: ts.CompilerHost, cache: ts.ModuleResolutionCache): NonNullable<ts.CompilerHost['resolveModuleNameLiterals']> {
  type Resolved = ts.Program & { getResolvedModule?: (file: ts.SourceFile, name: string, mode: ts.ResolutionMode) => ts.ResolvedModuleWithFailedLookupLocations | undefined };
  return (literals, containingFile, redirected, options, containingSourceFile) => {
    const author = known.getSourceFile(containingFile);
    return literals.map((literal) => {
      const mode = ts.getModeForUsageLocation(containingSourceFile, literal, options);
      return (author && (known as Resolved).getResolvedModule?.(author, literal.text, mode))
        ?? ts.resolveModuleName(literal.text, containingFile, options, base, cache, redirected, mode);
    });
  };
}

function scriptKind(ts: Ts, fileName: string): ts.ScriptKind {
  return fileName.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
}
