import { makeDiagnostic } from '../diagnostics/registry.ts';
import type { Version } from '../types.ts';
import type { VersionMetadata } from '../../records/version.ts';
import { contentHash, normalised } from './content-hash.ts';
import { conflictLine, type JsonPlace } from './json-text.ts';
import {
  byVersion, CODE_FILE, CONTRACT_FILE, CURRENT_FILE, HEADER_END, MAX_BYTES, METADATA_FILE, PARAMS_FILE, PINNED_FILE, targetComponents, VERSION_NAME,
  type VersionFile,
} from './layout.ts';
import type { PlainReader } from './plain-reader.ts';
import { checkParameters, readMetadata } from './read-metadata.ts';
import { StoreFault } from './store-fault.ts';

/**
 * The version of `targetId` that `key` selects, its content verified against its hash.
 *
 * `current` decides between several of one key; where it names a version of another key, or is missing (a process was
 * killed before it was written), the pinned one, else the highest number wins. Undefined is a miss: nothing of that key is there.
 *
 * @throws StoreFault when the folder is damaged. A damaged version that might have the key is never taken for a miss,
 * or an attacker could have a version made anew by spoiling the reviewed one.
 *
 * Not caught: content and hash edited together, an old version whose key was edited. Verification runs on every version
 * that is emitted and catches what matters about them.
 */
export function findVersion(reader: PlainReader, targetId: string, key: string): Version | undefined {
  const folder = targetComponents(targetId);
  if (!reader.folderExists(folder)) return undefined;
  const current = readCurrent(reader, folder);
  if (current !== undefined) {
    const metadata = metadataOf(reader, folder, current, targetId);
    if (metadata.key === key) return readVersion(reader, folder, metadata);
  }
  let damaged: StoreFault | undefined;
  const pinned = readPinned(reader, folder);
  const names = versionNames(reader, folder).reverse();
  for (const name of pinned === undefined ? names : [pinned, ...names.filter((each) => each !== pinned)]) {
    if (name === current) continue;
    try {
      const metadata = metadataOf(reader, folder, name, targetId);
      if (metadata.key === key) return readVersion(reader, folder, metadata);
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      damaged ??= error;
    }
  }
  if (damaged !== undefined) throw damaged;
  return undefined;
}

/** Names of the versions in a function's folder, oldest first; other names are left alone. */
export const versionNames = (reader: PlainReader, folder: readonly string[]): string[] =>
  reader.namesIn(folder).filter((name) => VERSION_NAME.test(name)).sort(byVersion);

/**
 * What `current` says; undefined when there is no such file.
 * @throws StoreFault POET5003, POET5004, or POET5011 when no such version is there
 */
export const readCurrent = (reader: PlainReader, folder: readonly string[]): string | undefined => readPointer(reader, folder, CURRENT_FILE);

/** What `pinned` says; undefined when there is no such file. @throws as above */
export const readPinned = (reader: PlainReader, folder: readonly string[]): string | undefined => readPointer(reader, folder, PINNED_FILE);

function readPointer(reader: PlainReader, folder: readonly string[], fileName: typeof CURRENT_FILE | typeof PINNED_FILE): string | undefined {
  const components = [...folder, fileName];
  const text = reader.textOf(components, MAX_BYTES[fileName]);
  if (text === undefined) return undefined;
  const path = reader.shown(components);
  const file = reader.absolute(components);
  const line = conflictLine(text);
  if (line !== undefined) throw new StoreFault(makeDiagnostic('POET5004', { path }, { file, line }));
  // One line end is what every editor and git add; nothing else is trimmed.
  const name = text.replace(/\r?\n$/, '');
  if (!VERSION_NAME.test(name)) {
    throw new StoreFault(makeDiagnostic('POET5003', { path, found: JSON.stringify(name.slice(0, 40)) }, { file, line: 1 }));
  }
  if (!reader.folderExists([...folder, name])) throw new StoreFault(makeDiagnostic('POET5011', { path, found: name }, { file, line: 1 }));
  return name;
}

