import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { isEventOf } from '../../records/events.ts';
import type { POETEvent } from '../../records/events.ts';
import { readEvents } from './read-events.ts';
import { listProcessed, readPending, rejectFile, settleDrop } from './pending-feedback.ts';
import type { FeedbackEvent, PendingFeedback } from './pending-feedback.ts';
import { processedName, syncFolder, withoutTime, writeDurably } from './feedback-store.ts';
import { isMissing } from './segment.ts';

export type ExecutionEvent = POETEvent & POETEvent<'function.execution'>;

/** Feedback with the execution that it is about. */
export interface FeedbackMatch {
  /** `execution_id` and `version` are the execution's; `causation_id` is its event. */
  readonly feedback: FeedbackEvent;
  readonly execution: ExecutionEvent;
}

export interface MatchReport {
  readonly matched: readonly FeedbackMatch[];
  /** Whose execution is not on disk (yet), and files that may still be in the making. They stay. */
  readonly waiting: readonly FeedbackEvent[];
  /** Files that hold no feedback; they are kept in `feedback/rejected/`. */
  readonly rejected: readonly { readonly file: string; readonly problem: string }[];
  /** Files that could not be read, or not be moved. They stay. */
  readonly unread: readonly { readonly file: string; readonly problem: string }[];
}

/**
 * Finds the executions that pending feedback is about, and moves what was found to `feedback/processed/`. It does not matter which
 * came first, nor when. By `execution_id` there is one; by business key it is the last execution of the function under
 * that key that began before the feedback was given, else the first one after; of the feedback's own package, else of the only one that has any. What an execution has been told already, by
 * whichever door, it is not told again.
 * May be killed at any instant and run again: the file in `processed/` is whole before the one in `pending/` goes.
 *
 * @param root the run-time root
 * @throws the file system's error, as a rejection
 */
export async function matchFeedback(root: string, nowMs: number = Date.now()): Promise<MatchReport> {
  const rejected: { file: string; problem: string }[] = [];
  const unread: { file: string; problem: string }[] = [];
  const pending: PendingFeedback[] = [];
  for (const found of readPending(root, nowMs)) {
    if (found.problem === undefined) {
      pending.push(found.isDrop ? await settleDrop(root, found) : found);
      continue;
    }
    const file = relative(root, found.file);
    try {
      if (!found.isUnread) await rejectFile(root, found.file, found.problem);
      (found.isUnread ? unread : rejected).push({ file, problem: found.problem });
    } catch (error) {
      // One file must not keep all others from being matched.
      unread.push({ file, problem: `${found.problem}; ${error instanceof Error ? error.message : String(error)}` });
    }
  }
  const find = pending.length === 0 ? () => undefined : indexExecutions(root, pending);
  const matched: FeedbackMatch[] = [];
  const waiting: FeedbackEvent[] = [];
  const told = new Set(pending.length === 0 ? [] : listProcessed(root).map((file) => withoutTime(basename(file))));
  for (const given of pending) {
    const { event, file } = given;
    const execution = find(given);
    if (execution === undefined) {
      waiting.push(event);
      continue;
    }
    const { execution_id, version } = execution.payload;
    const name = processedName(basename(file), event.payload, execution_id);
    if (told.has(withoutTime(name))) {
      await removePending(file);
      continue;
    }
    told.add(withoutTime(name));
    const feedback: FeedbackEvent = { ...event, causation_id: execution.id, payload: { ...event.payload, execution_id, version } };
    await moveToProcessed(root, file, name, feedback);
    matched.push({ feedback, execution });
  }
  return { matched, waiting, rejected, unread };
}

async function moveToProcessed(root: string, file: string, name: string, event: FeedbackEvent): Promise<void> {
  const to = join(root, 'feedback', 'processed', folderOf(file));
  await mkdir(to, { recursive: true });
  await writeDurably(join(to, name), `${JSON.stringify(event)}\n`);
  await syncFolder(to);
  await removePending(file);
}

async function removePending(file: string): Promise<void> {
  await rm(file).catch((error: unknown) => {
    if (!isMissing(error)) throw error; // else another reader was first, with the same result
  });
}

function indexExecutions(root: string, pending: readonly PendingFeedback[]): (given: PendingFeedback) => ExecutionEvent | undefined {
  const ids = new Set(pending.map(({ event }) => event.payload.execution_id));
  const keys = new Set(pending.map(({ event }) => keyOf(event.payload)));
  const byId = new Map<string, ExecutionEvent>();
  /** By key, then by package: two packages may have the same module and the same keys. */
  const byKey = new Map<string, Map<string, ExecutionEvent[]>>();
  for (const { event, file } of readEvents(root, { types: ['function.execution'] })) {
    if (event === undefined || !isEventOf(event, 'function.execution')) continue;
    const key = keyOf(event.payload);
    if (ids.has(event.payload.execution_id)) byId.set(event.payload.execution_id, event);
    if (key === undefined || !keys.has(key)) continue;
    const packages = byKey.get(key) ?? new Map<string, ExecutionEvent[]>();
    const executions = packages.get(folderOf(file)) ?? [];
    executions.push(event);
    byKey.set(key, packages.set(folderOf(file), executions));
  }
  for (const packages of byKey.values()) for (const executions of packages.values()) executions.sort((a, b) => a.payload.start_time - b.payload.start_time || (a.id < b.id ? -1 : 1));
  return ({ event, file }) => {
    const { execution_id } = event.payload;
    if (execution_id !== undefined) {
      const execution = byId.get(execution_id);
      // An id of another function is a mistake that must not teach that function anything.
      return execution?.payload.function_name === event.payload.function_name ? execution : undefined;
    }
    const packages = byKey.get(keyOf(event.payload) ?? '') ?? new Map<string, ExecutionEvent[]>();
    // A label may be given by another package, or by a file that names none; of several that may be meant nobody knows which one is.
    const executions = packages.get(folderOf(file)) ?? (packages.size === 1 ? [...packages.values()][0] : undefined);
    return executions?.filter((execution) => execution.payload.start_time <= event.timestamp).at(-1) ?? executions?.[0];
  };
}

/** Of a segment, and of feedback: the folder of its package. */
function folderOf(file: string): string {
  return basename(dirname(file));
}

function keyOf({ function_name, key }: { readonly function_name: string; readonly key?: string }): string | undefined {
  return key === undefined ? undefined : `${function_name}\n${key}`;
}
