/** IR → functions that repair the unambiguous, copying along the path and never changing what they were given. */
import { all, printCondition, test, YES } from './condition.ts';
import { describeType } from './describe.ts';
import { findDiscriminant, type Discriminated } from './discriminant.ts';
import type { PropertyIr, ShapeIr, TupleIr, TypeIr } from './ir.ts';
import { makeUnion } from './make-type.ts';
import type { ModuleWriter } from './module-writer.ts';
import { atExpression, atProperty, functionLines, ifLines, indent, MAX_WIDTH, PATH, printPath, quote, type PathText } from './text-lines.ts';
import { accepts, isNotOfShape, printLiteral, propertyAccess, propertyExpression, propertyKey, readAs } from './write-accepts.ts';

/** How far corrections may go: everywhere, or only to the value itself, because its identity would show. */
export type Reach = 'everywhere' | 'itself';

/** The call that gives the corrected value, or undefined where the type leaves nothing to correct. */
export function correct(writer: ModuleWriter, ir: TypeIr, value: string, path: PathText, hint: string, reach: Reach, trail = 'trail'): string | undefined {
  if (!isCorrectable(writer, ir, reach)) return undefined;
  const verb = reach === 'everywhere' ? 'correct' : 'correctTop';
  const name = writer.helper(verb, ir, hint, (own) => writeFunction(writer, own, ir, hint, reach));
  return `${name}(${value}, ${printPath(path)}, fixes${reach === 'everywhere' && nests(writer, ir) ? `, ${trail}` : ''})`;
}

function isCorrectable(writer: ModuleWriter, ir: TypeIr, reach: Reach, seen: readonly string[] = []): boolean {
  return seen.length > 0 ? findCorrectable(writer, ir, reach, seen) : writer.once(`correctable ${reach}`, ir, () => findCorrectable(writer, ir, reach, seen));
}

function findCorrectable(writer: ModuleWriter, ir: TypeIr, reach: Reach, seen: readonly string[]): boolean {
  if (ir.kind === 'ref') return !seen.includes(ir.name) && isCorrectable(writer, writer.definition(ir.name).type, reach, [...seen, ir.name]);
  const leaf = leafOf(writer, ir);
  if (ir.kind !== 'shape' && (leaf.number || leaf.date || leaf.nothing)) return true;
  if (reach === 'itself') return false;
  const hasOwn = ir.kind === 'shape' && !ir.callable && ir.properties.some((property) => !property.symbol && (onlyValue(property) !== undefined || dropsNull(writer, property)));
  return hasOwn || partsToCorrect(writer, ir).some((part) => isCorrectable(writer, part, reach, seen));
}

/** The parts that a correction of the type may go into. */
function partsToCorrect(writer: ModuleWriter, ir: TypeIr): readonly TypeIr[] {
  return writer.once('parts', ir, () => findParts(writer, ir));
}

function findParts(writer: ModuleWriter, ir: TypeIr): readonly TypeIr[] {
  switch (ir.kind) {
    case 'ref':
      return [writer.definition(ir.name).type];
    case 'shape':
      return ir.callable ? [] : ir.properties.filter((property) => !property.symbol).map((property) => typeToCorrect(writer, property));
    case 'array':
      return [ir.element];
    case 'tuple':
      return elementsToCorrect(ir).map(({ type }) => type);
    case 'union': {
      const { list, cases, object } = membersToCorrect(writer, ir.members);
      return [...(list === undefined ? [] : [list]), ...(cases?.map(({ member }) => member) ?? []), ...(object === undefined ? [] : [object])];
    }
    default:
      return [];
  }
}

/** Whether correcting can lead into a recursive definition. */
function nests(writer: ModuleWriter, ir: TypeIr, seen: readonly string[] = []): boolean {
  if (writer.contract.definitions.every((definition) => !definition.recursive)) return false;
  if (ir.kind === 'ref') {
    if (seen.includes(ir.name) || !isCorrectable(writer, ir, 'everywhere')) return false;
    return writer.definition(ir.name).recursive || nests(writer, writer.definition(ir.name).type, [...seen, ir.name]);
  }
  return partsToCorrect(writer, ir).some((part) => isCorrectable(writer, part, 'everywhere') && nests(writer, part, seen));
}

/** What stands in a property when it is there; without exactOptionalPropertyTypes, undefined too. */
function typeToCorrect(writer: ModuleWriter, property: PropertyIr): TypeIr {
  return property.optional && !property.exact ? writer.once('type', property, () => makeUnion([property.type, { kind: 'undefined' }])) : property.type;
}

