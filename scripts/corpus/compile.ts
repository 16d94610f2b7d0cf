import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { Project } from './project.ts';

export interface Compiled {
  /** Absolute path of the JavaScript, laid out like the project. */
  readonly out: string;
  /** TypeScript's errors, paths relative, without positions: marking moves lines. */
  readonly errors: readonly string[];
  /** Lines of poetc's, from both streams. */
  readonly messages: readonly string[];
  readonly seconds: number;
  /** What the compiler said last, when it said nothing that we understand and wrote nothing. */
  readonly crash: string | undefined;
}

export const CONFIG = 'tsconfig.poetc-corpus.json';

/** Compiles sources and tests to JavaScript: with poetc by `tspc`, without it by the same TypeScript's `tsc`. */
export function compile(project: Project, workspace: string, copy: string, out: string, poetc: boolean): Compiled {
  rmSync(out, { recursive: true, force: true });
  writeFileSync(join(copy, CONFIG), `${JSON.stringify(makeConfig(project, workspace, out, poetc), null, 2)}\n`);
  const program = poetc ? join(workspace, 'node_modules/ts-patch/bin/tspc.js') : join(workspace, 'node_modules/typescript/bin/tsc');
  const started = Date.now();
  const run = spawnSync(process.execPath, ['--max-old-space-size=6144', program, '-p', CONFIG, '--pretty', 'false'], { cwd: copy, encoding: 'utf8', maxBuffer: 1 << 28 });
  const seconds = (Date.now() - started) / 1000;
  const lines = `${run.stdout}\n${run.stderr}`.split(/\r?\n/);
  const wrote = existsSync(out);
  mkdirSync(out, { recursive: true });
  copyOtherFiles(copy, out);
  writeManifest(project, copy, out, moduleFormat(project));
  return {
    out, seconds,
    errors: lines.map((line) => /^(?:(.+?)\(\d+,\d+\): )?error (TS\d+): (.*)$/.exec(line)).filter((m) => m !== null).map((m) => `${m[1] ?? CONFIG}: ${m[2]}: ${m[3]!.replaceAll(copy, '.')}`).filter((line) => !/POET\d{4}/.test(line)),
    messages: lines.filter((line) => /POET\d{4}/.test(line)),
    crash: wrote ? undefined : lines.filter((line) => line.trim() !== '').slice(-15).join('\n'),
  };
}

/** `esm` and `cjs` are forced; `own` leaves it to the project's package.json. */
export function moduleFormat(project: Project): 'esm' | 'cjs' | 'own' {
  if (project.runner === 'vitest') return 'esm';
  const { module = ts.ModuleKind.CommonJS } = project.compilerOptions;
  const node = module >= ts.ModuleKind.Node16 && module <= ts.ModuleKind.NodeNext;
  return project.runner !== 'jest' && node ? 'own' : 'cjs';
}

function makeConfig(project: Project, workspace: string, out: string, poetc: boolean): object {
  const { compilerOptions: own, tsconfig } = project;
  const format = moduleFormat(project);
  const low = own.target === undefined || own.target < ts.ScriptTarget.ES2020;
  return {
    ...(tsconfig === undefined ? {} : { extends: `./${tsconfig}` }),
    compilerOptions: {
      outDir: out, rootDir: '.', noEmit: false, noEmitOnError: false, emitDeclarationOnly: false, allowImportingTsExtensions: false, rewriteRelativeImportExtensions: true,
      declaration: false, declarationMap: false, composite: false, incremental: false, sourceMap: false, inlineSourceMap: false, isolatedDeclarations: false,
      skipLibCheck: true, ignoreDeprecations: '6.0', removeComments: false,
      ...(low ? { target: 'ES2020' } : {}),
      ...(format === 'cjs' ? { module: 'CommonJS', moduleResolution: 'Bundler', esModuleInterop: true, verbatimModuleSyntax: false } : {}),
      ...(format === 'esm' ? { module: 'ESNext', moduleResolution: 'Bundler' } : {}),
      // Since TypeScript 6 no types are global unless they are named.
      ...(own.types === undefined ? { types: findGlobalTypes(project, workspace) } : {}),
      ...(tsconfig === undefined ? { strict: true } : {}),
      plugins: poetc ? [{ transform: 'poetc/transformer', transformProgram: true }] : [],
    },
    include: [], exclude: [], references: [],
    files: [...project.sources, ...project.tests],
  };
}

function findGlobalTypes(project: Project, workspace: string): string[] {
  const folder = join(workspace, 'node_modules', '@types');
  const usual = ['node', 'jest', 'mocha', 'chai'].filter((name) => existsSync(join(folder, name)));
  return [...usual, ...(project.runner === 'vitest' ? ['vitest/globals'] : [])];
}

/** What tests read from disk: fixtures, JSON, snapshots (which are named after the file that runs). */
function copyOtherFiles(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true, force: false,
    filter: (path) => !/[\\/](?:node_modules|\.git|\.poet)(?:[\\/]|$)/.test(path.slice(from.length)) && !/\.[cm]?tsx?$|[\\/]tsconfig[^\\/]*\.json$/.test(path),
  });
  for (const entry of readdirSync(to, { recursive: true, encoding: 'utf8' })) {
    const renamed = entry.replace(/\.([cm]?)tsx?\.snap$/, '.$1js.snap');
    if (renamed !== entry) cpSync(join(to, entry), join(to, renamed));
  }
}

function writeManifest(project: Project, copy: string, out: string, format: 'esm' | 'cjs' | 'own'): void {
  const type = { esm: 'module', cjs: 'commonjs', own: project.manifest.type ?? 'commonjs' }[format];
  const file = join(copy, 'package.json');
  const manifest = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {};
  mkdirSync(dirname(join(out, 'package.json')), { recursive: true });
  writeFileSync(join(out, 'package.json'), `${JSON.stringify({ name: manifest['name'] ?? 'corpus', private: true, type }, null, 2)}\n`);
}
