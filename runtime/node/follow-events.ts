import { setTimeout as wait } from 'node:timers/promises';
import { matchesFilter } from './event-filter.ts';
import type { EventFilter } from './event-filter.ts';
import { listSegments, readSegment } from './read-events.ts';
import type { EventRecord } from './read-events.ts';

export interface FollowOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** How often is looked for more, milliseconds; default 250. */
  readonly everyMs?: number;
  /** Whether events that are there already come first; default false. */
  readonly fromStart?: boolean;
}

/**
 * Yields events as they are written, until `signal` is aborted. Each event comes once, also when its segment is sealed,
 * compressed or moved meanwhile. A problem is reported when its line is complete, that of a whole file once.
 */
export async function* followEvents(root: string, filter: EventFilter, { signal, everyMs = 250, fromStart = false }: FollowOptions): AsyncGenerator<EventRecord, void, undefined> {
  const ends = new Map<string, number>();
  /** Files that could not be read at all. */
  const reported = new Set<string>();
  for (let first = !fromStart; ; first = false) {
    for (const name of listSegments(root)) {
      for (const { endByte, ...record } of readSegment(root, name, ends.get(name) ?? 0)) {
        ends.set(name, endByte);
        if (record.line === 0 && reported.has(record.file)) continue;
        if (record.line === 0) reported.add(record.file);
        if (!first && (record.event === undefined || matchesFilter(record.event, filter))) yield record as EventRecord;
        if (signal.aborted) return;
      }
    }
    try {
      await wait(everyMs, undefined, { signal });
    } catch {
      return; // aborted
    }
  }
}
