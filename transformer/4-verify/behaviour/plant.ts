/**
 * Inputs made of those that the original answers: with what stands in the sources put where it decides. Whoever decides by a value
 * behind a format, by two values at once, by a length or by a remainder is not found by chance.
 */
import type { Definition, TypeIr } from '../../contract/ir.ts';
import type { Value } from '../sandbox/value.ts';

export interface Literals { readonly strings: readonly string[]; readonly numbers: readonly number[]; readonly bigints?: readonly string[] }

/** What is planted into: small inputs, the best first, and what the contract says of them. */
export interface Soil { readonly bases: readonly Args[]; readonly types: readonly TypeIr[]; readonly definitions: readonly Definition[] }

/** `of`: index of the base that it is made of. */
export interface Planted { readonly args: Args; readonly of: number }

type Args = readonly Value[];
type LeafValue = Extract<Value, { k: 'string' | 'number' | 'bigint' | 'date' }>;
/** A text, a number or a date in the arguments, and the arguments with another one in its place. */
interface Leaf { readonly value: LeafValue; readonly put: (args: Args, value: Value) => Args }

/** More would cost more than they find. */
const MAX_BASES = 6;
const MAX_LEAVES = 6;
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
export function plantLiterals({ bases, types, definitions }: Soil, own: Literals, all: Literals & { readonly patterns: readonly string[] }): readonly Planted[] {
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
  const bigints = (own.bigints ?? []).slice(0, MAX_NUMBERS).map(BigInt);
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

const string = (v: string): Value => ({ k: 'string', v });
/** A list with so many items, and with one more: a limit shows only beyond it. */
function stretched(args: Args, sizes: readonly number[]): readonly Args[] {
  return args.flatMap((arg, i) => (arg.k !== 'array' || arg.items.length === 0 ? [] : sizes.flatMap((size) => [size, size + 1]).map((length): Args => args.map((own, j) => (i === j ? { k: 'array', items: Array.from({ length }, (_, n) => arg.items[n % arg.items.length]!) } : own)))));
}

const number = (n: number): Value => ({ k: 'number', v: Object.is(n, -0) ? '-0' : String(n) });
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

type Definitions = ReadonlyMap<string, TypeIr>;
interface Within { readonly value: LeafValue; readonly put: (whole: Value, changed: Value) => Value }

const ANY: TypeIr = { kind: 'any' };

/** Only where any text, any number, … is inside the contract: what it refuses tells nothing. */
function leavesOf(args: Args, types: readonly TypeIr[], definitions: Definitions): readonly Leaf[] {
  return args.flatMap((arg, i) => within(arg, types[i] ?? ANY, definitions).map(({ value, put }): Leaf => ({ value, put: (own, changed) => own.map((each, j) => (i === j ? put(each, changed) : each)) }))).slice(0, MAX_LEAVES);
}

function within(value: Value, type: TypeIr, definitions: Definitions): readonly Within[] {
  const at = <T>(items: readonly T[], count: number, valueOf: (item: T) => Value, typeOf: (i: number, item: T) => TypeIr, set: (whole: Value, i: number, changed: (own: T) => T) => Value, wrap: (item: T, changed: Value) => T): readonly Within[] =>
    items.slice(0, count).flatMap((item, i) => within(valueOf(item), typeOf(i, item), definitions).map((leaf): Within => ({ value: leaf.value, put: (whole, changed) => set(whole, i, (own) => wrap(own, leaf.put(valueOf(own), changed))) })));
  const changedAt = <T>(list: readonly T[], i: number, change: (own: T) => T): readonly T[] => list.map((own, j) => (i === j ? change(own) : own));
  const parts = partsOf(type, definitions);
  switch (value.k) {
    case 'string': case 'number': case 'bigint': return parts.some((part) => isOpen(part) || (part.kind === value.k && part.constraints === undefined)) ? [{ value, put: (_, changed) => changed }] : [];
    case 'date': return [{ value, put: (_, changed) => changed }];
    case 'array': return at(value.items, 2, (item) => item, (i) => itemType(parts, i), (whole, i, change) => (whole.k === 'array' ? { ...whole, items: changedAt(whole.items, i, change) } : whole), (_, changed) => changed);
    case 'set': return at(value.items, 2, (item) => item, (i) => itemType(parts, i), (whole, i, change) => (whole.k === 'set' ? { ...whole, items: changedAt(whole.items, i, change) } : whole), (_, changed) => changed);
    case 'map': return at(value.entries, 2, ([, item]) => item, () => unionOf(parts.flatMap((part) => (part.kind === 'map' ? [part.value] : isOpen(part) ? [ANY] : []))), (whole, i, change) => (whole.k === 'map' ? { ...whole, entries: changedAt(whole.entries, i, change) } : whole), ([key], changed) => [key, changed] as const);
    case 'object': return at(value.entries, 12, ([, item]) => item, (_, [key]) => propertyType(parts, key), (whole, i, change) => (whole.k === 'object' ? { ...whole, entries: changedAt(whole.entries, i, change) } : whole), ([key], changed) => [key, changed] as const);
    // Of what constructors take and callbacks return the contract says nothing.
    case 'instance': return at(value.args, 2, (item) => item, () => ANY, (whole, i, change) => (whole.k === 'instance' ? { ...whole, args: changedAt(whole.args, i, change) } : whole), (_, changed) => changed);
    case 'function': return at(value.results, 1, (item) => item, () => ANY, (whole, i, change) => (whole.k === 'function' ? { ...whole, results: changedAt(whole.results, i, change) } : whole), (_, changed) => changed);
    default: return [];
  }
}

const isOpen = ({ kind }: TypeIr): boolean => kind === 'any' || kind === 'present' || kind === 'object';

/** What a value of the type may be: members of unions and of intersections, names resolved. */
function partsOf(type: TypeIr, definitions: Definitions, depth = 0): readonly TypeIr[] {
  if (depth > 6) return [];
  if (type.kind === 'union' || type.kind === 'intersection') return type.members.flatMap((member) => partsOf(member, definitions, depth + 1));
  if (type.kind === 'ref') return partsOf(definitions.get(type.name) ?? ANY, definitions, depth + 1);
  return [type];
}

const unionOf = (members: readonly TypeIr[]): TypeIr => ({ kind: 'union', members });

function itemType(parts: readonly TypeIr[], i: number): TypeIr {
  return unionOf(parts.flatMap((part) => (part.kind === 'array' || part.kind === 'set' ? [part.element] : part.kind === 'tuple' ? [(part.elements[i] ?? part.elements.at(-1))?.type ?? ANY] : isOpen(part) ? [ANY] : [])));
}

/** Where members of a union say different things of a property, only what all of them allow is open. */
function propertyType(parts: readonly TypeIr[], key: string): TypeIr {
  const said = parts.flatMap((part) => {
    if (isOpen(part)) return [ANY];
    if (part.kind !== 'shape') return [];
    const own = part.properties.find(({ name, symbol }) => name === key && !symbol)?.type ?? part.indexes.find((index) => index.key === 'string')?.type;
    return own === undefined ? [] : [own];
  });
  const isClosed = said.some(({ kind }) => kind === 'literal' || kind === 'template');
  return isClosed ? { kind: 'never' } : unionOf(said);
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
  const expressions = patterns.filter(isQuick).flatMap((pattern) => compile(pattern) ?? []);
  const fits = (text: string): boolean => expressions.some((expression) => expression.test(text));
  return [...FORMS.filter(fits), ...FORMS.filter((text) => !fits(text))];
}

/** Expressions of the sources run here without a limit: only those that cannot take long, whoever wrote them. */
function isQuick(pattern: string): boolean {
  return pattern.length <= 200 && !/\)[*+?{]|\\[1-9k]/.test(pattern) && (pattern.match(/[*+?]|\{\d+,\d*\}/g)?.length ?? 0) <= 2;
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
