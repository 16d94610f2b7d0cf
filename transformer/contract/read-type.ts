/** TypeScript types → IR. */
import type ts from 'typescript';
import type { TupleElement, TypeIr } from './ir.ts';
import { ANY, makeIntersection, makeLiteral, makeUnion } from './make-type.ts';
import { isBrand, readObject, readShape } from './read-object.ts';
import { typeKey, unchecked, type Place, type Reading } from './reading.ts';
import { findStringPattern } from './template-pattern.ts';

const MAX_NESTING = 40;

/** What can be checked of a type. Named object types become `ref`s whose definitions are read later, breadth first. */
export function readType(reading: Reading, type: ts.Type, place: Place): TypeIr {
  const ir = readStrict(reading, type, place);
  return reading.strictNulls || ir.kind === 'never' ? ir : makeUnion([ir, { kind: 'undefined' }, { kind: 'null' }]);
}

function readStrict(reading: Reading, type: ts.Type, place: Place): TypeIr {
  const F = reading.ts.TypeFlags;
  const { flags } = type;
  if (flags & (F.Any | F.Unknown | F.Void)) return ANY;
  if (flags & F.Never) return { kind: 'never' };
  if (flags & F.Undefined) return { kind: 'undefined' };
  if (flags & F.Null) return { kind: 'null' };
  if (flags & F.EnumLike) return readEnum(reading, type, place);
  if (flags & F.Boolean) return { kind: 'boolean' };
  if (flags & F.BooleanLiteral) return makeLiteral((type as unknown as { intrinsicName: string }).intrinsicName === 'true');
  if (flags & F.String) return { kind: 'string' };
  if (flags & F.Number) return { kind: 'number' };
  if (flags & F.BigInt) return { kind: 'bigint' };
  if (flags & F.ESSymbolLike) return { kind: 'symbol' };
  if (flags & (F.StringLiteral | F.NumberLiteral)) return makeLiteral((type as ts.LiteralType).value as string | number);
  if (flags & F.BigIntLiteral) return readBigint((type as ts.BigIntLiteralType).value);
  if (flags & (F.TemplateLiteral | F.StringMapping)) return readTemplate(reading, type, place);
  if (flags & F.NonPrimitive) return { kind: 'object' };
  if (flags & F.Substitution) return readType(reading, (type as ts.SubstitutionType).baseType, place);
  if (flags & F.Instantiable) return readTypeVariable(reading, type, place);
  return readComposite(reading, type, place);
}

/** Unions, intersections and objects: the types that may mention themselves. */
function readComposite(reading: Reading, type: ts.Type, place: Place): TypeIr {
  const key = typeKey(reading, type, place);
  const known = reading.known.get(key);
  if (known !== undefined) return { kind: 'ref', name: known };
  const outer = reading.open.get(key);
  if (outer !== undefined) {
    outer.promoted ??= nameDraft(reading, key, type.aliasSymbol?.name ?? 'Type');
    return { kind: 'ref', name: outer.promoted };
  }
  if (reading.open.size >= MAX_NESTING) return unchecked(reading, place, `it is nested more than ${MAX_NESTING} levels deep`);
  const own: { promoted: string | undefined } = { promoted: undefined };
  reading.open.set(key, own);
  const ir = readParts(reading, type, place);
  reading.open.delete(key);
  if (own.promoted === undefined) return ir;
  reading.drafts.get(own.promoted)!.type = ir;
  return { kind: 'ref', name: own.promoted };
}

/** Registers a definition under a temporary name. */
export function nameDraft(reading: Reading, key: string, baseName: string): string {
  const name = `${baseName}#${reading.drafts.size}`;
  reading.drafts.set(name, { baseName, type: undefined });
  reading.known.set(key, name);
  return name;
}

function readParts(reading: Reading, type: ts.Type, place: Place): TypeIr {
  const { ts, checker } = reading;
  if (type.isUnion()) return makeUnion(type.types.map((member) => readStrict(reading, member, place)));
  if (type.isIntersection()) return readIntersection(reading, type, place);
  if (checker.isArrayType(type)) {
    const [element] = checker.getTypeArguments(type as ts.TypeReference);
    return { kind: 'array', element: readType(reading, element!, { ...place, path: `${place.path}[]` }) };
  }
  if (checker.isTupleType(type)) return readTuple(reading, type as ts.TupleTypeReference, place);
  if (type.flags & ts.TypeFlags.Object) return readObject(reading, type as ts.ObjectType, place);
  return unchecked(reading, place, 'its type is of a kind that poetc does not know');
}

/**
 * Members of an enum. A numeric enum of flags (at least three different bits) takes any number, since TypeScript lets
 * `A | B` through, which is no member.
 */
function readEnum(reading: Reading, type: ts.Type, place: Place): TypeIr {
  if (type.isUnion()) {
    const members = makeUnion(type.types.map((member) => readStrict(reading, member, place)));
    return isFlags(members) ? { kind: 'number' } : members;
  }
  const { value } = type as { value?: string | number };
  return value === undefined ? { kind: 'number' } : makeLiteral(value);
}

function isFlags(ir: TypeIr): boolean {
  if (ir.kind !== 'union') return false;
  const values = ir.members.map((member) => (member.kind === 'literal' && typeof member.value === 'number' ? member.value : Number.NaN));
  if (!values.every((value) => Number.isInteger(value) && value >= 0)) return false;
  const bits = values.filter((value) => value > 0 && Number.isInteger(Math.log2(value)));
  const all = bits.reduce((sum, bit) => sum + bit, 0);
  return bits.length >= 3 && values.every((value) => (value & all) === value);
}

