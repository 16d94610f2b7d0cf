/** IR → functions that say yes or no. */
import { all, equal, NO, not, printCondition, some, test, typeIs, YES, type Condition } from './condition.ts';
import { findDiscriminant, type Discriminated } from './discriminant.ts';
import { FORMATS } from './formats.ts';
import type { Constraints, InstanceIr, PropertyIr, ShapeIr, TupleIr, TypeIr } from './ir.ts';
import type { ModuleWriter } from './module-writer.ts';
import { castLines, functionLines, ifLines, indent, quote, returnLines } from './text-lines.ts';

/** Larger unions of literals and tests get a function of their own. */
const MAX_INLINE = 6;

/**
 * The condition under which an expression is of a type. `value` is evaluated once for each time that it occurs.
 * @param depth text of the depth argument for checks that can nest
 */
export function accepts(writer: ModuleWriter, ir: TypeIr, value: string, hint: string, depth = '0'): Condition {
  switch (ir.kind) {
    case 'any':
      return YES;
    case 'never':
      return NO;
    case 'undefined':
    case 'null':
      return equal(value, ir.kind);
    case 'boolean':
    case 'symbol':
    case 'function':
      return typeIs(value, ir.kind);
    case 'present':
      return all(test(`${value} !== undefined`, `${value} === undefined`), test(`${value} !== null`, `${value} === null`));
    case 'object':
      return some(all(typeIs(value, 'object'), test(`${value} !== null`, `${value} === null`)), typeIs(value, 'function'));
    case 'thenable':
      return test(`${writer.use('isThenable')}(${value})`);
    case 'number':
    case 'bigint':
    case 'string':
      return all(typeIs(value, ir.kind), ...constraintTests(writer, ir.kind, ir.constraints, value, hint));
    case 'template':
      return all(typeIs(value, 'string'), test(writer.matches(ir.pattern, hint, value)), ...constraintTests(writer, 'string', ir.constraints, value, hint));
    case 'literal':
      return ir.type === 'nan' ? test(`${writer.global('Number')}.isNaN(${value})`) : equal(value, printLiteral(ir));
    case 'builtin':
      if (ir.name !== 'Date') return test(`${writer.use('isBuiltin')}(${value}, ${quote(ir.name)})`);
      return test(`${writer.use(ir.constraints?.validDate ? 'isValidDate' : 'isDate')}(${value})`);
    case 'instance':
      if (ir.shape === undefined) return instanceTest(ir, value);
      break;
    case 'union':
      if (isSimpleUnion(writer, ir.members)) return some(...ir.members.map((member) => accepts(writer, member, value, hint, depth)));
      break;
    case 'intersection':
      return all(...ir.members.map((member) => accepts(writer, member, value, hint, depth)));
    case 'set':
      if (ir.element.kind === 'any') return test(`${writer.use('isSet')}(${value})`);
      break;
    case 'map':
      if (ir.key.kind === 'any' && ir.value.kind === 'any') return test(`${writer.use('isMap')}(${value})`);
      break;
    case 'array':
      if (ir.element.kind === 'any' && ir.constraints === undefined) return test(`${writer.global('Array')}.isArray(${value})`);
  }
  const name = writer.helper('is', ir, hint, (own) => writeFunction(writer, own, ir, hint));
  return test(`${name}(${value}${writer.isNested(ir) ? `, ${depth}` : ''})`);
}

/** A global class that the host does not have takes every value. */
export function instanceTest(ir: InstanceIr, value: string): Condition {
  const isInstance = test(`${value} instanceof ${ir.name}`, `!(${value} instanceof ${ir.name})`);
  return ir.global ? some(equal(`typeof ${ir.name}`, '"undefined"'), isInstance) : isInstance;
}

export function printLiteral(ir: Extract<TypeIr, { readonly kind: 'literal' }>): string {
  if (ir.type === 'string') return quote(String(ir.value));
  return ir.type === 'bigint' ? `${ir.value}n` : String(ir.value);
}

function isSimpleUnion(writer: ModuleWriter, members: readonly TypeIr[]): boolean {
  return members.length <= MAX_INLINE && findDiscriminant(writer, members) === undefined && members.every((member) => member.kind !== 'union');
}

