/**
 * What was asked of a model and came to nothing, on this machine: the next build must not pay for the same refusals again.
 * Only builds look here; `poet generate` asks whatever was asked before.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProofFolder } from '../proof-records.ts';

export interface AskedRecords {
  has(targetId: string, key: string): boolean;
  keep(targetId: string, key: string): void;
}

/** @param model as it is asked for: another one may do better */
export function openAskedRecords(model: string, folder = findProofFolder()): AskedRecords {
  const pathOf = (targetId: string, key: string): string =>
    join(dirname(folder ?? ''), 'asked', createHash('sha256').update(JSON.stringify([model, targetId, key])).digest('hex'));
  return {
    has: (targetId, key) => folder !== undefined && existsSync(pathOf(targetId, key)),
    keep(targetId, key) {
      if (folder === undefined) return;
      try {
        mkdirSync(dirname(pathOf(targetId, key)), { recursive: true, mode: 0o700 });
        writeFileSync(pathOf(targetId, key), '', { mode: 0o600 });
      } catch {
        // Without a cache folder the next build asks again; that costs money, not correctness.
      }
    },
  };
}
