/** IR → functions that repair the unambiguous, copying along the path and never changing what they were given. */
import { all, printCondition, test, YES } from './condition.ts';
import { describeType } from './describe.ts';
import { findDiscriminant } from './discriminant.ts';
import type { PropertyIr, ShapeIr, TupleIr, TypeIr } from './ir.ts';
import { makeUnion } from './make-type.ts';
import type { ModuleWriter } from './module-writer.ts';
import { atExpression, atProperty, functionLines, ifLines, indent, PATH, printPath, quote, type PathText } from './text-lines.ts';
import { accepts, isNotOfShape, printLiteral, propertyAccess, propertyExpression, propertyKey, readAs } from './write-accepts.ts';

/** How far corrections may go: everywhere, or only to the value itself, because its identity would show. */
export type Reach = 'everywhere' | 'itself';

/** The call that gives the corrected value, or undefined where the type leaves nothing to correct. */
export function correct(writer: ModuleWriter, ir: TypeIr, value: string, path: PathText, hint: string, reach: Reach, trail = 'trail'): string | undefined {
  if (!isCorrectable(writer, ir, reach)) return undefined;
  const verb = reach === 'everywhere' ? 'correct' : 'correctTop';
  const name = writer.helper(verb, ir, hint, (own) => writeFunction(writer, own, ir, hint, reach));
  return `${name}(${value}, ${printPath(path)}, fixes${reach === 'everywhere' && writer.isNested(ir) ? `, ${trail}` : ''})`;
}

function isCorrectable(writer: ModuleWriter, ir: TypeIr, reach: Reach, seen: readonly string[] = []): boolean {
  if (ir.kind === 'ref') return !seen.includes(ir.name) && isCorrectable(writer, writer.definition(ir.name).type, reach, [...seen, ir.name]);
  const leaf = leafOf(writer, ir);
  if (leaf.number || leaf.date || leaf.nothing) return true;
  if (reach === 'itself') return false;
  const inside = (part: TypeIr): boolean => isCorrectable(writer, part, reach, seen);
  switch (ir.kind) {
    case 'shape':
      return !ir.callable && ir.properties.some((property) => !property.symbol && (property.optional || onlyValue(property) !== undefined || inside(property.type)));
    case 'array':
      return inside(ir.element);
    case 'tuple':
      return ir.elements.some((element) => inside(element.type));
    case 'union':
      return ir.members.some((member) => ['shape', 'array', 'tuple', 'ref'].includes(member.kind) && inside(member));
    default:
      return false;
  }
}

/** Which corrections of a primitive a position allows: only those whose source could not be meant as it is. */
function leafOf(writer: ModuleWriter, ir: TypeIr): { readonly number: boolean; readonly date: boolean; readonly nothing: boolean } {
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
  const nested = reach === 'everywhere' && writer.isNested(ir);
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
    const inner = call === undefined ? [] : [`copy = ${writer.use('changed')}(item, copy, ${key}, ${access}, ${call});`];
    if (takesNull(writer, property.type)) return inner;
    const fix = `fixes.push(${writer.use('correction')}(${printPath(path)}, ${quote(describeType(property.type))}, null, undefined));`;
    const drop = [`if (${access} === null) {`, `  ${fix}`, `  copy = ${writer.use('dropped')}(item, copy, ${key});`];
    return inner.length === 0 ? [...drop, '}'] : [...drop, '} else {', ...indent(inner), '}'];
  }
  const type = property.optional ? makeUnion([property.type, { kind: 'undefined' }]) : property.type;
  const call = correct(writer, type, access, path, property.name, 'everywhere');
  return call === undefined ? [] : [`copy = ${writer.use('changed')}(item, copy, ${key}, ${access}, ${call});`];
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
  return call === undefined ? missing : [...missing.slice(0, -1), '} else {', `  copy = ${writer.use('changed')}(item, copy, ${key}, ${access}, ${call});`, '}'];
}

