/** Where in arguments a text, a number or a date stands that could as well be another one. */
import type { TypeIr } from '../../contract/ir.ts';
import type { Value } from '../sandbox/value.ts';

export type Args = readonly Value[];
export type LeafValue = Extract<Value, { k: 'string' | 'number' | 'bigint' | 'date' }>;

/** One of them, and the arguments with another value in its place. */
export interface Leaf { readonly value: LeafValue; readonly put: (args: Args, value: Value) => Args }

interface Within { readonly value: LeafValue; readonly put: (whole: Value, changed: Value) => Value }

const MAX_LEAVES = 6;
const ANY: TypeIr = { kind: 'any' };

/** Only where any text, any number, … is inside the contract: what that refuses tells nothing. A parameter without a type may be anything. */
export function leavesOf(args: Args, types: readonly TypeIr[], definitions: ReadonlyMap<string, TypeIr>): readonly Leaf[] {
  return args.flatMap((arg, i) => makeReader(definitions)(arg, [types[i] ?? ANY]).map(({ value, put }): Leaf => ({ value, put: (own, changed) => own.map((each, j) => (i === j ? put(each, changed) : each)) }))).slice(0, MAX_LEAVES);
}

/** A value, and what is said of it: by several members of a union perhaps, which all have to allow what is put there. */
type Reader = (value: Value, types: readonly TypeIr[]) => readonly Within[];

function makeReader(definitions: ReadonlyMap<string, TypeIr>): Reader {
  /** Members of unions and of intersections, names resolved. */
  const partsOf = (type: TypeIr, depth = 0): readonly TypeIr[] => {
    if (depth > 6) return [];
    if (type.kind === 'union' || type.kind === 'intersection') return type.members.flatMap((member) => partsOf(member, depth + 1));
    if (type.kind === 'ref') return partsOf(definitions.get(type.name) ?? ANY, depth + 1);
    return [type];
  };

  const inList = <T>(items: readonly T[], count: number, valueOf: (item: T) => Value, typesOf: (item: T, i: number) => readonly TypeIr[], put: (whole: Value, items: (own: readonly T[]) => readonly T[]) => Value, wrap: (item: T, changed: Value) => T): readonly Within[] =>
    items.slice(0, count).flatMap((item, i) => read(valueOf(item), typesOf(item, i)).map((leaf): Within => ({
      value: leaf.value, put: (whole, changed) => put(whole, (list) => list.map((own, j) => (i === j ? wrap(own, leaf.put(valueOf(own), changed)) : own))),
    })));
  const itself = (value: Value): Value => value;
  const changed = (_: Value, value: Value): Value => value;

  const read: Reader = (value, types) => {
    const parts = types.flatMap((type) => partsOf(type));
    const any: readonly TypeIr[] = parts.some(isOpen) ? [ANY] : [];
    switch (value.k) {
      case 'string': case 'number': case 'bigint': return types.length > 0 && types.every((type) => partsOf(type).some((part) => isOpen(part) || (part.kind === value.k && part.constraints === undefined))) ? [{ value, put: changed }] : [];
      case 'date': return [{ value, put: changed }];
      case 'array': return inList(value.items, 2, itself, (_, i) => [...any, ...itemTypes(parts, i)], (whole, set) => (whole.k === 'array' ? { ...whole, items: set(whole.items) } : whole), changed);
      case 'set': return inList(value.items, 2, itself, (_, i) => [...any, ...itemTypes(parts, i)], (whole, set) => (whole.k === 'set' ? { ...whole, items: set(whole.items) } : whole), changed);
      case 'map': return inList(value.entries, 2, ([, item]) => item, () => [...any, ...parts.flatMap((part) => (part.kind === 'map' ? [part.value] : []))], (whole, set) => (whole.k === 'map' ? { ...whole, entries: set(whole.entries) } : whole), ([key], item) => [key, item] as const);
      case 'object': return inList(value.entries, 12, ([, item]) => item, ([key]) => [...any, ...propertyTypes(parts, key)], (whole, set) => (whole.k === 'object' ? { ...whole, entries: set(whole.entries) } : whole), ([key], item) => [key, item] as const);
      // Of what constructors take and callbacks return the contract says nothing.
      case 'instance': return inList(value.args, 2, itself, () => [ANY], (whole, set) => (whole.k === 'instance' ? { ...whole, args: set(whole.args) } : whole), changed);
      case 'function': return inList(value.results, 1, itself, () => [ANY], (whole, set) => (whole.k === 'function' ? { ...whole, results: set(whole.results) } : whole), changed);
      default: return [];
    }
  };
  return read;
}

const isOpen = ({ kind }: TypeIr): boolean => kind === 'any' || kind === 'present' || kind === 'object';

function itemTypes(parts: readonly TypeIr[], i: number): readonly TypeIr[] {
  return parts.flatMap((part) => (part.kind === 'array' || part.kind === 'set' ? [part.element] : part.kind === 'tuple' ? [(part.elements[i] ?? part.elements.at(-1))?.type ?? ANY] : []));
}

function propertyTypes(parts: readonly TypeIr[], key: string): readonly TypeIr[] {
  return parts.flatMap((part) => {
    if (part.kind !== 'shape') return [];
    const own = part.properties.find(({ name, symbol }) => name === key && !symbol)?.type ?? part.indexes.find((index) => index.key === 'string')?.type;
    return own === undefined ? [] : [own];
  });
}
