/**
 * What has been proven on this machine.
 *
 * Records lie outside the project, so that a pull request cannot bring its own verdict along; each is bound to the content that
 * was run and to everything that its behaviour depends on. Losing them costs time, nothing else.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { ProofRecord, ProofRecords } from '../transformer/prover.ts';
import type { Version } from '../transformer/types.ts';
import { packageVersion } from './package-version.ts';

/** `POET_CACHE_DIR`, or where the platform keeps what can be made again; undefined without a home. */
export function findProofFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string | undefined {
  const own = env['POET_CACHE_DIR'];
  if (own !== undefined && own !== '') return isAbsolute(own) ? join(own, 'proofs') : undefined;
  const home = homedir();
  const base = platform === 'win32' ? env['LOCALAPPDATA'] : platform === 'darwin' ? join(home, 'Library/Caches') : env['XDG_CACHE_HOME'] || join(home, '.cache');
  return base === undefined || !isAbsolute(base) ? undefined : join(base, 'poetc', 'proofs');
}

/** @param inputs how many a record must speak of at least */
export function openProofRecords(folder: string | undefined, inputs: number): ProofRecords {
  const pathOf = ({ metadata }: Version): string => {
    // The key covers the author's code, its contract and its options; the package's version the dispatch, the runtime and the checks.
    const hash = createHash('sha256').update(JSON.stringify([packageVersion(), metadata.target, metadata.key, metadata.content_hash])).digest('hex');
    return join(folder ?? '', hash.slice(0, 2), `${hash.slice(2)}.json`);
  };
  return {
    find(version) {
      if (folder === undefined) return undefined;
      try {
        const record = JSON.parse(readFileSync(pathOf(version), 'utf8')) as Partial<ProofRecord>;
        const whole = (record.status === 'equal' || record.status === 'not executed') && typeof record.reason === 'string' && typeof record.inputs === 'number';
        return whole && (record.status !== 'equal' || record.inputs! >= inputs) ? (record as ProofRecord) : undefined;
      } catch {
        return undefined; // none, or one that cannot be read: both mean that it is proven again
      }
    },
    keep(version, record) {
      if (folder === undefined) return;
      const path = pathOf(version);
      const half = `${path}.${randomBytes(6).toString('hex')}`;
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        writeFileSync(half, `${JSON.stringify({ ...record, target: version.metadata.target })}\n`, { mode: 0o600 });
        renameSync(half, path);
      } catch {
        rmSync(half, { force: true });
      }
    },
  };
}
