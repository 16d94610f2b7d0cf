/** From a working directory to programs: the root, the tsconfig files, the compiler, the pipeline. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type ts from 'typescript';
import { findRoot, makeHostContext } from '../hosts/host-context.ts';
import { placedId, type OpenedBuild } from '../hosts/opened-build.ts';
import { findProjectRoot } from '../transformer/config/index.ts';
import { openStore, type Store, type StoreEntry } from '../transformer/5-store/index.ts';
import type { Context } from '../transformer/context.ts';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { openBuild, type BuildOptions } from '../transformer/pipeline.ts';
import type { ProgramSource } from '../transformer/shadow-program.ts';
import type { Outcome, Ts } from '../transformer/types.ts';
import { CliFault } from './cli-fault.ts';
import type { Session } from './report.ts';
import { loadCompiler } from './toolchain.ts';

const posix = (path: string): string => path.replaceAll('\\', '/');

/** The nearest folder with a poet.config.json or package.json; that of `--project` when given. */
export function findRootOf(session: Session): string {
  const start = session.project === undefined ? session.terminal.cwd : folderOf(resolve(session.terminal.cwd, session.project));
  const root = findProjectRoot(start);
  if (root === undefined) throw new CliFault(1, makeDiagnostic('POET8121', { folder: start }));
  return root;
}

const folderOf = (path: string): string => (existsSync(path) && statSync(path).isDirectory() ? path : dirname(path));

/** The store of the project that the session is in; needs no compiler. */
export function openProjectStore(session: Session): Store {
  return openStore(findRootOf(session), { now: Date.now });
}

/** @throws CliFault when `.poet/` cannot be read at all */
export function entriesOf(store: Store): StoreEntry[] {
  const entries = store.list();
  if ('problem' in entries) throw new CliFault(1, entries.problem);
  return entries;
}

/** The tsconfig.json that was named, or the nearest one upwards; undefined when there is none. */
export function findConfigFile(session: Session): string | undefined {
  const { cwd } = session.terminal;
  if (session.project !== undefined) {
    const named = resolve(cwd, session.project);
    const file = existsSync(named) && statSync(named).isDirectory() ? join(named, 'tsconfig.json') : named;
    if (!existsSync(file)) throw new CliFault(2, makeDiagnostic('POET8119', { path: session.project, expected: 'a tsconfig.json', found: 'nothing' }));
    return posix(file);
  }
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'tsconfig.json'))) return posix(join(folder, 'tsconfig.json'));
    if (dirname(folder) === folder) return undefined;
  }
}

export interface ParsedConfig {
  /** Absolute, posix. */
  readonly path: string;
  readonly parsed: ts.ParsedCommandLine;
}

/**
 * The configurations that hold sources: the file itself, or those that a solution file refers to.
 * @throws CliFault when one cannot be read
 */
export function readConfigs(ts: Ts, file: string, seen: Set<string> = new Set()): ParsedConfig[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const complain = (diagnostic: ts.Diagnostic): never => {
    const line = diagnostic.file !== undefined && diagnostic.start !== undefined ? diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start).line + 1 : 1;
    throw new CliFault(1, makeDiagnostic('POET8106', { path: file, expected: 'a tsconfig.json that the compiler can read', found: ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ') }, { file, line }));
  };
  const parsed = ts.getParsedCommandLineOfConfigFile(file, {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: complain });
  if (parsed === undefined) return [];
  const references = parsed.projectReferences ?? [];
  const isSolution = references.length > 0 && parsed.fileNames.length === 0;
  // "No inputs were found" is no error of a file that only refers to others.
  const fatal = parsed.errors.find((error) => error.category === ts.DiagnosticCategory.Error && !(isSolution && (error.code === 18002 || error.code === 18003)));
  if (fatal !== undefined) complain(fatal);
  if (!isSolution) return [{ path: file, parsed }];
  return references.flatMap((reference) => readConfigs(ts, posix(ts.resolveProjectReferencePath(reference)), seen));
}

/** One program of the project, as `tspc` would see it. */
export interface ProjectBuild extends OpenedBuild {
  readonly config: ParsedConfig;
  /** Everything that the build reported, errors included. */
  readonly reported: readonly PoetDiagnostic[];
}

/** @throws CliFault without a tsconfig.json or a compiler that fits */
export function openConfigs(session: Session): { readonly ts: Ts; readonly root: string; readonly configs: readonly ParsedConfig[] } {
  const file = findConfigFile(session);
  if (file === undefined) throw new CliFault(1, makeDiagnostic('POET8101', { folder: session.terminal.cwd }));
  const root = findRoot(dirname(file));
  const ts = loadCompiler(root);
  return { ts, root, configs: readConfigs(ts, file) };
}

export function makeProgram(ts: Ts, { parsed }: ParsedConfig, host: ts.CompilerHost = ts.createCompilerHost(parsed.options)): ProgramSource {
  const program = ts.createProgram({
    rootNames: parsed.fileNames, options: parsed.options, host,
    ...(parsed.projectReferences === undefined ? {} : { projectReferences: parsed.projectReferences }),
  });
  return { ts, program, host };
}

/**
 * Runs the pipeline over every program of the project.
 * @param onMiss `original` reads and writes nothing; `generate` makes what is missing
 */
export function openBuilds(session: Session, onMiss: Context['onMiss'], options: BuildOptions = {}): readonly ProjectBuild[] {
  const { ts, configs } = openConfigs(session);
  return configs.map((config) => {
    const source = makeProgram(ts, config);
    const { ctx: hostContext, problems } = makeHostContext(ts, source.program);
    const reported: PoetDiagnostic[] = [...problems];
    const ctx: Context = { ...hostContext, onMiss, report: (diagnostic) => { reported.push(diagnostic); } };
    const build = openBuild(source, ctx, options);
    return { source, config, ctx, build, reported: [...reported, ...build.diagnostics] };
  });
}

export const targetIdOf = (outcome: Outcome): string => (outcome.kind === 'enhanced' ? outcome.plan.target.id : outcome.target.id);

/** An outcome, and whose it is: two packages may have functions of the same id. */
export interface PlacedOutcome {
  readonly id: string;
  /** Of its project. */
  readonly root: string;
  readonly outcome: Outcome;
}

/** All outcomes; a file that several programs of a project hold counts once. */
export function outcomesOf(builds: readonly ProjectBuild[]): PlacedOutcome[] {
  const placed = new Map<string, PlacedOutcome>();
  for (const { ctx: { root }, build } of builds) {
    for (const outcome of build.outcomes) placed.set(placedId(root, targetIdOf(outcome)), { id: targetIdOf(outcome), root, outcome });
  }
  return [...placed.values()].sort((a, b) => (a.id < b.id || (a.id === b.id && a.root < b.root) ? -1 : 1));
}

/** What lies in the stores of these projects, by `placedId`. */
export function entriesIn(roots: readonly string[]): ReadonlyMap<string, StoreEntry> {
  return new Map([...new Set(roots)].flatMap((root) => entriesOf(openStore(root, { now: Date.now })).map((entry) => [placedId(root, entry.targetId), entry] as const)));
}

/** What was reported, each thing once. */
export function reportedBy(builds: readonly ProjectBuild[]): PoetDiagnostic[] {
  const seen = new Map(builds.flatMap(({ reported }) => reported.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic] as const)));
  return [...seen.values()];
}
