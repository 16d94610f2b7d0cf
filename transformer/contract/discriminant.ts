/** The property that tells the members of a union apart. */
import type { TypeIr } from './ir.ts';
import type { ModuleWriter } from './module-writer.ts';

type Literal = Extract<TypeIr, { readonly kind: 'literal' }>;

export interface Discriminated {
  readonly property: string;
  readonly cases: readonly { readonly member: TypeIr; readonly literals: readonly Literal[] }[];
  /** Members that are no objects of this kind. */
  readonly others: readonly TypeIr[];
}

/** Two or more shapes with a required property whose literal types do not overlap; the first such property by the order of the first shape. */
export function findDiscriminant(writer: ModuleWriter, members: readonly TypeIr[]): Discriminated | undefined {
  return writer.once('discriminant', members, () => readDiscriminant(writer, members));
}

function readDiscriminant(writer: ModuleWriter, members: readonly TypeIr[]): Discriminated | undefined {
  const shapes = members.flatMap((member) => {
    const shape = writer.findShape(member);
    return shape === undefined || shape.callable || shape.primitives.length > 0 ? [] : [{ member, shape }];
  });
  const others = members.filter((member) => !shapes.some((shape) => shape.member === member));
  if (shapes.length < 2 || others.some((other) => ['object', 'present', 'instance', 'intersection', 'ref', 'shape'].includes(writer.resolve(other).kind))) return undefined;
  for (const { name, symbol } of shapes[0]!.shape.properties) {
    if (symbol) continue;
    const cases = shapes.map(({ member, shape }) => {
      const property = shape.properties.find((candidate) => candidate.name === name && !candidate.optional);
      return { member, literals: property === undefined ? [] : literalsOf(property.type) };
    });
    const values = cases.flatMap(({ literals }) => literals.map((literal) => `${literal.type} ${String(literal.value)}`));
    if (cases.every(({ literals }) => literals.length > 0) && new Set(values).size === values.length) return { property: name, cases, others };
  }
  return undefined;
}

function literalsOf(ir: TypeIr): readonly Literal[] {
  const members = ir.kind === 'union' ? ir.members : [ir];
  const literals = members.filter((member): member is Literal => member.kind === 'literal' && member.type !== 'nan');
  return literals.length === members.length ? literals : [];
}
