/** The contract of a function as plain data, for the modules of templates. */
import type { FunctionShape, TypeShape } from '../../templates/format.ts';
import { describeType } from '../contract/index.ts';
import type { FunctionContract, TypeIr } from '../contract/ir.ts';
import type { Target } from '../types.ts';

/** Deeper than any type that a template tells apart; below it everything is `any`. */
const MAX_DEPTH = 5;

export function makeFunctionShape({ name, contract, resultKind }: Pick<Target, 'name' | 'contract' | 'resultKind'>): FunctionShape {
  const shape = makeShaper(contract);
  return {
    name: name.replace(/~\d+$/, '').replace(/^.*\./, ''),
    parameters: contract.parameters.map((p) => ({ name: p.name, type: shape(p.type, 0), optional: p.optional, rest: p.rest })),
    result: shape(contract.result, 0),
    async: resultKind !== 'sync',
  };
}

function makeShaper({ definitions }: FunctionContract): (ir: TypeIr, depth: number) => TypeShape {
  const shape = (ir: TypeIr, depth: number): TypeShape => {
    if (ir.kind === 'ref') {
      const found = definitions.find((definition) => definition.name === ir.name);
      return found === undefined || found.recursive ? { kind: 'any', text: ir.name } : { ...shape(found.type, depth), text: ir.name };
    }
    if (depth > MAX_DEPTH) return { kind: 'any', text: describeType(ir) };
    const inner = (type: TypeIr): TypeShape => shape(type, depth + 1);
    const base = { kind: ir.kind, text: describeType(ir) };
    switch (ir.kind) {
      case 'union':
      case 'intersection': return { ...base, members: ir.members.map(inner) };
      case 'array':
      case 'set': return { ...base, element: inner(ir.element) };
      case 'literal': return { ...base, value: ir.value };
      case 'builtin':
      case 'instance': return { ...base, name: ir.name };
      case 'shape': {
        const index = ir.indexes.find(({ key }) => key === 'string');
        return {
          ...base,
          properties: ir.properties.filter((p) => !p.symbol).map((p) => ({ name: p.name, type: inner(p.type), optional: p.optional })),
          ...(index === undefined ? {} : { index: inner(index.type) }),
        };
      }
      default: return base;
    }
  };
  return shape;
}
