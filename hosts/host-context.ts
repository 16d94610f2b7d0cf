import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type ts from 'typescript';
import { findProjectRoot, readConfig } from '../transformer/config/index.ts';
import type { Context } from '../transformer/context.ts';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { renderDiagnostic } from '../transformer/diagnostics/render.ts';
import type { Ts } from '../transformer/types.ts';
import { makeTemplateRunner } from './template-runner.ts';

/** Makes the context of a build inside somebody else's process: settings from the project, messages to stderr, one line each. */
export function makeHostContext(ts: Ts, program: ts.Program): { ctx: Context; problems: readonly PoetDiagnostic[] } {
  const configFile = program.getCompilerOptions()['configFilePath'];
  const root = findRoot(typeof configFile === 'string' ? dirname(configFile) : program.getCurrentDirectory());
  const { config, diagnostics } = readConfig(root);
  const said = new Set<string>();
  const ctx: Context = {
    ts, root, config,
    packageName: readPackageName(root),
    templatesFolder: findTemplates(),
    runTemplateModule: makeTemplateRunner(),
    onMiss: process.env['POET_FROZEN'] === '1' ? 'error' : config.onMiss,
    now: Date.now,
    report(diagnostic) {
      const line = renderDiagnostic(diagnostic, { cwd: process.cwd() });
      if (said.has(line)) return;
      said.add(line);
      process.stderr.write(`${line}\n`);
    },
    trace: () => {},
  };
  return { ctx, problems: diagnostics };
}

/** The project's root as every host sees it: where poet.config.json (else package.json) lies, else the folder itself. Posix. */
export function findRoot(folder: string): string {
  return findProjectRoot(folder) ?? folder.replaceAll('\\', '/');
}

function readPackageName(root: string): string | undefined {
  const file = join(root, 'package.json');
  if (!existsSync(file)) return undefined;
  try {
    const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined; // npm itself reports a broken package.json, better than we could
  }
}

/** `templates/` lies beside `dist/` in the package, and at the top of the sources. */
export function findTemplates(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'templates', 'base'))) return join(folder, 'templates');
    if (dirname(folder) === folder) throw new Error(`no templates/base above ${__dirname}: the package is not whole`);
  }
}