function constraintTests(writer: ModuleWriter, kind: 'number' | 'bigint' | 'string', constraints: Constraints | undefined, value: string, hint: string): readonly Condition[] {
  if (constraints === undefined) return [];
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, minLength, maxLength, pattern, format } = constraints;
  const bound = (limit: number | string): string => (typeof limit === 'string' ? `${limit}n` : String(limit));
  const tests: (Condition | false | undefined)[] = [
    constraints.integer && test(`${writer.global('Number')}.isInteger(${value})`),
    constraints.finite && test(`${writer.global('Number')}.isFinite(${value})`),
    // Written so that NaN fails both ways round.
    minimum !== undefined && test(`${value} >= ${bound(minimum)}`, `!(${value} >= ${bound(minimum)})`),
    maximum !== undefined && test(`${value} <= ${bound(maximum)}`, `!(${value} <= ${bound(maximum)})`),
    exclusiveMinimum !== undefined && test(`${value} > ${bound(exclusiveMinimum)}`, `!(${value} > ${bound(exclusiveMinimum)})`),
    exclusiveMaximum !== undefined && test(`${value} < ${bound(exclusiveMaximum)}`, `!(${value} < ${bound(exclusiveMaximum)})`),
    multipleOf !== undefined && (kind === 'bigint' && typeof multipleOf === 'string'
      ? equal(`${value} % ${multipleOf}n`, '0n')
      : test(`${writer.use('isMultipleOf')}(${kind === 'bigint' ? `${writer.global('Number')}(${value})` : value}, ${multipleOf})`)),
    minLength !== undefined && test(`${value}.length >= ${minLength}`, `${value}.length < ${minLength}`),
    maxLength !== undefined && test(`${value}.length <= ${maxLength}`, `${value}.length > ${maxLength}`),
    pattern !== undefined && test(writer.matches(pattern, hint, value)),
    format !== undefined && test(writer.matches(FORMATS[format]!, format.replace(/\W(.)/g, (_, c: string) => c.toUpperCase()), value)),
  ];
  return tests.filter((found) => typeof found === 'object');
}

/** The function, with a guard around it where the type can contain itself. */
function writeFunction(writer: ModuleWriter, name: string, ir: TypeIr, hint: string): readonly string[] {
  const nested = writer.isNested(ir);
  const parameters = ['value: unknown', ...(nested ? ['depth: number'] : [])];
  if (ir.kind !== 'ref') return functionLines(`function ${name}`, parameters, 'boolean', body(writer, ir, hint, 'depth'));
  const definition = writer.definition(ir.name);
  const type = definition.type;
  if (!definition.recursive) return functionLines(`function ${name}`, parameters, 'boolean', body(writer, type, ir.name, 'depth'));
  const fields = writer.claim(`${name}Inside`);
  writer.use('type Visited');
  return [
    ...functionLines(`function ${name}`, parameters, 'boolean', [
      `if (${writer.use('isShallow')}(depth, visited)) return ${fields}(value, depth);`,
      `return ${writer.use('visit')}((visited ??= ${writer.use('makeVisited')}()), ${fields}, value, depth);`,
    ]),
    '',
    ...functionLines(`function ${fields}`, parameters, 'boolean', body(writer, type, ir.name, 'depth + 1')),
  ];
}

function body(writer: ModuleWriter, ir: TypeIr, hint: string, depth: string): readonly string[] {
  switch (ir.kind) {
    case 'shape':
      return shapeBody(writer, ir, hint, depth);
    case 'array':
      return arrayBody(writer, ir, hint, depth);
    case 'tuple':
      return tupleBody(writer, ir, hint, depth);
    case 'map':
    case 'set':
      return collectionBody(writer, ir, hint, depth);
    case 'instance': {
      if (ir.shape === undefined) return returnLines(instanceTest(ir, 'value'));
      return [...ifLines(instanceTest(ir, 'value'), 'return true;'), ...shapeOrTest(writer, ir.shape, ir.name, depth)];
    }
    case 'union':
      return unionBody(writer, ir.members, hint, depth);
    default:
      return returnLines(accepts(writer, ir, 'value', hint, depth));
  }
}

function shapeOrTest(writer: ModuleWriter, shape: TypeIr, hint: string, depth: string): readonly string[] {
  return shape.kind === 'shape' ? shapeBody(writer, shape, hint, depth) : returnLines(accepts(writer, shape, 'value', hint, depth));
}

