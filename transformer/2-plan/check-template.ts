import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import type { RunTemplateModule } from '../template-module.ts';
import type { Ts } from '../types.ts';
import { checkTemplateMetadata } from './check-template-metadata.ts';
import { checkTemplateModules } from './check-template-modules.ts';
import { checkTemplateText } from './check-template-text.ts';
import { checkLayout, listVersions } from './template-layout.ts';

export interface TemplateCheck {
  readonly ts: Ts;
  /** poetc's own templates. */
  readonly templatesFolder: string;
  /** Where laws.ts and builtin.ts may run; undefined: nowhere. */
  readonly run: RunTemplateModule | undefined;
}

/**
 * Everything that is wrong with a domain: its folders, then template.md, metadata.json, laws.ts and builtin.ts of each version.
 *
 * @param folder of the domain, absolute
 */
export function checkTemplate(folder: string, { ts, templatesFolder, run }: TemplateCheck): PoetDiagnostic[] {
  const domain = basename(folder);
  const versions = listVersions(folder).flatMap((version): PoetDiagnostic[] => {
    const path = join(folder, version);
    const read = (name: string, check: (text: string, place: { shown: string; file: string }) => PoetDiagnostic[]): PoetDiagnostic[] => {
      const file = join(path, name);
      return existsSync(file) ? check(readFileSync(file, 'utf8'), { shown: `${domain}/${version}/${name}`, file }) : [];
    };
    return [
      ...read('template.md', (text, place) => checkTemplateText(ts, domain, text, place)),
      ...read('metadata.json', checkTemplateMetadata),
      ...checkTemplateModules({ ts, folder: path, shown: `${domain}/${version}`, templatesFolder, run }),
    ];
  });
  return [...checkLayout(folder), ...versions];
}
