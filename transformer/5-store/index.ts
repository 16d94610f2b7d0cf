/** The door of `.poet/`: finds, saves, lists and collects versions. Synchronous, like the compilers that wait for it. */
import type { Candidate, Plan, Verdict, Version } from '../types.ts';
import { makeAtomicWriter } from './atomic-writer.ts';
import { collectVersions, type CollectOptions } from './collect-versions.ts';
import { findVersion, metadataOf, readEdited, readPinned, readVersion } from './find-version.ts';
import { PINNED_FILE, STORE_FOLDER, targetComponents, VERSION_NAME } from './layout.ts';
import { listEntries, type StoreEntry } from './list-entries.ts';
import { LOCK_OPTIONS, type Lock, type LockOptions } from './lock.ts';
import { makePlainReader, type PlainReader } from './plain-reader.ts';
import { acceptVersion, isCurrent, nextName, noteAttempts, pinVersion, pointTo, saveVersion, type ModelFacts, type Spent } from './save-version.ts';
import { settleEntries, type Settled } from './settle-entries.ts';
import { refusable, type StoreProblem } from './store-fault.ts';
import { nodeFs, type StoreFs } from './store-fs.ts';

export { contentHash } from './content-hash.ts';
export { tryGenerationLock } from './generation-lock.ts';
export { targetFolder, versionNumber } from './layout.ts';
export type { Lock } from './lock.ts';
export type { StoreEntry, VersionEntry } from './list-entries.ts';
export type { StoreProblem } from './store-fault.ts';
export type { Settled } from './settle-entries.ts';

export interface StoreContext {
  /** Milliseconds since the epoch; goes into `created_at`, and the hash over it. */
  now(): number;
  readonly fs?: StoreFs;
  readonly lock?: Partial<LockOptions>;
}

export interface Store {
  /** Absolute path of the project's root. */
  readonly root: string;
  /** The version of that key, checked against its hash; undefined is a miss; a problem means damage: the original ships. */
  find(targetId: string, key: string): Version | StoreProblem | undefined;
  /** A version by its name, whatever its key, checked against its hash; undefined when there is none of that name. */
  read(targetId: string, name: string): Version | StoreProblem | undefined;
  /** A version by its name as it lies there, whatever its hash says; undefined when there is none of that name. */
  readEdited(targetId: string, name: string): Version | StoreProblem | undefined;
  /** Gives an edited version that was verified its new hash and verdict, and makes it current. */
  accept(version: Version, plan: Plan, verdict: Verdict): Version | StoreProblem;
  /** Writes the next version, or reuses an identical one of the same key, and makes it current. */
  save(plan: Plan, candidate: Candidate, verdict: Verdict, header: string, reason?: string, facts?: ModelFacts): Version | StoreProblem;
  /** Name of the version that `save` would write next, `v1` for a folder that cannot be read (saving there is refused). */
  nextName(targetId: string): string;
  /** Makes a version that `find` returned the current one, where it is not; needs no lock when there is nothing to write. */
  use(version: Version): true | StoreProblem;
  /** Makes a version of the current key the current one and holds it there; `undefined` lets go again. */
  pin(targetId: string, version: Version | undefined): true | StoreProblem;
  /** Writes into a version's metadata what was tried after it was made and came to nothing. */
  note(version: Version, attempts: readonly string[], spent: Spent): true | StoreProblem;
  /** Holds the lock around many saves, from the first one on. When it cannot be had, the work runs all the same and each save in it says why. */
  transaction<T>(work: () => T): T;
  list(): StoreEntry[] | StoreProblem;
  /** Removes old versions; the folders that went, relative to the project. */
  collect(options?: CollectOptions): string[] | StoreProblem;
  /** Removes a function's folder; false when there is none. */
  remove(targetId: string): boolean | StoreProblem;
  /** Repairs what can be repaired without losing anybody's version; `keyOf` says which version the sources want. */
  settle(keyOf: (targetId: string) => string | undefined): Settled[] | StoreProblem;
}

/** Opens the store of a project; touches nothing yet. One build, one store: what it has seen of folders it remembers. */
export function openStore(root: string, context: StoreContext): Store {
  const fs = context.fs ?? nodeFs;
  const reader: PlainReader = makePlainReader(root, STORE_FOLDER, fs);
  const writer = makeAtomicWriter(root, reader, fs, { ...LOCK_OPTIONS, ...context.lock });
  let depth = 0;
  let lock: Lock | StoreProblem | undefined;

  function transaction<T>(work: () => T): T {
    depth++;
    try {
      return work();
    } finally {
      depth--;
      if (depth === 0) {
        if (lock !== undefined && 'release' in lock) lock.release();
        lock = undefined;
      }
    }
  }

  /** Runs `work` under the lock, taken by the first that writes; what the store refuses comes back as a problem. */
  const locked = <T>(work: () => T): T | StoreProblem => transaction(() => {
    lock ??= refusable(() => writer.open());
    return 'problem' in lock ? lock : refusable(work);
  });

  function remove(targetId: string): boolean {
    const folder = targetComponents(targetId);
    if (!reader.folderExists(folder)) return false;
    writer.remove(folder);
    for (let parent = folder.slice(0, -1); parent.length > 0 && reader.namesIn(parent).length === 0; parent = parent.slice(0, -1)) writer.remove(parent);
    return true;
  }

  return {
    root,
    find: (targetId, key) => refusable(() => findVersion(reader, targetId, key)),
    read: (targetId, name) => refusable(() => {
      const folder = targetComponents(targetId);
      if (!VERSION_NAME.test(name) || !reader.folderExists([...folder, name])) return undefined;
      return readVersion(reader, folder, metadataOf(reader, folder, name, targetId));
    }),
    readEdited: (targetId, name) => refusable(() => {
      const folder = targetComponents(targetId);
      if (!VERSION_NAME.test(name) || !reader.folderExists([...folder, name])) return undefined;
      return readEdited(reader, folder, metadataOf(reader, folder, name, targetId));
    }),
    accept: (version, plan, verdict) => locked(() => acceptVersion(reader, writer, version, plan, verdict)),
    save: (plan, candidate, verdict, header, reason, facts) =>
      locked(() => saveVersion(reader, writer, { plan, candidate, verdict, header, ...(reason === undefined ? {} : { reason }), ...(facts === undefined ? {} : { facts }) }, context.now())),
    nextName: (targetId) => {
      const name = refusable(() => nextName(reader, targetComponents(targetId)));
      return typeof name === 'string' ? name : 'v1';
    },
    use: (version) => {
      const folder = targetComponents(version.metadata.target);
      if (isCurrent(reader, folder, version.metadata)) return true;
      return locked(() => { pointTo(reader, writer, folder, version.metadata); return true as const; });
    },
    pin: (targetId, version) => locked(() => {
      const folder = targetComponents(targetId);
      if (version !== undefined) pinVersion(reader, writer, folder, version.metadata);
      else if (readPinned(reader, folder) !== undefined) writer.remove([...folder, PINNED_FILE]);
      return true as const;
    }),
    note: (version, attempts, spent) => locked(() => { noteAttempts(reader, writer, version.metadata.target, version.name, attempts, spent); return true as const; }),
    transaction,
    list: () => refusable(() => listEntries(reader)),
    collect: (options = {}) => locked(() => collectVersions(writer, listEntries(reader), options)),
    remove: (targetId) => locked(() => remove(targetId)),
    settle: (keyOf) => locked(() => settleEntries(reader, writer, keyOf)),
  };
}
