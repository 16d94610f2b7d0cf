import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readEvent } from '../../records/events.ts';
import type { POETEvent } from '../../records/events.ts';
import { OPEN_ENDING, SEGMENT_ENDING } from './segment.ts';

/** An event, or what is wrong with a line (`line` is 1-based) or with a whole file (`line` is 0). */
export type EventRecord =
  | { readonly event: POETEvent; readonly problem?: never; readonly file: string; readonly line: number }
  | { readonly problem: string; readonly event?: never; readonly file: string; readonly line: number };

/**
 * Reads all events under a run-time root, of all packages, pending and processed, open segments too.
 * Order: segment by segment, which sort by the time they were opened, then as written; across processes, sort by `event.id`.
 * The last line of an open segment is skipped as long as it has no line end: it is being written, or its process was killed.
 *
 * @param root the run-time root: the folder that holds `events/`; one that does not exist holds no events
 */
export function* readEvents(root: string): Generator<EventRecord, void, undefined> {
  const pending = join(root, 'events', 'pending');
  const processed = join(root, 'events', 'processed');
  const names = new Set([...findSegments(pending), ...findSegments(processed)]);
  for (const name of [...names].sort((a, b) => (basename(a) < basename(b) ? -1 : 1))) {
    // In the order of a segment's life: one that moves on while we look is found under its next name.
    yield* readSegment([join(pending, name + OPEN_ENDING), join(pending, name), join(processed, name)]);
  }
}

/** Names relative to `dir`, without the ending of open segments. */
function findSegments(dir: string): string[] {
  let names: string[];
  try {
    names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names.map((name) => (name.endsWith(OPEN_ENDING) ? name.slice(0, -OPEN_ENDING.length) : name)).filter((name) => name.endsWith(SEGMENT_ENDING));
}

/** @param files the first one that exists is read */
function* readSegment(files: readonly string[]): Generator<EventRecord, void, undefined> {
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      yield { problem: error instanceof Error ? error.message : String(error), file, line: 0 };
      return;
    }
    return yield* readLines(file, text);
  }
}

function* readLines(file: string, text: string): Generator<EventRecord, void, undefined> {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  for (const [i, line] of lines.entries()) {
    const { event, problem } = readEvent(line);
    yield event === undefined ? { problem: problem ?? 'unreadable', file, line: i + 1 } : { event, file, line: i + 1 };
  }
  if (!file.endsWith(OPEN_ENDING) && rest !== '') yield { problem: 'the file ends in the middle of a line', file, line: lines.length + 1 };
}