function arrayBody(writer: ModuleWriter, ir: Extract<TypeIr, { readonly kind: 'array' }>, hint: string): readonly string[] {
  const call = correct(writer, ir.element, 'item', atExpression(PATH, '[', 'i', ']'), hint, 'everywhere')!;
  return [
    `if (!${writer.global('Array')}.isArray(value)) return value;`,
    'const items: readonly unknown[] = value;',
    'let copy = items;',
    'for (let i = 0; i < items.length; i++) {',
    '  const item = items[i];',
    `  copy = ${writer.use('changed')}(items, copy, i, item, ${call});`,
    '}',
    'return copy;',
  ];
}

function tupleBody(writer: ModuleWriter, ir: TupleIr, hint: string): readonly string[] {
  const restAt = ir.elements.findIndex((element) => element.mode === 'rest');
  const lines: string[] = [];
  ir.elements.forEach((element, i) => {
    if (element.mode === 'rest' || (restAt !== -1 && i > restAt)) return; // behind a rest, positions are not certain enough to repair
    const type = element.mode === 'optional' && !element.exact ? makeUnion([element.type, { kind: 'undefined' }]) : element.type;
    const call = correct(writer, type, `items[${i}]`, { template: `${PATH.template}[${i}]` }, `${hint}Item`, 'everywhere');
    if (call !== undefined) lines.push(`if (items.length > ${i}) copy = ${writer.use('changed')}(items, copy, ${i}, items[${i}], ${call});`);
  });
  const rest = ir.elements[restAt];
  const call = rest === undefined || restAt !== ir.elements.length - 1 ? undefined : correct(writer, rest.type, 'items[i]', atExpression(PATH, '[', 'i', ']'), `${hint}Item`, 'everywhere');
  if (call !== undefined) lines.push(`for (let i = ${restAt}; i < items.length; i++) copy = ${writer.use('changed')}(items, copy, i, items[i], ${call});`);
  if (lines.length === 0) return ['return value;'];
  return [`if (!${writer.global('Array')}.isArray(value)) return value;`, 'const items: readonly unknown[] = value;', 'let copy = items;', ...lines, 'return copy;'];
}

/** Goes into the one member that the value can be meant to be: by discriminant, else the only object or the only array among them. */
function unionLines(writer: ModuleWriter, members: readonly TypeIr[], hint: string): readonly string[] {
  const found = findDiscriminant(writer, members);
  const go = (member: TypeIr): string | undefined => correct(writer, member, 'value', PATH, hint, 'everywhere');
  const lists = members.filter((member) => ['array', 'tuple'].includes(writer.resolve(member).kind));
  const objects = members.filter((member) => !['array', 'tuple', 'undefined', 'null', 'boolean', 'number', 'bigint', 'string', 'symbol', 'literal', 'template', 'function'].includes(writer.resolve(member).kind));
  const isArray = `${writer.global('Array')}.isArray(value)`;
  const lines: string[] = [];
  const list = lists.length === 1 ? go(lists[0]!) : undefined;
  if (list !== undefined) lines.push(`if (${isArray}) return ${list};`);
  if (found !== undefined) {
    const property: PropertyIr = { name: found.property, symbol: false, type: { kind: 'any' }, optional: false, exact: false, readonly: true };
    const cases = found.cases.map((one) => ({ ...one, call: go(one.member) })).filter((one) => one.call !== undefined);
    if (cases.length === 0) return lines;
    const read = propertyAccess(writer, property).replace(/^item/, `(value as { readonly ${propertyKey(writer, property)}?: unknown })`);
    lines.push(
      'if (typeof value === "object" && value !== null) {', `  switch (${read}) {`,
      ...cases.flatMap((one) => [...one.literals.map((literal) => `    case ${printLiteral(literal)}:`), `      return ${one.call!};`]), '  }', '}',
    );
  } else if (objects.length === 1 && ['shape', 'ref'].includes(objects[0]!.kind)) {
    const call = go(objects[0]!);
    if (call !== undefined) lines.push(lists.length > 0 ? `if (typeof value === "object" && !${isArray}) return ${call};` : `if (typeof value === "object") return ${call};`);
  }
  return lines;
}

