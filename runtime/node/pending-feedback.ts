import { existsSync, lstatSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isEventOf, readEvent } from '../../records/events.ts';
import type { POETEvent } from '../../records/events.ts';
import { makeEvent } from '../emit.ts';
import { findFeedbackProblem, makeFeedbackPayload } from '../feedback-check.ts';
import type { Feedback } from '../feedback-check.ts';
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
/** Somebody may still be writing a file that is younger. */
const GRACE_MS = 60_000;

/** Everything in `feedback/pending/`: ours in a folder for each package, and what others dropped. Files that are being written are left out. */
export function* readPending(root: string, nowMs: number): Generator<(PendingFeedback & { readonly problem?: never }) | { readonly problem: string; readonly file: string }, void, undefined> {
  const base = join(root, 'feedback', 'pending');
  for (const name of listFolder(base).sort()) {
    const path = join(base, name);
    const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    for (const file of isFolder ? readdirSync(path).sort().map((inner) => join(path, inner)) : [path]) {
      if (!file.endsWith('.json')) continue;
      const found = readFeedbackFile(file, !isFolder, nowMs);
      if (found !== undefined) yield found;
    }
  }
}

/** Names of all files in `feedback/processed/`, of all packages. */
export function listProcessed(root: string): string[] {
  const base = join(root, 'feedback', 'processed');
  return listFolder(base).flatMap((folder) => listFolder(join(base, folder)));
}

/** All feedback that has found its execution, in no particular order. */
export function* readProcessedFeedback(root: string): Generator<FeedbackEvent, void, undefined> {
  const base = join(root, 'feedback', 'processed');
  for (const folder of listFolder(base)) {
    for (const name of listFolder(join(base, folder))) {
      if (!name.endsWith('.json')) continue;
      const { event } = readEvent(readFileSync(join(base, folder, name), 'utf8'));
      if (event !== undefined && isEventOf(event, 'function.feedback')) yield event;
    }
  }
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
  await mkdir(dir, { recursive: true });
  await writeDurably(join(dir, `${basename(file)}.reason.txt`), `${problem}\n`);
  try {
    renameSync(file, join(dir, basename(file)));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function readFeedbackFile(file: string, isDrop: boolean, nowMs: number): (PendingFeedback & { readonly problem?: never }) | { readonly problem: string; readonly file: string } | undefined {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) return { problem: 'expected a plain file', file };
  if (stat.size > MAX_BYTES) return { problem: `expected at most ${MAX_BYTES} bytes, found ${stat.size}`, file };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    // A clock that was set back makes files young for long: only a small distance counts.
    if (isDrop && Math.abs(nowMs - stat.mtimeMs) < GRACE_MS) return undefined;
    return { problem: `not JSON: ${error instanceof Error ? error.message : String(error)}`, file };
  }
  const read = readFeedbackEvent(value, stat.mtimeMs);
  return read.problem === undefined ? { event: read.event, file, isDrop } : { problem: read.problem, file };
}

/** An event as we write it; or, by hand, the fields of `feedback` with `target`, the function's id. */
export function readFeedbackEvent(value: unknown, timestampMs: number): { readonly event: FeedbackEvent; readonly problem?: never } | { readonly problem: string } {
  if (typeof value === 'object' && value !== null && 'target' in value && !('payload' in value)) {
    const { target, ...given } = value;
    if (typeof target !== 'string' || target.indexOf('#') <= 0 || target.length > 500) return { problem: 'target must be the id of a function, such as src/a.ts#f' };
    const problem = findFeedbackProblem(given);
    if (problem !== undefined) return { problem };
    const payload = makeFeedbackPayload(target, given as Feedback);
    const made = makeEvent<'function.feedback'>(undefined, 'function.feedback', payload, { correlationId: payload.key ?? payload.execution_id });
    return { event: { ...(made as FeedbackEvent), timestamp: Math.trunc(timestampMs) } };
  }
  const { event, problem } = readEvent(value);
  if (event === undefined) return { problem };
  return isEventOf(event, 'function.feedback') ? { event } : { problem: `expected an event of type function.feedback, found ${event.type.slice(0, 100)}` };
}

