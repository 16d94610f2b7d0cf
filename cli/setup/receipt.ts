/** `.poet/init.json`: what files were before `poet init`, so that `--undo` can give every byte back. Committed: anyone can undo. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { CliFault } from '../cli-fault.ts';
import { isRecord, parseJsonc } from './json-edit.ts';
import type { FileEdit } from './file-edit.ts';

export const RECEIPT = '.poet/init.json';

export interface ReceiptFile {
  readonly path: string;
  /** Null: the file did not exist. Absent: it was edited between two runs of init, and only our lines can be taken out. */
  readonly before?: string | null;
  /** SHA-256 of what init wrote, hex, line ends normalised: a checkout on another system may turn them. */
  readonly after: string;
}

export interface Receipt { readonly schema: 1; readonly files: readonly ReceiptFile[] }

export const hashOf = (text: string): string => createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');

/** @throws CliFault when it is damaged */
export function readReceipt(root: string): Receipt | undefined {
  const path = join(root, RECEIPT);
  if (!existsSync(path)) return undefined;
  const value = parseJsonc(readFileSync(path, 'utf8'), RECEIPT);
  const files = value['files'];
  const isFile = (file: unknown): boolean => {
    const record = file as ReceiptFile;
    return isRecord(file as never) && typeof record.path === 'string' && !/^(?:\/|[A-Za-z]:)|(?:^|[\\/])\.\.(?:[\\/]|$)/.test(record.path)
      && typeof record.after === 'string' && (record.before === undefined || record.before === null || typeof record.before === 'string');
  };
  if (value['schema'] !== 1 || !Array.isArray(files) || !files.every(isFile)) {
    throw new CliFault(1, makeDiagnostic('POET8106', { path: RECEIPT, expected: 'what poet init wrote', found: 'something else' }, { file: path.replaceAll('\\', '/'), line: 1 }));
  }
  return { schema: 1, files: files as unknown as ReceiptFile[] };
}

/** The receipt after these edits on top of an earlier run. */
export function extendReceipt(old: Receipt | undefined, edits: readonly FileEdit[]): Receipt {
  const files = new Map((old?.files ?? []).map((file) => [file.path, file] as const));
  for (const { path, before, after } of edits) {
    const earlier = files.get(path);
    const untouched = earlier === undefined || (before !== undefined && hashOf(before) === earlier.after);
    const original = earlier === undefined ? (before ?? null) : earlier.before;
    files.set(path, { path, ...(untouched && original !== undefined ? { before: original } : {}), after: hashOf(after) });
  }
  return { schema: 1, files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)) };
}
