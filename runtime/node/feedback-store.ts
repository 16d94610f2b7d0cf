import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FeedbackPayload } from '../../records/feedback.ts';
import type { AnyEvent, POETEvent } from '../../records/events.ts';
import { feedbackIdentity } from '../feedback.ts';
import { newId } from '../identity.ts';
import type { FeedbackReceipt } from '../feedback.ts';
import { keepOutOfGit } from './lane.ts';
import { packageFolder } from './package-folder.ts';

/** A key may have another execution by the time the same is said again; what is said twice within so long is a repetition. */
const REPEATED_MS = 60_000;

/**
 * Writes one piece of feedback to `<root>/feedback/pending/<package>/<id>.json`, by key `<id>-<minute>.json`. When it resolves, file and name are on the
 * disk itself; a process that is killed on the way leaves nothing under that name.
 *
 * @param event of type `function.feedback`
 * @throws the file system's error, as a rejection
 */
export async function saveFeedback(root: string, event: AnyEvent, packageName: string | undefined, ignoreInGit: boolean): Promise<FeedbackReceipt> {
  const id = makeFeedbackId(event.payload as FeedbackPayload);
  const [pending, processed] = ['pending', 'processed'].map((state) => join(root, 'feedback', state, packageFolder(packageName))) as [string, string];
  const [name, earlier] = pendingNames(event as POETEvent<'function.feedback'>);
  const file = join(pending, name);
  if (existsSync(join(processed, name))) return { id, isNew: false };
  if (existsSync(file) || existsSync(join(pending, earlier))) {
    await syncFolders(pending, root); // another process may not have come so far yet
    return { id, isNew: false };
  }
  if (ignoreInGit) keepOutOfGit(join(root, 'feedback'));
  await mkdir(pending, { recursive: true });
  await writeDurably(file, `${JSON.stringify(event)}\n`);
  await syncFolders(pending, root);
  return { id, isNew: true };
}

/** The name under which feedback waits, and the one that the same would have had shortly before. */
export function pendingNames({ payload, timestamp }: POETEvent<'function.feedback'>): readonly [string, string] {
  const id = makeFeedbackId(payload);
  const minute = Math.floor(timestamp / REPEATED_MS);
  return payload.execution_id === undefined ? [`${id}-${minute}.json`, `${id}-${minute - 1}.json`] : [`${id}.json`, `${id}.json`];
}

/**
 * The name under which feedback is kept once its execution is known; that of feedback by key says which one it was.
 *
 * @param waiting the name under which it waited
 */
export function processedName(waiting: string, { execution_id: told }: FeedbackPayload, execution: string): string {
  return told === undefined ? `${waiting.slice(0, -'.json'.length)}-${hash(execution)}.json` : waiting;
}

/** The name under which it waited. @param name as `processedName` makes it */
export function waitingName(name: string): string {
  return name.replace(/-[0-9a-f]{32}\.json$/, '.json');
}

/** The same for all that is said alike about one execution, whenever. @param name as `processedName` makes it */
export function withoutTime(name: string): string {
  return name.replace(/^([0-9a-f]{32})-\d+-/, '$1-');
}

/** 32 hexadecimal digits; the same content gives the same. */
export function makeFeedbackId(payload: FeedbackPayload): string {
  return hash(feedbackIdentity(payload));
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** The file is there whole, or not at all. @throws the file system's error, as a rejection */
export async function writeDurably(file: string, text: string): Promise<void> {
  const temporary = `${file}.${newId()}.tmp`; // in containers that share a folder all processes have the same number
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first error is the one that tells
    throw error;
  }
}

/** From a folder up to the one above the root, which may be new too. */
export async function syncFolders(from: string, root: string): Promise<void> {
  if (process.platform === 'win32') return;
  for (let dir = from; dir.length >= dirname(root).length; dir = dirname(dir)) {
    try {
      await syncFolder(dir);
    } catch (error) {
      // The folder above the root may be one that we may enter and not read.
      if (dir.length >= root.length) throw error;
    }
    if (dirname(dir) === dir) return;
  }
}

export async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
