/** One writer at a time below `.poet/`, for a pipeline that cannot await. */
import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errnoOf, type StoreFs } from './store-fs.ts';

export interface Lock { release(): void }
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
/** A holder on another machine, whose process cannot be asked, is taken for dead after this long, milliseconds. */
const FOREIGN_MAX_AGE_MS = 10 * 60_000;
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
 * Not seen: a dead holder whose process id was given to another process of the same machine (then we wait in vain and say
 * who holds it), and two machines on a network file system without coherent listings.
 */
export function takeLock(fs: StoreFs, folder: string, options: LockOptions): Lock | HeldBy {
  const machine = machineId();
  const path = join(folder, `${machine}-${process.pid}-${randomBytes(8).toString('hex')}.lock`);
  const release = (): void => removeQuietly(fs, path);
  for (let waitedMs = 0; ; ) {
    fs.closeSync(fs.openSync(path, 'wx'));
    let other: HeldBy | undefined;
    try {
      other = otherHolder(fs, folder, path, machine);
    } catch (error) {
      release();
      throw error;
    }
    if (other === undefined) return { release };
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
    if (match[1] === machine ? isAlive(pid) : isYoung(fs, path)) return { pid };
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
    return Date.now() - fs.lstatSync(path).mtimeMs < FOREIGN_MAX_AGE_MS;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
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
