/** One process at a time makes versions with a model: two builds at once never pay twice for one plan. */
import { makeAtomicWriter } from './atomic-writer.ts';
import { STORE_FOLDER, TEMPORARY_FOLDER } from './layout.ts';
import { LOCK_OPTIONS, takeLock, type HeldBy, type Lock } from './lock.ts';
import { makePlainReader } from './plain-reader.ts';
import { refusable, type StoreProblem } from './store-fault.ts';
import { nodeFs } from './store-fs.ts';

/** Whoever holds the lock of the store clears everything beside it that has another ending. */
const FOLDER = [TEMPORARY_FOLDER, 'generate.lock'];

/** Does not wait. Saving needs the store's own lock, which others may take meanwhile. @returns a problem where `.poet/` cannot be written: then nothing should be paid for */
export function tryGenerationLock(root: string): Lock | HeldBy | StoreProblem {
  return refusable(() => {
    const reader = makePlainReader(root, STORE_FOLDER, nodeFs);
    const writer = makeAtomicWriter(root, reader, nodeFs, LOCK_OPTIONS);
    writer.open().release();
    writer.makeFolder(FOLDER);
    return takeLock(nodeFs, reader.absolute(FOLDER), { ...LOCK_OPTIONS, waitMs: 0 });
  });
}
