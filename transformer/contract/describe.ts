/** Types as short text, for errors, docs and prompts. */
import type { Constraints, FunctionContract, IndexIr, ParameterContract, PropertyIr, ShapeIr, TupleElement, TypeIr } from './ir.ts';

const MAX_LENGTH = 160;

/** `{ name: string; price?: number }`, `"a" | "b"`, `Order[]`; at most about 160 characters, cut at the end. Definitions appear by name. */
export function describeType(ir: TypeIr): string {
  const text = describe(ir);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

function describe(ir: TypeIr): string {
  switch (ir.kind) {
    case 'any':
      return 'anything';
    case 'present':
      return 'anything but null and undefined';
    case 'literal':
      return ir.type === 'string' ? JSON.stringify(ir.value) : ir.type === 'bigint' ? `${ir.value}n` : String(ir.value);
    case 'number':
    case 'bigint':
    case 'string':
      return ir.kind + describeConstraints(ir.constraints);
    case 'template':
      return ir.text + describeConstraints(ir.constraints);
    case 'thenable':
      return 'Promise';
    case 'builtin':
      return ir.constraints?.validDate ? 'valid Date' : ir.name;
    case 'array':
      return `${atom(ir.element)}[]${describeConstraints(ir.constraints)}`;
    case 'tuple':
      return `[${ir.elements.map(describeElement).join(', ')}]`;
    case 'map':
      return `Map<${describe(ir.key)}, ${describe(ir.value)}>`;
    case 'set':
      return `Set<${describe(ir.element)}>`;
    case 'instance':
    case 'ref':
      return ir.name;
    case 'shape':
      return describeShape(ir);
    case 'union':
      return [...ir.members].sort((a, b) => Number(isNullish(a)) - Number(isNullish(b))).map((member) => (member.kind === 'function' ? '(function)' : describe(member))).join(' | ');
    case 'intersection':
      return ir.members.map(atom).join(' & ');
    default:
      return ir.kind;
  }
}

function isNullish(ir: TypeIr): boolean {
  return ir.kind === 'undefined' || ir.kind === 'null';
}

function atom(ir: TypeIr): string {
  const text = describe(ir);
  return ir.kind === 'union' || ir.kind === 'intersection' || text.includes(' ') && ir.kind !== 'shape' && ir.kind !== 'tuple' ? `(${text})` : text;
}

function describeElement(element: TupleElement): string {
  if (element.mode === 'rest') return `...${atom(element.type)}[]`;
  return element.mode === 'optional' ? `${atom(element.type)}?` : describe(element.type);
}

function describeShape(ir: ShapeIr): string {
  if (ir.properties.length === 1 && ir.properties[0]!.symbol && ir.indexes.length === 0) {
    if (ir.properties[0]!.name === 'Symbol.iterator') return 'iterable';
    if (ir.properties[0]!.name === 'Symbol.asyncIterator') return 'async iterable';
  }
  const parts = [...(ir.callable ? ['(function)'] : []), ...ir.properties.map(describeProperty), ...ir.indexes.map(describeIndex)];
  return parts.length === 0 ? '{}' : `{ ${parts.join('; ')} }`;
}

function describeProperty(property: PropertyIr): string {
  const name = property.symbol ? `[${property.name}]` : /^[A-Za-z_$][\w$]*$/.test(property.name) ? property.name : JSON.stringify(property.name);
  return `${name}${property.optional ? '?' : ''}: ${describe(property.type)}`;
}

function describeIndex(index: IndexIr): string {
  return `[key: ${typeof index.key === 'string' ? index.key : index.key.text}]: ${describe(index.type)}`;
}

/** ` (>= 0, integer)`, or nothing. */
function describeConstraints(constraints: Constraints | undefined): string {
  if (constraints === undefined) return '';
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, minLength, maxLength, minItems, maxItems, pattern, format } = constraints;
  const parts = [
    minimum !== undefined && `>= ${minimum}`,
    maximum !== undefined && `<= ${maximum}`,
    exclusiveMinimum !== undefined && `> ${exclusiveMinimum}`,
    exclusiveMaximum !== undefined && `< ${exclusiveMaximum}`,
    multipleOf !== undefined && `multiple of ${multipleOf}`,
    constraints.integer && 'integer',
    constraints.finite && 'finite',
    minLength !== undefined && `length >= ${minLength}`,
    maxLength !== undefined && `length <= ${maxLength}`,
    format !== undefined && format,
    pattern !== undefined && `matching ${pattern}`,
    minItems !== undefined && `at least ${minItems} items`,
    maxItems !== undefined && `at most ${maxItems} items`,
    constraints.uniqueItems && 'all different',
  ].filter((part) => typeof part === 'string');
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** All of a contract in lines, for prompts: parameters, result, what the names in them mean. */
export function describeContract({ self, parameters, result, overloads, definitions }: FunctionContract): string {
  const parameterLine = ({ name, type, optional, rest }: ParameterContract): string => `${rest ? '...' : ''}${name}${optional ? '?' : ''}: ${describeType(type)}`;
  return [
    ...(self === undefined ? [] : [`this: ${describeType(self)}`]),
    ...(overloads.length === 0 ? [...parameters.map(parameterLine), `result: ${describeType(result)}`]
      : overloads.map((overload) => `overload: (${overload.parameters.map(parameterLine).join(', ')}) => ${describeType(overload.result)}`)),
    ...definitions.map(({ name, type }) => `${name} = ${describeType(type)}`),
  ].join('\n');
}
