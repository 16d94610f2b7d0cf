import { dirname, join, resolve } from 'node:path';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { renderDiagnostic } from '../transformer/diagnostics/render.ts';
import type { Rewrite } from '../transformer/rewrite.ts';
import type { Ts } from '../transformer/types.ts';
import { makeFileHashes } from './file-hashes.ts';
import { HostError } from './host-error.ts';
import { looksMarked, mayHoldTarget } from './marker-text.ts';
import { chooseConfig, findConfigPath, readProjectConfig, type ProjectConfig } from './project-config.ts';
import { makeProject, type InputList, type Project, type ProjectBuild } from './project.ts';
import { loadTypescript } from './project-typescript.ts';

export interface EnhancerOptions {
  /** As the author's configuration calls it: `poetc/jest`. */
  readonly host: string;
  /** Where a relative `tsconfig` starts; absolute. */
  readonly root: string;
  /** The configuration to use; default: the nearest tsconfig.json of each file. */
  readonly tsconfig?: string | undefined;
  readonly inputs?: InputList | undefined;
}

/** One file with its enhanced functions. */
export interface Enhanced {
  readonly rewrite: Rewrite;
  /** Absolute paths of what the rewritten text was made from, the file itself aside: sources that its targets reach, and their versions. */
  readonly dependencies: readonly string[];
}

/** The core for hosts that see one file at a time. */
export interface Enhancer {
  /**
   * @param path absolute, posix   @param text what the host is about to compile
   * @returns undefined when nothing in the file changes
   * @throws HostError for the author's errors in this file, and for those of the configuration
   */
  enhance(path: string, text: string): Enhanced | undefined;
  /** The project of a file; undefined when there is no tsconfig.json. */
  project(path: string): Project | undefined;
  /** Compiler for a file, with or without a project. */
  typescript(path: string): Ts;
  recheck(): void;
}

export function makeEnhancer(options: EnhancerOptions): Enhancer {
  const hashes = makeFileHashes();
  const projects = new Map<string, Project>();
  const compilers = new Map<string, Ts>();
  const said = new Set<string>();
  let configs = new Map<string, ProjectConfig>();

  const typescriptAt = (folder: string): Ts => {
    const known = compilers.get(folder) ?? loadTypescript(folder);
    compilers.set(folder, known);
    return known;
  };
  const report = (diagnostic: PoetDiagnostic): void => {
    const line = renderDiagnostic(diagnostic, { cwd: process.cwd() });
    if (!said.has(line)) process.stderr.write(`${line}\n`);
    said.add(line);
  };
  const project = (path: string): Project | undefined => {
    const start = options.tsconfig === undefined ? findConfigPath(dirname(path)) : resolve(options.root, options.tsconfig).replaceAll('\\', '/');
    if (start === undefined) return undefined;
    const ts = typescriptAt(dirname(start));
    const read = (file: string): ProjectConfig => {
      const config = configs.get(file) ?? readProjectConfig(ts, file);
      configs.set(file, config);
      return config;
    };
    const chosen = chooseConfig(ts, read(start), path, read).path;
    const known = projects.get(chosen) ?? makeProject(ts, chosen, hashes, options.inputs);
    projects.set(chosen, known);
    return known;
  };

  return {
    project,
    typescript: (path) => project(path)?.ts ?? typescriptAt(options.root),
    recheck() {
      configs = new Map();
      for (const one of projects.values()) one.recheck();
    },
    enhance(path, text) {
      if (!mayHoldTarget(text)) return undefined;
      const of = project(path);
      if (of === undefined) {
        if (!looksMarked(text)) return undefined;
        throw new HostError([makeDiagnostic('POET8052', { host: options.host }, { file: path })]);
      }
      let made = of.build();
      if (isStale(made, path, text)) { of.recheck(); made = of.build(); }
      const errors = [...made.problems, ...made.build.diagnostics.filter((d) => d.file === path)];
      if (errors.length > 0) throw new HostError(errors);
      const file = made.program.getSourceFile(path);
      if (file === undefined) {
        if (looksMarked(text)) report(makeDiagnostic('POET8055', { tsconfig: of.config().path, host: options.host }, { file: path }));
        return undefined;
      }
      const rewrite = made.build.emission.get(file.fileName);
      if (rewrite === undefined) return undefined;
      if (withoutBom(text) !== withoutBom(file.text)) {
        report(makeDiagnostic('POET8054', { host: options.host }, { file: path }));
        return undefined;
      }
      return { rewrite, dependencies: listDependencies(made, rewrite, of.config()) };
    },
  };
}

const withoutBom = (text: string): string => text.replace(/^\uFEFF/, '');

/** The host has another text, or a file that the program has not: perhaps the disk has moved on. */
function isStale({ program }: ProjectBuild, path: string, text: string): boolean {
  const file = program.getSourceFile(path);
  return file === undefined ? looksMarked(text) : withoutBom(file.text) !== withoutBom(text);
}

function listDependencies({ build, root }: ProjectBuild, rewrite: Rewrite, config: ProjectConfig): readonly string[] {
  const files = new Set([...config.configFiles, join(root, 'poet.config.json')]);
  for (const outcome of build.outcomes) {
    if (outcome.kind !== 'enhanced' || outcome.plan.target.sourceFile.fileName !== rewrite.path) continue;
    for (const file of outcome.plan.dependencies) files.add(resolve(root, file));
    files.add(join(dirname(outcome.version.folder), 'current'));
    for (const name of ['code.ts', 'contract.ts', 'params.json', 'metadata.json']) files.add(join(outcome.version.folder, name));
  }
  files.delete(rewrite.path);
  return [...files].map((file) => file.replaceAll('\\', '/'));
}
