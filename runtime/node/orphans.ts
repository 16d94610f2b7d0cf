import { closeSync, fstatSync, ftruncateSync, lstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isId, readIdTime } from '../../records/ids.ts';
import { isMissing, listFolder, OPEN_ENDING, removeFile, SEGMENT_ENDING } from './segment.ts';

/** Of a process on another machine we cannot know whether it lives; its segment is left alone so long. */
const FOREIGN_MS = 86_400_000;
const STEP_BYTES = 65_536;

/** The part of a segment's name that says who writes it: `<machine>-<pid>`. Containers that share a folder have the same pids. */
export function writerTag(): string {
  return `${machineTag()}-${process.pid}`;
}

/**
 * Seals the segments that killed processes left open: half a line at the end is cut off, the rest is whole.
 *
 * @param dir one package's folder in `events/pending`
 * @throws the file system's error
 */
export function sealOrphans(dir: string, nowMs: number): void {
  for (const name of listFolder(dir)) {
    if (!name.endsWith(SEGMENT_ENDING + OPEN_ENDING) || !isOrphan(dir, name, nowMs) || lstatSync(join(dir, name), { throwIfNoEntry: false })?.isFile() !== true) continue;
    try {
      sealOrphan(join(dir, name));
    } catch (error) {
      if (!isMissing(error)) throw error; // else another process was first
    }
  }
}

function sealOrphan(file: string): void {
  const descriptor = openSync(file, 'r+');
  let bytes: number;
  try {
    bytes = measureLines(descriptor);
    if (fstatSync(descriptor).size > bytes) ftruncateSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
  if (bytes === 0) removeFile(file);
  else renameSync(file, file.slice(0, -OPEN_ENDING.length));
}

/** Bytes up to and with the last line end. */
function measureLines(descriptor: number): number {
  const buffer = Buffer.allocUnsafe(STEP_BYTES);
  for (let end = fstatSync(descriptor).size; end > 0; ) {
    const start = Math.max(0, end - STEP_BYTES);
    const read = readSync(descriptor, buffer, 0, end - start, start);
    const at = buffer.lastIndexOf(10, read - 1);
    if (read > 0 && at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

function isOrphan(dir: string, name: string, nowMs: number): boolean {
  const [, id = '', machine = '', pid = ''] = /^([0-9a-f-]{36})-(?:([0-9a-f]{8})-)?(\d+)\.ndjson\.open$/.exec(name) ?? [];
  if (machine !== machineTag()) {
    const stat = statSync(join(dir, name), { throwIfNoEntry: false });
    return stat !== undefined && nowMs - stat.mtimeMs > FOREIGN_MS;
  }
  // Our own number belonged to another process before us, if its segment is older than we are: the first process of a container is always 1.
  if (Number(pid) === process.pid) return isId(id) && readIdTime(id) < nowMs - process.uptime() * 1000 - 1000;
  return !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

let tag: string | undefined;

/** FNV-1a of the host's name, eight hex digits: tells machines apart, and names none. */
function machineTag(): string {
  if (tag !== undefined) return tag;
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(hostname())) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return (tag = hash.toString(16).padStart(8, '0'));
}
