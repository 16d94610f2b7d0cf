import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SPELLINGS, type FormSpelling } from '../../scripts/spellings/classify-forms.ts';
import { makeTempProject, PLUGIN, REPO, type Pair, type TempProject } from './temp-project.ts';

export const FORMS = join(REPO, 'fixtures/forms');
export { SPELLINGS, type FormSpelling };

interface ModuleKind { readonly name: string; readonly type: 'module' | 'commonjs'; readonly options: Readonly<Record<string, unknown>> }

/** Targets, decorator modes and the stricter options vary over the module kinds, so that each is met by every spelling. */
export const MODULE_KINDS: readonly ModuleKind[] = [
  { name: 'nodenext, ESM, ES2022, standard decorators', type: 'module', options: { module: 'nodenext', target: 'ES2022', exactOptionalPropertyTypes: true } },
  { name: 'node16, CommonJS, ES2020, legacy decorators', type: 'commonjs', options: { module: 'node16', target: 'ES2020', experimentalDecorators: true, emitDecoratorMetadata: true } },
  { name: 'esnext, bundler, ESNext, verbatim', type: 'module', options: { module: 'esnext', moduleResolution: 'bundler', target: 'ES2024', verbatimModuleSyntax: true, isolatedModules: true, useDefineForClassFields: true } },
  { name: 'commonjs, ES2021, helpers from tslib', type: 'commonjs', options: { module: 'commonjs', target: 'ES2021', importHelpers: true, experimentalDecorators: true } },
];

export interface CaseResult {
  readonly file: string;
  readonly calls: readonly object[];
  readonly refused: readonly { kind: string; error?: string; code?: string }[];
  readonly functions: Readonly<Record<string, unknown>>;
}

export interface FormBuild {
  readonly project: TempProject;
  readonly built: { code: number | null; out: string; err: string };
  readonly plain: readonly CaseResult[];
  readonly enhanced: readonly CaseResult[];
  readonly disabled: readonly CaseResult[];
  readonly sources: readonly string[];
  /** Versions that are current in `.poet/`, by the author's file. */
  readonly versions: Readonly<Record<string, number>>;
}

/** Compiles one spelling's forms with tspc and with plain tsc, and runs both. */
export function buildForms(spelling: FormSpelling, kind: ModuleKind, pair: Pair): FormBuild {
  const project = makeTempProject(pair, { 'package.json': JSON.stringify({ name: 'forms', version: '1.0.0', type: kind.type }) });
  project.copy(join(FORMS, spelling, 'input/src'), 'src');
  const standard = join(FORMS, spelling, 'input/src-standard');
  if (kind.options['experimentalDecorators'] !== true && existsSync(standard)) project.copy(standard, 'src');
  for (const file of ['run-cases.mjs', 'cases.cjs']) project.copy(join(FORMS, 'shared', file), file);
  const options = (outDir: string): object => ({
    strict: true, noUncheckedIndexedAccess: true, noUnusedLocals: true, noUnusedParameters: true, noImplicitReturns: true, noImplicitOverride: true,
    noPropertyAccessFromIndexSignature: true, skipLibCheck: true, types: [], lib: ['ES2023', 'ESNext.Decorators'], declaration: true, declarationMap: true, sourceMap: true,
    rootDir: 'src', outDir, ...kind.options,
    // 6.0 calls it deprecated, 5.9 still has people who set it.
    ...(pair.typescript !== 'typescript' && kind.options['module'] === 'commonjs' && { esModuleInterop: false }),
  });
  const config = (outDir: string, plugins?: unknown[]): string => JSON.stringify({ compilerOptions: { ...options(outDir), ...(plugins && { plugins }) }, include: ['src', '.poet/**/stamp.d.ts'] });
  project.write('tsconfig.json', config('dist', [PLUGIN]));
  project.write('tsconfig.plain.json', config('plain'));
  const built = project.tspc('-p', '.');
  project.tsc('-p', 'tsconfig.plain.json');
  const versions: Record<string, number> = {};
  for (const entry of readdirSync(join(project.root, '.poet/src'), { recursive: true, encoding: 'utf8' })) {
    const [file = '', , last] = entry.replaceAll('\\', '/').split('/');
    if (last === 'current') versions[file] = (versions[file] ?? 0) + 1;
  }
  const run = (folder: string, env: NodeJS.ProcessEnv): CaseResult[] => {
    const { code, out, err } = project.node(['run-cases.mjs', folder], { POET_UNENHANCED: 'allow', POET_EVENTS: 'off', ...env });
    if (code !== 0) throw new Error(`${folder}: ${err}`);
    return out.trim().split('\n').map((line) => JSON.parse(line) as CaseResult);
  };
  return {
    project, built, plain: run('plain', {}), enhanced: run('dist', {}), disabled: run('dist', { POET_DISABLE: '1' }),
    sources: readdirSync(join(project.root, 'src')), versions,
  };
}

/** Declarations and their maps of a folder, by relative name. */
export function readDeclarations(project: TempProject, folder: string): Record<string, string> {
  const files = readdirSync(join(project.root, folder), { recursive: true }).map(String).filter((f) => /\.d\.ts(?:\.map)?$/.test(f)).sort();
  return Object.fromEntries(files.map((f) => [f, readFileSync(join(project.root, folder, f), 'utf8')]));
}
