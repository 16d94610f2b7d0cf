/**
 * Inputs made of those that the original answers: with what stands in the sources put where it decides. Whoever decides by a value
 * behind a format, by two values at once, by a length or by a remainder is not found by chance.
 */
import type { Definition, TypeIr } from '../../contract/ir.ts';
import { number, string, type Value } from '../sandbox/value.ts';
import { formsFor } from './forms.ts';
import { leavesOf, type Args, type Leaf, type LeafValue } from './leaves.ts';
import type { Literals, SourceLiterals } from './read-literals.ts';

/** What is planted into: small inputs, the best first, and what the contract says of them. */
export interface Soil { readonly bases: readonly Args[]; readonly types: readonly TypeIr[]; readonly definitions: readonly Definition[] }

/** `of`: index of the base that it is made of. */
export interface Planted { readonly args: Args; readonly of: number }

/** More would cost more than they find. */
const MAX_BASES = 6;
const MAX_STRINGS = 6;
const MAX_NUMBERS = 6;
const MAX_LIGHT = 200;
export const MAX_PLANTED = 240;
/** Many functions take as long as a number is large, or a text is long. */
const MAX_SUM = 1e6;
const MAX_SHORT = 100;
const MAX_SIZE = 20_000;
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
    const named = leavesOf(args, [], new Map()).filter(({ value }) => value.k === 'string' && known.has(value.v)).length;
    return { item, isFirst, rank: 1_000 * named + form.length };
  });
  const sorted = ranked.sort((a, b) => b.rank - a.rank);
  return [...sorted.filter(({ isFirst }) => isFirst), ...sorted.filter(({ isFirst }) => !isFirst)].map(({ item }) => item);
}

/**
 * @param own what stands in the candidate alone, what it decides by first
 * @param all what stands in either source
 * @returns by turns of each way of each base and of each place in it, so that all have their share; what may take long last
 */
export function plantLiterals({ bases, types, definitions }: Soil, own: Literals, all: SourceLiterals): readonly Planted[] {
  const forms = formsFor(all.patterns);
  const named = new Map(definitions.map(({ name, type }) => [name, type]));
  const chosen = bases.slice(0, MAX_BASES);
  const ways = chosen.map((args, of) => {
    const { light, heavy } = waysOf(args, leavesOf(args, types, named), own, all, forms);
    // Bases have the same values to plant: each begins with other ones.
    const turned = (list: readonly Args[]): readonly Planted[] => rotated(list, Math.floor((of * list.length) / chosen.length)).map((each) => ({ args: each, of }));
    return { light: light.map(turned), heavy: heavy.map(turned) };
  });
  const found = new Map<string, Planted>();
  const take = (lists: readonly (readonly Planted[])[], limit: number): void => {
    for (const each of inTurns(lists)) {
      if (found.size >= limit) return;
      const text = JSON.stringify(each.args);
      if (!found.has(text)) found.set(text, each);
    }
  };
  take(ways.flatMap(({ light }) => light), MAX_LIGHT);
  take(ways.flatMap(({ heavy }) => heavy), MAX_PLANTED);
  return [...found.values()];
}