/** @throws StoreFault also when the metadata are those of another function or version */
export function metadataOf(reader: PlainReader, folder: readonly string[], name: string, targetId: string): VersionMetadata {
  if (!reader.folderExists([...folder, name])) throw missing(reader, [...folder, name]);
  const place = placeOf(reader, [...folder, name, METADATA_FILE]);
  const metadata = readMetadata(fileOf(reader, [...folder, name], METADATA_FILE), place);
  if (metadata.target !== targetId) {
    throw new StoreFault(makeDiagnostic('POET5008', { path: place.shown, expected: targetId, found: metadata.target }, { file: place.file, line: 1 }));
  }
  if (metadata.version !== name) {
    throw new StoreFault(makeDiagnostic('POET5006', { path: place.shown, field: 'version', expected: name, found: metadata.version }, { file: place.file, line: 1 }));
  }
  return metadata;
}

/** @throws StoreFault when a file is missing or the content is not what the metadata say */
export function readVersion(reader: PlainReader, folder: readonly string[], metadata: VersionMetadata): Version {
  const version = readContent(reader, folder, metadata);
  const found = contentHash(version.candidate);
  if (found !== metadata.content_hash) {
    const components = [...folder, metadata.version];
    throw new StoreFault(makeDiagnostic('POET5009', { path: reader.shown(components), expected: metadata.content_hash.slice(0, 12), found: found.slice(0, 12) }, { file: reader.absolute([...components, CODE_FILE]), line: 1 }));
  }
  checkParameters(version.candidate.params, placeOf(reader, [...folder, metadata.version, PARAMS_FILE]));
  return version;
}

/**
 * A version as it lies there, whatever its hash says: for a person who wants an edit looked at.
 * @throws StoreFault when a file is missing, too large, or holds a merge conflict that its hash does not account for
 */
export function readEdited(reader: PlainReader, folder: readonly string[], metadata: VersionMetadata): Version {
  const version = readContent(reader, folder, metadata);
  checkParameters(version.candidate.params, placeOf(reader, [...folder, metadata.version, PARAMS_FILE]));
  return version;
}

function readContent(reader: PlainReader, folder: readonly string[], metadata: VersionMetadata): Version {
  const version = [...folder, metadata.version];
  const full = normalised(fileOf(reader, version, CODE_FILE));
  const contract = normalised(fileOf(reader, version, CONTRACT_FILE));
  const params = normalised(fileOf(reader, version, PARAMS_FILE));
  for (const [name, text] of [[CODE_FILE, full], [CONTRACT_FILE, contract], [PARAMS_FILE, params]] as const) {
    const line = conflictLine(text);
    // A function may well hold such a line in a template literal; then its hash is right, and no conflict was made of it.
    if (line !== undefined && !hashMatches(full, contract, params, metadata)) {
      const place = placeOf(reader, [...version, name]);
      throw new StoreFault(makeDiagnostic('POET5004', { path: place.shown }, { file: place.file, line }));
    }
  }
  const code = withoutHeader(full);
  if (code === undefined) {
    const place = placeOf(reader, [...version, CODE_FILE]);
    throw new StoreFault(makeDiagnostic('POET5013', { path: place.shown, expected: HEADER_END }, { file: place.file, line: 1 }));
  }
  return {
    name: metadata.version,
    candidate: { provider: metadata.provider, code, contract, params },
    metadata,
    folder: reader.absolute(version),
    header: full.slice(0, full.length - code.length),
  };
}

function hashMatches(full: string, contract: string, params: string, metadata: VersionMetadata): boolean {
  const code = withoutHeader(full);
  return code !== undefined && contentHash({ code, contract, params }) === metadata.content_hash;
}

/** Length of the header of code.ts, its last line included; undefined when that line is missing. */
function headerLength(text: string): number | undefined {
  const end = `${HEADER_END}\n`;
  if (text.startsWith(end)) return end.length;
  const at = text.indexOf(`\n${end}`);
  return at < 0 ? undefined : at + 1 + end.length;
}

/** Text after the header; undefined when code.ts has none. */
export function withoutHeader(text: string): string | undefined {
  const length = headerLength(text);
  return length === undefined ? undefined : text.slice(length);
}

function fileOf(reader: PlainReader, version: readonly string[], name: VersionFile): string {
  const text = reader.textOf([...version, name], MAX_BYTES[name]);
  if (text === undefined) throw missing(reader, [...version, name]);
  return text;
}

const missing = (reader: PlainReader, components: readonly string[]): StoreFault =>
  new StoreFault(makeDiagnostic('POET5010', { path: reader.shown(components) }, { file: reader.absolute(components) }));

const placeOf = (reader: PlainReader, components: readonly string[]): JsonPlace =>
  ({ shown: reader.shown(components), file: reader.absolute(components) });