/** The condition under which a value cannot be of a shape whatever its properties are. */
export function isNotOfShape(writer: ModuleWriter, ir: ShapeIr): Condition {
  const isObject = all(typeIs('value', 'object'), test('value !== null', 'value === null'));
  if (ir.callable) return not(typeIs('value', 'function'));
  const takesAny = ir.indexes.some((index) => index.key === 'string' && index.type.kind === 'any');
  const isWeak = ir.properties.every((property) => property.optional) && ir.indexes.every((index) => index.key !== 'number') && !takesAny;
  // An options bag is no array and no function; anything with a required property is judged by that.
  if (isWeak) return not(all(isObject, test(`!${writer.global('Array')}.isArray(value)`, `${writer.global('Array')}.isArray(value)`)));
  const hasStringIndex = ir.indexes.some((index) => index.key === 'string') && !takesAny;
  if (hasStringIndex) return not(all(isObject, test(`!${writer.global('Array')}.isArray(value)`, `${writer.global('Array')}.isArray(value)`)));
  return not(some(isObject, typeIs('value', 'function')));
}

function shapeBody(writer: ModuleWriter, ir: ShapeIr, hint: string, depth: string): readonly string[] {
  const lines: string[] = [];
  if (ir.primitives.length > 0) lines.push(...ifLines(some(...ir.primitives.map((kind) => typeIs('value', kind))), 'return true;'));
  lines.push(...ifLines(isNotOfShape(writer, ir), 'return false;'));
  const conditions = ir.properties.map((property) => propertyTest(writer, property, depth));
  const checked = conditions.filter(({ condition }) => condition !== YES);
  if (checked.length > 0) lines.push(...readAs(writer, checked.map(({ property }) => property)));
  checked.forEach(({ hoist, condition }, i) => {
    if (hoist !== undefined) lines.push(hoist);
    const isLast = i === checked.length - 1 && ir.indexes.every((index) => index.type.kind === 'any');
    if (isLast) lines.push(...returnLines(condition));
    else lines.push(...ifLines(not(condition), 'return false;'));
  });
  const indexed = ir.indexes.filter((index) => index.type.kind !== 'any');
  for (const index of indexed) lines.push(...indexLoop(writer, index, hint, depth));
  if (checked.length === 0 || indexed.length > 0) lines.push('return true;');
  return lines;
}

/** `const item = value as { readonly price?: unknown };` */
export function readAs(writer: ModuleWriter, properties: readonly PropertyIr[]): readonly string[] {
  return castLines('const item = value as ', properties.map((property) => `readonly ${propertyKey(writer, property)}?: unknown`), ';');
}

export function propertyKey(writer: ModuleWriter, property: PropertyIr): string {
  if (property.symbol) return `[${property.name.replace('Symbol', writer.global('Symbol'))}]`;
  return /^[A-Za-z_$][\w$]*$/.test(property.name) ? property.name : quote(property.name);
}

export function propertyAccess(writer: ModuleWriter, property: PropertyIr): string {
  if (property.symbol) return `item[${property.name.replace('Symbol', writer.global('Symbol'))}]`;
  return /^[A-Za-z_$][\w$]*$/.test(property.name) ? `item.${property.name}` : `item[${quote(property.name)}]`;
}

/** The key as an expression. */
export function propertyExpression(writer: ModuleWriter, property: PropertyIr): string {
  return property.symbol ? property.name.replace('Symbol', writer.global('Symbol')) : quote(property.name);
}

interface PropertyTest {
  readonly property: PropertyIr;
  /** Reads the property into a local where it is looked at twice. */
  readonly hoist?: string;
  readonly condition: Condition;
}

function propertyTest(writer: ModuleWriter, property: PropertyIr, depth: string): PropertyTest {
  const access = propertyAccess(writer, property);
  const make = (value: string): Condition => {
    const typed = accepts(writer, property.type, value, property.name, depth);
    const key = propertyExpression(writer, property);
    if (property.optional && property.exact) return some(typed, test(`!(${key} in item)`, `${key} in item`));
    if (property.optional) return typed === YES ? YES : some(equal(value, 'undefined'), typed);
    if (!writer.acceptsUndefined(property.type)) return typed;
    const isThere = some(test(`${value} !== undefined`, `${value} === undefined`), test(`!${writer.use('isMissing')}(item, ${key})`, `${writer.use('isMissing')}(item, ${key})`));
    return all(isThere, typed);
  };
  const inPlace = make(access);
  if (printCondition(inPlace).split(access).length <= 2) return { property, condition: inPlace };
  const local = localName(writer, property);
  return { property, hoist: `const ${local} = ${access};`, condition: make(local) };
}

