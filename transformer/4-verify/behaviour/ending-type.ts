/** Recursive types: how a value of one ends. */
import type { TypeIr } from '../../contract/ir.ts';

type Definitions = ReadonlyMap<string, TypeIr>;

/** A part of the type whose values end as soon as the type lets them (maps and sets may still hold something); `undefined` for a type without finite values. */
export function makeEndingType(type: TypeIr, definitions: Definitions): TypeIr {
  switch (type.kind) {
    case 'union': return makeEndingType(sortByHeight(type.members, definitions)[0] ?? { kind: 'never' }, definitions);
    case 'ref': {
      const definition = definitions.get(type.name);
      if (definition === undefined) return { kind: 'null' };
      return heightOf(type, definitions) === Infinity ? { kind: 'undefined' } : makeEndingType(definition, definitions);
    }
    case 'array': return { ...type, constraints: { ...type.constraints, maxItems: type.constraints?.minItems ?? 0 } };
    case 'tuple': return { ...type, elements: type.elements.filter(({ mode }) => mode === 'required') };
    case 'shape': return { ...type, properties: type.properties.filter(({ optional }) => !optional), indexes: [] };
    default: return type;
  }
}

/** Those first whose smallest value is least deep. */
export function sortByHeight(types: readonly TypeIr[], definitions: Definitions): readonly TypeIr[] {
  const heights = new Map(types.map((type) => [type, heightOf(type, definitions)]));
  return [...types].sort((a, b) => heights.get(a)! - heights.get(b)!);
}

/** Of the least deep value. A definition that is met inside itself never makes that one. */
function heightOf(type: TypeIr, definitions: Definitions, inside: readonly string[] = []): number {
  const highest = (types: readonly TypeIr[]): number => 1 + Math.max(0, ...types.map((each) => heightOf(each, definitions, inside)));
  switch (type.kind) {
    case 'union': return Math.min(...type.members.map((member) => heightOf(member, definitions, inside)));
    case 'ref': {
      const definition = definitions.get(type.name);
      if (definition === undefined) return 0;
      return inside.includes(type.name) ? Infinity : heightOf(definition, definitions, [...inside, type.name]);
    }
    case 'array': return (type.constraints?.minItems ?? 0) > 0 ? highest([type.element]) : 1;
    case 'tuple': return highest(type.elements.flatMap(({ mode, type: element }) => (mode === 'required' ? [element] : [])));
    case 'shape': return highest(type.properties.flatMap(({ optional, type: property }) => (optional ? [] : [property])));
    case 'intersection': return highest(type.members);
    case 'instance': return type.shape === undefined ? 2 : highest([type.shape]);
    default: return 0;
  }
}
