import { statSync } from 'node:fs';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findValuesProblem, initialValues } from '../../../records/parameter-state.ts';
import type { ParameterValues, StateRecord } from '../../../records/parameter-state.ts';
import { fillText, STATE_CONFLICT, STATE_NOWHERE, STATE_REFUSED } from '../../codes.ts';
import { newId } from '../../identity.ts';
import { syncFolders } from '../feedback-store.ts';
import { listFolder, removeFile } from '../segment.ts';
import { readNewest } from './read-state.ts';
import { findStateFolder, listStateVersions, MAX_VERSION, stateFile } from './state-folder.ts';
import type { StatePlace } from './state-folder.ts';
import { StateError } from './state-error.ts';
import { findRecordProblem, makeStateRecord, readStateRecord } from './state-record.ts';

/** Who changes the state, and why, in words; kept with the version. */
export interface StateAuthor { readonly by: string; readonly reason: string }

export interface StateChange extends StateAuthor {
  /** The version that the change was made from: `readState(place).version`. */
  readonly from: number;
  /** What is left out keeps its value. */
  readonly values: ParameterValues;
}

/** Versions that are always kept. */
const KEPT = 100;
/** Others are deleted when they are older, so that nobody's commit can hang on one that is gone. */
const KEPT_MS = 3_600_000;
const TEMPORARY_ENDING = '.tmp';
const MAX_TEXT = 500;

/**
 * Makes a new version out of the one that the caller has read. Several processes may try at once: one of them succeeds. When it resolves the version
 * is on the disk itself; a process that is killed on the way leaves the old state or the new one.
 *
 * @throws StateError, as a rejection: POET7060 when another version has come meanwhile, POET7061 on values out of bounds, POET7063 where nothing can be kept
 */
export function commitState(place: StatePlace, { from, values, by, reason }: StateChange): Promise<StateRecord> {
  return commit(place, from, (current) => ({ values: { ...current, ...values } }), { by, reason });
}

/**
 * Makes a new version with the values of an earlier one.
 *
 * @param to the earlier version; 0 for the initial values
 * @throws as `commitState`; POET7061 too where version `to` is not kept or damaged
 */
export function rollBackState(place: StatePlace, { from, to, by, reason }: StateAuthor & { readonly from: number; readonly to: number }): Promise<StateRecord> {
  return commit(place, from, (_, folder) => ({ values: valuesOf(place, folder, to), restored: to }), { by, reason });
}

/**
 * `commitState` again and again until no other process comes between, for changes that can be computed from whatever is there.
 *
 * @param change its result is committed; undefined leaves everything as it is
 * @returns the version that was committed; undefined when `change` wanted none
 */
export async function updateState(place: StatePlace, change: (values: ParameterValues, version: number) => ParameterValues | undefined, author: StateAuthor): Promise<StateRecord | undefined> {
  for (let attempt = 1; ; attempt++) {
    const { reading } = readNewest(place, findStateFolder(place));
    const values = change(reading.values, reading.version);
    if (values === undefined) return undefined;
    try {
      return await commitState(place, { from: reading.version, values, ...author });
    } catch (error) {
      if (!(error instanceof StateError) || error.code !== STATE_CONFLICT.code || attempt >= MAX_ATTEMPTS) throw error;
    }
    // Whoever lost waits a little, each for another time, so that they do not meet again.
    await wait(Math.random() * Math.min(50, attempt * 4));
  }
}

const MAX_ATTEMPTS = 200;

type Next = { readonly values: ParameterValues; readonly restored?: number };

