import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';

/** Content hashes of files; a file is read again only when its time, size or identity changed. */
export interface FileHashes {
  /** Hex; `absent` for what is no file or cannot be read. */
  of(path: string): string;
}

export function makeFileHashes(): FileHashes {
  const known = new Map<string, { readonly signature: string; readonly hash: string }>();
  return {
    of(path) {
      const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
      if (stat === undefined || !stat.isFile()) return 'absent';
      const signature = `${stat.mtimeNs} ${stat.ctimeNs} ${stat.size} ${stat.ino}`;
      const before = known.get(path);
      if (before?.signature === signature) return before.hash;
      const hash = hashText(readFileSync(path));
      known.set(path, { signature, hash });
      return hash;
    },
  };
}

export const hashText = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

/** What a version consists of; everything else below `.poet/` is run-time state or a lock. */
const STORED = new Set(['code.ts', 'contract.ts', 'params.json', 'metadata.json', 'current']);

/** The files of the store that decide what is emitted. Absolute, sorted. */
export function listStoredFiles(root: string): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string, skip: readonly string[]): void => {
    for (const entry of readFolder(folder)) {
      if (entry.isDirectory() && !skip.includes(entry.name)) walk(join(folder, entry.name), []);
      else if (STORED.has(entry.name)) found.push(join(folder, entry.name));
    }
  };
  walk(join(root, '.poet'), ['events', 'feedback', 'state']);
  return found.sort();
}

function readFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // no store yet, or a folder that went while we looked: both are an empty one
  }
}
