import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readEvent } from '../../records/events.ts';
import { pendingNames, syncFolder, waitingName, writeDurably } from '../../runtime/node/feedback-store.ts';
import { packageFolder } from '../../runtime/node/package-folder.ts';
import { listProcessed, readFeedbackEvent } from '../../runtime/node/pending-feedback.ts';
import { OPEN_ENDING, PACKED_ENDING } from '../../runtime/node/segment.ts';
import type { PulledFile, PullSource } from './source.ts';

export interface PullReport {
  /** Segments that are new or have grown, and pieces of feedback that are new. */
  segments: number;
  feedback: number;
  events: number;
  /** Files that were here already, as they are there. */
  known: number;
  readonly refused: { readonly path: string; readonly problem: string }[];
}

const MAX_FILE_BYTES = 64_000_000;
const MAX_FEEDBACK_BYTES = 1_000_000;
const MAX_LINE_BYTES = 1_000_000;
const MAX_REFUSED = 1_000;

/** What our own runtime names a package's folder, a segment, a piece of feedback. Nothing else is taken. */
const SEGMENT = /^events\/(?:pending|processed)\/(?:_|[@%~a-z0-9-][@%~a-z0-9._+-]{0,199})\/([A-Za-z0-9-]{1,120}\.ndjson)(\.open|\.gz)?$/;
/** A file that somebody dropped there; what it holds gives it its name here. */
const DROP = /^feedback\/pending\/[^/\\]{1,200}\.json$/;
const FEEDBACK = /^feedback\/(?:pending|processed)\/(?:_|[@%~a-z0-9-][@%~a-z0-9._+-]{0,199})\/[0-9a-f]{32}(?:-\d{1,12})?(?:-[0-9a-f]{32})?\.json$/;

/**
 * Copies events and feedback of another run-time root into ours. May be repeated and interrupted: what is here already is
 * left as it is, and a segment that was open then and has grown is completed. The source is not trusted: names that are not ours,
 * files beyond the size limits, lines that are no events, and segments that contradict what is here are refused.
 *
 * Events land in `events/processed/`: what waits in `pending/` counts against the room that local recording has.
 *
 * @param maxBytes of all files together that were not here already
 * @throws the error of our own file system, as a rejection
 */
export async function pullFiles(source: PullSource, root: string, maxBytes: number): Promise<PullReport> {
  const report: PullReport = { segments: 0, feedback: 0, events: 0, known: 0, refused: [] };
  const refuse = (path: string, problem: string): void => {
    if (report.refused.length < MAX_REFUSED) report.refused.push({ path: path.slice(0, 300), problem });
  };
  const processed = new Set(listProcessed(root).map((file) => basename(file)).flatMap((name) => [name, waitingName(name)]));
  let left = maxBytes;
  for (const path of await source.list()) {
    const [segment, isFeedback, isDrop] = [SEGMENT.exec(path), FEEDBACK.test(path), DROP.test(path)];
    if (segment === null && !isFeedback && !isDrop) {
      refuse(path, 'its name is none of ours');
      continue;
    }
    if (left <= 0) {
      refuse(path, `all files together have more than ${maxBytes} bytes`);
      break;
    }
    const [, , folder = '', name = ''] = path.split('/');
    if (isFeedback && (processed.has(name) || existsSync(join(root, 'feedback', 'pending', folder, name)))) {
      report.known++;
      continue;
    }
    const file = await source.read(path, Math.min(left, segment === null ? MAX_FEEDBACK_BYTES : MAX_FILE_BYTES));
    if (typeof file === 'string') {
      refuse(path, file);
      continue;
    }
    const { known } = report;
    if (segment !== null) await takeSegment(file.bytes, root, folder, segment[1] ?? '', segment[2], report, (problem) => refuse(path, problem));
    else await takeFeedback(file, isDrop ? undefined : join(folder, name), root, processed, report, (problem) => refuse(path, problem));
    if (report.known === known) left -= file.bytes.length;
  }
  return report;
}

