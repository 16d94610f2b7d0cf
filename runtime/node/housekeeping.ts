import { closeSync, fsyncSync, lstatSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isId, readIdTime } from '../../records/ids.ts';
import { sealOrphans, writerTag } from './orphans.ts';
import { isMissing, listFolder, PACKED_ENDING, removeFile, SEGMENT_ENDING } from './segment.ts';

const DAY_MS = 86_400_000;
const TEMPORARY_ENDING = '.tmp';
/** A file of ours under a temporary name that is older was left by a killed process. */
const TEMPORARY_MS = 3_600_000;

const pack = promisify(gzip);

export interface Housekeeping {
  readonly nowMs: number;
  /** Segments that were opened longer ago are deleted, days. */
  readonly retentionDays: number;
  /** Segments that were opened longer ago are compressed, days. */
  readonly compressAfterDays: number;
}

/** What was done, in segments. */
export interface HousekeepingReport { deleted: number; compressed: number }

/**
 * Deletes and compresses old segments of all packages, and seals what killed processes left open. May be killed at any
 * instant and run in several processes at once: a segment exists under its old name until it is whole under the new one.
 *
 * @param root the run-time root
 * @throws the file system's first error, when everything else is done
 */
export async function keepHouse(root: string, housekeeping: Housekeeping): Promise<HousekeepingReport> {
  const report = { deleted: 0, compressed: 0 };
  const { nowMs } = housekeeping;
  const errors: unknown[] = [];
  const attempt = async (work: () => unknown): Promise<void> => {
    try {
      await work();
    } catch (error) {
      errors.push(error);
    }
  };
  for (const state of ['pending', 'processed']) {
    const base = join(root, 'events', state);
    for (const packageDir of listFolder(base)) {
      const dir = join(base, packageDir);
      if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
      if (state === 'pending') await attempt(() => sealOrphans(dir, nowMs));
      await attempt(async () => {
        for (const name of listFolder(dir)) await attempt(() => keepFile(join(dir, name), name, housekeeping, report));
      });
    }
  }
  if (errors.length > 0) throw errors[0];
  return report;
}

async function keepFile(file: string, name: string, { nowMs, retentionDays, compressAfterDays }: Housekeeping, report: HousekeepingReport): Promise<void> {
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return;
  if (name.endsWith(TEMPORARY_ENDING)) {
    if (nowMs - mtimeMs(file, nowMs) > TEMPORARY_MS) removeFile(file);
    return;
  }
  const isPacked = name.endsWith(SEGMENT_ENDING + PACKED_ENDING);
  if (!isPacked && !name.endsWith(SEGMENT_ENDING)) return;
  const ageMs = nowMs - openedMs(file, name, nowMs);
  if (ageMs > retentionDays * DAY_MS) {
    removeFile(file);
    report.deleted++;
  } else if (!isPacked && ageMs > compressAfterDays * DAY_MS && (await compress(file))) report.compressed++;
}

/** @returns false when another process was at it too */
async function compress(file: string): Promise<boolean> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  const packed = await pack(bytes);
  const temporary = `${file}${PACKED_ENDING}.${writerTag()}${TEMPORARY_ENDING}`;
  const descriptor = openSync(temporary, 'w');
  try {
    for (let done = 0; done < packed.length; ) done += writeSync(descriptor, packed, done);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    renameSync(temporary, file + PACKED_ENDING);
  } catch (error) {
    // Another process, by whose clock it was old, took it for a leftover. The next housekeeping compresses the segment.
    if (isMissing(error)) return false;
    throw error;
  }
  removeFile(file);
  return true;
}

function openedMs(file: string, name: string, nowMs: number): number {
  const id = name.slice(0, 36);
  return isId(id) ? readIdTime(id) : mtimeMs(file, nowMs);
}

function mtimeMs(file: string, missing: number): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? missing;
}
