/** One version of a function's parameters in the run-time root: `state/<package>/<function>/<number>.json`. Immutable once it is there. */
import type { ParameterFile } from './version.ts';

/** As params.json declares them. */
export type Parameters = ParameterFile['parameters'];
export type ParameterValues = Readonly<Record<string, number>>;

export interface StateRecord {
  readonly schema: 1;
  /** `<module path>#<function>`. */
  readonly function_name: string;
  /** Of the function; absent where it has none. */
  readonly package?: string;
  /** Of the code: `v3`. */
  readonly code_version: string;
  /** From 1; 0 would be the initial values, which nobody writes. */
  readonly version: number;
  /** The version that this one was made from; 0 for the initial values. */
  readonly parent: number;
  /** Its hash; empty for the initial values. Makes the history a chain. */
  readonly parent_hash: string;
  /** All parameters, not only those that changed. */
  readonly values: ParameterValues;
  readonly parameters: Parameters;
  /** Who committed it, and why, in words. */
  readonly by: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of a roll-back: the version whose values came back; 0 for the initial ones. */
  readonly restored?: number;
  /** SHA-256 of all the rest. Hex. */
  readonly hash: string;
}

/** Says what is wrong with values, or nothing. All parameters must be there, and no others. */
export function findValuesProblem(values: unknown, parameters: Parameters): string | undefined {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return 'values must be an object';
  const given = values as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(parameters, name));
  if (unknown !== undefined) return `unknown parameter "${unknown}"; there are ${Object.keys(parameters).join(', ') || 'none'}`;
  for (const [name, { min, max, unit }] of Object.entries(parameters)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (typeof value !== 'number' || !(value >= min && value <= max)) return `${name} must be a number from ${min} to ${max}${unit === '' ? '' : ` ${unit}`}, found ${String(value)}`;
  }
  return undefined;
}

/** What `params.json` says before anybody has learned anything. */
export function initialValues(parameters: Parameters): ParameterValues {
  return Object.fromEntries(Object.entries(parameters).map(([name, { initial }]) => [name, initial]));
}
