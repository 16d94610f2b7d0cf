import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A segment that is still written to; it is sealed by taking this ending off its name. */
export const OPEN_ENDING = '.open';
export const SEGMENT_ENDING = '.ndjson';

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

/** @throws the file system's error */
export function openSegment(dir: string, name: string, nowMs: number): Segment {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${name}${SEGMENT_ENDING}`);
  return { file, openedMs: nowMs, size: 0, descriptor: openSync(file + OPEN_ENDING, 'ax') };
}

/**
 * Appends lines.
 *
 * @param text whole lines, each with its line end
 * @throws the file system's error; what was written of `text` has then been taken back
 */
export function appendLines(segment: Segment, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(segment.descriptor, bytes, done);
    segment.size += bytes.length;
  } catch (error) {
    // Where even this fails, its error is the one that counts, and the file keeps its open name.
    ftruncateSync(segment.descriptor, segment.size);
    throw error;
  }
}

/** Whether somebody deleted the file under us: what is appended to it would be lost in silence. */
export function isDeleted(segment: Segment): boolean {
  return fstatSync(segment.descriptor).nlink === 0;
}

/** @throws the file system's error; the file then keeps its open name */
export function sealSegment(segment: Segment): void {
  const isWhole = fstatSync(segment.descriptor).size === segment.size;
  closeSync(segment.descriptor);
  if (isWhole) renameSync(segment.file + OPEN_ENDING, segment.file);
}

/** Bytes of all segments in a folder; 0 when there is no such folder. */
export function measureSegments(dir: string): number {
  let total = 0;
  for (const name of listFolder(dir)) total += statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0;
  return total;
}

function listFolder(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