/** @param under package folder and name; undefined for a drop */
async function takeFeedback({ bytes, modifiedMs }: PulledFile, under: string | undefined, root: string, processed: ReadonlySet<string>, report: PullReport, refuse: (problem: string) => void): Promise<void> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return refuse('it is not JSON');
  }
  const { event, problem } = { event: undefined, problem: undefined, ...readFeedbackEvent(value, modifiedMs ?? NaN) };
  if (event === undefined) return refuse(problem ?? 'it is no feedback');
  const [named] = pendingNames(event);
  const file = join(root, 'feedback', 'pending', under ?? join(packageFolder(undefined), named));
  if (under === undefined && (processed.has(named) || existsSync(file))) {
    report.known++;
    return;
  }
  await write(file, `${JSON.stringify(event)}\n`);
  report.feedback++;
}

async function takeSegment(bytes: Uint8Array, root: string, folder: string, name: string, ending: string | undefined, report: PullReport, refuse: (problem: string) => void): Promise<void> {
  let whole: Buffer;
  try {
    whole = ending === PACKED_ENDING ? gunzipSync(bytes, { maxOutputLength: MAX_FILE_BYTES }) : Buffer.from(bytes);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const { lines, damaged } = readLines(whole, ending === OPEN_ENDING);
  if (damaged > 0) refuse(`${damaged} of its lines are no events; the others were taken`);
  if (lines.length === 0) return;
  const text = lines.join('');
  const found = findHere(root, folder, name);
  if (found.problem !== undefined) return refuse(`the segment of that name that is here cannot be read: ${found.problem}`);
  const { text: here, state } = found;
  if (here !== undefined && (here === text || here.startsWith(text))) {
    report.known++;
    return;
  }
  // Segments only ever grow.
  if (here !== undefined && !text.startsWith(here)) return refuse('a segment of that name is here already, and says something else');
  await write(join(root, 'events', state, folder, name), text);
  report.segments++;
  report.events += lines.length - (here === undefined ? 0 : here.split('\n').length - 1);
}

/** Each event is written anew, so that nothing comes along that only looks like one. */
function readLines(bytes: Buffer, isOpen: boolean): { readonly lines: string[]; readonly damaged: number } {
  const lines: string[] = [];
  let damaged = 0;
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const { event } = end - start > MAX_LINE_BYTES ? { event: undefined } : readEvent(bytes.toString('utf8', start, end));
    start = end + 1;
    const text = event && writeAnew(event);
    if (text === undefined) damaged++;
    else lines.push(`${text}\n`);
  }
  if (start < bytes.length && !isOpen) damaged++;
  return { lines, damaged };
}

/** @returns undefined for one that nests too deeply to be written */
function writeAnew(event: object): string | undefined {
  try {
    return JSON.stringify(event);
  } catch {
    return undefined;
  }
}

interface Here { readonly text?: string; readonly state: 'pending' | 'processed'; readonly problem?: string }

/** The segment as we have it, and where; or where it belongs. */
function findHere(root: string, folder: string, name: string): Here {
  for (const state of ['pending', 'processed'] as const) {
    const file = join(root, 'events', state, folder, name);
    try {
      // One of ours that is still open is nothing that another could complete; it counts as it is.
      for (const each of [file + OPEN_ENDING, file]) if (existsSync(each)) return { text: readFileSync(each, 'utf8'), state };
      if (existsSync(file + PACKED_ENDING)) return { text: gunzipSync(readFileSync(file + PACKED_ENDING), { maxOutputLength: MAX_FILE_BYTES }).toString('utf8'), state };
    } catch (error) {
      return { state, problem: error instanceof Error ? error.message : String(error) };
    }
  }
  return { state: 'processed' };
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeDurably(file, text);
  await syncFolder(dirname(file));
}
