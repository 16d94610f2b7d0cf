import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Parameters } from '../../../records/parameter-state.ts';
import { packageFolder } from '../package-folder.ts';
import { listFolder } from '../segment.ts';

/** Whose state is meant. */
export interface StatePlace {
  /** The run-time root. */
  readonly root: string;
  /** Of the function; undefined where it has none. */
  readonly packageName?: string | undefined;
  /** `<module path>#<function>`. */
  readonly functionName: string;
  /** Of its code: `v3`. Another version, or another declaration, begins with its own initial values. */
  readonly codeVersion: string;
  /** As its params.json declares them. */
  readonly parameters: Parameters;
}

const MAX_NAME = 120;

/** Two functions never share a folder, whatever their names, and none looks like a module to the ignore file of `.poet/`. */
export function findStateFolder({ root, packageName, functionName, codeVersion, parameters }: StatePlace): string {
  const name = functionName.replace(/[^a-z0-9._~-]/gu, (c) => (c === '/' ? '+' : `%${(c.codePointAt(0) ?? 0).toString(16).padStart(6, '0')}`));
  const readable = name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME)}~${hash(functionName)}`;
  return join(root, 'state', packageFolder(packageName), `${readable}@${codeVersion}-${hash(JSON.stringify(sorted(parameters)))}`);
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** The order in which params.json has them says nothing. */
function sorted(parameters: Parameters): unknown {
  return Object.keys(parameters).sort().map((name) => [name, parameters[name]!.initial, parameters[name]!.min, parameters[name]!.max, parameters[name]!.unit]);
}

/** Twelve digits. */
export const MAX_VERSION = 999_999_999_999;

export const stateFile = (version: number): string => `${String(version).padStart(12, '0')}.json`;

/** Numbers of all versions in a folder, damaged ones too, oldest first; none where there is no such folder. @throws the file system's error */
export function listStateVersions(folder: string): number[] {
  return listFolder(folder).filter((name) => /^\d{12}\.json$/.test(name)).map((name) => Number(name.slice(0, 12))).sort((a, b) => a - b);
}
