/** Reads below `.poet/` as one reads what a stranger sent: plain files and folders only, once, up to a limit. */
import { join, sep } from 'node:path';
import type { Stats } from 'node:fs';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { errnoOf, type StoreFs } from './store-fs.ts';
import { StoreFault } from './store-fault.ts';

export interface PlainReader {
  /**
   * Whether every folder from the store's root down to `components` exists.
   * @throws StoreFault POET5001 when one of them is a link or not a folder
   */
  folderExists(components: readonly string[]): boolean;
  /** Names in a folder, sorted; the folder must exist. */
  namesIn(components: readonly string[]): string[];
  /**
   * Text of a file, read once through one descriptor; undefined when there is none.
   * @param maxBytes a larger file is refused before it is read
   * @throws StoreFault for links, pipes, devices, folders, oversize, bytes that are not UTF-8, read errors
   */
  textOf(components: readonly string[], maxBytes: number): string | undefined;
  /** To be called when folders were removed. */
  forget(): void;
  /** Path relative to the project, for messages. */
  shown(components: readonly string[]): string;
  /** Absolute, posix separators: what the compiler calls its files. */
  absolute(components: readonly string[]): string;
}

/**
 * @param root absolute path of the folder that holds `.poet/`
 * @param storeFolder its name, `.poet`
 *
 * Not seen: a folder above `root` that is a link (that is the user's own layout), hard links, and a folder exchanged
 * between its check and the opening of a file in it; the text that is returned is the text that gets hashed either way.
 */
export function makePlainReader(root: string, storeFolder: string, fs: StoreFs): PlainReader {
  // Folders of modules are asked for once per function in them; a reader lives for one build at most.
  const known = new Set<string>();
  const base = join(root, storeFolder).replaceAll(sep, '/');
  const absolute = (components: readonly string[]): string => (components.length === 0 ? base : `${base}/${components.join('/')}`);
  const shown = (components: readonly string[]): string => [storeFolder, ...components].join('/');
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  function fault(components: readonly string[], error: unknown): never {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new StoreFault(makeDiagnostic('POET5014', { path: shown(components), expected: 'read', found: errno }, { file: absolute(components) }));
  }

  function isFolder(components: readonly string[]): boolean {
    const path = absolute(components);
    if (known.has(path)) return true;
    let stats: Stats | undefined;
    try {
      stats = fs.lstatSync(path, { throwIfNoEntry: false });
    } catch (error) {
      return fault(components, error);
    }
    if (stats === undefined) return false;
    if (!stats.isDirectory()) throw notPlain(components, 'folder', stats);
    known.add(path);
    return true;
  }

  function notPlain(components: readonly string[], expected: string, stats: Stats): StoreFault {
    return new StoreFault(makeDiagnostic('POET5001', { path: shown(components), expected, found: kindOf(stats) }, { file: absolute(components) }));
  }

  function folderExists(components: readonly string[]): boolean {
    // Known folders have known parents.
    if (known.has(absolute(components))) return true;
    for (let depth = 0; depth <= components.length; depth++) {
      if (!isFolder(components.slice(0, depth))) return false;
    }
    return true;
  }

  function openPlain(components: readonly string[]): number | undefined {
    const path = absolute(components);
    // Windows knows neither flag: a link is met by lstat there. Non-blocking, or opening a pipe would wait for its writer.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
    try {
      if (O_NOFOLLOW === undefined) refuseLink(components, fs.lstatSync(path));
      return fs.openSync(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'ENOENT') return undefined;
      // ELOOP is the link itself; ENXIO is a socket.
      if (errno === 'ELOOP' || errno === 'EMLINK' || errno === 'ENXIO' || errno === 'EISDIR') throw notPlain(components, 'file', fs.lstatSync(path));
      return fault(components, error);
    }
  }

  function refuseLink(components: readonly string[], stats: Stats): void {
    if (!stats.isFile()) throw notPlain(components, 'file', stats);
  }

  function readAll(descriptor: number, components: readonly string[], maxBytes: number): Buffer {
    const stats = fs.fstatSync(descriptor);
    if (!stats.isFile()) throw notPlain(components, 'file', stats);
    const oversize = (bytes: number): StoreFault =>
      new StoreFault(makeDiagnostic('POET5002', { path: shown(components), maxBytes, bytes }, { file: absolute(components) }));
    if (stats.size > maxBytes) throw oversize(stats.size);
    // Room for one byte more than expected: a file that grew since fstat shows in the first read, and needs no second one.
    const buffer = Buffer.allocUnsafe(stats.size + 1);
    let length = 0;
    for (;;) {
      const got = fs.readSync(descriptor, buffer, length, buffer.length - length, null);
      length += got;
      if (length > stats.size) throw oversize(length);
      if (got === 0 || length === stats.size) return buffer.subarray(0, length);
    }
  }

  function textOf(components: readonly string[], maxBytes: number): string | undefined {
    const descriptor = openPlain(components);
    if (descriptor === undefined) return undefined;
    let bytes: Buffer;
    try {
      bytes = readAll(descriptor, components, maxBytes);
    } catch (error) {
      if (error instanceof StoreFault) throw error;
      return fault(components, error);
    } finally {
      fs.closeSync(descriptor);
    }
    try {
      return decoder.decode(bytes);
    } catch {
      // The decoder's TypeError says nothing more than this.
      throw new StoreFault(makeDiagnostic('POET5012', { path: shown(components) }, { file: absolute(components) }));
    }
  }

  function namesIn(components: readonly string[]): string[] {
    try {
      return fs.readdirSync(absolute(components)).sort();
    } catch (error) {
      return fault(components, error);
    }
  }

  return { folderExists, namesIn, textOf, forget: () => known.clear(), shown, absolute };
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  if (stats.isFile()) return 'a file';
  return 'a device';
}
