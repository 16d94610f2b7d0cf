import { describe, describeType } from './describe.ts';
import { isRedacted } from './redaction.ts';

/** One place where a value is outside the contract. */
export interface Violation {
  /** `$input.<parameter>.items[3].price` or `$output.…`; keys that are data, not part of the type, are quoted: `["key"]`. */
  readonly path: string;
  /** From the type, e.g. `number`. */
  readonly expected: string;
  /** Type and bounded preview of the value found, e.g. `string "abc"`; `string [redacted]` where the path is redacted. */
  readonly received: string;
}

/** One place where Perceive repaired the arguments. */
export interface Correction extends Violation {
  /** What stands there now, described like `received`. */
  readonly corrected: string;
}

/** Never throws; bounded. */
export function violation(path: string, expected: string, value: unknown): Violation {
  return { path, expected, received: describeAt(path, value) };
}

/** Never throws; bounded. */
export function correction(path: string, expected: string, before: unknown, after: unknown): Correction {
  return { path, expected, received: describeAt(path, before), corrected: describeAt(path, after) };
}

function describeAt(path: string, value: unknown): string {
  return isRedacted(path) ? `${describeType(value)} [redacted]` : describe(value);
}
