import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UNWRITABLE } from '../codes.ts';
import { countDropped, emit } from '../emit.ts';
import { newId } from '../identity.ts';
import { sharedState } from '../state.ts';
import { warnOnce } from '../warn.ts';
import { packageFolder } from './package-folder.ts';
import { sealOrphans, writerTag } from './orphans.ts';
import { appendLines, isGone, measureSegments, openSegment, sealSegment } from './segment.ts';
import type { Segment } from './segment.ts';
import type { SinkSettings } from './sink-settings.ts';

/** Of a lane's buffer; it grows with its events. */
const FIRST_BYTES = 65_536;
const LINE_END = 10;
const SEGMENT_BYTES = 4_000_000;
/** Sealed segments are what others process; a quiet process must not sit on an open one for days. */
const SEGMENT_MS = 300_000;
/** How long a folder that cannot be written is left alone. */
const RETRY_MS = 5_000;
/** How often we look whether our file is still there, and how much the folder holds. */
const LOOK_MS = 250;
const MEASURE_MS = 10_000;

/** Where the events of one package go; one per package whose targets run in this process. */
export interface Lane {
  readonly packageName: string | undefined;
  readonly root: string;
  readonly dir: string;
  /** Whether the root lies in a source tree. */
  readonly ignoreInGit: boolean;
  /** Whole lines that are not written yet, as they will stand in the file. */
  lines: Buffer;
  bytes: number;
  events: number;
  segment: Segment | undefined;
  /** Of the whole folder without our open segment, when it was last measured, and what we sealed since. */
  folderBytes: number;
  measuredMs: number;
  lookedMs: number;
  /** Of the last failure; nothing is tried for a while after it. */
  blockedMs: number;
  blockedBy: string | undefined;
  opened: boolean;
}

export function makeLane(root: string, packageName: string | undefined, ignoreInGit: boolean): Lane {
  return {
    packageName, root, dir: join(root, 'events', 'pending', packageFolder(packageName)), ignoreInGit, lines: Buffer.allocUnsafeSlow(FIRST_BYTES), bytes: 0, events: 0,
    segment: undefined, folderBytes: 0, measuredMs: 0, lookedMs: 0, blockedMs: 0, blockedBy: undefined, opened: false,
  };
}

/** Adds one event's line. @param text without its line end */
export function addLine(lane: Lane, text: string): void {
  // A character is at most three bytes.
  const most = lane.bytes + text.length * 3 + 1;
  if (most > lane.lines.length) {
    const grown = Buffer.allocUnsafeSlow(Math.max(most, lane.lines.length * 2));
    lane.lines.copy(grown, 0, 0, lane.bytes);
    lane.lines = grown;
  }
  lane.bytes += lane.lines.write(text, lane.bytes);
  lane.lines[lane.bytes++] = LINE_END;
  lane.events++;
}

/**
 * Hands the lane's lines to the operating system, and with `fsync` to the disk. Never throws: what cannot be written is
 * counted, reported once, and told in `alert.events_dropped` when writing works again.
 *
 * @param nowMs by the wall clock, which may jump either way: only distances count
 * @param look whether to make sure now that our file is still there
 */
export function flushLane(lane: Lane, settings: SinkSettings, nowMs: number, look: boolean): void {
  if (lane.events === 0) return;
  const { lines, bytes, events } = lane;
  lane.bytes = lane.events = 0;
  if (lane.blockedBy !== undefined) {
    if (Math.abs(nowMs - lane.blockedMs) < RETRY_MS) return countDropped(lane.blockedBy, events);
    lane.blockedBy = undefined;
  }
  try {
    const segment = takeSegment(lane, bytes, settings, nowMs, look);
    appendLines(segment, lines, bytes, settings.fsync);
    if (segment.size >= SEGMENT_BYTES) closeLane(lane, settings);
  } catch (error) {
    closeLane(lane, settings);
    lane.blockedMs = nowMs;
    lane.blockedBy = error instanceof FullFolder ? 'size cap' : ((error as NodeJS.ErrnoException).code ?? String(error));
    countDropped(lane.blockedBy, events);
    warnOnce(UNWRITABLE, { dir: lane.dir, reason: lane.blockedBy });
    return;
  }
  alertDropped(lane);
}

/** Seals the lane's segment. Never throws. */
export function closeLane(lane: Lane, settings: SinkSettings): void {
  const { segment } = lane;
  lane.segment = undefined;
  if (segment === undefined) return;
  lane.folderBytes += segment.size;
  try {
    sealSegment(segment, settings.fsync);
  } catch {
    // It keeps its open name, under which readers take it up to its last whole line: nothing is lost.
  }
}

/** Seals a segment that has been open for long, although nothing more was written. Never throws. */
export function closeQuietLane(lane: Lane, settings: SinkSettings, nowMs: number): void {
  if (lane.segment !== undefined && Math.abs(nowMs - lane.segment.openedMs) >= SEGMENT_MS) closeLane(lane, settings);
}

class FullFolder extends Error {}

/** @throws FullFolder, or the file system's error */
function takeSegment(lane: Lane, bytes: number, settings: SinkSettings, nowMs: number, look: boolean): Segment {
  if (lane.segment !== undefined && (look || Math.abs(nowMs - lane.lookedMs) >= LOOK_MS)) {
    lane.lookedMs = nowMs;
    if (isGone(lane.segment)) closeLane(lane, settings);
    else closeQuietLane(lane, settings, nowMs);
  }
  if (lane.folderBytes + (lane.segment?.size ?? 0) + bytes > settings.capBytes || (lane.segment === undefined && Math.abs(nowMs - lane.measuredMs) >= MEASURE_MS)) {
    // Others read, and write, in the same folder.
    lane.folderBytes = measureSegments(lane.dir) - (lane.segment?.size ?? 0);
    lane.measuredMs = nowMs;
    if (lane.folderBytes + (lane.segment?.size ?? 0) + bytes > settings.capBytes) throw new FullFolder();
  }
  if (lane.segment !== undefined) return lane.segment;
  if (lane.ignoreInGit) keepOutOfGit(join(lane.root, 'events'));
  if (!lane.opened) sealOrphans(lane.dir, nowMs);
  lane.opened = true;
  lane.lookedMs = nowMs;
  return (lane.segment = openSegment(lane.dir, `${newId()}-${writerTag()}`, nowMs, settings.fsync));
}

/** Writing works, so that what was lost before can be told. */
function alertDropped(lane: Lane): void {
  const state = sharedState();
  const reasons = state.dropped;
  let count = 0;
  for (const reason in reasons) count += reasons[reason] ?? 0;
  if (count === 0) return;
  state.dropped = {};
  emit(lane.packageName, 'alert.events_dropped', { count, reasons });
}

/** What is recorded in a source tree is nothing to commit. @throws the file system's error */
export function keepOutOfGit(dir: string): void {
  const file = join(dir, '.gitignore');
  if (existsSync(file)) return;
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, '*\n');
}