/** A local for a property: its own name where that is free. */
export function localName(writer: ModuleWriter, property: PropertyIr): string {
  const plain = property.name.replace(/\W+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase()).replace(/^(?=\d|$)/, '_');
  return writer.isTaken(plain) || /^(?:is|explain|correct)[A-Z]|Pattern\d*$/.test(plain) ? `${plain}_` : plain;
}

function indexLoop(writer: ModuleWriter, index: ShapeIr['indexes'][number], hint: string, depth: string): readonly string[] {
  const object = writer.global('Object');
  const make = (value: string): Condition => accepts(writer, index.type, value, hint, depth);
  const twice = printCondition(make('item')).split('item').length > 2;
  const read = index.key === 'symbol' ? '(value as { readonly [key: symbol]: unknown })[key]' : '(value as { readonly [key: string]: unknown })[key]';
  const loop = index.key === 'symbol' ? `for (const key of ${object}.getOwnPropertySymbols(value)) {` : `for (const key of ${object}.keys(value)) {`;
  const skip = index.key === 'number'
    ? [`if (!${writer.use('isNumericKey')}(key)) continue;`]
    : typeof index.key === 'object' ? [`if (!${writer.matches(index.key.pattern, `${hint}Key`, 'key')}) continue;`] : [];
  const checks = twice
    ? [`const entry = ${read};`, ...ifLines(not(make('entry')), 'return false;', 4)]
    : ifLines(not(make(read)), 'return false;', 4);
  return [loop, ...indent([...skip, ...checks]), '}'];
}

function arrayBody(writer: ModuleWriter, ir: Extract<TypeIr, { readonly kind: 'array' }>, hint: string, depth: string): readonly string[] {
  const { minItems, maxItems, uniqueItems } = ir.constraints ?? {};
  const lines = [`if (!${writer.global('Array')}.isArray(value)) return false;`];
  if (minItems !== undefined) lines.push(`if (value.length < ${minItems}) return false;`);
  if (maxItems !== undefined) lines.push(`if (value.length > ${maxItems}) return false;`);
  if (ir.element.kind !== 'any') lines.push('for (let i = 0; i < value.length; i++) {', ...indent(itemLines(writer, ir.element, 'value[i]', hint, depth)), '}');
  lines.push(uniqueItems ? `return ${writer.use('areDifferent')}(value);` : 'return true;');
  return lines;
}

function itemLines(writer: ModuleWriter, ir: TypeIr, read: string, hint: string, depth: string): readonly string[] {
  const inPlace = accepts(writer, ir, read, hint, depth);
  if (printCondition(inPlace).split(read).length <= 2) return ifLines(not(inPlace), 'return false;', 4);
  return [`const item: unknown = ${read};`, ...ifLines(not(accepts(writer, ir, 'item', hint, depth)), 'return false;', 4)];
}

/** What the length of a tuple must be. */
export function tupleLength(ir: TupleIr, value: string): Condition {
  const rest = ir.elements.some((element) => element.mode === 'rest');
  const required = ir.elements.filter((element) => element.mode === 'required').length;
  const most = ir.elements.length;
  if (rest) return required === 0 ? YES : test(`${value}.length >= ${required}`, `${value}.length < ${required}`);
  if (required === most) return equal(`${value}.length`, String(most));
  const atMost = test(`${value}.length <= ${most}`, `${value}.length > ${most}`);
  return required === 0 ? atMost : all(test(`${value}.length >= ${required}`, `${value}.length < ${required}`), atMost);
}

