/** One writer at a time below `.poet/`, for a pipeline that cannot await. */
import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { startOf } from './process-start.ts';
import { errnoOf, type StoreFs } from './store-fs.ts';

export interface Lock {
  release(): void;
  /** Whoever holds it for minutes calls this now and then: else those who cannot see whether it lives take it for dead. */
  touch(): void;
}
export interface HeldBy { readonly pid: number }

export interface LockOptions {
  /** How long to wait for another process, milliseconds. */
  readonly waitMs: number;
  /** Lets time pass without giving up the thread; injectable for tests. */
  pause(ms: number): void;
}

export const LOCK_OPTIONS: LockOptions = {
  waitMs: 10_000,
  pause: (ms) => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms); },
};

const LOCK_NAME = /^([0-9a-f]{12})-(\d+)-[0-9a-f]{16}\.lock$/;
/** In a lock file: the start of its process, as `startOf` gives it. Empty where the system does not say, and in files of an older poetc. */
const START_LINE = /^([0-9a-f-]{36} \d{1,20})\n$/;
/** A holder of which nothing else can be known, on another machine, or where process ids may have been given again, is taken for dead when it has not touched its file for so long, milliseconds. */
const MAX_AGE_MS = 10 * 60_000;
/** Shorter than anyone notices, longer than one save takes. */
const PAUSE_MS = 15;

/**
 * Takes the lock, waiting for other processes at most `waitMs`.
 *
 * Each process creates a file of its own and then looks around: alone, it has the lock; otherwise it takes its file away
 * and tries again. Whoever looks has created before, so of two at once at least one sees the other. A dead process's file
 * can be deleted at any time, since its name is never used again: the takeover of a shared lock file, where the second
 * deletes what the first has just created, cannot happen.
 *
 * @param folder absolute path of an existing folder on a file system that all writers share
 * @returns the lock, or who holds it
 *
 * None of this needs what a file holds: the start of its process, which only says sooner that it is dead. It is written
 * after the file was created, and whoever reads it too early knows no more than of a file of an older poetc.
 *
 * Not seen: a living holder that has not touched its file for ten minutes, where its start is not known (not Linux, or another
 * machine): it is taken for dead. And two machines on a network file system without coherent listings.
 */
export function takeLock(fs: StoreFs, folder: string, options: LockOptions): Lock | HeldBy {
  const machine = machineId();
  const path = join(folder, `${machine}-${process.pid}-${randomBytes(8).toString('hex')}.lock`);
  const line = Buffer.from(lineOf(startOf(process.pid)), 'latin1');
  const release = (): void => removeQuietly(fs, path);
  const touch = (): void => touchQuietly(fs, path, line);
  for (let waitedMs = 0; ; ) {
    let other: HeldBy | undefined;
    try {
      writeLine(fs, path, 'wx', line);
      other = otherHolder(fs, folder, path, machine);
    } catch (error) {
      release();
      throw error;
    }
    if (other === undefined) return { release, touch };
    release();
    if (waitedMs >= options.waitMs) return other;
    // Unequal pauses, so that two who saw each other do not meet again and again.
    const ms = PAUSE_MS * (0.5 + Math.random());
    options.pause(ms);
    waitedMs += ms;
  }
}

function otherHolder(fs: StoreFs, folder: string, own: string, machine: string): HeldBy | undefined {
  for (const name of fs.readdirSync(folder)) {
    const match = LOCK_NAME.exec(name);
    const path = join(folder, name);
    if (match === null || path === own) continue;
    const pid = Number(match[2]);
    if (match[1] === machine ? isHolder(fs, path, pid) : isYoung(fs, path)) return { pid };
    removeQuietly(fs, path);
  }
  return undefined;
}

/** Two containers can share a folder and a host name, but not the numbering of processes. */
function machineId(): string {
  let processes = '';
  try {
    processes = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux: there the host name says it.
  }
  return createHash('sha256').update(`${hostname()}\n${processes}`).digest('hex').slice(0, 12);
}

/** Of a process of this machine: whether it lives, and is the one that made the file. */
function isHolder(fs: StoreFs, path: string, pid: number): boolean {
  if (!isAlive(pid)) return false;
  const start = readStart(fs, path);
  const found = start === undefined ? undefined : startOf(pid);
  return found === undefined ? isYoung(fs, path) : found === start;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

function isYoung(fs: StoreFs, path: string): boolean {
  try {
    // Age on the clock of whoever serves the file, read from our own file system call: no clock is compared with ours
    // more precisely than the ten minutes need.
    return Date.now() - fs.lstatSync(path).mtimeMs < MAX_AGE_MS;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

const lineOf = (start: string | undefined): string => (start === undefined ? '\n' : `${start}\n`);

function readStart(fs: StoreFs, path: string): string | undefined {
  const bytes = Buffer.alloc(64);
  try {
    const descriptor = fs.openSync(path, 'r');
    try {
      return START_LINE.exec(bytes.toString('latin1', 0, fs.readSync(descriptor, bytes, 0, bytes.length, null)))?.[1];
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined; // let go meanwhile, or another user's: its age says it
  }
}

function writeLine(fs: StoreFs, path: string, flags: 'wx' | 'r+', line: Buffer): void {
  const descriptor = fs.openSync(path, flags);
  try {
    fs.writeSync(descriptor, line);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Written again as it is, so that the time is that of whoever serves the file; never made again, its name would come back. */
function touchQuietly(fs: StoreFs, path: string, line: Buffer): void {
  try {
    writeLine(fs, path, 'r+', line);
  } catch (error) {
    // Somebody took us for dead; or the disk is full: then the next time will do.
    if (errnoOf(error) === undefined) throw error;
  }
}

function removeQuietly(fs: StoreFs, path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    // Somebody took us for dead; the next writer finds no file either way.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
