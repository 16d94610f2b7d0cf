/** IR → functions that say what is wrong, all of it, with paths. */
import { all, not, some, test, typeIs, type Condition } from './condition.ts';
import { describeType } from './describe.ts';
import { findDiscriminant, type Discriminated } from './discriminant.ts';
import type { PropertyIr, ShapeIr, TupleIr, TypeIr } from './ir.ts';
import type { ModuleWriter } from './module-writer.ts';
import { atExpression, atProperty, functionLines, ifLines, indent, joinIfs, PATH, printPath, quote, type PathText } from './text-lines.ts';
import { accepts, instanceTest, isNotOfShape, localName, printLiteral, propertyAccess, propertyExpression, propertyKey, readAs, tupleLength } from './write-accepts.ts';

/** Where an explanation stands: what to call it with, and how deep. */
export interface Scope {
  readonly out: string;
  /** Text of the trail argument for explanations that can nest. */
  readonly trail: string;
}

const INSIDE: Scope = { out: 'out', trail: 'trail' };

/**
 * Loops end here: an array can have 2^32 - 1 items, each of them wrong, and a list of that length ends the process that
 * wanted to report it.
 */
const HAS_ROOM = 'out.length < 1000';
const STOP_WHEN_FULL = 'if (out.length >= 1000) break;';

/** Statements that push what is wrong with `value`. */
export function explain(writer: ModuleWriter, ir: TypeIr, value: string, path: PathText, hint: string, scope: Scope): readonly string[] {
  if (ir.kind === 'any') return [];
  if (!hasParts(ir)) {
    const push = `${scope.out}.push(${writer.use('violation')}(${printPath(path)}, ${quote(describeType(ir))}, ${value}));`;
    return ifLines(not(accepts(writer, ir, value, hint)), push, 6);
  }
  const name = writer.helper('explain', ir, hint, (own) => writeFunction(writer, own, ir, hint));
  return [`${name}(${value}, ${printPath(path)}, ${scope.out}${writer.isNested(ir) ? `, ${scope.trail}` : ''});`];
}

/** Whether there is more to say than that the value as a whole is not of the type. */
function hasParts(ir: TypeIr): boolean {
  switch (ir.kind) {
    case 'shape':
    case 'tuple':
    case 'ref':
      return true;
    case 'array':
    case 'set':
      return ir.element.kind !== 'any';
    case 'map':
      return ir.key.kind !== 'any' || ir.value.kind !== 'any';
    case 'instance':
      return ir.shape !== undefined;
    case 'union':
    case 'intersection':
      return ir.members.some((member) => hasParts(member));
    default:
      return false;
  }
}

function writeFunction(writer: ModuleWriter, name: string, ir: TypeIr, hint: string): readonly string[] {
  const nested = writer.isNested(ir);
  writer.use('type Violation');
  const parameters = ['value: unknown', 'path: string', 'out: Violation[]', ...(nested ? ['trail: unknown[]'] : [])];
  if (ir.kind !== 'ref') return functionLines(`function ${name}`, parameters, 'void', body(writer, ir, ir, hint));
  const definition = writer.definition(ir.name);
  if (!definition.recursive) return functionLines(`function ${name}`, parameters, 'void', body(writer, definition.type, ir, ir.name));
  const inside = writer.claim(`${name}Inside`);
  return [
    ...functionLines(`function ${name}`, parameters, 'void', [
      ...ifLines(some(accepts(writer, ir, 'value', hint), test(`${writer.use('isOnTrail')}(trail, ${quote(ir.name)}, value)`)), 'return;'),
      `trail.push(${quote(ir.name)}, value);`,
      `${inside}(value, path, out, trail);`,
      'trail.length -= 2;',
    ]),
    '',
    ...functionLines(`function ${inside}`, parameters, 'void', body(writer, definition.type, ir, ir.name)),
  ];
}

/** `named`: the type as messages call it. */
function body(writer: ModuleWriter, ir: TypeIr, named: TypeIr, hint: string): readonly string[] {
  const refuse = `out.push(${writer.use('violation')}(path, ${quote(describeType(named))}, value));`;
  switch (ir.kind) {
    case 'shape':
      return shapeBody(writer, ir, refuse, hint);
    case 'array':
      return arrayBody(writer, ir, named, hint);
    case 'tuple':
      return tupleBody(writer, ir, refuse, hint);
    case 'map':
    case 'set':
      return collectionBody(writer, ir, refuse, hint);
    case 'instance': {
      if (ir.shape === undefined) return ifLines(not(accepts(writer, ir, 'value', hint)), refuse);
      const rest = ir.shape.kind === 'shape' ? shapeBody(writer, ir.shape, refuse, ir.name) : explain(writer, ir.shape, 'value', PATH, ir.name, INSIDE);
      return [...ifLines(instanceTest(ir, 'value'), 'return;'), ...rest];
    }
    case 'union':
      return unionBody(writer, ir, refuse, hint);
    case 'intersection':
      return ir.members.flatMap((member) => explain(writer, member, 'value', PATH, hint, INSIDE));
    case 'ref':
      return explain(writer, ir, 'value', PATH, hint, INSIDE);
    default:
      return ifLines(not(accepts(writer, ir, 'value', hint)), refuse);
  }
}

