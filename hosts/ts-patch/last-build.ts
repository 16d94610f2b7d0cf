import { statSync } from 'node:fs';
import { join } from 'node:path';
import type ts from 'typescript';
import { listProjectTemplateFiles } from '../../transformer/2-plan/project-templates.ts';
import { findTemplates } from '../host-context.ts';
import { mayHoldTarget } from '../marker-text.ts';
import type { Build } from '../../transformer/pipeline.ts';

/** What a build depended on, so that the next round of a watcher can tell whether it would come out the same. */
interface LastBuild {
  readonly build: Build;
  /** Every file of the program; the ones that the build depended on with the very object, whose text cannot have changed. */
  readonly files: ReadonlyMap<string, ts.SourceFile | undefined>;
  readonly options: ts.CompilerOptions;
  /** Sizes and times of the stored versions, of poet.config.json and of the project's templates. */
  readonly disk: string;
}

export interface BuildMemory {
  /** The last build when nothing that it depended on has changed since. */
  find(program: ts.Program, root: string): Build | undefined;
  keep(program: ts.Program, root: string, build: Build): void;
}

/**
 * Remembers the last build of each project in this process: a watcher's rebuild that touches no target then costs a comparison.
 *
 * A build is taken again only if the program has the same files and options; if all files that hold targets, that targets reach,
 * or that can reach everywhere (declarations, scripts, augmentations) are the same objects; if no other file has gained a mark;
 * and if `.poet/`, poet.config.json and the project's templates look the same on disk.
 */
export function makeBuildMemory(): BuildMemory {
  const builds = new Map<string, LastBuild>();
  const keyOf = (program: ts.Program, root: string): string => {
    const configFile = program.getCompilerOptions()['configFilePath'];
    return `${typeof configFile === 'string' ? configFile : ''}\n${root}`;
  };
  return {
    find(program, root) {
      const last = builds.get(keyOf(program, root));
      if (last === undefined || !sameOptions(last.options, program.getCompilerOptions())) return undefined;
      const files = program.getSourceFiles();
      if (files.length !== last.files.size) return undefined;
      for (const file of files) {
        const known = last.files.get(file.fileName);
        if (known === undefined ? !last.files.has(file.fileName) || reachesEverywhere(file) || mayHoldTarget(file.text) : known !== file) return undefined;
      }
      return readDisk(root, last.build) === last.disk ? last.build : undefined;
    },
    keep(program, root, build) {
      const needed = new Set<string>(build.targets.map((target) => target.sourceFile.fileName));
      for (const plan of build.plans) for (const path of plan.dependencies) needed.add(join(root, path).replaceAll('\\', '/'));
      const files = new Map(program.getSourceFiles().map((file) =>
        [file.fileName, needed.has(file.fileName) || reachesEverywhere(file) || mayHoldTarget(file.text) ? file : undefined]));
      builds.set(keyOf(program, root), { build, files, options: program.getCompilerOptions(), disk: readDisk(root, build) });
    },
  };
}

/** Declarations, scripts and augmentations change what names mean in files that never import them. */
function reachesEverywhere(file: ts.SourceFile): boolean {
  const inner = file as ts.SourceFile & { externalModuleIndicator?: unknown; moduleAugmentations?: readonly unknown[] };
  return file.isDeclarationFile || inner.externalModuleIndicator === undefined || (inner.moduleAugmentations?.length ?? 0) > 0;
}

function sameOptions(a: ts.CompilerOptions, b: ts.CompilerOptions): boolean {
  if (a === b) return true;
  const text = (options: ts.CompilerOptions): string => JSON.stringify(Object.entries(options).filter(([name]) => name !== 'configFile').sort());
  return text(a) === text(b);
}

function readDisk(root: string, build: Build): string {
  const paths = build.outcomes.flatMap((outcome) => (outcome.kind === 'enhanced'
    ? ['code.ts', 'contract.ts', 'params.json', 'metadata.json', '../current'].map((file) => join(outcome.version.folder, file)) : []));
  return [join(root, 'poet.config.json'), ...listProjectTemplateFiles(root, findTemplates()), ...paths].map((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? '-' : `${found.size} ${found.mtimeMs} ${found.ino}`;
  }).join('\n');
}