function readBigint({ negative, base10Value }: ts.PseudoBigInt): TypeIr {
  return { kind: 'literal', type: 'bigint', value: negative ? `-${base10Value}` : base10Value };
}

function readTemplate(reading: Reading, type: ts.Type, place: Place): TypeIr {
  const found = findStringPattern(reading.ts, reading.checker, type);
  if (found !== undefined) return { kind: 'template', ...found };
  if (place.role === 'argument') unchecked(reading, place, `${reading.checker.typeToString(type)} has no regular expression; it is checked to be a string`);
  return { kind: 'string' };
}

/** A type that depends on type parameters: its constraint as an argument, nothing as a result. */
function readTypeVariable(reading: Reading, type: ts.Type, place: Place): TypeIr {
  if (place.role === 'result') return ANY;
  const constraint = reading.checker.getBaseConstraintOfType(type);
  if (constraint === undefined || constraint === type || constraint.flags & reading.ts.TypeFlags.Instantiable) return ANY;
  return readType(reading, constraint, place);
}

/**
 * Intersections of plain objects are one object. A primitive with objects is a brand: the base is checked, the brand is not there at run time.
 */
function readIntersection(reading: Reading, type: ts.IntersectionType, place: Place): TypeIr {
  const { ts, checker } = reading;
  const F = ts.TypeFlags;
  const primitives = type.types.filter((member) => member.flags & (F.StringLike | F.NumberLike | F.BigIntLike | F.BooleanLike | F.ESSymbolLike | F.VoidLike | F.Null | F.EnumLike));
  if (primitives.length > 0) return makeIntersection(primitives.map((member) => readStrict(reading, member, place)));
  const isPlain = (member: ts.Type): boolean =>
    Boolean(member.flags & F.Object) && !checker.isArrayLikeType(member) && !(member.symbol?.flags & ts.SymbolFlags.Class)
    && checker.getSignaturesOfType(member, ts.SignatureKind.Call).length + checker.getSignaturesOfType(member, ts.SignatureKind.Construct).length === 0
    && !isGlobal(reading, member);
  if (type.types.every(isPlain)) return readShape(reading, type, place, { brands: true });
  const members = type.types.filter((member) => !isBrand(reading, member)).map((member) => readStrict(reading, member, place));
  return makeIntersection(members);
}

/** A type of the standard library that is recognised as a whole. */
function isGlobal(reading: Reading, type: ts.Type): boolean {
  const { symbol } = type;
  if (symbol === undefined || type.aliasSymbol !== undefined || !(symbol.flags & reading.ts.SymbolFlags.Interface)) return false;
  return (symbol.declarations ?? []).some((declaration) => reading.isLibrary(declaration.getSourceFile()));
}

function readTuple(reading: Reading, type: ts.TupleTypeReference, place: Place): TypeIr {
  const { ElementFlags } = reading.ts;
  const { elementFlags, labeledElementDeclarations } = type.target;
  const elements = reading.checker.getTypeArguments(type).map((element, i): TupleElement => {
    const flags = elementFlags[i]!;
    const label = labeledElementDeclarations?.[i]?.name;
    const named = label !== undefined && reading.ts.isIdentifier(label) ? { name: label.text } : {};
    const at = { ...place, path: `${place.path}[${i}]` };
    if (flags & ElementFlags.Variadic) return { mode: 'rest', type: readSpread(reading, element, at), exact: false, ...named };
    const ir = readType(reading, element, at);
    if (flags & ElementFlags.Rest) return { mode: 'rest', type: ir, exact: false, ...named };
    if (!(flags & ElementFlags.Optional)) return { mode: 'required', type: ir, exact: false, ...named };
    return { mode: 'optional', type: withoutUndefined(ir), exact: isExact(reading, element), ...named };
  });
  return { kind: 'tuple', elements: withOneRest(elements) };
}

/** The elements that a spread type parameter can stand for. */
function readSpread(reading: Reading, type: ts.Type, place: Place): TypeIr {
  const { checker } = reading;
  const constraint = place.role === 'argument' ? checker.getBaseConstraintOfType(type) : undefined;
  if (constraint === undefined || !checker.isArrayType(constraint)) return ANY;
  return readType(reading, checker.getTypeArguments(constraint as ts.TypeReference)[0]!, place);
}

function withOneRest(elements: readonly TupleElement[]): readonly TupleElement[] {
  const isRest = (element: TupleElement): boolean => element.mode === 'rest';
  const first = elements.findIndex(isRest);
  const last = elements.length - 1 - [...elements].reverse().findIndex(isRest);
  if (first === -1) return elements;
  if (first === last) return elements;
  const type = makeUnion(elements.slice(first, last + 1).map((element) => element.type));
  return [...elements.slice(0, first), { mode: 'rest', type, exact: false }, ...elements.slice(last + 1)];
}

export function withoutUndefined(ir: TypeIr): TypeIr {
  if (ir.kind === 'undefined') return { kind: 'never' };
  return ir.kind === 'union' ? makeUnion(ir.members.filter((member) => member.kind !== 'undefined')) : ir;
}

/** Under exactOptionalPropertyTypes: the checker marks "may be missing" with an `undefined` that is not the ordinary one. */
export function isExact(reading: Reading, type: ts.Type): boolean {
  const { ts, checker } = reading;
  const members = type.isUnion() ? type.types : [type];
  const nothing = members.filter((member) => member.flags & ts.TypeFlags.Undefined);
  return nothing.length > 0 && !nothing.includes(checker.getUndefinedType());
}
