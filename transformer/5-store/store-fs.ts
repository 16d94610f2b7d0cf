/** The part of the file system that the store uses; tests put a failing or recording one in its place. */
import fse from 'fs-extra';

export type StoreFs = Pick<
  typeof fse,
  | 'openSync' | 'closeSync' | 'fstatSync' | 'lstatSync' | 'readSync' | 'writeSync' | 'fsyncSync'
  | 'mkdirSync' | 'readdirSync' | 'renameSync' | 'removeSync' | 'unlinkSync' | 'constants'
>;

/** fs-extra: Node's functions, plus `removeSync`; its graceful-fs waits when file descriptors run out. */
export const nodeFs: StoreFs = fse;

/** The `code` of a system error, undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  // By its shape: under Jest the core's Error is of another realm than ours.
  if (typeof error !== 'object' || error === null || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
