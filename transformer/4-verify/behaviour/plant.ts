/**
 * Inputs made of those that the original answers: with what stands in the sources put where it decides. Whoever decides by a value
 * behind a format, by two values at once, by a length or by a remainder is not found by chance.
 */
import type { Value } from '../sandbox/value.ts';

export interface Literals { readonly strings: readonly string[]; readonly numbers: readonly number[] }

type Args = readonly Value[];
/** A text or a number in the arguments, and the arguments with another one in its place. */
interface Leaf { readonly value: Extract<Value, { k: 'string' | 'number' }>; readonly put: (args: Args, value: Value) => Args }

/** More would cost more than they find. */
const MAX_BASES = 6;
const MAX_LEAVES = 5;
const MAX_STRINGS = 6;
const MAX_NUMBERS = 6;
const MAX_PLANTED = 160;
/** Many functions take as long as a number is large. */
const MAX_SUM = 1e6;
/** A text of so many characters shows who asks for memory by the square of it. */
const LONG = 1_000;

/**
 * Those first whose texts the sources name, of each form one before any form comes twice: `cash` and `card` differ, `ab 1` and `xyz 23` do not.
 *
 * @param argsOf of an item
 */
export function variedFirst<T>(items: readonly T[], argsOf: (item: T) => Args, { strings }: Literals): readonly T[] {
  const known = new Set(strings);
  const seen = new Set<string>();
  const ranked = items.map((item) => {
    const args = argsOf(item);
    const form = formOf(args, known);
    const isFirst = !seen.has(form);
    seen.add(form);
    const named = leavesOf(args).filter(({ value }) => value.k === 'string' && known.has(value.v)).length;
    return { item, isFirst, rank: 1_000 * named + form.length };
  });
  const sorted = ranked.sort((a, b) => b.rank - a.rank);
  return [...sorted.filter(({ isFirst }) => isFirst), ...sorted.filter(({ isFirst }) => !isFirst)].map(({ item }) => item);
}

/**
 * @param bases arguments of calls, those that the original answered first
 * @param own what stands in the candidate alone
 * @param all what stands in either source
 * @returns by turns of each way of each base, so that all have their share
 */
export function plantLiterals(bases: readonly Args[], own: Literals, all: Literals & { readonly patterns: readonly string[] }): readonly Args[] {
  const forms = formsFor(all.patterns);
  const strings = own.strings.slice(0, MAX_STRINGS);
  const numbers = own.numbers.filter((n) => n !== 0 && n !== 1).slice(0, MAX_NUMBERS);
  const lengths = [...new Set([...numbers, ...all.numbers.slice(0, MAX_NUMBERS)])].filter((n) => Number.isInteger(n) && n > 1 && n < LONG).concat(LONG);
  const digits = [...numbers.map(String), ...strings.filter((text) => /^\d+$/.test(text))];
  const sums = [...new Set([...numbers, ...numbers.flatMap((a) => numbers.filter((b) => b !== a).flatMap((b) => [a + b, 7 * a + b, a * b]).filter((n) => Math.abs(n) <= MAX_SUM))])];
  const ways = bases.slice(0, MAX_BASES).flatMap((args): readonly (readonly Args[])[] => {
    const leaves = leavesOf(args);
    const each = (make: (text: string) => readonly string[]): readonly Args[] => leaves.flatMap(({ value, put }) => (value.k === 'string' ? make(value.v).filter((v) => v !== value.v).map((v) => put(args, string(v))) : []));
    return [
      leaves.flatMap(({ value, put }) => (value.k === 'number' ? sums.map((n) => put(args, { k: 'number', v: String(n) })) : [])),
      each(() => strings),
      each((text) => strings.flatMap((planted) => around(text, planted))),
      pairs(leaves.filter(({ value }) => value.k === 'string')).flatMap(([a, b]) => pairs(strings).flatMap(([s, t]) => [b.put(a.put(args, string(s)), string(t)), b.put(a.put(args, string(t)), string(s))])),
      each((text) => lengths.flatMap((length) => lengthened(text, length))),
      each((text) => digits.flatMap((planted) => inPlaceOfDigits(text, planted))),
      each(() => forms),
      each(() => all.strings.slice(0, MAX_STRINGS).flatMap((text) => [`${text} `, ` ${text}`, text.toUpperCase() === text ? text.toLowerCase() : text.toUpperCase(), text.slice(0, -1), `${text}${text}`])),
    ];
  });
  const turns = Array.from({ length: Math.max(0, ...ways.map((list) => list.length)) }, (_, n) => ways.flatMap((list) => list.slice(n, n + 1))).flat();
  return [...new Map(turns.map((args) => [JSON.stringify(args), args])).values()].slice(0, MAX_PLANTED);
}

