/** A value in a few words, for people: its type, then a bounded preview. */

const MAX_LENGTH = 240;
const MAX_STRING = 60;
const MAX_KEYS = 5;
const MAX_KEY = 24;

/**
 * `string "abc"`, `number 3`, `null`, `array(3)`, `object {id, name}`, `Date 2020-01-01T00:00:00.000Z`, `Map(2)`.
 * Values inside objects and arrays are never shown.
 *
 * Never throws, never runs a getter of the value; a proxy's traps may run. At most 241 characters.
 */
export function describe(value: unknown): string {
  return cut(preview(value), MAX_LENGTH);
}

function preview(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `string ${quote(value, MAX_STRING)}`;
    case 'number':
      return Object.is(value, -0) ? 'number -0' : `number ${value}`;
    case 'boolean':
      return `boolean ${value}`;
    case 'bigint':
      return BigInt.asIntN(128, value) === value ? `bigint ${value}n` : 'bigint of more than 128 bits';
    case 'symbol':
      return `symbol ${cut(value.toString(), MAX_STRING)}`;
    case 'undefined':
      return 'undefined';
    default:
      return describeReference(value);
  }
}

/** The type alone: the first word of `describe`. */
export function describeType(value: unknown): string {
  if (typeof value !== 'object') return typeof value;
  return /^[\w$]+/.exec(describeReference(value))?.[0] ?? 'object';
}

function describeReference(value: unknown): string {
  try {
    if (value === null) return 'null';
    if (typeof value === 'function') return describeFunction(value);
    if (Array.isArray(value)) return `array(${value.length})`;
    return describeObject(value as object, findClassName(value as object));
  } catch {
    return `${typeof value} (unreadable)`; // a revoked or hostile proxy: that it cannot be read is what there is to say
  }
}

function describeFunction(value: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(value, 'name')?.value;
  return typeof name === 'string' && name !== '' ? `function ${cut(name, MAX_STRING)}` : 'function';
}

function describeObject(value: object, className: string): string {
  if (className === 'Date') return describeDate(value);
  if (className === 'Map' || className === 'Set') return className + describeSize(value, className === 'Map' ? Map : Set);
  if (ArrayBuffer.isView(value)) return `${className}(${'length' in value ? String(value.length) : value.byteLength})`;
  const keys = Object.keys(value);
  if (keys.length === 0) return className === 'object' ? 'object {}' : className;
  const shown = keys.slice(0, MAX_KEYS).map((key) => (/^[A-Za-z_$][\w$]*$/.test(key) ? cut(key, MAX_KEY) : quote(key, MAX_KEY)));
  return `${className} {${shown.join(', ')}${keys.length > MAX_KEYS ? ', …' : ''}}`;
}

/** By its name only, so that dates of other realms are described too; one that merely calls itself Date is an object. */
function describeDate(value: object): string {
  try {
    const time = Date.prototype.getTime.call(value);
    return `Date ${Number.isNaN(time) ? '(invalid)' : new Date(time).toISOString()}`;
  } catch {
    return 'object';
  }
}

function describeSize(value: object, { prototype }: MapConstructor | SetConstructor): string {
  try {
    return `(${String(Reflect.get(prototype, 'size', value))})`;
  } catch {
    return ''; // not really one; the name is all that is known
  }
}

/** `object` for plain objects, those without a prototype, and classes whose name is no plain word. */
function findClassName(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return 'object';
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const name: unknown = typeof made === 'function' ? Object.getOwnPropertyDescriptor(made, 'name')?.value : undefined;
  return typeof name === 'string' && name !== 'Object' && /^[A-Za-z_$][\w$]{0,39}$/.test(name) ? name : 'object';
}

function quote(text: string, maxLength: number): string {
  return text.length <= maxLength ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, maxLength)).slice(0, -1)}…" (${text.length} characters)`;
}

export function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
}
