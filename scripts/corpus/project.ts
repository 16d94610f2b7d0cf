import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { CorpusOptions, Runner } from './options.ts';

/** What is known of a project before anything is built. Paths are posix and relative to it. */
export interface Project {
  readonly root: string;
  readonly manifest: Manifest;
  /** Files whose exported functions are marked. */
  readonly sources: readonly string[];
  readonly tests: readonly string[];
  readonly runner: Runner;
  /** Packages that the chosen files and the files that they reach import. */
  readonly imports: ReadonlySet<string>;
  /** From its tsconfig.json, `extends` followed; empty without one. */
  readonly compilerOptions: ts.CompilerOptions;
  /** As it stands in the file: what is set, before the compiler's defaults. */
  readonly tsconfig: string | undefined;
}

export interface Manifest {
  readonly name?: string;
  readonly type?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly jest?: unknown;
  readonly mocha?: unknown;
}

const EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts'];
const NEVER = ['**/node_modules', '**/dist', '**/build', '**/coverage', '**/.*', '**/*.d.ts', '**/*.d.mts', '**/*.d.cts'];
const TEST = /(?:^|\/)(?:__tests__|tests?)\/.*\.[cm]?tsx?$|(?:^|[./-])(?:test|spec)\.[cm]?tsx?$/;
/** What a runner runs; other files of a test folder are what tests use. */
const RUN = /(?:^|[./-])(?:test|spec)\./;
const SETTINGS = /(?:^|\/)[\w.-]+\.(?:config|setup)\.[cm]?ts$/;

/** @throws Error with a sentence for the user when there is nothing to work on */
export function readProject(options: CorpusOptions): Project {
  const root = options.project;
  if (!existsSync(root)) throw new Error(`${root}: no such directory`);
  const manifest = existsSync(join(root, 'package.json')) ? (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest) : {};
  const include = options.src.length === 0 ? ['**/*'] : options.src.flatMap(widen);
  const files = ts.sys.readDirectory(root, EXTENSIONS, NEVER, include).map((file) => file.slice(root.length + 1)).sort();
  const tests = files.filter((file) => TEST.test(file) && RUN.test(file));
  const sources = files.filter((file) => !TEST.test(file) && !SETTINGS.test(file));
  if (sources.length === 0) throw new Error(`${root}: found no TypeScript source${options.src.length > 0 ? ` in ${options.src.join(', ')}` : ''}`);
  const tsconfig = ['tsconfig.json', 'src/tsconfig.json'].find((file) => existsSync(join(root, file)));
  return {
    root, manifest, sources, tests, tsconfig,
    runner: options.runner ?? findRunner(manifest, root, tests),
    imports: findImports(root, [...sources, ...tests]),
    compilerOptions: tsconfig === undefined ? {} : readCompilerOptions(root, tsconfig),
  };
}

/** A folder stands for everything in it. */
function widen(entry: string): string[] {
  const plain = entry.replace(/\/+$/, '');
  return /[*?]|\.[cm]?tsx?$/.test(plain) ? [plain] : [`${plain}/**/*`];
}

function findRunner(manifest: Manifest, root: string, tests: readonly string[]): Runner {
  const script = manifest.scripts?.['test'] ?? '';
  const named = /\b(vitest|jest|mocha)\b/.exec(script)?.[1] ?? (/\bnode\b.*--test\b|\btsx\b.*--test\b/.test(script) ? 'node' : undefined);
  if (named !== undefined) return named as Runner;
  const packages = { ...manifest.dependencies, ...manifest.devDependencies };
  for (const runner of ['vitest', 'jest', 'mocha'] as const) if (packages[runner] !== undefined) return runner;
  const text = tests.slice(0, 20).map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
  if (text.includes("'vitest'") || text.includes('"vitest"')) return 'vitest';
  return /['"]node:test['"]/.test(text) ? 'node' : 'jest';
}

/** Follows relative imports, so that packages of files outside the chosen ones are found too. */
function findImports(root: string, entries: readonly string[]): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const open = entries.map((file) => join(root, file));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles) {
      const next = fileName.startsWith('.') ? findRelative(join(file, '..', fileName)) : undefined;
      if (next !== undefined) open.push(next);
      if (!fileName.startsWith('.') && !fileName.startsWith('/')) packages.add(packageOf(fileName));
    }
  }
  return packages;
}

function findRelative(path: string): string | undefined {
  const stem = path.replace(/\.([cm]?)jsx?$/, '');
  const candidates = [path, ...EXTENSIONS.map((e) => path + e), ...EXTENSIONS.map((e) => stem + e), ...EXTENSIONS.map((e) => join(path, `index${e}`))];
  return candidates.find((candidate) => /\.[cm]?tsx?$/.test(candidate) && ts.sys.fileExists(candidate));
}

function packageOf(specifier: string): string {
  return specifier.startsWith('node:') ? specifier : specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function readCompilerOptions(root: string, tsconfig: string): ts.CompilerOptions {
  const read = ts.readConfigFile(join(root, tsconfig), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(read.config ?? {}, { ...ts.sys, readDirectory: () => [] }, root).options;
}
