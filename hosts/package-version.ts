import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Version of this package, from the package.json above dist/ (or above the sources, in tests). */
export function packageVersion(): string {
  for (let folder = __dirname; dirname(folder) !== folder; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (!existsSync(path)) continue;
    const content = JSON.parse(readFileSync(path, 'utf8')) as { name?: unknown; version?: unknown };
    if (content.name === 'poetc' && typeof content.version === 'string') return content.version;
  }
  return 'unknown';
}
