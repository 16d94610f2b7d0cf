import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// Not the globals: a test's fake timers must not hold events back.
import { clearTimeout, setInterval, setTimeout } from 'node:timers';
import type { AnyEvent } from '../../records/events.ts';
import { DROPPED, UNWRITABLE } from '../codes.ts';
import { countDropped, emit } from '../emit.ts';
import { newId } from '../identity.ts';
import { readEnvironment } from '../platform.ts';
import { sharedState } from '../state.ts';
import type { EventSink } from '../state.ts';
import { warnOnce } from '../warn.ts';
import { appendLines, isDeleted, measureSegments, openSegment, sealSegment } from './segment.ts';
import type { Segment } from './segment.ts';
import { packageFolder } from './package-folder.ts';

const BATCH_EVENTS = 64;
const BATCH_BYTES = 1_000_000;
const BATCH_MS = 50;
const MAX_EVENT_BYTES = 1_000_000;
const SEGMENT_BYTES = 4_000_000;
/** Sealed segments are what others process; a quiet process must not sit on an open one for days. */
const SEGMENT_MS = 300_000;
const AGGREGATE_MS = 10_000;
/** How long a folder that cannot be written is left alone. */
const RETRY_MS = 5_000;
const DEFAULT_CAP_MB = 100;

/** One per package whose targets run in this process. */
interface Lane {
  readonly packageName: string | undefined;
  readonly dir: string;
  lines: string[];
  bytes: number;
  segment: Segment | undefined;
  /** Of the whole folder, measured when a segment is opened. */
  folderBytes: number;
  /** Nothing is tried before. */
  blockedUntilMs: number;
  blockedBy: string;
}

/**
 * Appends events to segments in `<root>/events/pending/<package>/`, in batches of 64 or 50 ms.
 * A process that is killed loses at most the last batch; one that exits loses nothing.
 * Never throws: what cannot be written is counted, reported once on stderr, and as `alert.events_dropped` when writing works again.
 *
 * @param ignoreInGit whether the root lies in a source tree
 */
export function openFileSink(root: string, ignoreInGit: boolean, flushAggregates: () => void): EventSink {
  const lanes = new Map<string, Lane>();
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const lane of lanes.values()) flushLane(lane, root, ignoreInGit);
  };
  const write = (event: AnyEvent, packageName: string | undefined): void => {
    const line = `${JSON.stringify(event)}\n`;
    const bytes = Buffer.byteLength(line);
    if (bytes > MAX_EVENT_BYTES) return countDropped('too large');
    const lane = findLane(lanes, root, packageName);
    lane.lines.push(line);
    lane.bytes += bytes;
    if (lane.lines.length >= BATCH_EVENTS || lane.bytes >= BATCH_BYTES) flushLane(lane, root, ignoreInGit);
    else timer ??= setTimeout(flush, BATCH_MS).unref();
  };

  setInterval(flushAggregates, AGGREGATE_MS).unref();
  process.on('exit', () => {
    flushAggregates();
    flush();
    flush(); // an alert about lost events is made when the first one succeeds
    for (const lane of lanes.values()) closeLane(lane);
    reportDropped();
  });
  return { write, flush };
}

function findLane(lanes: Map<string, Lane>, root: string, packageName: string | undefined): Lane {
  const folder = packageFolder(packageName);
  let lane = lanes.get(folder);
  if (lane === undefined) {
    lane = { packageName, dir: join(root, 'events', 'pending', folder), lines: [], bytes: 0, segment: undefined, folderBytes: 0, blockedUntilMs: 0, blockedBy: '' };
    lanes.set(folder, lane);
  }
  return lane;
}

function flushLane(lane: Lane, root: string, ignoreInGit: boolean): void {
  if (lane.lines.length === 0) return;
  const { lines, bytes } = lane;
  lane.lines = [];
  lane.bytes = 0;
  const nowMs = Date.now();
  if (nowMs < lane.blockedUntilMs) return countDropped(lane.blockedBy, lines.length);
  try {
    const segment = takeSegment(lane, bytes, nowMs, root, ignoreInGit);
    appendLines(segment, lines.join(''));
    if (segment.size >= SEGMENT_BYTES || nowMs - segment.openedMs >= SEGMENT_MS) closeLane(lane);
  } catch (error) {
    closeLane(lane);
    lane.blockedUntilMs = nowMs + RETRY_MS;
    lane.blockedBy = error instanceof FullFolder ? 'size cap' : ((error as NodeJS.ErrnoException).code ?? String(error));
    countDropped(lane.blockedBy, lines.length);
    warnOnce(UNWRITABLE, { dir: lane.dir, reason: lane.blockedBy });
    return;
  }
  alertDropped(lane);
}

class FullFolder extends Error {}

/** @throws FullFolder, or the file system's error */
function takeSegment(lane: Lane, bytes: number, nowMs: number, root: string, ignoreInGit: boolean): Segment {
  if (lane.segment !== undefined && isDeleted(lane.segment)) closeLane(lane);
  if (lane.segment === undefined) lane.folderBytes = measureSegments(lane.dir);
  if (lane.folderBytes + (lane.segment?.size ?? 0) + bytes > capBytes()) throw new FullFolder();
  if (lane.segment !== undefined) return lane.segment;
  if (ignoreInGit) keepOutOfGit(join(root, 'events'));
  return (lane.segment = openSegment(lane.dir, `${newId()}-${process.pid}`, nowMs));
}

/** Writing works, so that what was lost before can be told. */
function alertDropped(lane: Lane): void {
  const state = sharedState();
  const reasons = state.dropped;
  const count = Object.values(reasons).reduce((sum, n) => sum + n, 0);
  if (count === 0) return;
  state.dropped = {};
  emit(lane.packageName, 'alert.events_dropped', { count, reasons });
}

/** The last words: what was lost and could not be told in an event. */
function reportDropped(): void {
  const reasons = Object.entries(sharedState().dropped);
  if (reasons.length === 0) return;
  const count = reasons.reduce((sum, [, n]) => sum + n, 0);
  warnOnce(DROPPED, { count, reasons: reasons.map(([reason, n]) => `${reason}: ${n}`).join(', ') });
}

function closeLane(lane: Lane): void {
  const { segment } = lane;
  lane.segment = undefined;
  if (segment === undefined) return;
  try {
    sealSegment(segment);
  } catch {
    // It keeps its open name, under which readers take it up to its last whole line: nothing is lost.
  }
}

function capBytes(): number {
  const variable = Number(readEnvironment('POET_EVENTS_MAX_MB'));
  return (variable > 0 ? variable : (sharedState().options.maxEventsMb ?? DEFAULT_CAP_MB)) * 1_000_000;
}

function keepOutOfGit(dir: string): void {
  const file = join(dir, '.gitignore');
  if (existsSync(file)) return;
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, '*\n');
}
