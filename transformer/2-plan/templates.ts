import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One version of one domain's template. */
export interface Template {
  readonly domain: string;
  /** `v1`, `v2`, … */
  readonly version: string;
  /** SHA-256 over everything but metadata.json, line ends normalised. Hex. */
  readonly hash: string;
  /** Whether it is the version that is taken where none is pinned. */
  readonly current: boolean;
  /** Absolute path. */
  readonly folder: string;
  /** A project's own come with pull requests: their code runs in the sandbox or not at all. */
  readonly origin: 'poetc' | 'project';
}

export const VERSION = /^v[1-9]\d*$/;

/**
 * All templates in a folder, sorted by domain and version.
 *
 * @throws Error when a domain's `current` names no version of it: the folder is damaged
 */
export function readTemplates(folder: string): readonly Template[] {
  const domains = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
  return domains.flatMap((domain) => {
    const versions = readdirSync(join(folder, domain)).filter((name) => VERSION.test(name)).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
    if (versions.length === 0) return [];
    const current = readFileSync(join(folder, domain, 'current'), 'utf8').trim();
    if (!versions.includes(current)) throw new Error(`templates/${domain}/current: expected one of ${versions.join(', ')}, found "${current}"`);
    return versions.map((version) => {
      const path = join(folder, domain, version);
      return { domain, version, hash: hashTemplate(path), current: version === current, folder: path, origin: 'poetc' as const };
    });
  });
}

/** @param version as the `template` option pins it */
export function findTemplate(templates: readonly Template[], domain: string, version?: string): Template | undefined {
  return templates.find((template) => template.domain === domain && (version === undefined ? template.current : template.version === version));
}

/** SHA-256 over everything but metadata.json. */
export function hashTemplate(folder: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'metadata.json').map((entry) => entry.name).sort();
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n');
    hash.update(`${file}\0${text.length}\0${text}`);
  }
  return hash.digest('hex');
}
