import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readEvent } from '../../records/events.ts';
import type { POETEvent } from '../../records/events.ts';
import { matchesFilter } from './event-filter.ts';
import type { EventFilter } from './event-filter.ts';
import { isMissing, OPEN_ENDING, PACKED_ENDING, SEGMENT_ENDING } from './segment.ts';

/** An event, or what is wrong with a line (`line` is 1-based) or with a whole file (`line` is 0). */
export type EventRecord =
  | { readonly event: POETEvent; readonly problem?: never; readonly file: string; readonly line: number }
  | { readonly problem: string; readonly event?: never; readonly file: string; readonly line: number };

/** A compressed segment that unpacks to more was not written by us. */
const MAX_UNPACKED_BYTES = 64_000_000;
/** Nor was a line that is longer. */
const MAX_LINE_BYTES = 4_000_000;

/**
 * Reads all events under a run-time root, of all packages, pending and processed, open and compressed segments too.
 * Order: segment by segment, which sort by the time they were opened, then as written; across processes, sort by `event.id`.
 * The last line of an open segment is skipped as long as it has no line end: it is being written, or its process was killed.
 *
 * @param root the run-time root: the folder that holds `events/`; one that does not exist holds no events
 * @param filter events that do not match are left out; what is unreadable is reported all the same
 */
export function* readEvents(root: string, filter: EventFilter = {}): Generator<EventRecord, void, undefined> {
  for (const name of listSegments(root)) {
    for (const record of readSegment(root, name)) if (record.event === undefined || matchesFilter(record.event, filter)) yield record;
  }
}

/** Names of all segments, `<package>/<file>` without the endings of open and compressed ones, in reading order. */
export function listSegments(root: string): string[] {
  const names = new Set([...findSegments(join(root, 'events', 'pending')), ...findSegments(join(root, 'events', 'processed'))]);
  return [...names].sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
}

/**
 * All events of one segment, wherever it stands in its life.
 *
 * @param fromByte where to start in a segment that grew since the last look; a line begins there
 */
export function* readSegment(root: string, name: string, fromByte = 0): Generator<EventRecord & { readonly endByte: number }, void, undefined> {
  const pending = join(root, 'events', 'pending', name);
  const processed = join(root, 'events', 'processed', name);
  // In the order of its life: one that moves on while we look is found under its next name.
  for (const file of [pending + OPEN_ENDING, pending, pending + PACKED_ENDING, processed, processed + PACKED_ENDING]) {
    let bytes: Buffer;
    try {
      // To read a pipe would wait for ever.
      if (!statSync(file).isFile()) throw new Error('expected a plain file');
      bytes = readFileSync(file);
      if (file.endsWith(PACKED_ENDING)) bytes = gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
    } catch (error) {
      if (isMissing(error)) continue;
      yield { problem: error instanceof Error ? error.message : String(error), file, line: 0, endByte: fromByte };
      return;
    }
    return yield* readLines(file, bytes, fromByte);
  }
}

function findSegments(dir: string): string[] {
  let names: string[];
  try {
    names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const withoutState = (name: string): string => [OPEN_ENDING, PACKED_ENDING].reduce((rest, ending) => (rest.endsWith(SEGMENT_ENDING + ending) ? rest.slice(0, -ending.length) : rest), name);
  return names.map(withoutState).filter((name) => name.endsWith(SEGMENT_ENDING));
}

function* readLines(file: string, bytes: Buffer, fromByte: number): Generator<EventRecord & { readonly endByte: number }, void, undefined> {
  let line = 0;
  let start = fromByte;
  for (let end = bytes.indexOf(10, start); end >= 0; end = bytes.indexOf(10, start)) {
    const { event, problem } = end - start > MAX_LINE_BYTES ? { event: undefined, problem: `a line of ${end - start} bytes, more than ${MAX_LINE_BYTES}` } : readEvent(bytes.toString('utf8', start, end));
    start = end + 1;
    line++;
    yield event === undefined ? { problem: problem ?? 'unreadable', file, line, endByte: start } : { event, file, line, endByte: start };
  }
  if (!file.endsWith(OPEN_ENDING) && start < bytes.length) yield { problem: 'the file ends in the middle of a line', file, line: line + 1, endByte: bytes.length };
}
