import { statSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from '../segment.ts';
import { readStateHistory } from './read-state.ts';
import type { StateHistory } from './read-state.ts';

/** A function with committed state: a code version, and a declaration of its parameters. */
export interface FoundState extends StateHistory { readonly folder: string }

/** One that cannot be read hides no other. */
function readWhatThereIs(folder: string): StateHistory {
  try {
    return readStateHistory(folder);
  } catch (error) {
    return { records: [], problems: [error instanceof Error ? error.message : String(error)] };
  }
}

/** All states below a run-time root, of all packages. */
export function listStates(root: string): FoundState[] {
  const base = join(root, 'state');
  const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return listFolder(base).map((name) => join(base, name)).filter(isFolder)
    .flatMap((packageFolder) => listFolder(packageFolder).sort().map((name) => join(packageFolder, name)).filter(isFolder))
    .map((folder) => ({ folder, ...readWhatThereIs(folder) }))
    .filter(({ records, problems }) => records.length > 0 || problems.length > 0);
}
