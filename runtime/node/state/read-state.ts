import { join } from 'node:path';
import { initialValues } from '../../../records/parameter-state.ts';
import type { ParameterValues, StateRecord } from '../../../records/parameter-state.ts';
import { STATE_DAMAGED, fillText } from '../../codes.ts';
import { findStateFolder, listStateVersions, stateFile } from './state-folder.ts';
import type { StatePlace } from './state-folder.ts';
import { readStateRecord } from './state-record.ts';

export interface StateReading {
  /** 0: the initial values. */
  readonly version: number;
  readonly values: ParameterValues;
  /** Undefined for the initial values. */
  readonly record: StateRecord | undefined;
  /** Newer versions that are damaged, one sentence each; they do not count. */
  readonly problems: readonly string[];
}

/**
 * The newest version that is whole. A process that reads while others commit sees one version or the next, never a mixture.
 *
 * @throws the file system's error where the folder or a version in it cannot be read
 */
export function readState(place: StatePlace): StateReading {
  return readNewest(place, findStateFolder(place)).reading;
}

/** @returns the reading, and the highest number in the folder, damaged or not */
export function readNewest(place: StatePlace, folder: string): { readonly reading: StateReading; readonly highest: number } {
  const versions = listStateVersions(folder);
  const damaged: { readonly version: number; readonly problem: string }[] = [];
  const say = (counts: string): string[] => damaged.map(({ version, problem }) => fillText(STATE_DAMAGED, { file: join(folder, stateFile(version)), problem, counts }));
  const highest = versions.at(-1) ?? 0;
  for (const version of [...versions].reverse()) {
    const found = readStateRecord(folder, version, place);
    // Gone meanwhile: a newer one is there then, and whoever commits will meet it.
    if (found === undefined) continue;
    if (found.record !== undefined) return { reading: { version, values: found.record.values, record: found.record, problems: say(`version ${version} counts`) }, highest };
    damaged.push({ version, problem: found.problem });
  }
  return { reading: { version: 0, values: initialValues(place.parameters), record: undefined, problems: say('the initial values count') }, highest };
}

export interface StateHistory {
  /** Newest first. */
  readonly records: readonly StateRecord[];
  /** Damaged versions, and such as do not follow from the one that they name. */
  readonly problems: readonly string[];
}

/** All versions that are kept. @param folder as `findStateFolder` or `listStates` gives it */
export function readStateHistory(folder: string): StateHistory {
  const records: StateRecord[] = [];
  const problems: string[] = [];
  const hashes = new Map<number, string>([[0, '']]);
  for (const version of listStateVersions(folder)) {
    const found = readStateRecord(folder, version);
    if (found === undefined) continue;
    const file = join(folder, stateFile(version));
    if (found.record === undefined) {
      problems.push(fillText(STATE_DAMAGED, { file, problem: found.problem, counts: 'it does not count' }));
      continue;
    }
    const { parent, parent_hash, hash } = found.record;
    // Of what retention has removed nothing can be said.
    if (hashes.has(parent) && hashes.get(parent) !== parent_hash) problems.push(fillText(STATE_DAMAGED, { file, problem: `it does not follow from version ${parent} as that stands`, counts: 'somebody has changed one of them' }));
    hashes.set(version, hash);
    records.unshift(found.record);
  }
  return { records, problems };
}