function tupleBody(writer: ModuleWriter, ir: TupleIr, hint: string, depth: string): readonly string[] {
  const isArray = test(`${writer.global('Array')}.isArray(value)`);
  const lines = [...ifLines(not(all(isArray, tupleLength(ir, 'value'))), 'return false;')];
  const restAt = ir.elements.findIndex((element) => element.mode === 'rest');
  const tail = restAt === -1 ? 0 : ir.elements.length - restAt - 1;
  ir.elements.forEach((element, i) => {
    if (element.type.kind === 'any' || element.mode === 'rest') return;
    const read = restAt !== -1 && i > restAt ? `value[value.length - ${ir.elements.length - i}]` : `value[${i}]`;
    const local = `item${i}`;
    const make = (value: string): Condition => {
      const typed = accepts(writer, element.type, value, `${hint}Item`, depth);
      if (element.mode === 'required') return typed;
      return element.exact ? some(typed, test(`value.length <= ${i}`, `value.length > ${i}`)) : some(equal(value, 'undefined'), typed);
    };
    if (printCondition(make(read)).split(read).length <= 2) lines.push(...ifLines(not(make(read)), 'return false;'));
    else lines.push(`const ${local}: unknown = ${read};`, ...ifLines(not(make(local)), 'return false;'));
  });
  const rest = ir.elements[restAt];
  if (rest !== undefined && rest.type.kind !== 'any') {
    const end = tail === 0 ? 'value.length' : `value.length - ${tail}`;
    lines.push(`for (let i = ${restAt}; i < ${end}; i++) {`, ...indent(itemLines(writer, rest.type, 'value[i]', `${hint}Item`, depth)), '}');
  }
  return [...lines, 'return true;'];
}

function collectionBody(writer: ModuleWriter, ir: Extract<TypeIr, { readonly kind: 'map' | 'set' }>, hint: string, depth: string): readonly string[] {
  const lines = [`if (!${writer.use(ir.kind === 'map' ? 'isMap' : 'isSet')}(value)) return false;`];
  const loop = (over: string, element: TypeIr, local: string): void => {
    if (element.kind === 'any') return;
    lines.push(`for (const ${local} of ${over}) {`, ...indent(ifLines(not(accepts(writer, element, local, hint, depth)), 'return false;', 4)), '}');
  };
  if (ir.kind === 'map') {
    loop('value.keys()', ir.key, 'key');
    loop('value.values()', ir.value, 'item');
  } else {
    loop('value.values()', ir.element, 'item');
  }
  return [...lines, 'return true;'];
}

function unionBody(writer: ModuleWriter, members: readonly TypeIr[], hint: string, depth: string): readonly string[] {
  const found = findDiscriminant(writer, members);
  if (found !== undefined) return switchBody(writer, found, hint, depth);
  const literals = members.filter((member) => member.kind === 'literal' && member.type !== 'nan');
  const others = members.filter((member) => !literals.includes(member));
  if (literals.length <= MAX_INLINE) return returnLines(some(...members.map((member) => accepts(writer, member, 'value', hint, depth))));
  const rest = some(...others.map((member) => accepts(writer, member, 'value', hint, depth)));
  return [
    'switch (value) {',
    ...literals.map((literal) => `  case ${printLiteral(literal as Extract<TypeIr, { kind: 'literal' }>)}:`),
    '    return true;',
    '  default:',
    ...indent(indent(returnLines(rest, 6))),
    '}',
  ];
}

function switchBody(writer: ModuleWriter, found: Discriminated, hint: string, depth: string): readonly string[] {
  const others = some(...found.others.map((member) => accepts(writer, member, 'value', hint, depth)));
  const isObject = some(all(typeIs('value', 'object'), test('value !== null', 'value === null')), typeIs('value', 'function'));
  const property: PropertyIr = { name: found.property, symbol: false, type: { kind: 'any' }, optional: false, exact: false, readonly: true };
  const read = propertyAccess(writer, property).replace(/^item/, `(value as { readonly ${propertyKey(writer, property)}?: unknown })`);
  return [
    ...(others === NO ? [] : ifLines(others, 'return true;')),
    ...ifLines(not(isObject), 'return false;'),
    `switch (${read}) {`,
    ...found.cases.flatMap(({ member, literals }) => [
      ...literals.map((literal) => `  case ${printLiteral(literal)}:`),
      ...indent(indent(returnLines(accepts(writer, member, 'value', hint, depth), 6))),
    ]),
    '  default:',
    '    return false;',
    '}',
  ];
}
