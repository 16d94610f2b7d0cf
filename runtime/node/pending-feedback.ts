import { existsSync, lstatSync, readFileSync, renameSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isEventOf, readEvent } from '../../records/events.ts';
import type { POETEvent } from '../../records/events.ts';
import { makeEvent } from '../emit.ts';
import { findFeedbackProblem, makeFeedbackPayload } from '../feedback-check.ts';
import type { Feedback } from '../feedback-check.ts';
import { newId } from '../identity.ts';
import { pendingNames, syncFolder, writeDurably } from './feedback-store.ts';
import { packageFolder } from './package-folder.ts';
import { isMissing, listFolder } from './segment.ts';

export type FeedbackEvent = POETEvent & POETEvent<'function.feedback'>;

export interface PendingFeedback {
  readonly event: FeedbackEvent;
  readonly file: string;
  /** Laid into `feedback/pending/` itself by somebody else. */
  readonly isDrop: boolean;
}

const MAX_BYTES = 1_000_000;
/** The last instant that a Date can have. */
const LATEST_MS = 8_640_000_000_000_000;
/** Somebody may still be writing a file that is younger. */
const GRACE_MS = 60_000;

/** A file that holds no feedback; or one of which that cannot be said, as it could not be read. */
export interface BadFile { readonly problem: string; readonly file: string; readonly isUnread: boolean }

type Found = (PendingFeedback & { readonly problem?: never }) | BadFile;

/** Everything in `feedback/pending/`: ours in a folder for each package, and what others dropped. Files that are being written are left out. */
export function* readPending(root: string, nowMs: number): Generator<Found, void, undefined> {
  const base = join(root, 'feedback', 'pending');
  for (const name of listFolder(base).sort()) {
    const path = join(base, name);
    const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    let files = [path];
    try {
      if (isFolder) files = listFolder(path).sort().map((inner) => join(path, inner));
    } catch (error) {
      yield { problem: describe(error), file: path, isUnread: true };
      continue;
    }
    for (const file of files) {
      if (!file.endsWith('.json')) continue;
      const found = readFeedbackFile(file, !isFolder, nowMs);
      if (found !== undefined) yield found;
    }
  }
}

/** All files in `feedback/processed/`, of all packages. */
export function listProcessed(root: string): string[] {
  const base = join(root, 'feedback', 'processed');
  const isFolder = (dir: string): boolean => lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() === true;
  const folders = listFolder(base).map((folder) => join(base, folder)).filter(isFolder);
  return folders.flatMap((folder) => listFolder(folder).filter((name) => name.endsWith('.json')).map((name) => join(folder, name)));
}

/** All feedback that has found its execution, in no particular order. */
export function* readProcessedFeedback(root: string): Generator<FeedbackEvent, void, undefined> {
  for (const file of listProcessed(root)) {
    if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) continue;
    const { event } = readEvent(readFileSync(file, 'utf8'));
    if (event !== undefined && isEventOf(event, 'function.feedback')) yield event;
  }
}

/** All feedback, whether it has found its execution or not. */
export function* readFeedback(root: string, nowMs: number): Generator<FeedbackEvent, void, undefined> {
  yield* readProcessedFeedback(root);
  for (const found of readPending(root, nowMs)) if (found.problem === undefined) yield found.event;
}

/** Gives what was dropped the form and the name of ours; two files that say the same become one. */
export async function settleDrop(root: string, { event, file }: PendingFeedback): Promise<PendingFeedback> {
  const dir = join(root, 'feedback', 'pending', packageFolder(undefined));
  await mkdir(dir, { recursive: true });
  const settled = join(dir, pendingNames(event)[0]);
  // What waits already was given earlier.
  if (!existsSync(settled)) await writeDurably(settled, `${JSON.stringify(event)}\n`);
  await syncFolder(dir);
  await rm(file, { force: true });
  return { event, file: settled, isDrop: false };
}

