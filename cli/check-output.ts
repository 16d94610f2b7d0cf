import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { CliFault } from './cli-fault.ts';

export interface ExpectedTag {
  readonly id: string;
  readonly version: string;
  /** First 8 hexadecimal digits of the content hash. */
  readonly hash: string;
}

/** Emission writes this literal into every enhanced function's file; minifiers keep it, since the runtime reads it. */
const TAG = /poetc:([^\r\n]{1,500}?)@(v[1-9]\d{0,5}):([0-9a-f]{8})/g;
const SCRIPT = /\.(?:js|mjs|cjs|jsx)$/;

/**
 * Compares the tags in a folder of JavaScript with those that the sources call for.
 *
 * Every target must be there at least once, and wherever it is, in its current version: a stale copy in a second output
 * (ESM beside CommonJS) is found too.
 *
 * Not seen: code that was changed around its tag; output whose strings were encrypted or split by an obfuscator.
 */
export function checkOutput(cwd: string, folder: string, expected: readonly ExpectedTag[]): PoetDiagnostic[] {
  const path = resolve(cwd, folder);
  const files = scriptsBelow(path, folder);
  const found = new Map<string, { readonly tag: string; readonly file: string }[]>();
  for (const file of files) {
    for (const [, id = '', version = '', hash = ''] of readFileSync(file, 'utf8').matchAll(TAG)) {
      const name = unescaped(id);
      found.set(name, [...(found.get(name) ?? []), { tag: `${version}:${hash}`, file }]);
    }
  }
  // Two packages may have functions of the same id, each with its version.
  const tags = new Map<string, Set<string>>();
  for (const { id, version, hash } of expected) tags.set(id, (tags.get(id) ?? new Set()).add(`${version}:${hash}`));
  return expected.flatMap(({ id, version, hash }): PoetDiagnostic[] => {
    const tag = `${version}:${hash}`;
    const places = found.get(id) ?? [];
    const wrong = places.filter((place) => !tags.get(id)!.has(place.tag));
    if (wrong.length === 0 && !places.some((place) => place.tag === tag)) return [makeDiagnostic('POET8111', { fn: id, expected: `version ${tag}`, folder, found: 'the original, or nothing' })];
    return wrong.map((place) => makeDiagnostic('POET8111', { fn: id, expected: `version ${tag}`, folder, found: `version ${place.tag} in ${relative(cwd, place.file).replaceAll('\\', '/')}` }, { file: place.file }));
  });
}

function scriptsBelow(path: string, shown: string): string[] {
  let isFolder = false;
  try {
    isFolder = statSync(path).isDirectory();
  } catch {
    // Said below, with its place.
  }
  if (!isFolder) throw new CliFault(2, makeDiagnostic('POET8119', { path: shown, expected: 'a folder with JavaScript', found: 'no folder' }));
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && SCRIPT.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(path, file).split(/[\\/]/).includes('node_modules'))
    .sort();
}

/** Some printers write letters beyond ASCII as `\u00e9` or `\xe9`. */
const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\})/g, (_, ...hex: (string | undefined)[]) =>
    String.fromCodePoint(Number.parseInt(hex.slice(0, 3).find((digits) => digits !== undefined) ?? '0', 16)));
