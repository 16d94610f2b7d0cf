import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findValuesProblem } from '../../../records/parameter-state.ts';
import type { StateRecord } from '../../../records/parameter-state.ts';
import { isMissing } from '../segment.ts';
import { stateFile } from './state-folder.ts';
import type { StatePlace } from './state-folder.ts';

/** What JSON keeps of it, so that it is the same when it is read. */
export function makeStateRecord(facts: Omit<StateRecord, 'schema' | 'hash'>): StateRecord {
  const rest = JSON.parse(JSON.stringify({ schema: 1, ...facts })) as Omit<StateRecord, 'hash'>;
  return { ...rest, hash: hashOf(rest) };
}

export type ReadRecord = { readonly record: StateRecord; readonly problem?: never } | { readonly problem: string; readonly record?: never } | undefined;

/**
 * One version; undefined where it is gone, a sentence where it is damaged.
 *
 * @param place where it has to belong; left out, it belongs wherever it lies
 * @throws the file system's error where it cannot be read: what it holds is unknown then, and nothing else may count in its place
 */
export function readStateRecord(folder: string, version: number, place?: StatePlace): ReadRecord {
  let text: string;
  try {
    text = readFileSync(join(folder, stateFile(version)), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'it is no JSON' };
  }
  const problem = findRecordProblem(value, version) ?? (place && findPlaceProblem(value as StateRecord, place));
  return problem === undefined ? { record: value as StateRecord } : { problem };
}

const TEXTS = ['function_name', 'code_version', 'parent_hash', 'by', 'reason'] as const;

/** Says what is wrong with a record, or nothing. */
export function findRecordProblem(value: unknown, version: number): string | undefined {
  if (typeof value !== 'object' || value === null) return 'it is no record';
  const { hash, ...rest } = value as StateRecord;
  if (typeof rest.schema === 'number' && rest.schema > 1) return `schema ${String(rest.schema)} is newer than 1: update poetc`;
  if (hash !== hashOf(rest)) return 'its hash does not agree with what it holds';
  if (rest.version !== version) return `it says that it is version ${rest.version}`;
  const notText = TEXTS.find((name) => typeof rest[name] !== 'string');
  if (notText !== undefined) return `its ${notText} is no text`;
  if (typeof rest.at !== 'number') return 'its at is no time';
  if (typeof rest.parameters !== 'object' || rest.parameters === null) return 'it declares no parameters';
  return findValuesProblem(rest.values, rest.parameters);
}

function findPlaceProblem({ function_name, package: packageName, code_version, values }: StateRecord, place: StatePlace): string | undefined {
  if (function_name !== place.functionName || code_version !== place.codeVersion || (packageName !== undefined && packageName !== place.packageName)) return `it belongs to ${function_name} ${code_version}${packageName === undefined ? '' : ` of ${packageName}`}`;
  return findValuesProblem(values, place.parameters);
}

/** Over the fields in the order of their names, so that a file which was formatted anew is still the same. */
function hashOf(record: object): string {
  const ordered = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, ordered(inner)]);
  };
  return createHash('sha256').update(JSON.stringify(ordered(record))).digest('hex');
}
