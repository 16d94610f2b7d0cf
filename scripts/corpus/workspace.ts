import { execFileSync } from 'node:child_process';
import { builtinModules } from 'node:module';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { CorpusOptions } from './options.ts';
import type { Project } from './project.ts';

/** The compilers that the corpus is built with, whatever the project uses. */
export const TOOLS = { typescript: '6.0.3', 'ts-patch': '4.0.1' } as const;
const RUNNER_DEFAULTS: Readonly<Record<string, string>> = { jest: '^30.0.0', vitest: '^4.0.0', mocha: '^11.0.0' };
const ENVIRONMENTS = ['happy-dom', 'jsdom', 'jest-environment-jsdom'];

export interface Workspace {
  /** Absolute. Holds node_modules, and a folder a copy of the project. */
  readonly root: string;
  /** Removes it, unless the user asked to keep it. */
  close(): void;
}

/** Makes the working folder: packages that the tests need, the compilers, and poetc as it is packed. */
export function openWorkspace(project: Project, options: CorpusOptions, repository: string, say: (line: string) => void): Workspace {
  const root = options.work ?? mkdtempSync(join(tmpdir(), 'poetc-corpus-'));
  mkdirSync(root, { recursive: true });
  const wanted = findPackages(project, options.install);
  const manifest = `${JSON.stringify({ name: 'corpus', private: true, version: '0.0.0', dependencies: wanted, ...OVERRIDES }, null, 2)}\n`;
  const manifestFile = join(root, 'package.json');
  const same = existsSync(manifestFile) && readFileSync(manifestFile, 'utf8') === manifest && existsSync(join(root, 'node_modules', 'ts-patch'));
  if (!same) {
    writeFileSync(manifestFile, manifest);
    rmSync(join(root, 'node_modules'), { recursive: true, force: true });
    say(`installing ${Object.keys(wanted).length} packages: ${Object.keys(wanted).join(' ')}`);
    // No install scripts: a project's tests need its packages, not its packages' set-up.
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--legacy-peer-deps', '--loglevel=error'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    if (options.install === 'none') linkModules(join(project.root, 'node_modules'), join(root, 'node_modules'));
  }
  placePoetc(repository, join(root, 'node_modules', 'poetc'));
  return { root, close: () => { if (options.work === undefined) rmSync(root, { recursive: true, force: true }); } };
}

const OVERRIDES = { overrides: { typescript: TOOLS.typescript } };

function findPackages(project: Project, install: CorpusOptions['install']): Record<string, string> {
  const { manifest, imports, runner } = project;
  const named = { ...manifest.peerDependencies, ...manifest.devDependencies, ...manifest.dependencies };
  const usable = (name: string): boolean => named[name] !== undefined && !/^(?:workspace|file|link|portal|patch|git|https?):/.test(named[name]);
  const wanted = new Set<string>();
  if (install === 'all') for (const name of Object.keys(named)) wanted.add(name);
  if (install === 'needed') {
    for (const name of imports) wanted.add(name);
    for (const name of [...imports, runner]) wanted.add(`@types/${name.replace(/^@/, '').replace('/', '__')}`);
    for (const name of ENVIRONMENTS) wanted.add(name);
    wanted.add('@types/node');
  }
  const chosen: Record<string, string> = {};
  for (const name of wanted) if (usable(name) && !builtinModules.includes(name)) chosen[name] = named[name]!;
  if (install !== 'none' && runner !== 'node') chosen[runner] ??= RUNNER_DEFAULTS[runner]!;
  if (install !== 'none' && [...imports].some((name) => name.startsWith('node:') || builtinModules.includes(name))) chosen['@types/node'] ??= '^20.0.0';
  return { ...chosen, ...TOOLS };
}

function linkModules(from: string, to: string): void {
  if (!existsSync(from)) throw new Error(`--install none: ${from} does not exist`);
  for (const entry of readdirSync(from)) {
    if (entry.startsWith('@') && existsSync(join(to, entry))) {
      for (const scoped of readdirSync(join(from, entry))) if (!existsSync(join(to, entry, scoped))) symlinkSync(join(from, entry, scoped), join(to, entry, scoped));
    } else if (!existsSync(join(to, entry))) symlinkSync(join(from, entry), join(to, entry));
  }
}

/** The files that `npm pack` would take, without packing: they are the same on disk. */
export function placePoetc(repository: string, folder: string): void {
  const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { files: string[] };
  if (!existsSync(join(repository, 'dist', 'transformer.cjs'))) throw new Error('dist/transformer.cjs is missing: run npm run build');
  rmSync(folder, { recursive: true, force: true });
  for (const entry of ['package.json', 'LICENSE', ...manifest.files]) if (existsSync(join(repository, entry))) cpSync(join(repository, entry), join(folder, entry), { recursive: true });
}

/** Copies the project without what is made from it; symbolic links are followed no further than the project. */
export function copyProject(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, {
    recursive: true,
    filter: (path) => !/(?:^|[\\/])(?:node_modules|\.git|\.poet|\.yarn)(?:[\\/]|$)/.test(relative(from, path)),
  });
}
