import { constants, lstatSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

export interface PulledFile {
  readonly bytes: Uint8Array;
  /** When it was written, where the source knows that. */
  readonly modifiedMs?: number;
}

/** Somebody else's run-time root: a folder, or a web server with an index of it. Whatever it says is checked before it is used. */
export interface PullSource {
  /** Relative paths with forward slashes; more than `MAX_FILES` are cut. */
  list(): Promise<readonly string[]>;
  /**
   * @returns the file, or a sentence why not: gone, too large, no plain file
   * @throws nothing
   */
  read(path: string, maxBytes: number): Promise<PulledFile | string>;
}

export const MAX_FILES = 100_000;
/** At the top of what a web server serves: `{ "schema": 1, "files": ["events/pending/…", …] }`. */
export const INDEX_NAME = 'poet-index.json';
const MAX_INDEX_BYTES = 32_000_000;
const TIMEOUT_MS = 30_000;

/** Links are not followed: they may lead out of the folder. */
export function openFolder(root: string): PullSource {
  return {
    async list() {
      const files: string[] = [];
      for (const kind of ['events', 'feedback']) {
        for (const state of ['pending', 'processed']) {
          for (const folder of namesIn(join(root, kind, state), 'folders')) {
            for (const name of namesIn(join(root, kind, state, folder), 'files')) {
              if (files.length < MAX_FILES) files.push(`${kind}/${state}/${folder}/${name}`);
            }
          }
        }
      }
      // What others have dropped.
      const drops = namesIn(join(root, 'feedback', 'pending'), 'files').filter((name) => name.endsWith('.json'));
      return [...files, ...drops.map((name) => `feedback/pending/${name}`)].slice(0, MAX_FILES);
    },
    async read(path, maxBytes) {
      try {
        const handle = await open(join(root, path), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
        try {
          const stat = await handle.stat();
          if (!stat.isFile()) return 'it is no plain file';
          // The file may be growing: one read, no further than the size that was checked.
          if (stat.size > maxBytes) return `it has ${stat.size} bytes, more than ${maxBytes}`;
          const bytes = Buffer.alloc(stat.size);
          const { bytesRead } = await handle.read(bytes, 0, stat.size, 0);
          return { bytes: bytes.subarray(0, bytesRead), modifiedMs: stat.mtimeMs };
        } finally {
          await handle.close();
        }
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? String(error);
      }
    },
  };
}

function namesIn(dir: string, kind: 'folders' | 'files'): string[] {
  try {
    if (!lstatSync(dir).isDirectory()) return [];
    return readdirSync(dir, { withFileTypes: true }).filter((entry) => (kind === 'folders' ? entry.isDirectory() : entry.isFile())).map((entry) => entry.name).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Whether what is sent there can be read by nobody on the way. */
export function isPrivate(address: URL): boolean {
  return address.protocol === 'https:' || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(address.hostname);
}

/**
 * @param base http or https, the address of the folder that holds the index
 * @param token sent as a bearer token; redirects are refused, so that nobody else gets it
 */
export function openSite(base: URL, token: string | undefined): PullSource {
  const read = async (path: string, maxBytes: number): Promise<PulledFile | string> => {
    try {
      // A query, such as a signature, goes with each.
      const address = new URL(base);
      address.pathname = `${base.pathname.replace(/\/$/, '')}/${path.split('/').map(encodeURIComponent).join('/')}`;
      const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS), ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }) });
      if (!response.ok || response.body === null) return `the server answers ${response.status}`;
      const parts: Uint8Array[] = [];
      let size = 0;
      // The header may lie: what counts is what comes.
      for await (const part of response.body as AsyncIterable<Uint8Array>) {
        size += part.length;
        if (size > maxBytes) return `it has more than ${maxBytes} bytes`;
        parts.push(part);
      }
      const modifiedMs = Date.parse(response.headers.get('last-modified') ?? '');
      return { bytes: Buffer.concat(parts), ...(!Number.isNaN(modifiedMs) && { modifiedMs }) };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return cause instanceof Error ? cause.message : String(cause);
    }
  };
  return {
    read,
    async list() {
      const index = await read(INDEX_NAME, MAX_INDEX_BYTES);
      if (typeof index === 'string') throw new Error(`${INDEX_NAME}: ${index}`);
      const files = readIndex(Buffer.from(index.bytes).toString('utf8'));
      if (files === undefined) throw new Error(`${INDEX_NAME}: expected { "schema": 1, "files": ["events/…"] }`);
      return files;
    },
  };
}

function readIndex(text: string): string[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null || !('schema' in json) || json.schema !== 1 || !('files' in json) || !Array.isArray(json.files)) return undefined;
  return json.files.filter((file): file is string => typeof file === 'string').slice(0, MAX_FILES);
}
