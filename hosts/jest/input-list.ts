import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashText } from '../file-hashes.ts';
import type { InputList } from '../project.ts';

/**
 * Lists in Jest's cache folder, shared by its workers. A lost or damaged list costs a program, nothing else; an unwritable folder
 * likewise, and Jest itself complains about that one.
 */
export function makeInputList(cacheDirectory: string): InputList {
  const known = new Map<string, { readonly signature: string; readonly files: readonly string[] }>();
  const pathOf = (configPath: string): string => join(cacheDirectory, `poetc-inputs-${hashText(configPath).slice(0, 16)}.json`);
  return {
    load(configPath) {
      const path = pathOf(configPath);
      const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
      if (stat === undefined) return undefined;
      const signature = `${stat.mtimeNs} ${stat.size} ${stat.ino}`;
      const before = known.get(path);
      if (before?.signature === signature) return before.files;
      const files = readList(path);
      if (files !== undefined) known.set(path, { signature, files });
      return files;
    },
    save(configPath, files) {
      const path = pathOf(configPath);
      const text = JSON.stringify({ schema: 1, files });
      if (readText(path) === text) return;
      const temporary = `${path}.${process.pid}`;
      try {
        mkdirSync(cacheDirectory, { recursive: true });
        writeFileSync(temporary, text);
        renameSync(temporary, path);
      } catch {
        rmSync(temporary, { force: true }); // see above
      }
    },
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // none yet
  }
}

function readList(path: string): readonly string[] | undefined {
  try {
    const { schema, files } = JSON.parse(readText(path) ?? '') as { schema?: unknown; files?: unknown };
    return schema === 1 && Array.isArray(files) && files.every((file) => typeof file === 'string') ? files : undefined;
  } catch {
    return undefined; // damaged: made again
  }
}