function orElse(refuse: string): readonly string[] {
  return ['{', `  ${refuse}`, '  return;', '}'];
}

function guard(condition: Condition, refuse: string): readonly string[] {
  const lines = ifLines(condition, '@');
  if (lines.length === 1) return [lines[0]!.replace(/ @$/, ' {'), ...orElse(refuse).slice(1)];
  return lines.flatMap((line) => (line.trim() === '@' ? [`  ${refuse}`, '  return;'] : [line]));
}

function shapeBody(writer: ModuleWriter, ir: ShapeIr, refuse: string, hint: string): readonly string[] {
  const lines: string[] = [];
  if (ir.primitives.length > 0) lines.push(...ifLines(some(...ir.primitives.map((kind) => typeIs('value', kind))), 'return;'));
  lines.push(...guard(isNotOfShape(writer, ir), refuse));
  const checked = ir.properties.filter((property) => property.type.kind !== 'any' || !property.optional);
  const statements = checked.map((property) => ({ property, lines: propertyLines(writer, property) })).filter((found) => found.lines.length > 0);
  if (statements.length > 0) lines.push(...readAs(writer, statements.map(({ property }) => property)));
  for (const statement of statements) lines.push(...statement.lines);
  for (const index of ir.indexes) if (index.type.kind !== 'any') lines.push(...indexLoop(writer, index, hint));
  return lines;
}

function propertyLines(writer: ModuleWriter, property: PropertyIr): readonly string[] {
  const access = propertyAccess(writer, property);
  const path = property.symbol ? { template: `${PATH.template}[${property.name}]` } : atProperty(PATH, property.name);
  const key = propertyExpression(writer, property);
  const make = (value: string): readonly string[] => {
    const found = explain(writer, property.type, value, path, property.name, INSIDE);
    const expected = quote(describeType(property.type.kind === 'never' ? { kind: 'undefined' } : property.type));
    if (property.optional) {
      const isThere = property.exact ? `${key} in item` : `${value} !== undefined`;
      return found.length === 0 ? [] : [`if (${isThere}) {`, ...indent(found), '}'];
    }
    if (!writer.acceptsUndefined(property.type)) return found;
    const isMissing = `${value} === undefined && ${writer.use('isMissing')}(item, ${key})`;
    const push = `out.push(${writer.use('violation')}(${printPath(path)}, ${property.type.kind === 'any' ? '"a value"' : expected}, undefined));`;
    if (found.length === 0) return [`if (${isMissing}) ${push}`];
    return [`if (${isMissing}) {`, `  ${push}`, '} else {', ...indent(found), '}'];
  };
  const text = make(access).join('\n');
  if (text.split(access).length <= 3 || property.symbol) return joinIfs(make(access));
  const local = localName(writer, property);
  return [`const ${local} = ${access};`, ...joinIfs(make(local))];
}

function indexLoop(writer: ModuleWriter, index: ShapeIr['indexes'][number], hint: string): readonly string[] {
  const object = writer.global('Object');
  const isSymbol = index.key === 'symbol';
  const read = `(value as { readonly [key: ${isSymbol ? 'symbol' : 'string'}]: unknown })[key]`;
  const skip = index.key === 'number'
    ? [`if (!${writer.use('isNumericKey')}(key)) continue;`]
    : typeof index.key === 'object' ? [`if (!${writer.matches(index.key.pattern, `${hint}Key`, 'key')}) continue;`] : [];
  const path = isSymbol ? atExpression(PATH, '[', 'String(key)', ']') : atExpression(PATH, '[', 'JSON.stringify(key)', ']');
  const found = explain(writer, index.type, 'entry', path, hint, INSIDE);
  return [
    `for (const key of ${object}.${isSymbol ? 'getOwnPropertySymbols' : 'keys'}(value)) {`,
    ...indent([STOP_WHEN_FULL, ...skip, `const entry = ${read};`, ...found]),
    '}',
  ];
}

function arrayBody(writer: ModuleWriter, ir: Extract<TypeIr, { readonly kind: 'array' }>, named: TypeIr, hint: string): readonly string[] {
  const { constraints, ...plain } = ir;
  const refuse = (type: TypeIr): string => `out.push(${writer.use('violation')}(path, ${quote(describeType(type))}, value));`;
  const lines = [...guard(not(test(`${writer.global('Array')}.isArray(value)`)), refuse(named))];
  if (constraints !== undefined) {
    const { minItems, maxItems, uniqueItems } = constraints;
    const tests = [
      minItems !== undefined && `value.length < ${minItems}`,
      maxItems !== undefined && `value.length > ${maxItems}`,
      uniqueItems && `!${writer.use('areDifferent')}(value)`,
    ].filter((found) => typeof found === 'string');
    lines.push(`if (${tests.join(' || ')}) ${refuse({ ...plain, constraints })}`);
  }
  const found = explain(writer, ir.element, 'item', atExpression(PATH, '[', 'i', ']'), hint, INSIDE);
  return [...lines, `for (let i = 0; i < value.length && ${HAS_ROOM}; i++) {`, '  const item: unknown = value[i];', ...indent(found), '}'];
}

