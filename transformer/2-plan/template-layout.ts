/** Folders and files of one domain: `current`, and `v1`, `v2`, … with template.md and metadata.json in each. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { VERSION } from './templates.ts';

const FILES = ['template.md', 'metadata.json', 'laws.ts', 'builtin.ts'];
const DOMAIN = /^[A-Za-z][\w-]*$/;

/** Whether a folder is meant as a domain, right or wrong: it has a `current`, or something like a version. */
export function isDomainFolder(folder: string): boolean {
  if (existsSync(join(folder, 'current'))) return true;
  return readdirSync(folder).some((name) => /^v\d+$/i.test(name) && FILES.some((file) => existsSync(join(folder, name, file))));
}

/** Versions of a domain, lowest first. */
export function listVersions(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && VERSION.test(entry.name)).map((entry) => entry.name)
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
}

/** What `current` says; undefined where there is none. */
export function readCurrent(folder: string): string | undefined {
  const file = join(folder, 'current');
  return existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8').trim() : undefined;
}

/** @param folder of one domain */
export function checkLayout(folder: string): PoetDiagnostic[] {
  const domain = basename(folder);
  const problems: PoetDiagnostic[] = [];
  const complain = (path: string, expected: string, found: string, line?: number): void => {
    problems.push(makeDiagnostic('POET2110', { path: path === '' ? domain : `${domain}/${path}`, expected, found }, { file: join(folder, path), ...(line === undefined ? {} : { line }) }));
  };
  if (!DOMAIN.test(domain)) complain('', 'the name of a domain: letters, digits, _ and -', `"${domain}"`);
  const versions = listVersions(folder);
  versions.forEach((version, i) => { if (version !== `v${i + 1}`) complain(version, `v${i + 1} to come next`, version); });
  for (const name of readdirSync(folder).sort()) if (name !== 'current' && !versions.includes(name)) complain(name, 'current and folders v1, v2, … only', `"${name}"`);
  if (versions.length === 0) complain('', 'a folder v1', 'none');
  const current = readCurrent(folder);
  if (current === undefined) complain('current', 'a file that names the version in use', 'none');
  else if (!versions.includes(current)) complain('current', `one of ${versions.join(', ') || 'the versions'}`, `"${current}"`, 1);
  for (const version of versions) {
    const found = readdirSync(join(folder, version), { withFileTypes: true });
    const has = (file: string): boolean => found.some((entry) => entry.name === file && entry.isFile());
    for (const file of ['template.md', 'metadata.json']) if (!has(file)) complain(`${version}/${file}`, 'this file', 'none');
    if (has('builtin.ts') && !has('laws.ts')) complain(`${version}/laws.ts`, 'laws that hold the implementations of builtin.ts', 'none');
    for (const entry of found) if (!FILES.includes(entry.name) || !entry.isFile()) complain(`${version}/${entry.name}`, `${FILES.join(', ')} only`, `"${entry.name}"`);
  }
  return problems;
}
