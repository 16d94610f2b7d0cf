import { dirname, join } from 'node:path';
import fse from 'fs-extra';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { errnoOf } from '../transformer/5-store/store-fs.ts';
import { CliFault } from './cli-fault.ts';

/**
 * Writes files of the user's, in place: their modes and links stay as they are.
 * @param text undefined removes the file
 * @throws CliFault POET8120 when the file system refuses
 */
export function writeUserFile(root: string, path: string, text: string | undefined): void {
  const file = join(root, path);
  try {
    if (text === undefined) fse.removeSync(file);
    else {
      fse.ensureDirSync(dirname(file));
      fse.writeFileSync(file, text);
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new CliFault(1, makeDiagnostic('POET8120', { path, expected: text === undefined ? 'remove' : 'write', found: errno }, { file }));
  }
}
