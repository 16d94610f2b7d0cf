import type { VersionMetadata } from '../../records/version.ts';
import type { AtomicWriter } from './atomic-writer.ts';
import { conflictSides } from './conflict-sides.ts';
import { contentHash, normalised } from './content-hash.ts';
import { readPinned, versionNames, withoutHeader } from './find-version.ts';
import {
  CODE_FILE, CONTRACT_FILE, CURRENT_FILE, MAX_BYTES, METADATA_FILE, PARAMS_FILE, PINNED_FILE, targetComponents, VERSION_FILES, versionNumber, type VersionFile,
} from './layout.ts';
import { listEntries, readEntry, type StoreEntry } from './list-entries.ts';
import { metadataText } from './metadata-text.ts';
import type { PlainReader } from './plain-reader.ts';
import { readMetadata } from './read-metadata.ts';
import { putStamp } from './save-version.ts';
import { StoreFault } from './store-fault.ts';

/** What `poet doctor --fix` did to a folder, in words. */
export interface Settled {
  readonly targetId: string;
  readonly did: string;
}

type Files = Record<VersionFile, string>;
interface Side { readonly files: Files; readonly metadata: VersionMetadata }

/**
 * Repairs folders after a merge or a lost file. The lock must be held.
 *
 * - A version of which git mixed two: both are restored, as far as their own hashes prove them, the second under the next number.
 * - A version with missing files goes: it can never be used, and git still has it.
 * - `current` that names no version: the one that the sources want, else the highest.
 * - `pinned` that names no version goes.
 * - A wrong stamp: written again.
 *
 * Left alone, because it may be somebody's work: content that does not match its hash. The second of two runs does nothing.
 */
export function settleEntries(reader: PlainReader, writer: AtomicWriter, keyOf: (targetId: string) => string | undefined): Settled[] {
  const settled: Settled[] = [];
  for (const entry of listEntries(reader)) {
    if (entry.problems.length === 0) continue;
    const did = (text: string): void => { settled.push({ targetId: entry.targetId, did: text }); };
    for (const version of entry.versions) {
      if (version.metadata === undefined) settleVersion(reader, writer, entry, version.name, did);
    }
    settleCurrent(reader, writer, entry.targetId, keyOf(entry.targetId), did);
    settlePinned(reader, writer, entry.targetId, did);
  }
  return settled;
}

function settleVersion(reader: PlainReader, writer: AtomicWriter, entry: StoreEntry, name: string, did: (text: string) => void): void {
  const folder = targetComponents(entry.targetId);
  let files: Files | undefined;
  try {
    files = filesOf(reader, [...folder, name]);
  } catch (error) {
    // A link or a pipe in place of a file: not for a program to decide.
    if (error instanceof StoreFault) return;
    throw error;
  }
  if (files === undefined) {
    writer.remove([...folder, name]);
    did(`removed ${name}, which lacked a file`);
    return;
  }
  const sides = sidesOf(files, entry.targetId, reader, [...folder, name]);
  if (sides.length === 0) return;
  const [first, second] = sides as [Side, Side?];
  if (second !== undefined) {
    const next = `v${versionNumber(versionNames(reader, folder).at(-1) ?? name) + 1}`;
    writer.putFolder([...folder, next], renamed(second, next));
    did(`${name} held two versions: one stays, the other is now ${next}`);
  } else {
    did(`restored ${name} from between conflict markers`);
  }
  // File by file: killed in between, the first side can still be read from what is left.
  for (const file of VERSION_FILES) {
    const text = renamed(first, name)[file];
    if (text !== files[file]) writer.putFile([...folder, name, file], text);
  }
}

/** Undefined when one is missing. */
function filesOf(reader: PlainReader, version: readonly string[]): Files | undefined {
  if (!reader.folderExists(version)) return undefined;
  const files: Partial<Files> = {};
  for (const file of VERSION_FILES) {
    // Two versions in one file: up to twice the size, and the markers.
    const text = reader.textOf([...version, file], 2 * MAX_BYTES[file] + 1024);
    if (text === undefined) return undefined;
    files[file] = normalised(text);
  }
  return files as Files;
}

/** The sides that prove themselves by their own hash; one when both are equal. */
function sidesOf(files: Files, targetId: string, reader: PlainReader, version: readonly string[]): Side[] {
  const parts = VERSION_FILES.map((file) => [file, conflictSides(files[file])] as const);
  const whole = (which: 'ours' | 'theirs'): Side | undefined => {
    const side: Partial<Files> = {};
    for (const [file, split] of parts) {
      if (split === undefined) return undefined;
      side[file] = split[which];
    }
    return provenSide(side as Files, targetId, reader, version);
  };
  const sides = [whole('ours'), whole('theirs')].filter((side) => side !== undefined);
  const [first, second] = sides;
  const same = first !== undefined && second !== undefined && first.metadata.key === second.metadata.key && first.metadata.content_hash === second.metadata.content_hash;
  return same ? [first] : sides;
}

function provenSide(files: Files, targetId: string, reader: PlainReader, version: readonly string[]): Side | undefined {
  const code = withoutHeader(files[CODE_FILE]);
  if (code === undefined) return undefined;
  try {
    const metadata = readMetadata(files[METADATA_FILE], { shown: reader.shown(version), file: reader.absolute(version) });
    const hash = contentHash({ code, contract: files[CONTRACT_FILE], params: files[PARAMS_FILE] });
    return metadata.target === targetId && metadata.content_hash === hash ? { files, metadata } : undefined;
  } catch (error) {
    if (error instanceof StoreFault) return undefined;
    throw error;
  }
}

function renamed({ files, metadata }: Side, name: string): Files {
  if (metadata.version === name) return files;
  return { ...files, [METADATA_FILE]: metadataText({ ...metadata, version: name }) };
}

function settleCurrent(reader: PlainReader, writer: AtomicWriter, targetId: string, key: string | undefined, did: (text: string) => void): void {
  const folder = targetComponents(targetId);
  const entry = readEntry(reader, folder);
  const whole = entry.versions.flatMap((version) => (version.metadata === undefined ? [] : [version.metadata]));
  const pointed = whole.find((metadata) => metadata.version === entry.current);
  // Damaged, but there: whoever settles the damage wants to find it current.
  if (entry.current !== undefined && pointed === undefined) return;
  // Both branches wrote `v2` there, so git saw no conflict in it: what the sources want decides here too.
  const wanted = (pointed?.key === key ? pointed : whole.filter((metadata) => metadata.key === key).at(-1)) ?? pointed ?? whole.at(-1);
  if (wanted === undefined) return;
  if (wanted !== pointed) {
    writer.putFile([...folder, CURRENT_FILE], `${wanted.version}\n`);
    did(`current is now ${wanted.version}`);
  }
  if (putStamp(reader, writer, folder, wanted)) did(`wrote the stamp of ${wanted.version}`);
}

function settlePinned(reader: PlainReader, writer: AtomicWriter, targetId: string, did: (text: string) => void): void {
  const folder = targetComponents(targetId);
  try {
    readPinned(reader, folder);
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    writer.remove([...folder, PINNED_FILE]);
    did('removed pinned, which named no version');
  }
}
