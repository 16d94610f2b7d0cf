/** All candidates of a corpus as one project in memory: each a module that holds its subject, marked. The pipeline itself judges them. */
import ts from 'typescript';
import { makeDefaults } from '../../transformer/config/index.ts';
import type { Context } from '../../transformer/context.ts';
import { openBuild, type Build } from '../../transformer/pipeline.ts';
import type { ProgramSource } from '../../transformer/shadow-program.ts';
import type { Plan, Version } from '../../transformer/types.ts';
import type { CorpusFile } from './corpus.ts';

const ROOT = '/corpus';
const PACKAGE = `${ROOT}/node_modules/poetc/`;

export interface Trial { readonly file: CorpusFile; readonly subject: string; readonly module: string }

export interface CorpusBuild { readonly source: ProgramSource; readonly ctx: Context; readonly build: Build; readonly trials: readonly Trial[] }

export function buildCorpus(files: readonly CorpusFile[], subjectText: (file: CorpusFile) => string, templatesFolder: string, repository: string): CorpusBuild {
  const texts = new Map<string, string>();
  const trials = files.map((file, i): Trial => {
    const module = `src/c${i}.ts`;
    texts.set(`${ROOT}/${module}`, markSubject(subjectText(file), file, file.triggers === undefined ? undefined : `c${i}.trigger`));
    if (file.triggers !== undefined) texts.set(`${ROOT}/src/c${i}.trigger.ts`, `export const $trigger = (): unknown[][] => (${file.triggers}) as never;\n`);
    return { file, subject: file.subject, module };
  });
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    strict: true, noUncheckedIndexedAccess: true, skipLibCheck: true, types: [], rootDir: ROOT, outDir: `${ROOT}/dist`,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  // The runtime's declarations, as an installed package would offer them.
  const real = (name: string): string => (`${name}/`.startsWith(PACKAGE) ? `${repository}/${name.slice(PACKAGE.length)}` : name);
  host.fileExists = (name) => texts.has(name) || name === `${ROOT}/package.json` || fileExists.call(host, real(name));
  host.readFile = (name) => texts.get(name) ?? (name === `${ROOT}/package.json` ? '{"name":"corpus","type":"module"}' : readFile.call(host, real(name)));
  host.getSourceFile = (name, version, onError, fresh) => {
    const text = texts.get(name) ?? (real(name) === name ? undefined : readFile.call(host, real(name)));
    return text === undefined ? getSourceFile.call(host, name, version, onError, fresh) : ts.createSourceFile(name, text, version, true);
  };
  host.directoryExists = (name) => name === ROOT || name === `${ROOT}/src` || name === `${ROOT}/node_modules` || ts.sys.directoryExists(real(name));
  host.realpath = (name) => name;
  host.getCurrentDirectory = () => ROOT;
  const program = ts.createProgram({ rootNames: [...texts.keys()], options, host });
  const source: ProgramSource = { ts, program, host };
  const ctx: Context = {
    ts, root: ROOT, config: makeDefaults(), packageName: 'corpus', templatesFolder, onMiss: 'original', now: () => 0, report: () => undefined, trace: () => undefined,
  };
  const byModule = new Map(trials.map((trial) => [trial.module, trial]));
  const build = openBuild(source, ctx, {
    onTrial(plan, made) {
      const trial = byModule.get(plan.target.modulePath);
      return trial === undefined ? undefined : makeVersion(plan, trial.file.code.replaceAll('\r\n', '\n'), made.contract, made.params);
    },
  });
  return { source, ctx, build, trials };
}

function makeVersion(plan: Plan, code: string, contract: string, params: string): Version {
  return {
    name: 'v1', folder: `${ROOT}/.poet/${plan.target.modulePath}/${plan.target.name}/v1`, header: '', candidate: { provider: 'corpus', code, contract, params },
    metadata: {
      schema: 1, function_name: plan.target.name, target: plan.target.id, version: 'v1', key: plan.key, content_hash: '0'.repeat(64), source_hash: plan.sourceHash, template: plan.template,
      provider: 'corpus', verdict: {}, reason: '', created_at: '',
    },
  };
}

/** The subject with its marker; names that the corpus says are in scope are declared, unless the subject does. */
export function markSubject(text: string, file: CorpusFile, triggerModule: string | undefined): string {
  const learns = /export\s+(?:async\s+)?function\s+train\b/.test(file.code);
  const tag = `/** @poet${learns ? ' optimizeFor=accuracy' : ''} */\n`;
  const name = file.subject;
  const at = new RegExp(`^export (?:default )?(?:async )?(?:function\\*? ${name}\\b|const ${name}\\b)`, 'm').exec(text) ?? /^export (?:async )?function /m.exec(text);
  if (at === null) throw new Error(`no function ${name} in its subject`);
  const scope = file.scope.filter((each) => !new RegExp(`\\b(?:function|const|let|class) ${each}\\b`).test(text)).map((each) => `export const ${each}: Record<string, unknown> = {};\n`).join('');
  // In a file of its own: what triggers an attack is not the author's text.
  const triggers = triggerModule === undefined ? '' : `\nexport { $trigger } from './${triggerModule}.js';\n`;
  return `${scope}${text.slice(0, at.index)}${tag}${text.slice(at.index)}${triggers}`;
}