const string = (v: string): Value => ({ k: 'string', v });
const pairs = <T>(list: readonly T[]): readonly (readonly [T, T])[] => list.flatMap((a, i) => list.slice(i + 1).map((b) => [a, b] as const));

/** What an input looks like: kinds, and texts, unless the sources name them, with their letters and digits run together. */
function formOf(args: Args, known: ReadonlySet<string>): string {
  return JSON.stringify(args, (key, value: unknown) => (key === 'v' && typeof value === 'string' && !known.has(value) ? value.replace(/\p{L}+/gu, 'a').replace(/\d+/g, '0') : value)).slice(0, 400);
}

function leavesOf(args: Args): readonly Leaf[] {
  return args.flatMap((arg, i) => within(arg).map(({ value, put }): Leaf => ({ value, put: (own, changed) => own.map((each, j) => (i === j ? put(each, changed) : each)) }))).slice(0, MAX_LEAVES);
}

function within(value: Value): readonly { readonly value: Leaf['value']; readonly put: (whole: Value, changed: Value) => Value }[] {
  switch (value.k) {
    case 'string': case 'number': return [{ value, put: (_, changed) => changed }];
    case 'array': return value.items.slice(0, 2).flatMap((item, i) => within(item).map((leaf) => ({ value: leaf.value, put: (whole: Value, changed: Value): Value => (whole.k === 'array' ? { ...whole, items: whole.items.map((own, j) => (i === j ? leaf.put(own, changed) : own)) } : whole) })));
    case 'object': return value.entries.flatMap(([key, item], i) => within(item).map((leaf) => ({ value: leaf.value, put: (whole: Value, changed: Value): Value => (whole.k === 'object' ? { ...whole, entries: whole.entries.map((own, j) => (i === j ? [key, leaf.put(own[1], changed)] as const : own)) } : whole) })));
    default: return [];
  }
}

/** Texts of forms that code reads: random characters fit an expression for a date, and are none. */
const FORMS = [
  'Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994', '2024-02-29T12:34:56.789+02:00', '2024-02-29 12:34:56', '2023-02-29', '29.02.2024', '02/29/2024', '2024-W09-4', '2024-060',
  '23:59:60', '12:34', 'PT1H30M', '1e3', '0x1f', '+42', '007', '1_000', '.5', '12.', '1,234.50', '1.234,50', '50%', '12px', '$1.00', '10MB',
  'first.last+tag@sub.example.org', 'HTTP://User:pw@EXAMPLE.com:8080/a%20b/../c?x=1&x=2#f', '//example.com', 'a=1&b=%20&c', '192.168.0.1', '256.1.1.1', '::1', '2001:db8::ff00:42:8329', 'example.com:443',
  '123e4567-e89b-12d3-a456-426614174000', 'v1.2.3-rc.1+build', '#ffAA00', 'rgb(1, 2, 3)', 'en-US', 'de_CH', 'aGVsbG8=', '4242 4242 4242 4242', '+1 (555) 010-0199', 'a,"b ""c""",d', '/usr/../lib/x.tar.gz', 'C:\\temp\\x', '<a href="x">y</a>', '{"a":[1,2,{"b":null}]}',
];

/** Those first that an expression of the sources fits. */
function formsFor(patterns: readonly string[]): readonly string[] {
  const expressions = patterns.flatMap((pattern) => compile(pattern) ?? []);
  const fits = (text: string): boolean => expressions.some((expression) => expression.test(text));
  return [...FORMS.filter(fits), ...FORMS.filter((text) => !fits(text))];
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    // Only another flag lets it be one.
    return undefined;
  }
}

/** Between the parts of a text. */
const SEPARATOR = /[^\p{L}\p{N}\s_]+/gu;

function around(text: string, planted: string): readonly string[] {
  const separators = [...text.matchAll(SEPARATOR)].slice(0, 2);
  const between = separators.flatMap(({ 0: separator, index }) => [index, index + separator.length].map((at) => text.slice(0, at) + planted + text.slice(at)));
  return [...new Set([planted + text, text + planted, ...between])];
}

/** As long as that: all of it, its digits alone, its letters alone. */
function lengthened(text: string, length: number): readonly string[] {
  return [/[^]/gu, /\d/g, /\p{L}/gu].flatMap((kind) => {
    const found = [...text.matchAll(kind)];
    const last = found.at(-1);
    return last === undefined || found.length >= length ? [] : [text.slice(0, last.index) + last[0].repeat(length - found.length) + text.slice(last.index)];
  });
}

function inPlaceOfDigits(text: string, digits: string): readonly string[] {
  return [...text.matchAll(/\d+/g)].slice(0, 3).map(({ 0: own, index }) => text.slice(0, index) + digits + text.slice(index + own.length));
}
