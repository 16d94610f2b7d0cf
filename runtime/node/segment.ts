import { closeSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A segment that is still written to; it is sealed by taking this ending off its name. */
export const OPEN_ENDING = '.open';
export const SEGMENT_ENDING = '.ndjson';
/** Added to the name of a sealed segment that housekeeping has compressed. */
export const PACKED_ENDING = '.gz';

/**
 * One append-only file of whole lines. A process that is killed leaves it under its open name, readable up to its
 * last line end; a sealed name is only ever given to a file that ends with one.
 */
export interface Segment {
  readonly file: string;
  readonly openedMs: number;
  /** Bytes of whole lines. */
  size: number;
  readonly descriptor: number;
}

/**
 * @param durable whether the new name survives a power loss too
 * @throws the file system's error
 */
export function openSegment(dir: string, name: string, nowMs: number, durable: boolean): Segment {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${name}${SEGMENT_ENDING}`);
  const segment = { file, openedMs: nowMs, size: 0, descriptor: openSync(file + OPEN_ENDING, 'ax') };
  if (durable) syncFolder(dir);
  return segment;
}

/**
 * Appends lines.
 *
 * @param lines holds whole lines in its first `bytes` bytes, each with its line end
 * @param durable whether they are on the disk itself before this returns
 * @throws the file system's error; what was written of them has then been taken back
 */
export function appendLines(segment: Segment, lines: Uint8Array, bytes: number, durable: boolean): void {
  try {
    // A short write is the rare case: a limit, or a disk that is full.
    for (let done = 0; done < bytes; ) done += writeSync(segment.descriptor, lines, done, bytes - done);
    if (durable) fsyncSync(segment.descriptor);
    segment.size += bytes;
  } catch (error) {
    // Where even this fails, its error is the one that counts, and the file keeps its open name.
    ftruncateSync(segment.descriptor, segment.size);
    throw error;
  }
}

/** Whether the file is no longer where we write it: deleted, or taken for an orphan and sealed. What is appended could be lost in silence. */
export function isGone(segment: Segment): boolean {
  const { nlink, ino } = fstatSync(segment.descriptor);
  return nlink === 0 || statSync(segment.file + OPEN_ENDING, { throwIfNoEntry: false })?.ino !== ino;
}

/** @throws the file system's error; the file then keeps its open name */
export function sealSegment(segment: Segment, durable: boolean): void {
  const isWhole = fstatSync(segment.descriptor).size === segment.size;
  closeSync(segment.descriptor);
  if (!isWhole) return;
  renameSync(segment.file + OPEN_ENDING, segment.file);
  if (durable) syncFolder(dirname(segment.file));
}

/** A new name in a folder survives a power loss once the folder itself is synced. Windows has no such call, and needs none. */
export function syncFolder(dir: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(dir, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Bytes of all segments in a folder; 0 when there is no such folder. */
export function measureSegments(dir: string): number {
  let total = 0;
  for (const name of listFolder(dir)) total += statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0;
  return total;
}

/** Names in a folder; none when there is no such folder. */
export function listFolder(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Deletes a file that may be gone already. */
export function removeFile(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
