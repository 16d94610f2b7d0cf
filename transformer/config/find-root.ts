import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { absolutePath } from '../diagnostics/locate.ts';
import { CONFIG_FILE } from './read-config.ts';

/**
 * The project's root: the nearest folder upwards with a poet.config.json, else the nearest with a package.json.
 *
 * @returns absolute, posix separators; undefined when there is neither
 */
export function findProjectRoot(startDir: string): string | undefined {
  const start = absolutePath(startDir);
  return findUpwards(start, CONFIG_FILE) ?? findUpwards(start, 'package.json');
}

function findUpwards(start: string, file: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, file))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
