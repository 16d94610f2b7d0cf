/** Constructors that keep the promises of the IR: unions flat, free of duplicates, and sorted. */
import type { TypeIr } from './ir.ts';

export const ANY: TypeIr = { kind: 'any' };
const BOOLEAN: TypeIr = { kind: 'boolean' };

/** Cheap tests first; among equals the text decides. */
const RANK: Readonly<Record<TypeIr['kind'], number>> = {
  any: 0, never: 1, undefined: 2, null: 3, boolean: 4, number: 5, bigint: 6, string: 7, symbol: 8, literal: 9, function: 10, template: 11,
  present: 12, object: 13, thenable: 14, builtin: 15, array: 16, tuple: 17, map: 18, set: 19, instance: 20, shape: 21, ref: 22, intersection: 23, union: 24,
};

/** Texts of the objects that were asked for before: types never change, and big ones are asked for often. */
const texts = new WeakMap<object, string>();

/** Text of plain data with sorted keys: equal values give equal texts. Absent and undefined fields are the same. The data may not change afterwards. */
export function stableText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let text = texts.get(value);
  if (text === undefined) texts.set(value, (text = Array.isArray(value) ? `[${value.map(stableText).join(',')}]` : objectText(value as Readonly<Record<string, unknown>>)));
  return text;
}

function objectText(value: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const key of Object.keys(value).sort()) if (value[key] !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${stableText(value[key])}`;
  return `{${text}}`;
}

export function makeLiteral(value: string | number | boolean): TypeIr {
  if (typeof value === 'number' && Number.isNaN(value)) return { kind: 'literal', type: 'nan', value: 'NaN' };
  return { kind: 'literal', type: typeof value as 'string' | 'number' | 'boolean', value };
}

/**
 * The union of some types.
 * `any` swallows everything, `never` disappears, `true | false` is boolean, a literal disappears beside its own primitive.
 */
export function makeUnion(types: readonly TypeIr[]): TypeIr {
  if (types.length === 1) return types[0]!;
  const flat = types.flatMap((type) => (type.kind === 'union' ? type.members : [type]));
  if (flat.some((type) => type.kind === 'any')) return ANY;
  const byText = new Map<string, TypeIr>(flat.filter((type) => type.kind !== 'never').map((type) => [stableText(type), type]));
  const isThere = (value: boolean): boolean => byText.has(stableText(makeLiteral(value)));
  if (isThere(true) && isThere(false)) byText.set(stableText(BOOLEAN), BOOLEAN);
  const primitives = new Set([...byText.values()].filter((type) => !('constraints' in type)).map((type) => type.kind as string));
  const left = [...byText].filter(([, type]) => !(type.kind === 'literal' && primitives.has(type.type === 'nan' ? 'number' : type.type)));
  if (left.length === 0) return { kind: 'never' };
  if (left.length === 1) return left[0]![1];
  return { kind: 'union', members: left.sort(byRank).map(([, type]) => type) };
}

function byRank([textA, a]: readonly [string, TypeIr], [textB, b]: readonly [string, TypeIr]): number {
  if (a.kind !== b.kind) return RANK[a.kind] - RANK[b.kind];
  if (a.kind === 'literal' && b.kind === 'literal' && typeof a.value === 'number' && typeof b.value === 'number') return a.value - b.value;
  return textA < textB ? -1 : textA > textB ? 1 : 0;
}

/** The intersection of some types; `any` adds nothing. */
export function makeIntersection(types: readonly TypeIr[]): TypeIr {
  const flat = types.flatMap((type) => (type.kind === 'intersection' ? type.members : [type])).filter((type) => type.kind !== 'any');
  const byText = new Map(flat.map((type) => [stableText(type), type]));
  if (byText.size === 0) return ANY;
  if (byText.size === 1) return [...byText.values()][0]!;
  return { kind: 'intersection', members: [...byText].sort(byRank).map(([, type]) => type) };
}

/** The same type with its direct parts replaced; unions and intersections are made anew. */
export function mapParts(ir: TypeIr, f: (part: TypeIr) => TypeIr): TypeIr {
  switch (ir.kind) {
    case 'array':
      return { ...ir, element: f(ir.element) };
    case 'set':
      return { ...ir, element: f(ir.element) };
    case 'map':
      return { ...ir, key: f(ir.key), value: f(ir.value) };
    case 'tuple':
      return { ...ir, elements: ir.elements.map((element) => ({ ...element, type: f(element.type) })) };
    case 'instance':
      return ir.shape === undefined ? ir : { ...ir, shape: f(ir.shape) };
    case 'shape':
      return {
        ...ir,
        properties: ir.properties.map((property) => ({ ...property, type: f(property.type) })),
        indexes: ir.indexes.map((index) => ({ ...index, type: f(index.type) })),
      };
    case 'union':
      return makeUnion(ir.members.map(f));
    case 'intersection':
      return makeIntersection(ir.members.map(f));
    default:
      return ir;
  }
}

/** The direct parts of a type, in order. */
export function partsOf(ir: TypeIr): readonly TypeIr[] {
  switch (ir.kind) {
    case 'array':
    case 'set':
      return [ir.element];
    case 'map':
      return [ir.key, ir.value];
    case 'tuple':
      return ir.elements.map((element) => element.type);
    case 'instance':
      return ir.shape === undefined ? [] : [ir.shape];
    case 'shape':
      return [...ir.properties.map((property) => property.type), ...ir.indexes.map((index) => index.type)];
    case 'union':
    case 'intersection':
      return ir.members;
    default:
      return [];
  }
}

/** Names of the definitions that a type mentions, not looking into them. */
export function refsOf(ir: TypeIr): readonly string[] {
  const found = new Set<string>();
  const visit = (part: TypeIr): void => {
    if (part.kind === 'ref') found.add(part.name);
    partsOf(part).forEach(visit);
  };
  visit(ir);
  return [...found];
}
