import { isMainThread } from 'node:worker_threads';
import { readEnvironment } from '../platform.ts';
import { sharedState } from '../state.ts';
import type { Durability, RuntimeOptions } from '../state.ts';

/** What a sink goes by, options and environment put together. */
export interface SinkSettings {
  readonly durability: Durability;
  readonly fsync: boolean;
  readonly capBytes: number;
  readonly retentionDays: number;
}

const DEFAULT_CAP_MB = 100;
const DEFAULT_RETENTION_DAYS = 30;

let seen: RuntimeOptions | undefined;
let settings: SinkSettings | undefined;

/** Variables win over `configure`; they are read again after each `configure`. A worker thread ends without notice when the main thread does: it keeps no batch unless asked to. */
export function findSinkSettings(): SinkSettings {
  const { options } = sharedState();
  if (settings !== undefined && seen === options) return settings;
  seen = options;
  const durability = readEnvironment('POET_DURABILITY');
  const fsync = readEnvironment('POET_FSYNC');
  const cap = Number(readEnvironment('POET_EVENTS_MAX_MB'));
  return (settings = {
    durability: durability === 'immediate' || durability === 'batched' || durability === 'off' ? durability : (options.durability ?? (isMainThread ? 'batched' : 'immediate')),
    fsync: fsync === undefined ? options.fsync === true : fsync === '1' || fsync === 'true',
    capBytes: (cap > 0 ? cap : (options.maxEventsMb ?? DEFAULT_CAP_MB)) * 1_000_000,
    retentionDays: options.retentionDays ?? DEFAULT_RETENTION_DAYS,
  });
}
