/** Which compiler and which patch a project has, and what to run where they do not fit. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import type { Ts } from '../transformer/types.ts';
import { CliFault } from './cli-fault.ts';

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun';

const LOCK_FILES: readonly (readonly [string, PackageManager])[] = [
  ['pnpm-lock.yaml', 'pnpm'], ['yarn.lock', 'yarn'], ['bun.lock', 'bun'], ['bun.lockb', 'bun'], ['package-lock.json', 'npm'],
];

/** By lock file, here or above (workspaces); npm where there is none. */
export function findPackageManager(root: string): PackageManager {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = LOCK_FILES.find(([file]) => existsSync(join(folder, file)));
    if (found !== undefined) return found[1];
    if (dirname(folder) === folder) return 'npm';
  }
}

const ADD: Readonly<Record<PackageManager, { readonly dev: string; readonly normal: string; readonly run: string }>> = {
  npm: { dev: 'npm install --save-dev', normal: 'npm install', run: 'npx' },
  pnpm: { dev: 'pnpm add -D', normal: 'pnpm add', run: 'pnpm exec' },
  yarn: { dev: 'yarn add -D', normal: 'yarn add', run: 'yarn' },
  bun: { dev: 'bun add -d', normal: 'bun add', run: 'bunx' },
};

export const installCommand = (root: string, ...packages: readonly string[]): string => `${ADD[findPackageManager(root)].dev} ${packages.join(' ')}`;
export const installForProduction = (root: string, ...packages: readonly string[]): string => `${ADD[findPackageManager(root)].normal} ${packages.join(' ')}`;
export const runCommand = (root: string, command: string): string => `${ADD[findPackageManager(root)].run} ${command}`;

/** Version of an installed package as the project sees it; undefined when it has none. */
export function installedVersion(root: string, name: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name, 'package.json');
    if (existsSync(path)) {
      const version = (JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown }).version;
      return typeof version === 'string' ? version : undefined;
    }
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * What is wrong with the project's typescript and ts-patch, each with the command that puts it right; empty when they fit.
 *
 * Measured pairs: TypeScript 5.9 with ts-patch 3.3; TypeScript 6 with ts-patch 3.3 or 4. ts-patch 4 refuses TypeScript 5.9.
 * TypeScript 7 has no hook for plugins and ignores them in silence.
 */
export function checkToolchain(root: string): PoetDiagnostic[] {
  const typescript = installedVersion(root, 'typescript');
  const patch = installedVersion(root, 'ts-patch');
  const file = join(root, 'package.json').replaceAll('\\', '/');
  const both = installCommand(root, 'typescript@6', 'ts-patch@4');
  const wrong = wrongTypeScript(typescript);
  if (wrong !== undefined) return [makeDiagnostic('POET8102', { folder: root, found: wrong, command: both }, { file })];
  const old = minor(typescript) < 600;
  const expected = old ? '3.3' : '3.3 or 4';
  const fits = patch !== undefined && minor(patch) >= 303 && minor(patch) < (old ? 400 : 500);
  if (fits) return [];
  const command = installCommand(root, old ? 'ts-patch@3.3' : 'ts-patch@4');
  return [makeDiagnostic('POET8103', { expected, typescript: typescript ?? 'unknown', found: patch ?? 'none', command }, { file })];
}

function wrongTypeScript(version: string | undefined): string | undefined {
  if (version === undefined) return 'none';
  if (minor(version) < 509) return `${version}, which is too old`;
  if (minor(version) >= 700) return `${version}, whose compiler takes no plugins and ignores them in silence`;
  return undefined;
}

/** 6.0.3 → 600, 5.9.3 → 509. */
function minor(version: string | undefined): number {
  const [major = 0, second = 0] = (version ?? '').split('.').map((part) => Number.parseInt(part, 10) || 0);
  return major * 100 + second;
}

/**
 * The project's own compiler.
 * @throws CliFault exit 1 when there is none that fits
 */
export function loadCompiler(root: string): Ts {
  const version = installedVersion(root, 'typescript');
  const refuse = (found: string): CliFault =>
    new CliFault(1, makeDiagnostic('POET8102', { folder: root, found, command: installCommand(root, 'typescript@6', 'ts-patch@4') }, { file: join(root, 'package.json') }));
  const wrong = wrongTypeScript(version);
  if (wrong !== undefined) throw refuse(wrong);
  try {
    return createRequire(join(root, 'package.json'))('typescript') as Ts;
  } catch (error) {
    // Half of an installation; any other error is the compiler's own.
    if (errorCode(error) === 'MODULE_NOT_FOUND') throw refuse(`${version ?? ''}, which cannot be loaded`);
    throw error;
  }
}

const errorCode = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined);
