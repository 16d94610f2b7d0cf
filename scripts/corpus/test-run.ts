import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { NODE_REPORTER, PROBE_CJS, PROBE_ESM } from './probe.ts';
import type { Project } from './project.ts';
import { readRunnerSettings, type RunnerSettings } from './runner-settings.ts';

export interface TestResult {
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly message: string;
}

/** What an enhanced function recorded while a test ran. */
export interface RecordedEvent {
  /** Empty where the runner does not tell. */
  readonly test: string;
  readonly file: string;
  readonly type: string;
  readonly function: string;
  readonly findings: readonly { readonly path: string; readonly expected: string; readonly received: string; readonly corrected?: string }[];
}

export interface TestRun {
  /** `<file>: <full name>` (with ` #2` for a second one of that name) → result; JavaScript file names, relative. */
  readonly results: ReadonlyMap<string, TestResult>;
  readonly events: readonly RecordedEvent[];
  readonly crash: string | undefined;
}

/**
 * Runs the project's tests over compiled JavaScript, in a folder that has the same name for both sides: tests put the path where they run into
 * their names and snapshots. `only`: test files (JavaScript, relative), default all.
 */
export function runTests(project: Project, workspace: string, compiled: string, only?: readonly string[]): TestRun {
  const out = join(workspace, 'out');
  renameSync(compiled, out);
  try {
    return runIn(project, workspace, out, basename(compiled), only);
  } finally {
    renameSync(out, compiled);
  }
}

function runIn(project: Project, workspace: string, out: string, side: string, only: readonly string[] | undefined): TestRun {
  const scratch = join(workspace, 'run');
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(join(scratch, 'events'), { recursive: true });
  const files = only ?? project.tests.map(toJavaScript);
  const settings = readRunnerSettings(project, workspace);
  const report = join(scratch, 'report.json');
  const args = COMMANDS[project.runner]({ workspace, cache: join(workspace, `cache-${side}`), out, files, report, settings, scratch, aliases: readAliases(project, out) });
  const run = spawnSync(process.execPath, args, {
    cwd: out, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 900_000,
    env: { ...process.env, CI: 'true', NODE_ENV: 'test', POET_RUNTIME_DIR: join(scratch, 'poet'), CORPUS_EVENTS: join(scratch, 'events'), CORPUS_REPORT: report, NODE_OPTIONS: '' },
  });
  const said = `${run.stdout}\n${run.stderr}`;
  const results = READERS[project.runner](report, out, said);
  const tail = said.split('\n').filter((line) => line.trim() !== '').slice(-25).join('\n');
  return { results, events: readEvents(join(scratch, 'events'), out), crash: results.size === 0 ? tail : undefined };
}

export function toJavaScript(file: string): string {
  return file.replace(/\.([cm]?)tsx?$/, '.$1js');
}

interface Command {
  readonly workspace: string;
  /** One for each side: what the runner remembers of a path is of the other side's file. */
  readonly cache: string;
  readonly out: string;
  readonly files: readonly string[];
  readonly report: string;
  readonly settings: RunnerSettings;
  readonly scratch: string;
  readonly aliases: readonly { readonly pattern: string; readonly target: string }[];
}

