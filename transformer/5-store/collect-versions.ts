import type { AtomicWriter } from './atomic-writer.ts';
import { KEEP_VERSIONS } from './layout.ts';
import type { StoreEntry } from './list-entries.ts';

export interface CollectOptions {
  /** Newest versions kept for each function; default 10. */
  readonly keep?: number;
  /** Only says what it would remove. */
  readonly dryRun?: boolean;
}

/**
 * Removes old versions beyond the newest `keep`; the current one and the pinned one stay. The lock must be held.
 * A function without a readable `current`, or with a damaged `pinned`, is left alone: which version is in use cannot be told.
 *
 * @returns removed folders, posix paths relative to the project
 */
export function collectVersions(writer: AtomicWriter, entries: readonly StoreEntry[], options: CollectOptions): string[] {
  const removed: string[] = [];
  for (const entry of entries) {
    if (entry.current === undefined || entry.pinnedProblem !== undefined) continue;
    const stay = new Set([entry.current, ...(entry.pinned === undefined ? [] : [entry.pinned])]);
    const others = entry.versions.map((version) => version.name).filter((name) => !stay.has(name));
    const room = Math.max(0, (options.keep ?? KEEP_VERSIONS) - stay.size);
    for (const name of others.slice(0, Math.max(0, others.length - room))) {
      if (options.dryRun !== true) writer.remove([...entry.folder.split('/').slice(1), name]);
      removed.push(`${entry.folder}/${name}`);
    }
  }
  return removed;
}