/** `copy = changed(item, copy, "price", item.price, correctNumber(…));` */
function changeLines(writer: ModuleWriter, original: string, key: string, before: string, after: string): readonly string[] {
  const args = `${original}, copy, ${key}, ${before}`;
  const whole = `copy = ${writer.use('changed')}(${args}, ${after});`;
  return whole.length <= MAX_WIDTH - 4 ? [whole] : [`copy = changed(`, `  ${args},`, `  ${after},`, ');'];
}

/** A null that stands for a missing property, where it may not be undefined. */
function dropsNull(writer: ModuleWriter, property: PropertyIr): boolean {
  return property.optional && property.exact && !takesNull(writer, property.type);
}

/** Elements with a certain position (behind a rest there is none), and a rest at the end. */
function elementsToCorrect(ir: TupleIr): readonly { readonly type: TypeIr; readonly index: number; readonly rest: boolean }[] {
  const restAt = ir.elements.findIndex((element) => element.mode === 'rest');
  const certain = restAt === -1 ? ir.elements.length : restAt === ir.elements.length - 1 ? ir.elements.length : restAt;
  return ir.elements.slice(0, certain).map((element, index) => ({
    index, rest: element.mode === 'rest', type: element.mode === 'optional' && !element.exact ? makeUnion([element.type, { kind: 'undefined' }]) : element.type,
  }));
}

/** Which corrections of a primitive a position allows: only those whose source could not be meant as it is. */
function leafOf(writer: ModuleWriter, ir: TypeIr): Leaf {
  return writer.once('leaf', ir, () => findLeaf(writer, ir));
}

interface Leaf {
  readonly number: boolean;
  readonly date: boolean;
  readonly nothing: boolean;
}

function findLeaf(writer: ModuleWriter, ir: TypeIr): Leaf {
  const members = flatten(writer, ir);
  const has = (f: (member: TypeIr) => boolean): boolean => members.some(f);
  const takesText = has((m) => m.kind === 'string' || m.kind === 'template' || (m.kind === 'literal' && m.type === 'string') || isOpen(m) || (m.kind === 'shape' && m.primitives.includes('string')));
  const isNumber = (m: TypeIr): boolean => m.kind === 'number' || (m.kind === 'literal' && m.type === 'number');
  const takesBigint = has((m) => m.kind === 'bigint' || (m.kind === 'literal' && m.type === 'bigint'));
  return {
    number: !takesText && !takesBigint && has(isNumber),
    date: !takesText && has((m) => m.kind === 'builtin' && m.name === 'Date'),
    nothing: has((m) => m.kind === 'undefined') && !has((m) => m.kind === 'null' || isOpen(m)),
  };
}

function isOpen(ir: TypeIr): boolean {
  return ir.kind === 'any' || ir.kind === 'present' || ir.kind === 'intersection';
}

function flatten(writer: ModuleWriter, ir: TypeIr, seen: readonly string[] = []): readonly TypeIr[] {
  if (ir.kind === 'union') return ir.members.flatMap((member) => flatten(writer, member, seen));
  if (ir.kind === 'ref' && !seen.includes(ir.name)) return flatten(writer, writer.definition(ir.name).type, [...seen, ir.name]);
  return [ir];
}

/** The one value that a required property can have: its text, or undefined where there are several. */
function onlyValue(property: PropertyIr): string | undefined {
  const { type } = property;
  if (property.optional) return undefined;
  if (type.kind === 'null' || type.kind === 'undefined') return type.kind;
  return type.kind === 'literal' && type.type !== 'nan' ? printLiteral(type) : undefined;
}

function writeFunction(writer: ModuleWriter, name: string, ir: TypeIr, hint: string, reach: Reach): readonly string[] {
  writer.use('type Correction');
  const nested = reach === 'everywhere' && nests(writer, ir);
  const parameters = ['value: unknown', 'path: string', 'fixes: Correction[]', ...(nested ? ['trail: unknown[]'] : [])];
  const write = (own: string, lines: readonly string[]): readonly string[] => functionLines(`function ${own}`, parameters, 'unknown', lines);
  if (ir.kind !== 'ref') return write(name, body(writer, ir, hint, reach));
  const definition = writer.definition(ir.name);
  if (!definition.recursive || reach === 'itself') return write(name, body(writer, definition.type, ir.name, reach));
  const inside = writer.claim(`${name}Inside`);
  return [
    ...write(name, [
      ...ifLines(test(`${printCondition(accepts(writer, ir, 'value', hint))} || ${writer.use('isOnTrail')}(trail, ${quote(ir.name)}, value)`), 'return value;'),
      `trail.push(${quote(ir.name)}, value);`,
      `const result = ${inside}(value, path, fixes, trail);`,
      'trail.length -= 2;',
      'return result;',
    ]),
    '',
    ...write(inside, body(writer, definition.type, ir.name, reach)),
  ];
}