/** Nothing is thrown away: somebody may mend it and drop it again. */
export async function rejectFile(root: string, file: string, problem: string): Promise<void> {
  const dir = join(root, 'feedback', 'rejected');
  // A name that was rejected before may come again.
  const kept = join(dir, `${newId()}-${basename(file)}`);
  await mkdir(dir, { recursive: true });
  await writeDurably(`${kept}.reason.txt`, `${problem}\n`);
  try {
    renameSync(file, kept);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function readFeedbackFile(file: string, isDrop: boolean, nowMs: number): Found | undefined {
  const reject = (problem: string): BadFile => ({ problem, file, isUnread: false });
  let text: string;
  let mtimeMs: number;
  try {
    const stat = lstatSync(file);
    if (!stat.isFile()) return reject('expected a plain file');
    if (stat.size > MAX_BYTES) return reject(`expected at most ${MAX_BYTES} bytes, found ${stat.size}`);
    text = readFileSync(file, 'utf8');
    ({ mtimeMs } = stat);
  } catch (error) {
    return isMissing(error) ? undefined : { problem: describe(error), file, isUnread: true };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // A clock that was set back makes files young for long: only a small distance counts.
    return isDrop && Math.abs(nowMs - mtimeMs) < GRACE_MS ? undefined : reject(`not JSON: ${describe(error)}`);
  }
  const read = readFeedbackEvent(value, mtimeMs);
  return read.problem === undefined ? { event: read.event, file, isDrop } : reject(read.problem);
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * An event as we write it; or, by hand, the fields of `feedback` with `target`, the function's id. Either passes the checks and the redaction of
 * `feedback`, and keeps no field that is not known here.
 *
 * @param timestampMs when what was written by hand was given; NaN where nobody knows
 */
export function readFeedbackEvent(value: unknown, timestampMs: number): { readonly event: FeedbackEvent; readonly problem?: never } | { readonly problem: string } {
  if (typeof value === 'object' && value !== null && 'target' in value && !('payload' in value)) {
    const { target, ...given } = value;
    if (Number.isNaN(timestampMs)) return { problem: 'nobody knows when it was given' };
    const { payload, problem } = makePayload(target, given);
    if (payload === undefined) return { problem };
    const made = makeEvent<'function.feedback'>(undefined, 'function.feedback', payload, { correlationId: payload.key ?? payload.execution_id });
    return { event: { ...(made as FeedbackEvent), timestamp: Math.max(0, Math.trunc(timestampMs)) } };
  }
  const { event, problem } = readEvent(value);
  if (event === undefined) return { problem };
  if (!isEventOf(event, 'function.feedback')) return { problem: `expected an event of type function.feedback, found ${event.type.slice(0, 100)}` };
  const { id, timestamp, correlation_id, causation_id, metadata: { version, environment, service, schema } } = event;
  if (!(timestamp >= 0 && timestamp <= LATEST_MS)) return { problem: 'timestamp must be milliseconds since the epoch' };
  const { function_name, execution_id: executionId, feedback_type: type, key, rating, label, cost, comments, metrics, suggestions } = event.payload;
  const made = makePayload(function_name, { executionId, type, key, rating, label, cost, comments, metrics, suggestions });
  if (made.payload === undefined) return { problem: made.problem };
  return {
    event: {
      id, type: 'function.feedback', timestamp, metadata: { version, environment, service, ...(schema !== undefined && { schema }) }, payload: made.payload,
      ...(correlation_id !== undefined && { correlation_id }), ...(causation_id !== undefined && { causation_id }),
    },
  };
}

function makePayload(target: unknown, given: object): { readonly payload: FeedbackEvent['payload']; readonly problem?: never } | { readonly problem: string; readonly payload?: never } {
  if (typeof target !== 'string' || target.indexOf('#') <= 0 || target.length > 500) return { problem: 'target must be the id of a function, such as src/a.ts#f' };
  const problem = findFeedbackProblem(given);
  return problem === undefined ? { payload: makeFeedbackPayload(target, given as Feedback) as FeedbackEvent['payload'] } : { problem };
}

