/** Templates that a project keeps beside its poet.config.json. */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Context } from '../context.ts';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { checkLayout, isDomainFolder, listVersions, readCurrent } from './template-layout.ts';
import { hashTemplate, readTemplates, type Template } from './templates.ts';

export interface TemplateReading {
  readonly templates: readonly Template[];
  /** A domain with a fault in its layout is left out. */
  readonly problems: readonly PoetDiagnostic[];
}

type Folders = Pick<Context, 'root' | 'templatesFolder'>;

/** poetc's templates and the project's; a domain of the project takes the place of poetc's of the same name. */
export function readAllTemplates(folders: Folders): TemplateReading {
  const own = readTemplates(folders.templatesFolder);
  const { templates, problems } = readProjectTemplates(folders);
  const replaced = new Set(templates.map(({ domain }) => domain));
  return { templates: [...own.filter(({ domain }) => !replaced.has(domain)), ...templates], problems };
}

/** Folders of `templates/` that look like domains; what else a project keeps under that name is its own affair. */
export function readProjectTemplates({ root, templatesFolder }: Folders): TemplateReading {
  const templates: Template[] = [];
  const problems: PoetDiagnostic[] = [];
  for (const { domain, folder } of listProjectDomains(root, templatesFolder)) {
    const faults = checkLayout(folder);
    if (domain === 'base') problems.push(makeDiagnostic('POET2119', { path: 'templates/base' }, { file: folder }));
    else if (faults.length > 0) problems.push(...faults);
    else {
      const current = readCurrent(folder);
      templates.push(...listVersions(folder).map((version): Template => {
        const path = join(folder, version);
        return { domain, version, hash: hashTemplate(path), current: version === current, folder: path, origin: 'project' };
      }));
    }
  }
  return { templates, problems };
}

/** Every file of the project's templates, so that a change of one is noticed. Absolute. */
export function listProjectTemplateFiles(root: string, templatesFolder: string): readonly string[] {
  return listProjectDomains(root, templatesFolder).flatMap(({ folder }) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true).sort());
}

function listProjectDomains(root: string, templatesFolder: string): { readonly domain: string; readonly folder: string }[] {
  const folder = join(root, 'templates');
  // poetc's own sources are a project, too.
  if (!existsSync(folder) || realpathSync(folder) === realpathSync(templatesFolder)) return [];
  return listDomainFolders(folder).map((path) => ({ domain: basename(path), folder: path }));
}

/** Folders in a folder that look like domains, by name. Absolute if it is. */
export function listDomainFolders(folder: string): readonly string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name)).filter(isDomainFolder).sort();
}
