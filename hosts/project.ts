import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type ts from 'typescript';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { openBuild, type Build } from '../transformer/pipeline.ts';
import type { Ts } from '../transformer/types.ts';
import { hashText, listStoredFiles, type FileHashes } from './file-hashes.ts';
import { mayAskModel } from './generation/fill-misses.ts';
import { makeProver } from './prover.ts';
import { listProjectTemplateFiles } from '../transformer/2-plan/project-templates.ts';
import { findRoot, findTemplates, makeHostContext } from './host-context.ts';
import { readProjectConfig, type ProjectConfig } from './project-config.ts';
import { makeProgramMaker, printOptions } from './project-program.ts';

/** A build, and the program that it was made from. */
export interface ProjectBuild {
  readonly program: ts.Program;
  readonly build: Build;
  /** Errors without a place in a source file of the program: configuration, mostly. */
  readonly problems: readonly PoetDiagnostic[];
  /** Absolute, posix. */
  readonly root: string;
}

/** One tsconfig within a long-lived process that has no checker of its own. */
export interface Project {
  readonly ts: Ts;
  config(): ProjectConfig;
  /** The build over what is on disk; the last one as long as nothing that it depends on has changed. Throws what `openBuild` throws. */
  build(): ProjectBuild;
  /** Hash over everything on disk that can change the output of any file of the project. */
  fingerprint(): string;
  /** Answers are kept until this is called; afterwards the disk is looked at again. */
  recheck(): void;
}

/** Paths of the files that the last program read, kept between processes, so that a warm start needs no program. */
export interface InputList {
  load(configPath: string): readonly string[] | undefined;
  save(configPath: string, files: readonly string[]): void;
}

export function makeProject(ts: Ts, configPath: string, hashes: FileHashes, inputs?: InputList): Project {
  const programs = makeProgramMaker(ts, hashes);
  let config: ProjectConfig | undefined;
  let print: string | undefined;
  let last: { readonly before: string; readonly after: string; readonly value: ProjectBuild } | undefined;
  let fresh = false;
  let read: readonly string[] | undefined;

  const project: Project = {
    ts,
    config: () => (config ??= readProjectConfig(ts, configPath)),
    recheck() {
      config = undefined;
      print = undefined;
      fresh = false;
    },
    fingerprint() {
      // The list of another process may be newer than ours: a key must never be made from an older one.
      const files = inputs?.load(configPath) ?? read ?? remember(programs.make(project.config()).program);
      return (print ??= makeFingerprint(ts, project.config(), files, hashes));
    },
    build() {
      if (last !== undefined && fresh) return last.value;
      const before = read === undefined ? '' : makeFingerprint(ts, project.config(), read, hashes);
      fresh = true;
      if (last !== undefined && (before === last.before || before === last.after)) return last.value;
      const made = programs.make(project.config());
      const files = remember(made.program);
      const asRead = makeFingerprint(ts, project.config(), files, hashes);
      const { ctx, problems } = makeHostContext(ts, made.program);
      const build = openBuild({ ts, ...made }, ctx, { prover: makeProver(ctx.config), isPassing: mayAskModel(ctx) });
      const unplaced = build.diagnostics.filter((d) => d.file === undefined || made.program.getSourceFile(d.file) === undefined);
      const value = { program: made.program, build, problems: [...project.config().problems, ...problems, ...unplaced], root: ctx.root };
      // Generation has just written to the store, and that is no reason to build again.
      last = { before: asRead, after: makeFingerprint(ts, project.config(), files, hashes), value };
      return value;
    },
  };
  const remember = (program: ts.Program): readonly string[] => {
    read = program.getSourceFiles().map((file) => file.fileName).sort();
    inputs?.save(configPath, read);
    return read;
  };
  return project;
}

const LOCKS = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb', 'node_modules/.package-lock.json', 'node_modules/.modules.yaml', 'node_modules/.yarn-state.yml'];

/**
 * Hash over compiler, poetc, configuration, sources (every project file, whether or not it seems to matter), templates and `.poet/`.
 *
 * Not seen: a file outside the configuration's `include` that begins to shadow another one, with no listed file changed.
 */
function makeFingerprint(ts: Ts, config: ProjectConfig, read: readonly string[], hashes: FileHashes): string {
  const folder = dirname(config.path);
  const root = findRoot(folder);
  const parts = [
    ts.version, ownHash(hashes), printOptions(config.options), config.fileNames.join('\n'),
    ...['POET_FROZEN', 'POET_PROVIDER', 'CI'].map((name) => `${name}=${process.env[name] ?? ''}`), `key=${process.env['ANTHROPIC_API_KEY'] ? 'set' : ''}`,
  ];
  const files = new Set([
    ...config.configFiles, ...config.fileNames, ...read,
    join(root, 'poet.config.json'), join(root, 'package.json'), ...findLocks(folder), ...listStoredFiles(root), ...listProjectTemplateFiles(root, findTemplates()),
  ]);
  for (const file of files) parts.push(`${file} ${hashes.of(file)}`);
  return hashText(parts.join('\0'));
}

function findLocks(folder: string): readonly string[] {
  const found: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    found.push(...LOCKS.map((name) => join(at, name)).filter((path) => existsSync(path)));
    if (dirname(at) === at) return found;
  }
}

/** In the package this file is part of one bundle: its text is poetc's version, exact to the byte. */
const ownHash = (hashes: FileHashes): string => hashes.of(__filename);
