/** Ways in which the arguments of one call have to do with each other: most branches of real functions ask about that. */
import { string, type Value } from '../sandbox/value.ts';

export type Relation = (args: readonly Value[], pick: number) => Value[] | undefined;

type Of<K extends Value['k']> = Extract<Value, { k: K }>;
const is = <K extends Value['k']>(k: K) => (value: Value): value is Of<K> => value.k === k;

/** Indexes of the arguments that are of a kind. */
function places(args: readonly Value[], fits: (value: Value) => boolean): number[] {
  return args.flatMap((value, i) => (fits(value) ? [i] : []));
}

const at = <T>(list: readonly T[], pick: number): T | undefined => (list.length === 0 ? undefined : list[pick % list.length]);
const replaced = (args: readonly Value[], i: number, value: Value): Value[] => args.map((own, j) => (i === j ? value : own));
const isTextList = (value: Value): boolean => value.k === 'array' && value.items.every(is('string'));

/** A text begins or ends with what another argument, or the items of one, are: single characters, as those who trim want them. */
const atTheEnds: Relation = (args, pick) => {
  const texts = places(args, is('string'));
  const target = at(texts, pick);
  const other = at(places(args, (value) => is('string')(value) || isTextList(value)).filter((i) => i !== target), pick >> 2);
  if (target === undefined || other === undefined) return undefined;
  const { v } = args[target] as Of<'string'>;
  const first = v[0] ?? '-';
  const letters = [first, v.at(-1) ?? ' ', '-', 'a'].slice(0, 1 + (pick % 3));
  const [front, back] = [letters.join('').repeat(pick % 3), [...letters].reverse().join('').repeat((pick >> 3) % 3)];
  const out = replaced(args, target, string(`${front}${v}${back}`));
  return replaced(out, other, args[other]!.k === 'string' ? string(pick % 5 === 0 ? v.slice(0, 3) : first) : { k: 'array', items: letters.map(string) });
};

/** A text begins with, ends with, or lies right inside another one. */
const affix: Relation = (args, pick) => {
  const texts = places(args, is('string'));
  const [a, b] = [at(texts, pick), at(texts, pick + 1)];
  if (a === undefined || b === undefined || a === b) return undefined;
  const { v } = args[a] as Of<'string'>;
  const size = 1 + ((pick >> 1) % 3);
  return replaced(args, b, string([v.slice(0, size), v.slice(-size), v.slice(1, 1 + size), `${v.slice(0, size)}x`, v][pick % 5]!));
};

/** Names that an argument has: properties of an object (or of the first of a list), keys of a map. */
function namesIn(value: Value): readonly Value[] {
  if (value.k === 'object') return value.entries.map(([key]) => string(key));
  if (value.k === 'map') return value.entries.map(([key]) => key);
  if (value.k === 'set') return value.items;
  const [first] = value.k === 'array' ? value.items : [];
  return first?.k === 'object' ? namesIn(first) : [];
}

/** A key, or a list of keys, of another argument. */
const keysOf: Relation = (args, pick) => {
  const owner = at(places(args, (value) => namesIn(value).length > 0), pick);
  const names = owner === undefined ? [] : namesIn(args[owner]!);
  const other = at(places(args, (value) => value.k === 'array' || value.k === 'string' || value.k === 'number').filter((i) => i !== owner), pick >> 1);
  if (owner === undefined || other === undefined) return undefined;
  const name = at(names, pick)!;
  const value = args[other]!;
  // Where a number is wanted, a key that reads as one is one.
  if (value.k === 'number' && name.k === 'string' && String(Number(name.v)) === name.v) return replaced(args, other, { k: 'number', v: name.v });
  // The same to a careless reader.
  const alike = (text: string): string => [text, text, ` ${text}`, text.toUpperCase(), text.replace(/[!-~]/, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))][(pick >> 3) % 5]!;
  if (value.k !== 'array') return value.k === name.k || name.k === 'string' ? replaced(args, other, name.k === 'string' ? string(alike(name.v)) : name) : undefined;
  const own = value.items.slice(0, pick % 2);
  return replaced(args, other, { k: 'array', items: [...own, ...names.slice(0, 1 + (pick % names.length)), ...own] });
};

