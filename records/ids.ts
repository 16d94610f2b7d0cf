/** Ids of events and executions: UUID version 7 (RFC 9562), whose text sorts by the time it was made. */

/** Lower-case, with hyphens: `0193f2c1-8a40-7…`. */
export type Id = string;

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isId(value: unknown): value is Id {
  return typeof value === 'string' && SHAPE.test(value);
}

/**
 * Builds an id; the same input gives the same id.
 *
 * @param timeMs milliseconds since the epoch, 0 to 2^48 − 1
 * @param sequence 0–4095; counts the ids of one millisecond, so that they sort in the order they were made
 * @param high @param low random, 32 bits each; the top two bits of `high` give way to the format's variant
 */
export function makeId(timeMs: number, sequence: number, high: number, low: number): Id {
  const time = hex(timeMs, 12);
  const random = hex((high & 0x3fffffff) + 0x80000000, 8) + hex(low >>> 0, 8);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(sequence & 0xfff, 3)}-${random.slice(0, 4)}-${random.slice(4)}`;
}

/** Milliseconds since the epoch at which the id was made. */
export function readIdTime(id: Id): number {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

function hex(value: number, digits: number): string {
  return Math.trunc(value).toString(16).padStart(digits, '0');
}