function tupleBody(writer: ModuleWriter, ir: TupleIr, refuse: string, hint: string): readonly string[] {
  const lines = [...guard(not(all(test(`${writer.global('Array')}.isArray(value)`), tupleLength(ir, 'value'))), refuse)];
  const restAt = ir.elements.findIndex((element) => element.mode === 'rest');
  ir.elements.forEach((element, i) => {
    if (element.mode === 'rest' || element.type.kind === 'any') return;
    const fromEnd = restAt !== -1 && i > restAt;
    const at = fromEnd ? `value.length - ${ir.elements.length - i}` : String(i);
    const path = fromEnd ? atExpression(PATH, '[', at, ']') : { template: `${PATH.template}[${i}]` };
    const found = explain(writer, element.type, `item${i}`, path, `${hint}Item`, INSIDE);
    const isThere = element.exact ? `value.length > ${i}` : `item${i} !== undefined`;
    lines.push(`const item${i}: unknown = value[${at}];`, ...(element.mode === 'required' ? found : joinIfs([`if (${isThere}) {`, ...indent(found), '}'])));
  });
  const rest = ir.elements[restAt];
  if (rest !== undefined && rest.type.kind !== 'any') {
    const tail = ir.elements.length - restAt - 1;
    const found = explain(writer, rest.type, 'item', atExpression(PATH, '[', 'i', ']'), `${hint}Item`, INSIDE);
    lines.push(`for (let i = ${restAt}; i < value.length${tail === 0 ? '' : ` - ${tail}`} && ${HAS_ROOM}; i++) {`, '  const item: unknown = value[i];', ...indent(found), '}');
  }
  return lines;
}

function collectionBody(writer: ModuleWriter, ir: Extract<TypeIr, { readonly kind: 'map' | 'set' }>, refuse: string, hint: string): readonly string[] {
  const lines = [...guard(test(`!${writer.use(ir.kind === 'map' ? 'isMap' : 'isSet')}(value)`), refuse)];
  const loop = (method: 'keys' | 'values', element: TypeIr, local: string): void => {
    if (element.kind === 'any') return;
    const position = method === 'keys' ? 'keyPosition' : 'position';
    lines.push(
      `let ${position} = 0;`,
      `for (const ${local} of value.${method}()) {`,
      ...indent([STOP_WHEN_FULL, ...explain(writer, element, local, atExpression(PATH, `.${method}()[`, position, ']'), hint, INSIDE), `${position}++;`]),
      '}',
    );
  };
  if (ir.kind === 'map') loop('keys', ir.key, 'key');
  loop('values', ir.kind === 'map' ? ir.value : ir.element, 'item');
  return lines;
}

function unionBody(writer: ModuleWriter, ir: Extract<TypeIr, { readonly kind: 'union' }>, refuse: string, hint: string): readonly string[] {
  const found = findDiscriminant(writer, ir.members);
  const lines = [...ifLines(accepts(writer, ir, 'value', hint, '0'), 'return;')];
  if (found !== undefined) return [...lines, ...switchLines(writer, found, refuse, hint)];
  const branches = ir.members.filter((member) => hasParts(member));
  writer.use('type Violation');
  const expected = /violation\((path, .*)\)\);$/s.exec(refuse)![1]!;
  const declared = branches.map((_, i) => `branch${i}`);
  return [
    ...lines,
    ...branches.flatMap((branch, i) => [
      `const branch${i}: Violation[] = [];`,
      ...explain(writer, branch, 'value', PATH, hint, { ...INSIDE, out: `branch${i}` }),
    ]),
    `${writer.use('pushBest')}(out, path, [${declared.join(', ')}], ${writer.use('violation')}(${expected}));`,
  ];
}

function switchLines(writer: ModuleWriter, found: Discriminated, refuse: string, hint: string): readonly string[] {
  const isObject = some(all(typeIs('value', 'object'), test('value !== null', 'value === null')), typeIs('value', 'function'));
  const property: PropertyIr = { name: found.property, symbol: false, type: { kind: 'any' }, optional: false, exact: false, readonly: true };
  const access = propertyAccess(writer, property);
  const literals = found.cases.flatMap((one) => one.literals);
  const expected = describeType({ kind: 'union', members: literals });
  return [
    ...guard(not(isObject), refuse),
    `const item = value as { readonly ${propertyKey(writer, property)}?: unknown };`,
    `switch (${access}) {`,
    ...found.cases.flatMap((one) => [
      ...one.literals.map((literal) => `  case ${printLiteral(literal)}:`),
      ...indent(indent([...explain(writer, one.member, 'value', PATH, hint, INSIDE), 'break;'])),
    ]),
    '  default:',
    `    out.push(${writer.use('violation')}(${printPath(atProperty(PATH, found.property))}, ${quote(expected)}, ${access}));`,
    '}',
  ];
}

