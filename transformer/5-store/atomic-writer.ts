/** Writes below `.poet/` that are there whole or not at all, whenever the process is killed. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { STORE_FOLDER, TEMPORARY_FOLDER } from './layout.ts';
import { takeLock, type Lock, type LockOptions } from './lock.ts';
import type { PlainReader } from './plain-reader.ts';
import { ROOT_FILES } from './root-files.ts';
import { StoreFault } from './store-fault.ts';
import { errnoOf, type StoreFs } from './store-fs.ts';

export interface AtomicWriter {
  /** Makes `.poet/` with its own files, takes the lock, clears what killed processes left. */
  open(): Lock;
  /** Makes every folder down to `components`, each a real one. */
  makeFolder(components: readonly string[]): void;
  /** A folder with these files appears under its final name in one step; that name must be free. */
  putFolder(components: readonly string[], files: Readonly<Record<string, string>>): void;
  /** A file is replaced in one step. `durable: false` for what the next build would write again: it is not worth a wait for the disk. */
  putFile(components: readonly string[], text: string, options?: { readonly durable: boolean }): void;
  /** A file or folder disappears in one step; links are removed, never followed. */
  remove(components: readonly string[]): void;
}

/** @throws StoreFault POET5014 from every method when the file system refuses, POET5001 for links on the way */
export function makeAtomicWriter(root: string, reader: PlainReader, fs: StoreFs, lockOptions: LockOptions): AtomicWriter {
  const temporary = (): string => join(root, STORE_FOLDER, TEMPORARY_FOLDER, randomBytes(8).toString('hex'));

  function attempt<T>(components: readonly string[], work: () => T): T {
    try {
      return work();
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      throw new StoreFault(makeDiagnostic('POET5014', { path: reader.shown(components), expected: 'write', found: errno }, { file: reader.absolute(components) }));
    }
  }

  function makeFolder(components: readonly string[]): void {
    for (let depth = 0; depth <= components.length; depth++) {
      const part = components.slice(0, depth);
      if (!reader.folderExists(part)) attempt(part, () => makeOne(part));
    }
  }

  function makeOne(components: readonly string[]): void {
    try {
      fs.mkdirSync(reader.absolute(components));
    } catch (error) {
      // Another build was first.
      if (errnoOf(error) !== 'EEXIST' || !reader.folderExists(components)) throw error;
    }
  }

  function open(): Lock {
    makeFolder([TEMPORARY_FOLDER]);
    const taken = attempt([TEMPORARY_FOLDER], () => takeLock(fs, reader.absolute([TEMPORARY_FOLDER]), lockOptions));
    if ('pid' in taken) {
      throw new StoreFault(makeDiagnostic('POET5015', { path: STORE_FOLDER, waitedMs: lockOptions.waitMs, found: taken.pid }));
    }
    try {
      for (const name of reader.namesIn([TEMPORARY_FOLDER])) {
        // Whoever holds the lock is the only one who makes these: all there are belong to the dead.
        if (!name.endsWith('.lock')) attempt([TEMPORARY_FOLDER, name], () => fs.removeSync(reader.absolute([TEMPORARY_FOLDER, name])));
      }
      for (const [name, text] of Object.entries(ROOT_FILES)) {
        if (reader.textOf([name], 1024 * 1024) === undefined) putFile([name], text);
      }
    } catch (error) {
      taken.release();
      throw error;
    }
    return taken;
  }

  function writeWhole(path: string, text: string, durable: boolean): void {
    const descriptor = fs.openSync(path, 'wx', 0o644);
    try {
      const bytes = Buffer.from(text, 'utf8');
      for (let done = 0; done < bytes.length; ) done += fs.writeSync(descriptor, bytes, done);
      if (durable) fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  /** Makes a rename durable; Windows cannot open folders, and needs no such thing. */
  function syncFolder(path: string): void {
    if (process.platform === 'win32') return;
    const descriptor = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  function putFolder(components: readonly string[], files: Readonly<Record<string, string>>): void {
    makeFolder(components.slice(0, -1));
    attempt(components, () => {
      const made = temporary();
      fs.mkdirSync(made);
      for (const [name, text] of Object.entries(files)) writeWhole(join(made, name), text, true);
      syncFolder(made);
      fs.renameSync(made, reader.absolute(components));
      syncFolder(reader.absolute(components.slice(0, -1)));
    });
  }

  function putFile(components: readonly string[], text: string, { durable } = { durable: true }): void {
    attempt(components, () => {
      const made = temporary();
      writeWhole(made, text, durable);
      fs.renameSync(made, reader.absolute(components));
      if (durable) syncFolder(reader.absolute(components.slice(0, -1)));
    });
  }

  function remove(components: readonly string[]): void {
    attempt(components, () => {
      const doomed = temporary();
      fs.renameSync(reader.absolute(components), doomed);
      reader.forget();
      fs.removeSync(doomed);
    });
  }

  return { open, makeFolder, putFolder, putFile, remove };
}
