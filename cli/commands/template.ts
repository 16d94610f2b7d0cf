import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { findTemplates } from '../../hosts/host-context.ts';
import { makeTemplateRunner } from '../../hosts/template-runner.ts';
import { checkTemplate } from '../../transformer/2-plan/check-template.ts';
import { listDomainFolders, readAllTemplates } from '../../transformer/2-plan/project-templates.ts';
import { isDomainFolder } from '../../transformer/2-plan/template-layout.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { runOwnModule } from '../../transformer/template-module.ts';
import { CliFault } from '../cli-fault.ts';
import { findRootOf } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { makeTable, plural } from '../table.ts';
import { loadCompiler } from '../toolchain.ts';

/** `poet template list`: the templates that targets of this project can name, each with what it is for. */
export function runTemplateList(session: Session): Report {
  const { templates, problems } = readAllTemplates({ root: findRootOf(session), templatesFolder: findTemplates() });
  const rows = templates.map((template) => ({
    domain: template.domain, version: template.version, current: template.current, origin: template.origin, hash: template.hash,
    description: readDescription(join(template.folder, 'metadata.json')),
  }));
  return {
    exitCode: problems.some(({ level }) => level === 'error') ? 1 : 0,
    json: { templates: rows },
    text: makeTable(session.terminal, ['domain', 'version', 'from', 'description'], rows.map((row) => [row.domain, `${row.version}${row.current ? ' (current)' : ''}`, row.origin, row.description])),
    problems,
  };
}

/** What `poet template validate` found, or could not look at, is in `problems`. */
export function runTemplateValidate(session: Session, typed: string | undefined): Report {
  const root = findRootOf(session);
  const templatesFolder = findTemplates();
  const folders = typed === undefined ? listDomainFolders(join(root, 'templates')) : findDomains(resolve(session.terminal.cwd, typed), typed);
  if (folders.length === 0) return { exitCode: 0, json: { templates: [] }, text: '', notes: ['No templates beside poet.config.json; templates/<domain>/v1 is where they go.'] };
  const ts = loadCompiler(root);
  const checked = folders.map((folder) => {
    // What lies anywhere else may have come with a pull request.
    const isOwn = dirname(folder) === templatesFolder;
    return { folder, problems: checkTemplate(folder, { ts, templatesFolder, run: isOwn ? runOwnModule : makeTemplateRunner() }) };
  });
  const faults = (problems: (typeof checked)[number]['problems']): number => problems.filter(({ level }) => level !== 'warning' && level !== 'info').length;
  const rows = checked.map(({ folder, problems }) => ({ domain: basename(folder), folder: relative(session.terminal.cwd, folder).replaceAll('\\', '/') || '.', faults: faults(problems) }));
  return {
    exitCode: rows.some((row) => row.faults > 0) ? 1 : 0,
    json: { templates: rows },
    text: makeTable(session.terminal, ['domain', 'folder', 'faults'], rows.map((row) => [row.domain, row.folder, row.faults === 0 ? 'none' : String(row.faults)])),
    notes: [`${plural(rows.length, 'template')} checked.`],
    problems: checked.flatMap(({ problems }) => problems),
  };
}

/** A domain, or a folder of domains. */
function findDomains(folder: string, typed: string): readonly string[] {
  const refuse = (found: string): CliFault => new CliFault(2, makeDiagnostic('POET8130', { found }));
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw refuse(`no folder ${typed}`);
  if (isDomainFolder(folder)) return [folder];
  const inside = listDomainFolders(folder);
  if (inside.length === 0) throw refuse(`nothing like it in ${typed}`);
  return inside;
}

/** `poet template validate` says what is wrong with a file; a list shows what can be read. */
function readDescription(file: string): string {
  try {
    const { description } = JSON.parse(readFileSync(file, 'utf8')) as { description?: unknown };
    return typeof description === 'string' ? description : '';
  } catch {
    return '';
  }
}
