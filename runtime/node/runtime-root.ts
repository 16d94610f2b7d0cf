import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

export interface PackageFacts {
  /** Folder of the package.json. */
  readonly dir: string;
  readonly name: string;
  readonly version: string;
}

export type RuntimeRoot =
  | { readonly dir: string; readonly isDevelopment: boolean }
  | { readonly dir?: never; readonly reason: string; readonly isWorthSaying: boolean };

/**
 * Where this process keeps what it records: `POET_RUNTIME_DIR`; else, in development, `.poet` beside the package.json
 * of the process's main script; else nowhere. Never derived from the working directory.
 * Tests (`NODE_ENV=test`) fail on purpose, so that they are recorded only where `POET_RUNTIME_DIR` asks for it.
 */
export function findRuntimeRoot(env: Readonly<Record<string, string | undefined>>, main: PackageFacts | undefined): RuntimeRoot {
  if (env.POET_RUNTIME_DIR) return { dir: resolve(env.POET_RUNTIME_DIR), isDevelopment: false };
  if (env.NODE_ENV === 'test') return { reason: 'this is a test run', isWorthSaying: false };
  if (env.NODE_ENV === 'production') return { reason: 'no run-time folder is configured in production', isWorthSaying: true };
  if (main === undefined) return { reason: 'the main script of this process belongs to no package', isWorthSaying: true };
  return { dir: join(main.dir, '.poet'), isDevelopment: true };
}

/**
 * The package of a process's main script. A script inside `node_modules` is a tool (a test runner, a loader): the
 * package that installed it counts, not the tool's own.
 *
 * @param script `process.argv[1]`; undefined in a REPL and under `node -e`
 */
export function findMainPackage(script: string | undefined): PackageFacts | undefined {
  if (script === undefined) return undefined;
  const own = script.indexOf(`${sep}node_modules${sep}`);
  if (own >= 0) return findPackage(script.slice(0, own));
  let real: string;
  try {
    real = realpathSync(script);
  } catch {
    real = resolve(script); // `node dist/main` without an extension: the folder is right all the same
  }
  const linked = real.indexOf(`${sep}node_modules${sep}`);
  return findPackage(linked >= 0 ? real.slice(0, linked) : dirname(real));
}

/** The nearest package.json that has a name; those without one only set the module kind of a folder. */
function findPackage(start: string): PackageFacts | undefined {
  for (let dir = start; ; dir = dirname(dir)) {
    const facts = readPackage(dir);
    if (facts !== undefined) return facts;
    if (dirname(dir) === dir) return undefined;
  }
}

function readPackage(dir: string): PackageFacts | undefined {
  try {
    const json: unknown = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
    if (typeof json !== 'object' || json === null || !('name' in json) || typeof json.name !== 'string') return undefined;
    return { dir, name: json.name, version: 'version' in json && typeof json.version === 'string' ? json.version : 'unknown' };
  } catch {
    return undefined; // none here, or one that cannot be read: the next folder up may have one
  }
}
