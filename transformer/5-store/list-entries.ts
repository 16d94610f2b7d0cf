import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import type { VersionMetadata } from '../../records/version.ts';
import { metadataOf, readCurrent, readPinned, readVersion, versionNames } from './find-version.ts';
import { CURRENT_FILE, MAX_BYTES, STAMP_FILE, targetIdOf, TEMPORARY_FOLDER, VERSION_NAME } from './layout.ts';
import type { PlainReader } from './plain-reader.ts';
import { stampText } from './stamp.ts';
import { StoreFault } from './store-fault.ts';

/** One function's folder, as `status`, `doctor` and `gc` see it. */
export interface StoreEntry {
  readonly targetId: string;
  /** Posix path relative to the project, `.poet/src/a.ts/f`. */
  readonly folder: string;
  readonly current: string | undefined;
  readonly pinned: string | undefined;
  /** Why nobody can tell what is pinned. */
  readonly pinnedProblem: PoetDiagnostic | undefined;
  /** Oldest first. */
  readonly versions: readonly VersionEntry[];
  /** Everything that is wrong with the folder, its versions included. */
  readonly problems: readonly PoetDiagnostic[];
}

export interface VersionEntry {
  readonly name: string;
  /** Undefined when the version is damaged. */
  readonly metadata: VersionMetadata | undefined;
}

/** Every function folder below `.poet/`, sorted by path. Reads all versions whole: for people, not for builds. */
export function listEntries(reader: PlainReader): StoreEntry[] {
  const folders = reader.folderExists([]) ? functionFolders(reader, []) : [];
  return folders.map((folder) => readEntry(reader, folder));
}

/** A function's folder is one that holds a version or what points to one; module folders hold folders only. */
function functionFolders(reader: PlainReader, components: readonly string[]): string[][] {
  const names = reader.namesIn(components);
  if (components.length > 0 && names.some((name) => VERSION_NAME.test(name) || name === CURRENT_FILE || name === STAMP_FILE)) return [[...components]];
  return names
    .filter((name) => !(components.length === 0 && name === TEMPORARY_FOLDER))
    .filter((name) => isFolder(reader, [...components, name]))
    .flatMap((name) => functionFolders(reader, [...components, name]));
}

/** Links are stepped over here; `find` names them when a target leads there. */
function isFolder(reader: PlainReader, components: readonly string[]): boolean {
  try {
    return reader.folderExists(components);
  } catch (error) {
    if (error instanceof StoreFault) return false;
    throw error;
  }
}

export function readEntry(reader: PlainReader, folder: readonly string[]): StoreEntry {
  const targetId = targetIdOf(folder);
  const problems: PoetDiagnostic[] = [];
  const noted = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      problems.push(error.diagnostic);
      return undefined;
    }
  };
  const current = noted(() => {
    const name = readCurrent(reader, folder);
    if (name === undefined) throw new StoreFault(makeDiagnostic('POET5010', { path: reader.shown([...folder, CURRENT_FILE]) }, { file: reader.absolute([...folder, CURRENT_FILE]) }));
    return name;
  });
  const before = problems.length;
  const pinned = noted(() => readPinned(reader, folder));
  const pinnedProblem = problems[before];
  const versions = versionNames(reader, folder).map((name) => ({
    name,
    metadata: noted(() => readVersion(reader, folder, metadataOf(reader, folder, name, targetId)).metadata),
  }));
  const metadata = versions.find((version) => version.name === current)?.metadata;
  if (metadata !== undefined) noted(() => checkStamp(reader, folder, metadata));
  return { targetId, folder: reader.shown(folder), current, pinned, pinnedProblem, versions, problems };
}

function checkStamp(reader: PlainReader, folder: readonly string[], metadata: VersionMetadata): void {
  const components = [...folder, STAMP_FILE];
  const found = reader.textOf(components, MAX_BYTES[STAMP_FILE]);
  // CRLF: a checkout may have turned it.
  if (found?.replaceAll('\r\n', '\n') === stampText(metadata)) return;
  const path = reader.shown(components);
  const file = reader.absolute(components);
  throw new StoreFault(
    found === undefined
      ? makeDiagnostic('POET5010', { path }, { file })
      : makeDiagnostic('POET5019', { path, expected: `${metadata.version} ${metadata.content_hash.slice(0, 12)}` }, { file, line: 1 }),
  );
}