function waysOf(args: Args, leaves: readonly Leaf[], own: Literals, all: Literals, forms: readonly string[]): { readonly light: readonly (readonly Args[])[]; readonly heavy: readonly (readonly Args[])[] } {
  const strings = own.strings.slice(0, MAX_STRINGS);
  const numbers = own.numbers.filter((n) => n !== 0 && n !== 1).slice(0, MAX_NUMBERS);
  const [small, large] = [numbers.filter((n) => Math.abs(n) <= MAX_SUM), numbers.filter((n) => Math.abs(n) > MAX_SUM)];
  const sums = [...new Set([...small, ...small.flatMap((n) => [-n, n + 1, n - 1]), ...combined(small)])].filter((n) => Math.abs(n) <= MAX_SUM);
  const bigints = own.bigints.slice(0, MAX_NUMBERS).map(BigInt);
  const lengths = [...new Set([...numbers, ...all.numbers.slice(0, MAX_NUMBERS)])].filter((n) => Number.isInteger(n) && n > 1 && n < LONG).concat(LONG);
  const sizes = small.filter((n) => Number.isInteger(n) && n > 1 && n <= MAX_SIZE);
  const digits = [...small.map(String), ...strings.filter((text) => /^\d+$/.test(text))];
  const times = [...numbers.filter((n) => n > 1_000 && n < 9_999).flatMap((year) => [Date.UTC(year, 0, 1), Date.UTC(year, 6, 17)]), ...large, ...strings.map(Date.parse)].filter((ms) => Number.isFinite(ms));
  const each = (k: LeafValue['k'], make: (v: string) => readonly Value[]): readonly Args[] =>
    inTurns(leaves.flatMap(({ value, put }) => (value.k === k ? [make(value.v).filter((made) => JSON.stringify(made) !== JSON.stringify(value)).map((made) => put(args, made))] : [])));
  const texts = (make: (v: string) => readonly string[]): readonly Args[] => each('string', (v) => make(v).map(string));
  const pairsOfLeaves = pairs(leaves.filter(({ value }) => value.k === 'string'));
  return {
    light: [
      each('number', () => sums.map(number)),
      each('bigint', () => [...bigints, ...combined(bigints)].map((n): Value => ({ k: 'bigint', v: String(n) }))),
      each('date', () => times.map((ms): Value => ({ k: 'date', v: String(ms) }))),
      texts(() => strings),
      texts((text) => strings.flatMap((planted) => around(text, planted))),
      // Two at once; what decides comes first among the strings, whatever stands behind it.
      pairs(strings).flatMap(([s, t]) => pairsOfLeaves.flatMap(([a, b]) => [b.put(a.put(args, string(s)), string(t)), b.put(a.put(args, string(t)), string(s))])),
      texts((text) => digits.flatMap((planted) => inPlaceOfDigits(text, planted))),
      texts((text) => lengths.filter((length) => length <= MAX_SHORT).flatMap((length) => lengthened(text, length))),
      texts(() => forms),
      texts(() => all.strings.slice(0, MAX_STRINGS).flatMap((text) => [`${text} `, ` ${text}`, text.toUpperCase() === text ? text.toLowerCase() : text.toUpperCase(), text.slice(0, -1), `${text}${text}`])),
    ],
    heavy: [
      stretched(args, sizes),
      texts((text) => lengths.filter((length) => length > MAX_SHORT).flatMap((length) => lengthened(text, length))),
      each('number', () => large.map(number)),
    ],
  };
}

/** A list with so many items, and with one more: a limit shows only beyond it. */
function stretched(args: Args, sizes: readonly number[]): readonly Args[] {
  return args.flatMap((arg, i) => (arg.k !== 'array' || arg.items.length === 0 ? [] : sizes.flatMap((size) => [size, size + 1]).map((length): Args => args.map((own, j) => (i === j ? { k: 'array', items: Array.from({ length }, (_, n) => arg.items[n % arg.items.length]!) } : own)))));
}

const pairs = <T>(list: readonly T[]): readonly (readonly [T, T])[] => list.flatMap((a, i) => list.slice(i + 1).map((b) => [a, b] as const));
const rotated = <T>(list: readonly T[], by: number): readonly T[] => [...list.slice(by), ...list.slice(0, by)];

/** The first of each, the second of each, … */
function inTurns<T>(lists: readonly (readonly T[])[]): readonly T[] {
  return Array.from({ length: Math.max(0, ...lists.map((list) => list.length)) }, (_, n) => lists.flatMap((list) => list.slice(n, n + 1))).flat();
}

/** Numbers whose remainder by one is another, and sums and products. */
function combined<N extends number | bigint>(numbers: readonly N[]): readonly N[] {
  const sum = (a: N, b: N, times: number): N => (typeof a === 'bigint' ? BigInt(times) * a + (b as bigint) : times * a + (b as number)) as N;
  return numbers.flatMap((a) => numbers.filter((b) => b !== a).flatMap((b) => [sum(a, b, 7), sum(a, b, 1), (a * b) as N]));
}

/** What an input looks like: kinds, and texts, unless the sources name them, with their letters and digits run together. */
function formOf(args: Args, known: ReadonlySet<string>): string {
  return JSON.stringify(args, (key, value: unknown) => (key === 'v' && typeof value === 'string' && !known.has(value) ? value.replace(/\p{L}+/gu, 'a').replace(/\d+/g, '0') : value)).slice(0, 400);
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
