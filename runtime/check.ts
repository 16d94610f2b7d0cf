/** What emitted checks call: tests that no operator can make, and the small steps of explaining and correcting. */
import type { Violation } from './violation.ts';

/** Below this depth of a recursive type, checks remember what they have seen. */
const REMEMBER_DEPTH = 64;
/** Below this depth of a recursive type nothing is looked at, so that the stack cannot overflow. */
const MAX_DEPTH = 1_000;

const tagOf = Object.prototype.toString;
// Marked as pure, so that bundles leave out those that no check of theirs asks for.
const getTime = /* @__PURE__ */ (() => Date.prototype.getTime)();
const mapSize = /* @__PURE__ */ getterOf(() => Map.prototype, 'size');
const setSize = /* @__PURE__ */ getterOf(() => Set.prototype, 'size');
const viewName = /* @__PURE__ */ getterOf(() => Object.getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag);

function getterOf(prototype: () => object, name: PropertyKey): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype(), name)!.get!;
}

/** A Date of any realm. */
export function isDate(value: unknown): value is Date {
  return value instanceof Date || (isObject(value) && succeeds(getTime, value));
}

/** A Date that is not Invalid Date. */
export function isValidDate(value: unknown): value is Date {
  return isDate(value) && !Number.isNaN(value.getTime());
}

/** A Map of any realm, or an object with the methods of one. */
export function isMap(value: unknown): value is ReadonlyMap<unknown, unknown> {
  return value instanceof Map || (isObject(value) && (succeeds(mapSize, value) || hasMethods(value, ['get', 'has', 'forEach', 'entries', 'keys', 'values'])));
}

/** A Set of any realm, or an object with the methods of one. */
export function isSet(value: unknown): value is ReadonlySet<unknown> {
  return value instanceof Set || (isObject(value) && !('get' in value) && (succeeds(setSize, value) || hasMethods(value, ['has', 'forEach', 'entries', 'keys', 'values'])));
}

/** Something with a `then` method. */
export function isThenable(value: unknown): boolean {
  return ((typeof value === 'object' && value !== null) || typeof value === 'function') && typeof (value as { then?: unknown }).then === 'function';
}

/**
 * An object of the standard library, of any realm: `RegExp`, `URL`, `ArrayBuffer`, `ArrayBufferView`, `DataView`, a typed array, a weak collection.
 * RegExp, URL, buffers and weak collections are known by their `Symbol.toStringTag`, which an object can forge.
 */
