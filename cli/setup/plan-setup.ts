/** Everything that `poet init` would change in a project, decided before anything is written. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import type { Ts } from '../../transformer/types.ts';
import { readConfigs } from '../project.ts';
import { runCommand } from '../toolchain.ts';
import type { FileEdit } from './file-edit.ts';
import { addIgnoreLine, addToBiome, addToOxlint } from './ignore-step.ts';
import { isRecord, parseJsonc, type JsonRecord, type JsonValue } from './json-edit.ts';
import { addToPackage } from './package-step.ts';
import { addToTsconfig, newTsconfig } from './tsconfig-step.ts';
import { addToWorkflow } from './workflow-step.ts';

export interface SetupPlan {
  readonly edits: readonly FileEdit[];
  /** What a person has to do. */
  readonly advice: readonly PoetDiagnostic[];
}

/**
 * @param configFile absolute path of the tsconfig.json, undefined when the project has none
 */
export function planSetup(ts: Ts, root: string, configFile: string | undefined): SetupPlan {
  const manifest = parseJsonc(readFileSync(join(root, 'package.json'), 'utf8'), 'package.json');
  const advice: PoetDiagnostic[] = [];
  const edits = [
    ...tsconfigEdits(ts, root, configFile),
    editOf(root, 'package.json', (text) => addToPackage(text, 'package.json', configFile === undefined)),
    ...ignoreEdits(root, manifest, advice),
    ...workflowEdits(root, advice),
  ];
  return { edits: edits.filter((edit) => edit !== undefined && edit.before !== edit.after).filter((edit) => edit !== undefined), advice };
}

function editOf(root: string, path: string, change: (text: string) => string): FileEdit | undefined {
  if (!existsSync(join(root, path))) return undefined;
  const before = readFileSync(join(root, path), 'utf8');
  return { path, before, after: change(before) };
}

function tsconfigEdits(ts: Ts, root: string, configFile: string | undefined): (FileEdit | undefined)[] {
  if (configFile === undefined) return [{ path: 'tsconfig.json', before: undefined, after: newTsconfig(!hasSourcesAtRoot(root)) }];
  return readConfigs(ts, configFile).map(({ path: file, parsed }) => {
    const path = relative(root, file).replaceAll('\\', '/');
    const prefix = relative(dirname(file), root).replaceAll('\\', '/');
    const plugins = parsed.options['plugins'] as JsonValue[] | undefined;
    const include = (parsed.raw as { include?: string[] } | undefined)?.include;
    return editOf(root, path, (text) => addToTsconfig(text, path, { plugins, include }, prefix === '' ? '' : `${prefix}/`));
  });
}

const hasSourcesAtRoot = (root: string): boolean => !existsSync(join(root, 'src')) && readdirSync(root).some((name) => /\.[cm]?tsx?$/.test(name));

function ignoreEdits(root: string, manifest: JsonRecord, advice: PoetDiagnostic[]): (FileEdit | undefined)[] {
  const depends = (name: string): boolean => ['dependencies', 'devDependencies'].some((field) => isRecord(manifest[field]) && (manifest[field])[name] !== undefined);
  const names = readdirSync(root);
  const edits: (FileEdit | undefined)[] = [];
  const hasPrettier = depends('prettier') || manifest['prettier'] !== undefined || names.some((name) => /^(?:\.prettierrc|prettier\.config\.|\.prettierignore$)/.test(name));
  if (hasPrettier) {
    const before = names.includes('.prettierignore') ? readFileSync(join(root, '.prettierignore'), 'utf8') : undefined;
    edits.push({ path: '.prettierignore', before, after: addIgnoreLine(before) });
  }
  edits.push(editOf(root, '.eslintignore', addIgnoreLine));
  for (const name of ['biome.json', 'biome.jsonc']) edits.push(editOf(root, name, (text) => addToBiome(text, name)));
  edits.push(editOf(root, '.oxlintrc.json', (text) => addToOxlint(text, '.oxlintrc.json')));
  const flat = names.find((name) => /^eslint\.config\.[cm]?[jt]s$/.test(name));
  if (flat !== undefined && !readFileSync(join(root, flat), 'utf8').includes('.poet')) {
    advice.push(makeDiagnostic('POET8122', { path: flat, expected: "{ ignores: ['.poet/'] }" }, { file: join(root, flat).replaceAll('\\', '/'), line: 1 }));
  }
  return edits;
}

function workflowEdits(root: string, advice: PoetDiagnostic[]): FileEdit[] {
  const command = `${runCommand(root, 'poet check')}`;
  const folder = '.github/workflows';
  const files = existsSync(join(root, folder)) ? readdirSync(join(root, folder)).filter((name) => /\.ya?ml$/.test(name)).sort().map((name) => `${folder}/${name}`) : [];
  const texts = files.map((path) => ({ path, before: readFileSync(join(root, path), 'utf8') }));
  if (texts.some(({ before }) => before.includes('poet check'))) return [];
  for (const { path, before } of texts) {
    const after = addToWorkflow(before, command.replace(/ poet check$/, ''));
    if (after !== undefined) return [{ path, before, after }];
  }
  const other = ['.gitlab-ci.yml', 'azure-pipelines.yml', '.circleci/config.yml', 'Jenkinsfile', 'bitbucket-pipelines.yml'].find((path) => existsSync(join(root, path)));
  const path = files[0] ?? other;
  if (path !== undefined) advice.push(makeDiagnostic('POET8122', { path, expected: `a step that runs ${command}` }, { file: join(root, path).replaceAll('\\', '/'), line: 1 }));
  return [];
}
