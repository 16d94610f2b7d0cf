import { join, resolve } from 'node:path';
import { findRootOf } from './project.ts';
import type { Session } from './report.ts';

/** The run-time root that a command reads: `--root`, else `POET_RUNTIME_DIR`, else `.poet` of the project. Absolute. */
export function findRuntimeRootOf(session: Session, named: string | undefined): string {
  const folder = named ?? process.env['POET_RUNTIME_DIR'];
  return folder === undefined || folder === '' ? join(findRootOf(session), '.poet') : resolve(session.terminal.cwd, folder);
}