function body(writer: ModuleWriter, ir: TypeIr, hint: string, reach: Reach): readonly string[] {
  const lines = leafLines(writer, ir, hint);
  if (reach === 'itself') return [...lines, 'return value;'];
  switch (ir.kind) {
    case 'shape':
      return shapeBody(writer, ir);
    case 'array':
      return arrayBody(writer, ir, hint);
    case 'tuple':
      return tupleBody(writer, ir, hint);
    case 'union':
      return [...lines, ...unionLines(writer, ir.members, hint), 'return value;'];
    case 'ref':
      return [`return ${correct(writer, ir, 'value', PATH, hint, reach) ?? 'value'};`];
    default:
      return [...lines, 'return value;'];
  }
}

function leafLines(writer: ModuleWriter, ir: TypeIr, hint: string): readonly string[] {
  const leaf = leafOf(writer, ir);
  const lines: string[] = [];
  const fix = (after: string): string => `fixes.push(${writer.use('correction')}(path, ${quote(describeType(ir))}, value, ${after}));`;
  const attempts = [...(leaf.number ? [writer.use('numberOf')] : []), ...(leaf.date ? [writer.use('dateOf')] : [])];
  if (attempts.length > 0) {
    const read = attempts.map((attempt) => `${attempt}(value)`).join(' ?? ');
    // Only what the type can hold of numbers and dates counts; the other members would let a failed attempt through.
    const wanted = makeUnion(flatten(writer, ir).filter((member) => ['number', 'literal', 'builtin'].includes(member.kind)));
    const isPlain = wanted.kind === 'number' && wanted.constraints === undefined;
    const condition = all(test('after !== undefined'), isPlain ? YES : accepts(writer, wanted, 'after', hint));
    lines.push('if (typeof value === "string") {', `  const after: unknown = ${read};`, `  if (${printCondition(condition)}) {`, `    ${fix('after')}`, '    return after;', '  }', '}');
  }
  if (leaf.nothing) lines.push('if (value === null) {', `  ${fix('undefined')}`, '  return undefined;', '}');
  return lines;
}

function shapeBody(writer: ModuleWriter, ir: ShapeIr): readonly string[] {
  const steps = ir.properties.map((property) => ({ property, lines: propertyLines(writer, property) })).filter((step) => step.lines.length > 0);
  return [
    ...ifLines(isNotOfShape(writer, ir), 'return value;'),
    `if (!${writer.use('isPlain')}(value)) return value;`,
    ...readAs(writer, steps.map(({ property }) => property)),
    'let copy = item;',
    ...steps.flatMap((step) => step.lines),
    'return copy;',
  ];
}

function propertyLines(writer: ModuleWriter, property: PropertyIr): readonly string[] {
  if (property.symbol) return [];
  const access = propertyAccess(writer, property);
  const key = propertyExpression(writer, property);
  const path = atProperty(PATH, property.name);
  const only = onlyValue(property);
  if (only !== undefined) return onlyValueLines(writer, property, only, path, access, key);
  if (property.optional && property.exact) {
    const call = correct(writer, property.type, access, path, property.name, 'everywhere');
    const inner = call === undefined ? [] : changeLines(writer, 'item', key, access, call);
    if (!dropsNull(writer, property)) return inner;
    const fix = `fixes.push(${writer.use('correction')}(${printPath(path)}, ${quote(describeType(property.type))}, null, undefined));`;
    const drop = [`if (${access} === null) {`, `  ${fix}`, `  copy = ${writer.use('dropped')}(item, copy, ${key});`];
    return inner.length === 0 ? [...drop, '}'] : [...drop, '} else {', ...indent(inner), '}'];
  }
  const call = correct(writer, typeToCorrect(writer, property), access, path, property.name, 'everywhere');
  return call === undefined ? [] : changeLines(writer, 'item', key, access, call);
}

function takesNull(writer: ModuleWriter, ir: TypeIr): boolean {
  return flatten(writer, ir).some((member) => member.kind === 'null' || isOpen(member));
}

/** A missing field whose type has one value gets it; a wrong value there is left for the refusal. */
function onlyValueLines(writer: ModuleWriter, property: PropertyIr, only: string, path: PathText, access: string, key: string): readonly string[] {
  const fix = `fixes.push(${writer.use('correction')}(${printPath(path)}, ${quote(describeType(property.type))}, undefined, ${only}));`;
  const add = `copy = ${writer.use('changed')}(item, copy, ${key}, ${only === 'undefined' ? 'null' : 'undefined'}, ${only});`;
  const missing = [`if (!(${key} in item)) {`, `  ${fix}`, `  ${add}`, '}'];
  const call = correct(writer, property.type, access, path, property.name, 'everywhere');
  return call === undefined ? missing : [...missing.slice(0, -1), '} else {', ...indent(changeLines(writer, 'item', key, access, call)), '}'];
}

