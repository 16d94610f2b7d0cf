import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import ts from 'typescript';
import type { Project } from './project.ts';

/** The part of a project's test configuration that says something about the tests, not about how they are compiled. */
export interface RunnerSettings {
  readonly options: Readonly<Record<string, unknown>>;
  /** Relative to the project. */
  readonly setupFiles: readonly string[];
  readonly moduleNameMapper: Readonly<Record<string, unknown>>;
  /** Why the configuration could not be read; tests run with defaults then. */
  readonly problem?: string;
}

const NONE: RunnerSettings = { options: {}, setupFiles: [], moduleNameMapper: {} };
const KEPT = { jest: ['testEnvironment', 'testEnvironmentOptions', 'testTimeout', 'globals', 'fakeTimers', 'clearMocks', 'resetMocks', 'restoreMocks', 'injectGlobals'], vitest: ['environment', 'environmentOptions', 'globals', 'testTimeout', 'fakeTimers', 'clearMocks', 'mockReset', 'restoreMocks', 'unstubGlobals', 'sequence'] } as const;
const NAMES = { jest: ['jest.config'], vitest: ['vitest.config', 'vite.config'] } as const;

/**
 * Loads the project's configuration (TypeScript too) in a process of its own.
 *
 * Not read: presets, projects and workspaces, global set-up, custom resolvers; configurations that need packages which are not installed.
 */
export function readRunnerSettings(project: Project, workspace: string): RunnerSettings {
  const { runner } = project;
  if (runner === 'node') return NONE;
  if (runner === 'mocha') return { ...NONE, options: readMochaOptions(project) };
  const config = runner === 'jest' && typeof project.manifest.jest === 'object' ? (project.manifest.jest as Record<string, unknown>) : loadConfig(project, workspace, NAMES[runner]);
  if (config === undefined) return NONE;
  if (typeof config['problem'] === 'string') return { ...NONE, problem: config['problem'] };
  const own = (runner === 'vitest' ? config['test'] ?? {} : config) as Record<string, unknown>;
  const list = [own['setupFilesAfterEnv'], own['setupFiles']].flat().filter((file): file is string => typeof file === 'string');
  return {
    options: Object.fromEntries(KEPT[runner].filter((key) => own[key] !== undefined).map((key) => [key, own[key]])),
    setupFiles: list.map((file) => file.replace(/^<rootDir>\//, '').replace(/^\.\//, '')).filter((file) => existsSync(join(project.root, file))),
    moduleNameMapper: runner === 'jest' ? ((own['moduleNameMapper'] ?? {}) as Record<string, unknown>) : {},
  };
}

/** The interface (`describe` or `suite`), timeouts and globals; not: `require`, `spec`, `parallel`, which say how tests are found and compiled. */
function readMochaOptions({ root, manifest }: Project): Readonly<Record<string, unknown>> {
  const file = ['.mocharc.json', '.mocharc.jsonc', '.mocharc.cjs', '.mocharc.js', '.mocharc.yml', '.mocharc.yaml'].map((name) => join(root, name)).find(existsSync);
  const own = file === undefined ? manifest.mocha : readMochaFile(file);
  if (typeof own !== 'object' || own === null) return {};
  return Object.fromEntries(Object.entries(own).filter(([key]) => ['ui', 'timeout', 'timeouts', 'slow', 'retries', 'checkLeaks'].includes(key)));
}

function readMochaFile(file: string): unknown {
  if (/\.c?js$/.test(file)) return createRequire(import.meta.url)(file);
  const text = readFileSync(file, 'utf8');
  if (/\.jsonc?$/.test(file)) return ts.parseConfigFileTextToJson(file, text).config;
  return Object.fromEntries([...text.matchAll(/^(\w+):[ \t]*['"]?([\w.-]+)['"]?[ \t]*$/gm)].map(([, key, value]) => [key!, value]));
}

function loadConfig(project: Project, workspace: string, names: readonly string[]): Record<string, unknown> | undefined {
  const file = names.flatMap((name) => ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs', 'json'].map((e) => join(project.root, `${name}.${e}`))).find(existsSync);
  if (file === undefined) return undefined;
  if (file.endsWith('.json')) return createRequire(import.meta.url)(file) as Record<string, unknown>;
  const bundle = join(workspace, 'runner-config.mjs');
  try {
    buildSync({ entryPoints: [file], outfile: bundle, bundle: true, packages: 'external', platform: 'node', format: 'esm', logLevel: 'silent' });
    writeFileSync(join(workspace, 'read-config.mjs'), `const m = await import('./runner-config.mjs'); let c = m.default; if (typeof c === 'function') c = await c({ mode: 'test', command: 'serve' }); console.log('@@' + JSON.stringify(c));`);
    const run = spawnSync(process.execPath, ['read-config.mjs'], { cwd: workspace, encoding: 'utf8', timeout: 60_000 });
    const line = run.stdout.split('\n').find((l) => l.startsWith('@@'));
    return line === undefined ? { problem: run.stderr.trim().split('\n').slice(0, 6).join(' ') } : (JSON.parse(line.slice(2)) as Record<string, unknown>);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  } finally {
    for (const made of [bundle, join(workspace, 'read-config.mjs')]) rmSync(made, { force: true });
  }
}