const COMMANDS: Record<Project['runner'], (c: Command) => string[]> = {
  jest(c) {
    const probe = join(c.out, 'poetc-corpus-probe.cjs');
    writeFileSync(probe, PROBE_CJS);
    const config = join(c.out, 'jest.poetc-corpus.json');
    writeFileSync(config, JSON.stringify({
      ...c.settings.options, rootDir: c.out, testMatch: c.files.map((file) => `<rootDir>/${file}`),
      // Only what jest itself needs done to a test: `jest.mock` above the imports.
      transform: { '\\.[cm]?jsx?$': ['babel-jest', { babelrc: false, configFile: false }] },
      setupFilesAfterEnv: [...c.settings.setupFiles.map((file) => join(c.out, toJavaScript(file))), probe],
      moduleNameMapper: { ...Object.fromEntries(c.aliases.map((a) => [`^${a.pattern.replace('*', '(.*)')}$`, a.target.replace('*', '$1')])), ...c.settings.moduleNameMapper },
    }));
    return [join(c.workspace, 'node_modules/jest/bin/jest.js'), '--config', config, '--ci', '--json', '--outputFile', c.report, '--silent', '--maxWorkers=2', '--cacheDirectory', c.cache];
  },
  vitest(c) {
    writeFileSync(join(c.out, 'poetc-corpus-probe.js'), PROBE_ESM);
    const config = join(c.out, 'vitest.poetc-corpus.config.js');
    const alias = c.aliases.map((a) => ({ find: `^${a.pattern.replace('*', '(.*)')}$`, replacement: a.target.replace('*', '$1') }));
    const test = {
      ...c.settings.options, include: c.files, root: c.out, watch: false, reporters: [['json', { outputFile: c.report }]], silent: true, maxWorkers: 2,
      setupFiles: [...c.settings.setupFiles.map((file) => join(c.out, toJavaScript(file))), './poetc-corpus-probe.js'],
    };
    writeFileSync(config, `export default { test: ${JSON.stringify(test)}, cacheDir: ${JSON.stringify(c.cache)}, resolve: { alias: ${JSON.stringify(alias)}.map((a) => ({ ...a, find: new RegExp(a.find) })) } };\n`);
    return [join(c.workspace, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config];
  },
  node(c) {
    writeFileSync(join(c.scratch, 'reporter.mjs'), NODE_REPORTER);
    writeFileSync(join(c.out, 'poetc-corpus-probe.cjs'), PROBE_CJS);
    return ['--require', join(c.out, 'poetc-corpus-probe.cjs'), '--test', `--test-reporter=${join(c.scratch, 'reporter.mjs')}`, '--test-reporter-destination=stdout', ...c.files];
  },
  mocha(c) {
    writeFileSync(join(c.out, 'poetc-corpus-probe.cjs'), PROBE_CJS);
    return [join(c.workspace, 'node_modules/mocha/bin/mocha.js'), '--require', './poetc-corpus-probe.cjs', '--reporter', 'json', '--reporter-option', `output=${c.report}`,
      ...Object.entries(c.settings.options).flatMap(([key, value]) => (value === false ? [] : value === true ? [`--${key}`] : [`--${key}`, String(value)])), ...c.files];
  },
};

interface JestReport {
  readonly testResults: readonly { readonly name: string; readonly message?: string; readonly assertionResults: readonly { readonly fullName: string; readonly status: string; readonly failureMessages?: readonly string[] | null }[] }[];
}

const READERS: Record<Project['runner'], (report: string, out: string, said: string) => Map<string, TestResult>> = {
  jest: readJestReport,
  vitest: readJestReport,
  node(_report, out, said) {
    const results = new Map<string, TestResult>();
    for (const line of said.split('\n')) {
      if (!line.startsWith('@@corpus ')) continue;
      const { file, name, status, message } = JSON.parse(line.slice(9)) as TestResult & { file: string; name: string };
      add(results, `${relative(out, file)}: ${name}`, { status, message });
    }
    return results;
  },
  mocha(report, out) {
    const results = new Map<string, TestResult>();
    if (!existsSync(report)) return results;
    const read = JSON.parse(readFileSync(report, 'utf8')) as { tests: { fullTitle: string; file?: string; err: { message?: string } }[]; pending: { fullTitle: string }[] };
    const pending = new Set(read.pending.map((t) => t.fullTitle));
    for (const t of read.tests) add(results, `${relative(out, t.file ?? out)}: ${t.fullTitle}`, { status: pending.has(t.fullTitle) ? 'skipped' : t.err.message === undefined ? 'passed' : 'failed', message: t.err.message ?? '' });
    return results;
  },
};

function readJestReport(report: string, out: string): Map<string, TestResult> {
  const results = new Map<string, TestResult>();
  if (!existsSync(report)) return results;
  for (const file of (JSON.parse(readFileSync(report, 'utf8')) as JestReport).testResults) {
    const name = relative(out, file.name);
    for (const test of file.assertionResults) {
      const status = test.status === 'passed' ? 'passed' : test.status === 'failed' ? 'failed' : 'skipped';
      add(results, `${name}: ${test.fullName.trim()}`, { status, message: (test.failureMessages ?? []).join('\n') });
    }
    if (file.assertionResults.length === 0) add(results, `${name}: (the file)`, { status: 'failed', message: file.message ?? 'no test was collected' });
  }
  return results;
}

function add(results: Map<string, TestResult>, key: string, result: TestResult): void {
  let unique = key;
  for (let n = 2; results.has(unique); n++) unique = `${key} #${n}`;
  results.set(unique, result);
}

function readEvents(folder: string, out: string): RecordedEvent[] {
  return readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').filter((line) => line !== '').map((line) => {
    const event = JSON.parse(line) as RecordedEvent;
    return { ...event, file: event.file === '' ? '' : relative(out, event.file) };
  }));
}

/** `paths` of tsconfig.json, which tsc leaves in its output as they are. */
function readAliases(project: Project, out: string): { pattern: string; target: string }[] {
  const { paths = {}, baseUrl } = project.compilerOptions;
  return Object.entries(paths).flatMap(([pattern, targets]) => {
    const target = targets[0];
    if (target === undefined) return [];
    const absolute = join(baseUrl ?? project.root, target);
    return [{ pattern: pattern.replaceAll('.', '\\.'), target: join(out, toJavaScript(relative(project.root, absolute))) }];
  });
}