async function commit(place: StatePlace, from: number, makeNext: (current: ParameterValues, folder: string) => Next, author: StateAuthor): Promise<StateRecord> {
  const folder = findStateFolder(place);
  const fn = place.functionName;
  const { reading, highest } = readNewest(place, folder);
  const conflict = (found: number): StateError => new StateError(STATE_CONFLICT, fillText(STATE_CONFLICT, { fn, found, from }));
  if (reading.version !== from) throw conflict(reading.version);
  const next = makeNext(reading.values, folder);
  const nowhere = (reason: string, error?: unknown): StateError => new StateError(STATE_NOWHERE, fillText(STATE_NOWHERE, { folder, reason }), error);
  if (highest >= MAX_VERSION) throw nowhere(`${stateFile(highest)} has the last number that there is; delete it when you know enough`);
  const refuse = (problem: string | undefined): void => {
    if (problem !== undefined) throw new StateError(STATE_REFUSED, fillText(STATE_REFUSED, { fn, problem }));
  };
  refuse(findValuesProblem(next.values, place.parameters) ?? findAuthorProblem(author));
  const record = makeStateRecord({
    function_name: fn, ...(place.packageName !== undefined && { package: place.packageName }), code_version: place.codeVersion, version: highest + 1, parent: from, parent_hash: reading.record?.hash ?? '',
    values: next.values, parameters: place.parameters, by: author.by, reason: author.reason, at: Date.now(), ...(next.restored !== undefined && { restored: next.restored }),
  });
  refuse(findRecordProblem(record, highest + 1)); // such as a bound that JSON has no number for
  try {
    if (!(await writeNew(place.root, folder, record))) throw conflict(readNewest(place, folder).reading.version);
  } catch (error) {
    if (error instanceof StateError) throw error;
    throw nowhere(error instanceof Error ? error.message : String(error), error);
  }
  tidy(folder);
  return record;
}

/** A link is made whole or not at all, and never over another one: of several processes one gets the number. @returns whether it was ours */
async function writeNew(root: string, folder: string, record: StateRecord): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, stateFile(record.version));
  const temporary = join(folder, `${newId()}${TEMPORARY_ENDING}`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(`${JSON.stringify(record, undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined); // the next one who tidies takes it
  }
  if (!isNewest(folder, record)) {
    await rm(file, { force: true });
    return false;
  }
  await syncFolders(folder, root);
  return true;
}

/**
 * A process that slept between reading and writing may have taken a number that retention had made free again, far behind the newest. What others have
 * built on ours names it.
 */
function isNewest(folder: string, { version, hash }: StateRecord): boolean {
  if ((listStateVersions(folder).at(-1) ?? 0) <= version) return true;
  const next = readStateRecord(folder, version + 1);
  return next !== undefined && (next.record === undefined || next.record.parent_hash === hash);
}

function valuesOf(place: StatePlace, folder: string, version: number): ParameterValues {
  if (version === 0) return initialValues(place.parameters);
  const found = Number.isSafeInteger(version) && version > 0 ? readStateRecord(folder, version, place) : undefined;
  if (found?.record !== undefined) return found.record.values;
  throw new StateError(STATE_REFUSED, fillText(STATE_REFUSED, { fn: place.functionName, problem: `version ${version} cannot come back: ${found?.problem ?? 'it is not kept'}` }));
}

function findAuthorProblem({ by, reason }: StateAuthor): string | undefined {
  const isText = (text: unknown): boolean => typeof text === 'string' && text.trim() !== '' && text.length <= MAX_TEXT;
  return isText(by) && isText(reason) ? undefined : `by and reason must be texts of 1 to ${MAX_TEXT} characters`;
}

/** Deletes old versions, and what killed processes left under temporary names. */
function tidy(folder: string): void {
  try {
    const isOld = (name: string): boolean => Date.now() - (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > KEPT_MS;
    const versions = listStateVersions(folder).slice(0, -KEPT).map(stateFile);
    // From the oldest on: a history has no holes.
    for (const name of versions) {
      if (!isOld(name)) break;
      removeFile(join(folder, name));
    }
    for (const name of listFolder(folder)) if (name.endsWith(TEMPORARY_ENDING) && isOld(name)) removeFile(join(folder, name));
  } catch {
    // The state is committed; what is too much is tried again with the next one.
  }
}
