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
  return `${hex(timeMs / 2 ** 32)}${hex(timeMs / 2 ** 16)}-${hex(timeMs)}-${hex(0x7000 | (sequence & 0xfff))}-${hex(0x8000 | ((high >>> 16) & 0x3fff))}-${hex(high)}${hex(low >>> 16)}${hex(low)}`;
}

/** Milliseconds since the epoch at which the id was made. */
export function readIdTime(id: Id): number {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

const BYTES = Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1));

/** Four digits: the low 16 bits. */
function hex(value: number): string {
  return BYTES[(value >>> 8) & 255]! + BYTES[value & 255]!;
}
