/** What a value must be, said once: for the reader, for the messages and for the JSON Schema. */
export interface Check<T> {
  /** Ends the sentence "expects …". */
  readonly expected: string;
  readonly schema: Readonly<Record<string, unknown>>;
  /** Of a list: what each item must be, so that a message can point at the item. */
  readonly item?: Check<unknown>;
  accepts(value: unknown): value is T;
}

/** One setting: default, meaning and check in one place. */
export interface Field<T> {
  readonly default: T;
  readonly doc: string;
  readonly check: Check<NonNullable<T>>;
}

/** Settings by name; a nested record is an object in the file. */
export interface Fields { readonly [name: string]: Field<unknown> | Fields }

/** The object that a record of fields describes, after defaults. */
export type ValuesOf<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : ValuesOf<F[K]> };

/** @param fallback undefined where the meaning of "not set" is decided elsewhere; `doc` then says where */
export function field<T>(fallback: T, doc: string, check: Check<NonNullable<T>>): Field<T> {
  return { default: fallback, doc, check };
}

export function isField(entry: Field<unknown> | Fields): entry is Field<unknown> {
  return typeof (entry as Partial<Field<unknown>>).doc === 'string';
}

/** A whole number within bounds, both included. */
export function int(min: number, max: number): Check<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    schema: { type: 'integer', minimum: min, maximum: max },
    accepts: (value): value is number => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  };
}

/** A part of a whole; none of it is no part. */
export function part(): Check<number> {
  return { expected: 'a number above 0, at most 1', schema: { type: 'number', exclusiveMinimum: 0, maximum: 1 }, accepts: (value): value is number => typeof value === 'number' && value > 0 && value <= 1 };
}

/** Of money: zero and fractions, nothing below. */
export function amount(): Check<number> {
  return { expected: 'a number from 0', schema: { type: 'number', minimum: 0 }, accepts: (value): value is number => typeof value === 'number' && value >= 0 && Number.isFinite(value) };
}

/** A number from 0 to 1. */
export function share(): Check<number> {
  return { expected: 'a number from 0 to 1', schema: { type: 'number', minimum: 0, maximum: 1 }, accepts: (value): value is number => typeof value === 'number' && value >= 0 && value <= 1 };
}

export function bool(): Check<boolean> {
  return { expected: 'true or false', schema: { type: 'boolean' }, accepts: (value): value is boolean => typeof value === 'boolean' };
}

export function oneOf<const V extends readonly string[]>(...values: V): Check<V[number]> {
  const quoted = values.map((v) => JSON.stringify(v));
  return {
    expected: quoted.length === 1 ? quoted[0]! : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)!}`,
    schema: { enum: values },
    accepts: (value): value is V[number] => typeof value === 'string' && values.includes(value),
  };
}

/** Text that matches a pattern from end to end. */
export function text(expected: string, pattern: RegExp): Check<string> {
  return { expected, schema: { type: 'string', pattern: pattern.source }, accepts: (value): value is string => typeof value === 'string' && pattern.test(value) };
}

export function listOf<T>(item: Check<T>): Check<readonly T[]> {
  return {
    expected: `a list of which each item is ${item.expected}`,
    schema: { type: 'array', items: item.schema },
    item,
    accepts: (value): value is readonly T[] => Array.isArray(value) && value.every((v) => item.accepts(v)),
  };
}

/** A short printout of a value that was refused. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown;
}
