/** Constructors that keep the promises of the IR: unions flat, free of duplicates, and sorted. */
import type { TypeIr } from './ir.ts';

export const ANY: TypeIr = { kind: 'any' };

/** Cheap tests first; among equals the text decides. */
const RANK: Readonly<Record<TypeIr['kind'], number>> = {
  any: 0, never: 1, undefined: 2, null: 3, boolean: 4, number: 5, bigint: 6, string: 7, symbol: 8, literal: 9, function: 10, template: 11,
  present: 12, object: 13, thenable: 14, builtin: 15, array: 16, tuple: 17, map: 18, set: 19, instance: 20, shape: 21, ref: 22, intersection: 23, union: 24,
};

/** Text of plain data with sorted keys: equal values give equal texts. Absent and undefined fields are the same. */
export function stableText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${stableText(field)}`);
  return `{${fields.join(',')}}`;
}

export function makeLiteral(value: string | number | boolean): TypeIr {
  if (typeof value === 'number' && Number.isNaN(value)) return { kind: 'literal', type: 'nan', value: 'NaN' };
  return { kind: 'literal', type: typeof value as 'string' | 'number' | 'boolean', value };
}

/**
 * The union of some types.
 * `any` swallows everything, `never` disappears, `true | false` is boolean, a literal disappears beside its own primitive.
 */
export function makeUnion(types: readonly TypeIr[], text: (ir: TypeIr) => string = stableText): TypeIr {
  const flat = types.flatMap((type) => (type.kind === 'union' ? type.members : [type]));
  if (flat.some((type) => type.kind === 'any')) return ANY;
  const byText = new Map(flat.filter((type) => type.kind !== 'never').map((type) => [text(type), type]));
  const isThere = (value: boolean): boolean => byText.has(text(makeLiteral(value)));
  if (isThere(true) && isThere(false)) byText.set(text({ kind: 'boolean' }), { kind: 'boolean' });
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
export function makeIntersection(types: readonly TypeIr[], text: (ir: TypeIr) => string = stableText): TypeIr {
  const flat = types.flatMap((type) => (type.kind === 'intersection' ? type.members : [type])).filter((type) => type.kind !== 'any');
  const byText = new Map(flat.map((type) => [text(type), type]));
  if (byText.size === 0) return ANY;
  if (byText.size === 1) return [...byText.values()][0]!;
  return { kind: 'intersection', members: [...byText].sort(byRank).map(([, type]) => type) };
}

/** The same type with its direct parts replaced; unions and intersections are made anew. */
export function mapParts(ir: TypeIr, f: (part: TypeIr) => TypeIr, text: (ir: TypeIr) => string = stableText): TypeIr {
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
      return makeUnion(ir.members.map(f), text);
    case 'intersection':
      return makeIntersection(ir.members.map(f), text);
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
