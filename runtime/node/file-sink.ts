// Not the globals: a test's fake timers must not hold events back.
import { clearTimeout, setInterval, setTimeout } from 'node:timers';
import type { AnyEvent } from '../../records/events.ts';
import { flushAggregates } from '../aggregate.ts';
import { DROPPED } from '../codes.ts';
import { startAlerts } from '../alerts.ts';
import { countDropped } from '../emit.ts';
import { tickMs } from '../platform.ts';
import { sharedState } from '../state.ts';
import type { EventSink } from '../state.ts';
import { warnOnce } from '../warn.ts';
import { keepHouse } from './housekeeping.ts';
import { writeEventText } from './event-text.ts';
import { addLine, closeLane, closeQuietLane, flushLane, makeLane } from './lane.ts';
import type { Lane } from './lane.ts';
import { onProcessEnd } from './process-end.ts';
import { findSinkSettings } from './sink-settings.ts';

const BATCH_EVENTS = 64;
const BATCH_BYTES = 1_000_000;
const BATCH_MS = 50;
const MAX_EVENT_BYTES = 1_000_000;
const AGGREGATE_MS = 10_000;
const HOUSE_MS = 3_600_000;
const COMPRESS_AFTER_DAYS = 1;

/**
 * Appends events to segments in `<root>/events/pending/<package>/`: each before `write` returns (`immediate`), in batches
 * of 64 or 50 ms (`batched`), or never (`off`). A process that is killed loses at most the last batch; one that exits, or
 * is ended by SIGTERM, SIGINT or SIGHUP, loses nothing. Nothing but the batch is held in memory. Never throws.
 *
 * @param ignoreInGit whether the root lies in a source tree
 */
export function openFileSink(root: string, ignoreInGit: boolean): EventSink {
  const lanes = new Map<string | undefined, Lane>();
  let timer: NodeJS.Timeout | undefined;
  let isExiting = false;

  const flush = (look = true): void => {
    clearTimeout(timer);
    timer = undefined;
    const settings = findSinkSettings();
    for (const lane of lanes.values()) flushLane(lane, settings, Date.now(), look);
  };
  const flushBatch = (): void => flush(false);
  const write = (event: AnyEvent, packageName: string | undefined): void => {
    const settings = findSinkSettings();
    if (settings.durability === 'off') return;
    const text = writeEventText(event);
    if (text.length * 3 >= MAX_EVENT_BYTES && Buffer.byteLength(text) >= MAX_EVENT_BYTES) return countDropped('too large');
    let lane = lanes.get(packageName);
    if (lane === undefined) lanes.set(packageName, (lane = makeLane(root, packageName, ignoreInGit)));
    addLine(lane, text);
    // Of another listener of the exit, after ours: no timer comes any more.
    const isDue = isExiting || settings.durability === 'immediate' || lane.events >= BATCH_EVENTS || lane.bytes >= BATCH_BYTES;
    if (isDue) flushLane(lane, settings, event.timestamp, false);
    else timer ??= setTimeout(flushBatch, BATCH_MS).unref();
  };

  const alerts = startAlerts();
  setInterval(() => {
    flushAggregates();
    alerts.sweep(tickMs());
    for (const lane of lanes.values()) closeQuietLane(lane, findSinkSettings(), Date.now());
  }, AGGREGATE_MS).unref();
  scheduleHousekeeping(root);
  onProcessEnd((isExit) => {
    flushAggregates();
    alerts.sweep(tickMs());
    flush();
    flush(); // an alert about lost events is made when the first one succeeds
    for (const lane of lanes.values()) closeLane(lane, findSinkSettings());
    isExiting = isExit;
    reportDropped();
  });
  return { write, flush };
}

/** A minute after the start, when a short-lived process is long gone, and once an hour. */
function scheduleHousekeeping(root: string): void {
  const keep = (): void => {
    keepHouse(root, { nowMs: Date.now(), retentionDays: findSinkSettings().retentionDays, compressAfterDays: COMPRESS_AFTER_DAYS })
      // A folder that cannot be tidied is tried again in an hour; that it cannot be written is said where events are written.
      .catch(() => undefined);
  };
  setTimeout(keep, 60_000).unref();
  setInterval(keep, HOUSE_MS).unref();
}

/** The last words: what was lost and could not be told in an event. */
function reportDropped(): void {
  const reasons = Object.entries(sharedState().dropped);
  if (reasons.length === 0) return;
  const count = reasons.reduce((sum, [, n]) => sum + n, 0);
  warnOnce(DROPPED, { count, reasons: reasons.map(([reason, n]) => `${reason}: ${n}`).join(', ') });
}
