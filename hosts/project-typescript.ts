import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import type { Ts } from '../transformer/types.ts';
import { HostError } from './host-error.ts';

/**
 * The compiler that the project itself uses, seen from a folder of it.
 *
 * @throws HostError POET8050 when there is none, POET8051 when it has no API that we can use (TypeScript 7)
 */
export function loadTypescript(folder: string): Ts {
  const require = createRequire(join(folder, 'package.json'));
  const version = readVersion(require, folder);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 6 || major < 5 || (major === 5 && minor < 9)) throw new HostError([makeDiagnostic('POET8051', { folder, version })]);
  return require('typescript') as Ts;
}

function readVersion(require: NodeJS.Require, folder: string): string {
  try {
    return (require('typescript/package.json') as { version: string }).version;
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND' ? 'none' : String(error);
    throw new HostError([makeDiagnostic('POET8050', { folder, found })]);
  }
}
