import { createHash } from 'node:crypto';
import type { Candidate } from '../types.ts';
import { CODE_FILE, CONTRACT_FILE, PARAMS_FILE } from './layout.ts';

/** Line ends as the store hashes them: a Windows checkout must verify. A lone CR stays, and shows in the hash. */
export const normalised = (text: string): string => text.replaceAll('\r\n', '\n');

/**
 * SHA-256 over code.ts without its header, contract.ts and params.json, hex.
 * Each text is preceded by its name and length, so that text moved from one file to the next changes the hash.
 * It detects damage; it is not trust: whoever edits a version can write a new hash beside it.
 */
export function contentHash(candidate: Pick<Candidate, 'code' | 'contract' | 'params'>): string {
  const hash = createHash('sha256');
  for (const [name, raw] of [[CODE_FILE, candidate.code], [CONTRACT_FILE, candidate.contract], [PARAMS_FILE, candidate.params]] as const) {
    const text = normalised(raw);
    hash.update(`${name} ${text.length}\n`).update(text);
  }
  return hash.digest('hex');
}
