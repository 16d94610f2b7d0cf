import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { HostError } from '../host-error.ts';
import type { SyncTransformer } from './jest-types.ts';

/** `"ts-jest"`, or `["ts-jest", { …its options }]`, as in Jest's own `transform`. */
export type NextOption = string | readonly [name: string, options?: unknown];

/**
 * Loads the transformer that compiles what we have rewritten, from the author's project.
 *
 * @throws HostError POET8056 when it is missing, or works asynchronously only
 */
export function loadNext(next: NextOption, rootDir: string): SyncTransformer {
  const [name, options] = typeof next === 'string' ? [next] : next;
  const refuse = (found: string): never => { throw new HostError([makeDiagnostic('POET8056', { next: name, found })]); };
  const require = createRequire(join(rootDir, 'package.json'));
  const path = name.replace('<rootDir>', rootDir);
  let loaded: unknown;
  try {
    loaded = require(path);
  } catch (error) {
    return refuse(error instanceof Error ? error.message.split('\n')[0]! : String(error));
  }
  const exported = (isRecord(loaded) && isRecord(loaded['default']) ? loaded['default'] : loaded) as Record<string, unknown>;
  const create = exported['createTransformer'];
  const made: unknown = typeof create === 'function' ? create.call(exported, options ?? {}) : exported;
  return isSync(made) ? made : refuse(made instanceof Promise ? 'one that is created asynchronously' : 'a module without process()');
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isSync = (value: unknown): value is SyncTransformer => isRecord(value) && typeof value['process'] === 'function';