function arrayBody(writer: ModuleWriter, ir: Extract<TypeIr, { readonly kind: 'array' }>, hint: string): readonly string[] {
  const call = correct(writer, ir.element, 'item', atExpression(PATH, '[', 'i', ']'), hint, 'everywhere')!;
  return [
    `if (!${writer.global('Array')}.isArray(value)) return value;`,
    'const items: readonly unknown[] = value;',
    'let copy = items;',
    'for (let i = 0; i < items.length; i++) {',
    '  const item = items[i];',
    ...indent(changeLines(writer, 'items', 'i', 'item', call)),
    '}',
    'return copy;',
  ];
}

function tupleBody(writer: ModuleWriter, ir: TupleIr, hint: string): readonly string[] {
  const lines = elementsToCorrect(ir).flatMap(({ type, index, rest }) => {
    const at = rest ? 'i' : String(index);
    const path = rest ? atExpression(PATH, '[', 'i', ']') : { template: `${PATH.template}[${index}]` };
    const call = correct(writer, type, `items[${at}]`, path, `${hint}Item`, 'everywhere');
    if (call === undefined) return [];
    const change = `copy = ${writer.use('changed')}(items, copy, ${at}, items[${at}], ${call});`;
    return [rest ? `for (let i = ${index}; i < items.length; i++) ${change}` : `if (items.length > ${index}) ${change}`];
  });
  if (lines.length === 0) return ['return value;'];
  return [`if (!${writer.global('Array')}.isArray(value)) return value;`, 'const items: readonly unknown[] = value;', 'let copy = items;', ...lines, 'return copy;'];
}

/** The one member that a value can be meant to be: by discriminant, else the only object or the only array among them. */
function membersToCorrect(writer: ModuleWriter, members: readonly TypeIr[]): { readonly list?: TypeIr; readonly object?: TypeIr; readonly cases?: Discriminated['cases']; readonly property?: string } {
  const kind = (member: TypeIr): TypeIr['kind'] => writer.resolve(member).kind;
  const lists = members.filter((member) => ['array', 'tuple'].includes(kind(member)));
  const found = findDiscriminant(writer, members);
  const list = lists.length === 1 ? { list: lists[0]! } : {};
  if (found !== undefined) return { ...list, cases: found.cases, property: found.property };
  const objects = members.filter((member) => !NOT_OBJECTS.has(kind(member)));
  return { ...list, ...(objects.length === 1 && kind(objects[0]!) === 'shape' ? { object: objects[0]! } : {}) };
}

const NOT_OBJECTS: ReadonlySet<TypeIr['kind']> = new Set([
  'array', 'tuple', 'undefined', 'null', 'boolean', 'number', 'bigint', 'string', 'symbol', 'literal', 'template', 'function', 'never',
]);

function unionLines(writer: ModuleWriter, members: readonly TypeIr[], hint: string): readonly string[] {
  const found = membersToCorrect(writer, members);
  const go = (member: TypeIr | undefined): string | undefined => (member === undefined ? undefined : correct(writer, member, 'value', PATH, hint, 'everywhere'));
  const isArray = `${writer.global('Array')}.isArray(value)`;
  const lines: string[] = [];
  const list = go(found.list);
  if (list !== undefined) lines.push(`if (${isArray}) return ${list};`);
  if (found.cases !== undefined) {
    const property: PropertyIr = { name: found.property!, symbol: false, type: { kind: 'any' }, optional: false, exact: false, readonly: true };
    const cases = found.cases.map((one) => ({ ...one, call: go(one.member) })).filter((one) => one.call !== undefined);
    if (cases.length === 0) return lines;
    const read = propertyAccess(writer, property).replace(/^item/, `(value as { readonly ${propertyKey(writer, property)}?: unknown })`);
    lines.push(
      'if (typeof value === "object" && value !== null) {', `  switch (${read}) {`,
      ...cases.flatMap((one) => [...one.literals.map((literal) => `    case ${printLiteral(literal)}:`), `      return ${one.call!};`]), '  }', '}',
    );
  }
  const object = go(found.object);
  if (object !== undefined) lines.push(list === undefined ? `if (typeof value === "object") return ${object};` : `if (typeof value === "object" && !${isArray}) return ${object};`);
  return lines;
}
