/** Values that only the candidate knows, put into inputs that the original accepts: whoever decides by one behind a format is not found by chance. */
import type { Value } from '../sandbox/value.ts';

export interface OwnLiterals { readonly strings: readonly string[]; readonly numbers: readonly number[] }

/** Inputs, texts of the candidate, and inputs made of both: more would cost more than they find. */
const MAX_BASES = 4;
const MAX_STRINGS = 6;
const MAX_NUMBERS = 6;
const MAX_PLANTED = 96;

/**
 * @param bases arguments of calls that the original answered
 * @returns each with one text or number of the candidate's in it: before, behind and around what separates the parts of a text, in place
 * of a part, in place of a number
 */
export function plantLiterals(bases: readonly (readonly Value[])[], { strings, numbers }: OwnLiterals): readonly (readonly Value[])[] {
  // Texts with parts first, and of different forms.
  const chosen = [...new Map(bases.map((args) => [formOf(args), args])).entries()].sort(([a], [b]) => b.length - a.length).slice(0, MAX_BASES).map(([, args]) => args);
  const planted = chosen.map((args) => args.flatMap((arg, i) => changesOf(arg, strings.slice(0, MAX_STRINGS), numbers.slice(0, MAX_NUMBERS)).map((changed): readonly Value[] => args.map((own, j) => (i === j ? changed : own)))));
  // By turns, so that every base has its share.
  const turns = Array.from({ length: Math.max(0, ...planted.map((list) => list.length)) }, (_, n) => planted.flatMap((list) => list.slice(n, n + 1))).flat();
  return turns.slice(0, MAX_PLANTED);
}

/** What an input looks like: kinds, and texts with their letters and digits run together. */
function formOf(args: readonly Value[]): string {
  return JSON.stringify(args, (key, value: unknown) => (key === 'v' && typeof value === 'string' ? value.replace(/\p{L}+/gu, 'a').replace(/\d+/g, '0') : value)).slice(0, 400);
}

/** The value with one of its leaves changed, in each way. */
function changesOf(value: Value, strings: readonly string[], numbers: readonly number[]): readonly Value[] {
  const within = (items: readonly Value[], wrap: (items: readonly Value[]) => Value): readonly Value[] =>
    items.slice(0, 3).flatMap((item, i) => changesOf(item, strings, numbers).map((changed) => wrap(items.map((own, j) => (i === j ? changed : own)))));
  switch (value.k) {
    case 'string': return [...strings.flatMap((text) => around(value.v, text)), ...numbers.flatMap((n) => inPlaceOfDigits(value.v, String(n)))].map((v): Value => ({ k: 'string', v }));
    case 'number': return numbers.map((n): Value => ({ k: 'number', v: String(n) }));
    case 'array': return within(value.items, (items) => ({ ...value, items }));
    case 'object': return value.entries.slice(0, 8).flatMap(([key, item], i) => changesOf(item, strings, numbers).map((changed): Value => ({ ...value, entries: value.entries.map((own, j) => (i === j ? [key, changed] as const : own)) })));
    default: return [];
  }
}

/** Between the parts of a text. */
const SEPARATOR = /[^\p{L}\p{N}\s_]+/gu;

function around(text: string, planted: string): readonly string[] {
  const separators = [...text.matchAll(SEPARATOR)].slice(0, 2);
  const between = separators.flatMap(({ 0: separator, index }) => [
    text.slice(0, index) + planted + text.slice(index),
    text.slice(0, index + separator.length) + planted + text.slice(index + separator.length),
  ]);
  return [...new Set([planted + text, text + planted, ...between])].filter((made) => made !== text);
}

function inPlaceOfDigits(text: string, digits: string): readonly string[] {
  return [...text.matchAll(/\d+/g)].slice(0, 3).map(({ 0: own, index }) => text.slice(0, index) + digits + text.slice(index + own.length)).filter((made) => made !== text);
}