export function isBuiltin(value: unknown, name: string): boolean {
  if (!isObject(value)) return false;
  if (ArrayBuffer.isView(value)) {
    const own = viewName.call(value) ?? 'DataView';
    return own === name || name === 'ArrayBufferView';
  }
  return tagOf.call(value) === `[object ${name}]`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function succeeds(method: () => unknown, self: object): boolean {
  try {
    method.call(self);
    return true;
  } catch {
    return false; // no such internal slot: that is the answer
  }
}

function hasMethods(value: object, names: readonly string[]): boolean {
  return names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function');
}

/**
 * Whether a property is missing where its type says that it is there, maybe as `undefined`.
 * Never of instances of classes that are not built in: a class may declare a field that its constructor does not set.
 */
export function isMissing(value: object, key: PropertyKey): boolean {
  return !(key in value) && (isPlain(value) || isDirectInstance(value));
}

/** An array, function, Map, … that no class extends. */
function isDirectInstance(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object; // plain objects, which may have none, were asked for before
  let parent: unknown = Object.getPrototypeOf(prototype);
  // Between Uint8Array and Object stands the class of all typed arrays.
  if (viewName.call(value) !== undefined) parent = Object.getPrototypeOf(parent);
  return tagOf.call(value) !== '[object Object]' && (parent === null || Object.getPrototypeOf(parent) === null);
}

/** An object literal, or one made by JSON.parse or `Object.create(null)`, of any realm. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || (!Array.isArray(value) && Object.getPrototypeOf(prototype) === null);
}

/** Whether a key is a number as TypeScript's numeric index signatures see it: `"0"`, `"1.5"`, not `"01"`. */
export function isNumericKey(key: string): boolean {
  return String(Number(key)) === key;
}

/** `value` is a multiple of `unit`, give or take the rounding of decimal fractions. */
export function isMultipleOf(value: number, unit: number): boolean {
  const quotient = value / unit;
  return Math.abs(quotient - Math.round(quotient)) <= Number.EPSILON * 4 * Math.max(1, Math.abs(quotient));
}

/** No two items are the same (as keys of a Set are). */
export function areDifferent(items: readonly unknown[]): boolean {
  return new Set(items).size === items.length;
}

/** Remembers verdicts of recursive checks, so that cyclic values end and shared ones are looked at once. */
export interface Visited {
  readonly verdicts: Map<unknown, Map<RecursiveCheck, boolean>>;
  /** Assumed verdicts in the order in which they were made. */
  readonly assumed: [unknown, RecursiveCheck][];
}

type RecursiveCheck = (value: unknown, depth: number) => boolean;

/** Whether a recursive check may go on without remembering. */
export function isShallow(depth: number, visited: Visited | undefined): boolean {
  return depth < REMEMBER_DEPTH && visited === undefined;
}

export function makeVisited(): Visited {
  return { verdicts: new Map(), assumed: [] };
}

/**
 * Calls `check` unless its verdict is known. While it runs, the value is assumed to be right; if it is not, whatever
 * was concluded from that is forgotten.
 */
export function visit(visited: Visited, check: RecursiveCheck, value: unknown, depth: number): boolean {
  if (depth > MAX_DEPTH) return true;
  let own = visited.verdicts.get(value);
  const known = own?.get(check);
  if (known !== undefined) return known;
  if (own === undefined) visited.verdicts.set(value, (own = new Map()));
  own.set(check, true);
  const mark = visited.assumed.push([value, check]) - 1;
  if (check(value, depth)) return true;
  for (const [assumedOf, assumedBy] of visited.assumed.splice(mark)) visited.verdicts.get(assumedOf)?.delete(assumedBy);
  own.set(check, false);
  return false;
}

/** Whether an explanation already is inside this value, or too deep to go on. `trail`: alternately type and value, outermost first. */
export function isOnTrail(trail: readonly unknown[], type: string, value: unknown): boolean {
  if (trail.length > 2 * MAX_DEPTH) return true;
  for (let i = 0; i < trail.length; i += 2) if (trail[i] === type && trail[i + 1] === value) return true;
  return false;
}

/**
 * Adds the shortest of some explanations: that of the member of a union that the value was probably meant to be.
 * A member that the value is not even of the kind of (its explanation speaks of `path` itself) does not count; if none counts, `otherwise` is added.
 */
export function pushBest(out: Violation[], path: string, branches: readonly (readonly Violation[])[], otherwise: Violation): void {
  let best: readonly Violation[] | undefined;
  for (const branch of branches) {
    if (branch.length === 0 || branch.some((found) => found.path === path)) continue;
    if (best === undefined || branch.length < best.length) best = branch;
  }
  for (const found of best ?? [otherwise]) out.push(found);
}

/**
 * The number that a text stands for, or undefined: a decimal number as JSON writes it (a leading `+` and surrounding white space allowed).
 * Not: the empty text, leading zeros (`007`), hexadecimal, `Infinity`, and integers that a number cannot hold exactly.
 */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(trimmed)) return undefined;
  const value = Number(trimmed);
  const isExact = Number.isFinite(value) && (!/^[+-]?\d+$/.test(trimmed) || Number.isSafeInteger(value));
  return isExact ? value : undefined;
}

/** The date of an ISO 8601 text, or undefined: `2024-05-17` (UTC), or date and time with `Z` or an offset. A day that does not exist is refused. */
export function dateOf(text: string): Date | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})(?:T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/.exec(text.trim());
  if (found === null) return undefined;
  const day = new Date(`${found[1]}-${found[2]}-${found[3]}T00:00:00Z`);
  const value = new Date(text.trim());
  const isReal = day.getUTCDate() === Number(found[3]) && day.getUTCMonth() + 1 === Number(found[2]);
  return isReal && !Number.isNaN(value.getTime()) ? value : undefined;
}

/**
 * `copy` with one property replaced, or `copy` itself where nothing changed. While `copy` still is the original, it is copied first:
 * arrays and plain objects only, own enumerable properties, same prototype.
 */
export function changed<T extends object>(original: T, copy: T, key: PropertyKey, before: unknown, after: unknown): T {
  if (Object.is(before, after)) return copy;
  const target = copy === original ? copyOf(original) : copy;
  Object.defineProperty(target, key, { value: after, writable: true, enumerable: true, configurable: true });
  return target;
}

/** `copy` without a property; otherwise as `changed`. */
export function dropped<T extends object>(original: T, copy: T, key: PropertyKey): T {
  const target = copy === original ? copyOf(original) : copy;
  Reflect.deleteProperty(target, key);
  return target;
}

function copyOf<T extends object>(original: T): T {
  if (Array.isArray(original)) return Array.from(original) as unknown as T;
  return Object.assign(Object.create(Object.getPrototypeOf(original) as object | null) as T, original);
}