/** A number next to, opposite to, or a multiple of another one. */
const near: Relation = (args, pick) => {
  const numbers = places(args, is('number'));
  const [a, b] = [at(numbers, pick), at(numbers, pick + 1)];
  if (a === undefined || b === undefined || a === b) return undefined;
  const n = Number((args[a] as Of<'number'>).v);
  const m = [n + 1, n - 1, -n, n * 2, n / 2, n + 0.5][pick % 6]!;
  return replaced(args, b, { k: 'number', v: Object.is(m, -0) ? '-0' : String(m) });
};

/** Two arguments of one structure, made twice, with one leaf changed, or none. */
const twins: Relation = (args, pick) => {
  const big = places(args, (value) => value.k === 'object' || value.k === 'array' || value.k === 'map' || value.k === 'set');
  const a = at(big, pick);
  const b = at(big.filter((i) => i !== a && args[i]!.k === args[a!]!.k), pick >> 1);
  if (a === undefined || b === undefined) return undefined;
  return replaced(args, b, pick % 3 === 0 ? args[a]! : withOneChanged(args[a]!, pick));
};

function withOneChanged(value: Value, pick: number): Value {
  switch (value.k) {
    case 'number': return { k: 'number', v: String(Number(value.v) + 1) };
    case 'string': return string(`${value.v}x`);
    case 'boolean': return { k: 'boolean', v: !value.v };
    case 'null': return { k: 'undefined' };
    case 'undefined': return { k: 'null' };
    case 'array': case 'set': {
      const i = pick % Math.max(1, value.items.length);
      return value.items.length === 0 ? { ...value, items: [{ k: 'number', v: '1' }] } : { ...value, items: value.items.map((item, j) => (i === j ? withOneChanged(item, pick >> 1) : item)) };
    }
    case 'object': {
      const i = pick % Math.max(1, value.entries.length);
      if (value.entries.length === 0 || pick % 5 === 4) return { ...value, entries: [...value.entries.filter(([key]) => key !== 'more'), ['more', { k: 'undefined' }]] };
      return { ...value, entries: value.entries.map(([key, item], j) => [key, i === j ? withOneChanged(item, pick >> 1) : item]) };
    }
    case 'map': {
      const i = pick % Math.max(1, value.entries.length);
      return { ...value, entries: value.entries.map(([key, item], j) => [key, i === j ? withOneChanged(item, pick >> 1) : item]) };
    }
    default: return value;
  }
}

/** Lists of the same length. */
const sameLength: Relation = (args, pick) => {
  const lists = places(args, (value) => value.k === 'array' && value.items.length > 0);
  const [a, b] = [at(lists, pick), at(lists, pick + 1)];
  if (a === undefined || b === undefined || a === b) return undefined;
  const { length } = (args[a] as Of<'array'>).items;
  const { items } = args[b] as Of<'array'>;
  return replaced(args, b, { k: 'array', items: Array.from({ length }, (_, i) => items[i % items.length]!) });
};

/** A rest of one item, or of many, that are what the first argument holds. */
const spread: Relation = (args, pick) => {
  const [first, ...rest] = args;
  if (first?.k !== 'array' || first.items.length === 0 || rest.length === 0 || !rest.every(({ k }) => first.items.some((item) => item.k === k))) return undefined;
  return [first, ...rest.map((own, i) => (i === 0 ? at(first.items.filter(({ k }) => k === own.k), pick)! : own))];
};

/** Few different numbers and texts in all lists and objects: whoever looks for the first of several alike, or joins two lists, meets them. */
const colliding: Relation = (args, pick) => {
  const few = 2 + (pick % 2);
  const collide = (value: Value): Value => {
    switch (value.k) {
      case 'number': return { k: 'number', v: String(Math.abs(Math.trunc(Number(value.v)) || 0) % few) };
      case 'string': return string(['a', 'b', 'c'][value.v.length % few]!);
      case 'array': return { ...value, items: value.items.map(collide) };
      case 'object': return { ...value, entries: value.entries.map(([key, item]) => [key, collide(item)]) };
      default: return value;
    }
  };
  return args.some((value) => value.k === 'array' && value.items.length > 1) ? args.map((value) => (value.k === 'array' || value.k === 'object' ? collide(value) : value)) : undefined;
};

/** An object without a prototype, as parsers of queries and of expressions make them. */
const bare: Relation = (args, pick) => {
  const owner = at(places(args, (value) => value.k === 'object' && value.made === undefined), pick);
  return owner === undefined ? undefined : replaced(args, owner, { ...(args[owner] as Of<'object'>), bare: true });
};

export const RELATIONS: readonly Relation[] = [atTheEnds, affix, keysOf, near, twins, sameLength, spread, colliding, bare];
