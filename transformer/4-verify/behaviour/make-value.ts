/** Contract → arbitrary values of it. Source of the combinators: fast-check. */
import fc from 'fast-check';
import type { Constraints, Definition, ShapeIr, TypeIr } from '../../contract/ir.ts';
import { PROTOCOL_MEMBERS } from '../../contract/well-known.ts';
import { number, string, type Value } from '../sandbox/value.ts';
import { makeEndingType, sortByHeight } from './ending-type.ts';
import { EXOTIC } from './notable-values.ts';
import { compilePattern } from './pattern.ts';
import type { BehaviourSubject } from './subject.ts';

/** What `any`, `unknown` and type parameters are in one case: a list of generic items is rarely a mixture. */
export type Theme = 'number' | 'string' | 'object' | 'mixed' | 'exotic';

export interface ValueEnv {
  readonly subject: Pick<BehaviourSubject, 'callbacks' | 'classes' | 'literals'>;
  readonly definitions: ReadonlyMap<string, TypeIr>;
  readonly theme: Theme;
}

type Arb = fc.Arbitrary<Value>;

/** Names of the author's, `toString` among them. */
const ownOf = <T>(of: Readonly<Record<string, T>>, name: string): T | undefined => (Object.hasOwn(of, name) ? of[name] : undefined);

const UNDEFINED: Value = { k: 'undefined' };
const NULL: Value = { k: 'null' };
const boolean: Arb = fc.boolean().map((v) => ({ k: 'boolean', v }));

export function makeEnv(subject: ValueEnv['subject'], definitions: readonly Definition[], theme: Theme): ValueEnv {
  return { subject, definitions: new Map(definitions.map(({ name, type }) => [name, type])), theme };
}

/**
 * Whether values of a type are made without members that it asks for: iterables, and functions, that have more than that
 * (`TemplateStringsArray`). A contract is right to refuse them.
 *
 * @param type an IR, or anything that holds some
 */
export function isMadeWithLess(type: unknown): boolean {
  if (typeof type !== 'object' || type === null) return false;
  const { properties, callable } = type as Partial<ShapeIr>;
  const isProtocol = (name: string): boolean => PROTOCOL_MEMBERS.has(name);
  if (Array.isArray(properties) && (callable === true || properties.some(({ name, symbol }: ShapeIr['properties'][number]) => symbol && isProtocol(name)))
    && properties.some(({ name, optional }: ShapeIr['properties'][number]) => !optional && !isProtocol(name))) return true;
  return Object.values(type).some(isMadeWithLess);
}

/** Below it, unions are of the two members that end soonest; below the second one, values end as soon as their type lets them. */
const MAX_WIDE_DEPTH = 4;
const MAX_DEPTH = 7;

/** @param path by which callbacks are known */
export function makeValue(wanted: TypeIr, env: ValueEnv, path: string, depth = 0): Arb {
  const type = depth > MAX_DEPTH ? makeEndingType(wanted, env.definitions) : wanted;
  const inner = (t: TypeIr, p = path): Arb => makeValue(t, env, p, depth + 1);
  switch (type.kind) {
    case 'any': return anyOf(env, depth);
    case 'never': return fc.constant(UNDEFINED);
    case 'undefined': return fc.constant(UNDEFINED);
    case 'null': return fc.constant(NULL);
    case 'boolean': return boolean;
    case 'symbol': return fc.constantFrom('a', 'b').map((v): Value => ({ k: 'symbol', v }));
    case 'present': return anyOf(env, depth).filter(({ k }) => k !== 'undefined' && k !== 'null');
    case 'object': return objectOf(env, depth);
    case 'function': return functionOf(env, path, depth);
    case 'thenable': return anyOf(env, depth + 1).map((of): Value => ({ k: 'promise', of }));
    case 'number': return numberOf(env, type.constraints);
    case 'bigint': return bigintOf(env, type.constraints);
    case 'string': return stringOf(env, type.constraints);
    case 'literal': return fc.constant(literalOf(type));
    case 'template': return matching(type.pattern).map(string);
    case 'array': return arrayOf(type.element, type.constraints, env, `${path}[]`, depth);
    case 'tuple': return tupleOf(type, env, path, depth);
    case 'builtin': return builtinOf(type.name, type.constraints);
    case 'map': return depth > MAX_DEPTH ? fc.constant<Value>({ k: 'map', entries: [] }) : fc.uniqueArray(fc.tuple(inner(type.key), inner(type.value)), { maxLength: 5, selector: ([key]) => JSON.stringify(key) }).map((entries): Value => ({ k: 'map', entries }));
    case 'set': return depth > MAX_DEPTH ? fc.constant<Value>({ k: 'set', items: [] }) : fc.uniqueArray(inner(type.element), { maxLength: 6, selector: (item) => JSON.stringify(item) }).map((items): Value => ({ k: 'set', items }));
    case 'instance': return instanceOf(type.name, type.global, type.shape, env, path, depth);
    case 'shape': return shapeOf(type, env, path, depth);
    case 'union': {
      const members = depth > MAX_WIDE_DEPTH ? sortByHeight(type.members, env.definitions).slice(0, 2) : type.members;
      return fc.oneof(...members.map((member) => inner(member)));
    }
    case 'intersection': return intersectionOf(type.members, env, path, depth);
    case 'ref': {
      const definition = env.definitions.get(type.name);
      return definition === undefined ? anyOf(env, depth) : makeValue(definition, env, path, depth + 1);
    }
  }
}

function anyOf(env: ValueEnv, depth: number): Arb {
  const deep = depth > 3;
  switch (env.theme) {
    case 'exotic': return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...EXOTIC) }, { weight: deep ? 0 : 2, arbitrary: fc.array(fc.constantFrom(...EXOTIC), { maxLength: 3 }).map((items): Value => ({ k: 'array', items })) }, { weight: deep ? 0 : 2, arbitrary: fc.uniqueArray(fc.tuple(keyOf(env), fc.constantFrom(...EXOTIC)), { maxLength: 3, selector: ([key]) => key }).map((entries): Value => ({ k: 'object', entries })) });
    case 'number': return numberOf(env);
    case 'string': return stringOf(env);
    case 'object': return deep ? numberOf(env) : fc.oneof({ weight: 4, arbitrary: objectOf(env, depth) }, { weight: 1, arbitrary: numberOf(env) });
    case 'mixed': return fc.oneof(
      { weight: 3, arbitrary: numberOf(env) }, { weight: 3, arbitrary: stringOf(env) }, { weight: 1, arbitrary: boolean }, { weight: 1, arbitrary: fc.constantFrom(UNDEFINED, NULL) },
      ...(deep ? [] : [
        { weight: 1, arbitrary: fc.array(fc.oneof(numberOf(env), stringOf(env)), { maxLength: 4 }).map((items): Value => ({ k: 'array', items })) },
        { weight: 1, arbitrary: objectOf(env, depth) },
        { weight: 1, arbitrary: fc.constantFrom<Value>({ k: 'date', v: '0' }, { k: 'map', entries: [[string('a'), number(1)]] }, { k: 'set', items: [number(1)] }, { k: 'regexp', source: 'a+', flags: 'g' }, { k: 'symbol', v: 's' }, { k: 'bigint', v: '3' }, { k: 'typed', name: 'Uint8Array', items: ['1', '2'] }, { k: 'error', name: 'Error', message: 'e' }) },
      ]),
    );
  }
}

function objectOf(env: ValueEnv, depth: number): Arb {
  const item: Arb = depth > 3 ? numberOf(env) : fc.oneof({ weight: 3, arbitrary: numberOf(env) }, { weight: 2, arbitrary: stringOf(env) }, { weight: 1, arbitrary: fc.constantFrom(UNDEFINED, NULL) }, { weight: 1, arbitrary: fc.array(numberOf(env), { maxLength: 3 }).map((items): Value => ({ k: 'array', items })) }, ...(depth > 1 ? [] : [{ weight: 1, arbitrary: fc.dictionary(fc.constantFrom('a', 'b', 'c'), numberOf(env), { maxKeys: 2, noNullPrototype: true }).map((o): Value => ({ k: 'object', entries: Object.entries(o) })) }]));
  return fc.uniqueArray(fc.tuple(keyOf(env), item), { maxLength: 4, selector: ([key]) => key }).map((entries): Value => ({ k: 'object', entries }));
}

const keyOf = (env: ValueEnv): fc.Arbitrary<string> => fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', 'id', 'name', 'x') },
  { weight: 2, arbitrary: env.subject.literals.strings.length > 0 ? fc.constantFrom(...env.subject.literals.strings) : fc.constant('key') },
  { weight: 1, arbitrary: fc.constantFrom('constructor', 'toString', '0', '') },
);

function numberOf(env: ValueEnv, constraints: Constraints = {}): Arb {
  const low = Math.max(Number(constraints.minimum ?? -Infinity), Number(constraints.exclusiveMinimum ?? -Infinity));
  const high = Math.min(Number(constraints.maximum ?? Infinity), Number(constraints.exclusiveMaximum ?? Infinity));
  const step = Number(constraints.multipleOf ?? 0);
  const whole = constraints.integer === true;
  const fits = (n: number): boolean => {
    if (Number.isNaN(n)) return Object.keys(constraints).length === 0;
    return n >= low && n <= high && !(n === constraints.exclusiveMinimum) && !(n === constraints.exclusiveMaximum) && (!whole || Number.isInteger(n))
      && (constraints.finite !== true || Number.isFinite(n)) && (step === 0 || n === 0 || (Math.abs(n) >= step / 2 && Math.abs(n / step - Math.round(n / step)) < 1e-9));
  };
  const literals = env.subject.literals.numbers.flatMap((n) => [n, n - 1, n + 1, -n, n / 2]).filter(fits);
  const special = [0, -0, 1, -1, 2, 10, 100, 0.5, -0.5, 1.5, 2.5, 0.1, 1e3, 65_535, 2 ** 31, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 + 7, 2 ** 53 - 1, 1e21, 5e-324, NaN, Infinity, -Infinity, low, high].filter((n) => fits(n) && (Number.isFinite(n) || Object.keys(constraints).length === 0));
  const from = Number.isFinite(low) ? Math.ceil(low) : Number.isFinite(high) ? Math.floor(high) - 100 : -20;
  const to = Number.isFinite(high) ? Math.floor(high) : from + (Number.isFinite(low) ? 100 : 60);
  const scaled = (unit: number): fc.Arbitrary<number> => fc.integer({ min: Math.ceil(from / unit), max: Math.max(Math.ceil(from / unit), Math.floor(to / unit)) }).map((n) => n * unit);
  const plain = scaled(step > 0 ? step : 1);
  const unit = step > 0 ? step : 1;
  const nearest = [Math.ceil(low / unit) * unit, (Math.floor(low / unit) + 1) * unit, (low + high) / 2, Math.floor(high / unit) * unit, (Math.ceil(high / unit) - 1) * unit, 0].find(fits) ?? 0;
  return fc.oneof(
    { weight: 10, arbitrary: plain },
    { weight: whole || step > 0 ? 0 : 3, arbitrary: fc.integer({ min: from * 100, max: Math.max(from * 100, to * 100) }).map((n) => n / 100) },
    { weight: whole || step > 0 ? 0 : 1, arbitrary: fc.double({ noNaN: true, min: Number.isFinite(low) ? low : -1e6, max: Number.isFinite(high) ? high : 1e6 }) },
    { weight: step > 0 ? 0 : 2, arbitrary: fc.integer({ min: Number.isFinite(low) ? Math.ceil(low) : -1e6, max: Number.isFinite(high) ? Math.floor(high) : 1e7 }) },
    { weight: special.length > 0 ? 3 : 0, arbitrary: special.length > 0 ? fc.constantFrom(...special) : plain },
    { weight: literals.length > 0 ? 5 : 0, arbitrary: literals.length > 0 ? fc.constantFrom(...literals) : plain },
  ).map((n) => number(fits(n) ? n : nearest));
}

function bigintOf(env: ValueEnv, constraints: Constraints = {}): Arb {
  const low = BigInt(constraints.minimum ?? constraints.exclusiveMinimum ?? -1_000);
  const high = BigInt(constraints.maximum ?? constraints.exclusiveMaximum ?? (low > 0n ? low + 1_000n : 1_000));
  const step = BigInt(constraints.multipleOf ?? 1);
  const few = [0n, 1n, -1n, 2n, 10n].filter((n) => n >= low / step && n <= high / step);
  const literals = env.subject.literals.bigints.map((n) => BigInt(n) / step).filter((n) => n >= low / step && n <= high / step);
  return fc.oneof({ weight: 3, arbitrary: fc.bigInt({ min: low / step, max: high / step }) }, { weight: literals.length > 0 ? 2 : 0, arbitrary: fc.constantFrom(...literals, low / step) }, { weight: few.length > 0 ? 2 : 0, arbitrary: few.length > 0 ? fc.constantFrom(...few) : fc.constant(low / step) }).map((n): Value => ({ k: 'bigint', v: String(n * step === BigInt(constraints.exclusiveMinimum ?? n * step - 1n) ? n * step + step : n * step) }));
}

function stringOf(env: ValueEnv, constraints: Constraints = {}): Arb {
  const { minLength = 0, maxLength = Infinity } = constraints;
  const fits = (text: string): boolean => text.length >= minLength && text.length <= maxLength;
  if (constraints.pattern !== undefined) return matching(constraints.pattern).filter(fits).map(string);
  if (constraints.format !== undefined) return formatted(constraints.format).filter(fits).map(string);
  const { strings, patterns } = env.subject.literals;
  const found = patterns.length > 0 ? fc.oneof(...patterns.map(matching)) : undefined;
  const letters = fc.constantFrom(...'aabbc AZ019-_.,:/@#%&<>"\'=?\n\té😀'.match(/./gsu)!);
  const short = fc.array(letters, { maxLength: 12 }).map((list) => list.join(''));
  const known = strings.length > 0 ? fc.constantFrom(...strings) : short;
  const words = fc.array(fc.constantFrom('foo', 'Bar', 'baz', 'qux', 'the', 'a', '12', 'HTTP', 'étude'), { maxLength: 5 });
  // Parts of a format, with what the source takes them apart by between them.
  const glues = strings.filter((text) => text.length <= 2 && !/[\p{L}\p{N}]/u.test(text));
  const part = fc.oneof({ weight: 2, arbitrary: found ?? short }, { weight: 1, arbitrary: known }, { weight: 1, arbitrary: fc.constantFrom('foo', 'Bar', '7', '12', '') });
  const fit = (text: string): string => (fits(text) ? text : text.length < minLength ? text.padEnd(minLength, 'x') : text.slice(0, maxLength));
  return fc.oneof(
    { weight: 4, arbitrary: short },
    { weight: 2, arbitrary: fc.tuple(words, fc.constantFrom(' ', '-', '_', '', ',', '.')).map(([list, glue]) => list.join(glue)) },
    { weight: 2, arbitrary: fc.constantFrom('', ' ', '0', '42', '-1.5', '1,234.50', '2024-02-29', '2024-02-29T12:34:56Z', 'true', 'null', 'a@b.co', 'https://example.com/a?b=c#d', '{"a":[1,2]}', 'hello world', 'camelCaseWord', 'aaaaaaaaaaaaaaaaaaaa', '<b>"x" & \'y\'</b>', 'constructor', '__proto__', 'racecar', '(())[]{}', '1.10') },
    { weight: strings.length > 0 ? 4 : 0, arbitrary: known },
    { weight: strings.length > 0 ? 3 : 0, arbitrary: fc.tuple(known, short, fc.boolean()).map(([a, b, first]) => (first ? a + b : b + a)) },
    { weight: strings.length > 0 ? 1 : 0, arbitrary: known.map((text) => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase())) },
    ...(found === undefined ? [] : [
      { weight: 3, arbitrary: found }, { weight: 3, arbitrary: fc.tuple(short, found, short).map((parts) => parts.join('')) },
      { weight: 2, arbitrary: fc.array(found, { minLength: 2, maxLength: 3 }).map((parts) => parts.join(' ')) },
    ]),
    ...(glues.length === 0 ? [] : [{ weight: 3, arbitrary: fc.tuple(fc.array(part, { minLength: 2, maxLength: 4 }), fc.constantFrom(...glues)).map(([parts, glue]) => parts.join(glue)) }]),
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  ).map(fit).map(string);
}

/** Texts that a pattern describes. fast-check knows no look-around: those are dropped, and texts that miss them with them. */
function matching(pattern: string): fc.Arbitrary<string> {
  const expression = compilePattern(pattern);
  const plain = compilePattern(withoutLookaround(pattern));
  if (expression === undefined || plain === undefined) return fc.constant('');
  try {
    const texts = fc.stringMatching(plain, { size: 'small' });
    return plain.source === expression.source ? texts : fc.array(texts, { minLength: 8, maxLength: 8 }).map((list) => list.find((text) => expression.test(text)) ?? list[0]!);
  } catch {
    return fc.constant('');
  }
}

function withoutLookaround(pattern: string): string {
  const start = pattern.search(/(?<!\\)\(\?<?[=!]/);
  if (start === -1) return pattern;
  let depth = 0;
  for (let i = start; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '(') depth++;
    else if (pattern[i] === ')' && --depth === 0) return pattern.slice(0, start) + withoutLookaround(pattern.slice(i + 1));
  }
  return pattern;
}

function formatted(format: string): fc.Arbitrary<string> {
  switch (format) {
    case 'email': case 'idn-email': return fc.constantFrom('a@b.co', 'first.last@example.org', 'x+y@sub.example.com');
    case 'uuid': return fc.uuid();
    case 'uri': case 'url': case 'iri': case 'uri-reference': return fc.constantFrom('https://example.com', 'http://a.b/c?d=e#f', 'ftp://x.y/z');
    case 'date': return fc.constantFrom('2024-02-29', '1999-12-31');
    case 'date-time': return fc.constantFrom('2024-02-29T12:34:56Z', '1999-12-31T23:59:59.999Z');
    case 'time': return fc.constantFrom('12:34:56Z', '00:00:00Z');
    case 'ipv4': return fc.ipV4();
    case 'ipv6': return fc.ipV6();
    case 'hostname': case 'idn-hostname': return fc.constantFrom('example.com', 'a.b.c');
    case 'byte': case 'base64': return fc.base64String({ maxLength: 12 });
    default: return fc.constantFrom('', 'a');
  }
}

function literalOf(type: Extract<TypeIr, { kind: 'literal' }>): Value {
  if (type.type === 'nan') return number(NaN);
  if (type.type === 'bigint') return { k: 'bigint', v: String(type.value) };
  return type.type === 'string' ? string(String(type.value)) : type.type === 'number' ? number(Number(type.value)) : { k: 'boolean', v: type.value === true };
}

function arrayOf(element: TypeIr, constraints: Constraints = {}, env: ValueEnv, path: string, depth: number): Arb {
  const minLength = constraints.minItems ?? 0;
  const maxLength = Math.max(minLength, Math.min(constraints.maxItems ?? 10, depth > 3 ? 2 : 10));
  if (maxLength === 0) return fc.constant({ k: 'array', items: [] });
  const item = makeValue(element, env, path, depth + 1);
  const wrap = (items: readonly Value[]): Value => ({ k: 'array', items });
  if (constraints.uniqueItems === true) return fc.uniqueArray(item, { minLength, maxLength, selector: (value) => JSON.stringify(value) }).map(wrap);
  const usual = fc.array(item, { minLength, maxLength }).map(wrap);
  // Lengths that the source speaks of: a limit shows only beyond it.
  const lengths = depth > 0 ? [] : env.subject.literals.numbers.filter((n) => Number.isInteger(n) && n >= 10 && n <= 20_000 && n < (constraints.maxItems ?? Infinity));
  if (lengths.length === 0) return usual;
  const long = fc.tuple(fc.constantFrom(...lengths), fc.array(item, { minLength: 1, maxLength: 3 })).map(([length, few]) => wrap(Array.from({ length: length + 1 }, (_, i) => few[i % few.length]!)));
  return fc.oneof({ weight: 24, arbitrary: usual }, { weight: 1, arbitrary: long });
}

function tupleOf(type: Extract<TypeIr, { kind: 'tuple' }>, env: ValueEnv, path: string, depth: number): Arb {
  const parts = type.elements.map((element, i): fc.Arbitrary<readonly Value[]> => {
    const item = makeValue(element.type, env, `${path}[${i}]`, depth + 1);
    return element.mode === 'rest' ? fc.array(item, { maxLength: 3 }) : item.map((value) => [value]);
  });
  const firstOptional = type.elements.findIndex(({ mode }) => mode === 'optional');
  return fc.tuple(fc.tuple(...parts), fc.nat(type.elements.length)).map(([lists, cut]): Value => {
    const kept = firstOptional === -1 ? lists : lists.slice(0, Math.max(firstOptional, cut));
    return { k: 'array', items: kept.flat() };
  });
}

function builtinOf(name: string, constraints: Constraints | undefined): Arb {
  switch (name) {
    case 'Date': return fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(0, 1_700_000_000_000, 951_782_400_000, 1_709_164_800_000, -1, 86_399_999, 1e15) }, { weight: 4, arbitrary: fc.integer({ min: -1e12, max: 2e12 }) },
      { weight: constraints?.validDate === true ? 0 : 1, arbitrary: fc.constant(NaN) },
    ).map((ms): Value => ({ k: 'date', v: String(ms) }));
    case 'RegExp': return fc.constantFrom<Value>({ k: 'regexp', source: 'a', flags: '' }, { k: 'regexp', source: '\\d+', flags: 'g' }, { k: 'regexp', source: 'a', flags: 'y' }, { k: 'regexp', source: '^(\\w)(.*)$', flags: 'i' });
    case 'URL': return fc.constantFrom('https://example.com/', 'http://u:p@host:8080/a/b?x=1&y=2#h', 'https://example.org/?page=3').map((v): Value => ({ k: 'url', v }));
    case 'ArrayBuffer': case 'SharedArrayBuffer': return fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 6 }).map((items): Value => ({ k: 'typed', name: 'ArrayBuffer', items: items.map(String) }));
    case 'DataView': return fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 8, maxLength: 12 }).map((items): Value => ({ k: 'typed', name: 'DataView', items: items.map(String) }));
    case 'ArrayBufferView': return builtinOf('Uint8Array', undefined);
    case 'WeakMap': case 'WeakSet': case 'WeakRef': return fc.constant<Value>({ k: 'instance', name, args: name === 'WeakRef' ? [{ k: 'object', entries: [] }] : [] });
    default: {
      const isFloat = name.startsWith('Float');
      const items = isFloat ? fc.array(fc.constantFrom(0, -0, 1, -1, 0.5, 1.5, 100, NaN, Infinity), { maxLength: 8 }) : fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 8 });
      return items.map((list): Value => ({ k: 'typed', name, items: list.map((n) => (Object.is(n, -0) ? '-0' : String(n))) }));
    }
  }
}

const ERRORS = new Set(['Error', 'TypeError', 'RangeError', 'SyntaxError', 'EvalError', 'URIError']);

function instanceOf(name: string, isGlobal: boolean, shape: TypeIr | undefined, env: ValueEnv, path: string, depth: number): Arb {
  if (isGlobal && ERRORS.has(name)) return fc.constantFrom('', 'boom').map((message): Value => ({ k: 'error', name, message }));
  const parameters = ownOf(env.subject.classes, name);
  if (parameters === undefined && shape !== undefined) return makeValue(shape, env, path, depth + 1);
  return fc.tuple(...(parameters ?? []).map((type, i) => makeValue(type, env, `new ${name}(${i})`, depth + 2))).map((args): Value => ({ k: 'instance', name, args }));
}

function shapeOf(type: ShapeIr, env: ValueEnv, path: string, depth: number): Arb {
  if (type.callable) return functionOf(env, path, depth);
  const iterator = type.properties.find(({ name, symbol }) => symbol && (name === 'Symbol.iterator' || name === 'Symbol.asyncIterator'));
  if (iterator !== undefined) {
    const item = ownOf(env.subject.callbacks, `${path}*`)?.returns;
    return fc.array(item === undefined ? anyOf(env, depth + 1) : makeValue(item, env, path, depth + 1), { maxLength: 5 }).map((items): Value => ({ k: 'iterable', items, ...(iterator.name === 'Symbol.asyncIterator' && { async: true }) }));
  }
  if (type.properties.length > 0 && type.properties.every(({ name }) => name === 'length') && type.primitives.includes('string')) return fc.oneof(stringOf(env), arrayOf({ kind: 'any' }, {}, env, path, depth));
  const own = type.properties.filter(({ symbol }) => !symbol).map((property): fc.Arbitrary<readonly (readonly [string, Value])[]> => {
    const value = makeValue(property.type, env, path === '' ? property.name : `${path}.${property.name}`, depth + 1).map((item): readonly (readonly [string, Value])[] => [[property.name, item]]);
    if (!property.optional) return value;
    return fc.oneof({ weight: depth > 5 ? 1 : 6, arbitrary: value }, { weight: 3, arbitrary: fc.constant([]) }, { weight: property.exact ? 0 : 1, arbitrary: fc.constant([[property.name, UNDEFINED]] as const) });
  });
  const index = type.indexes.find(({ key }) => key !== 'symbol');
  const extra: fc.Arbitrary<readonly (readonly [string, Value])[]> = index === undefined ? fc.constant([]) : fc.uniqueArray(
    fc.tuple(index.key === 'number' ? fc.nat(20).map(String) : typeof index.key === 'object' ? matching(index.key.pattern) : keyOf(env), makeValue(index.type, env, `${path}[]`, depth + 1)),
    { maxLength: depth > 3 ? 1 : 4, selector: ([key]) => key },
  );
  return fc.tuple(fc.tuple(...own), extra).map(([lists, more]): Value => {
    const entries = [...lists.flat(), ...more];
    return { k: 'object', entries: entries.filter(([key], i) => entries.findIndex(([other]) => other === key) === i) };
  });
}

function intersectionOf(members: readonly TypeIr[], env: ValueEnv, path: string, depth: number): Arb {
  const resolved = members.map((member) => (member.kind === 'ref' ? env.definitions.get(member.name) ?? member : member));
  const primitive = resolved.find(({ kind }) => ['string', 'number', 'boolean', 'bigint', 'literal', 'template'].includes(kind));
  if (primitive !== undefined) return makeValue(primitive, env, path, depth + 1);
  return fc.tuple(...resolved.map((member) => makeValue(member, env, path, depth + 1))).map((parts): Value => {
    const objects = parts.flatMap((part) => (part.k === 'object' ? [part] : []));
    if (objects.length < parts.length) return parts.find(({ k }) => k !== 'object') ?? parts[0]!;
    const entries = new Map(objects.flatMap((object) => object.entries.map(([key, value]) => [key, value] as const)));
    return { k: 'object', entries: [...entries] };
  });
}

function functionOf(env: ValueEnv, path: string, depth: number): Arb {
  const name = path === '' ? 'callback' : path;
  const hint = ownOf(env.subject.callbacks, name);
  if (hint === undefined || depth > 6) return fc.constant<Value>({ k: 'function', name, mode: 'hash', results: [UNDEFINED] });
  const results = fc.array(makeValue(hint.returns, env, `${name}()`, depth + 2), { minLength: 2, maxLength: 4 });
  const isNumber = hint.returns.kind === 'number' && !hint.async;
  const mode: fc.Arbitrary<'hash' | 'first' | 'compare' | 'ordinal'> = hint.async ? fc.constant('ordinal') : isNumber && /compar|sort|order|cmp/i.test(name) ? fc.constant('compare') : fc.constantFrom('hash', 'hash', 'hash', isNumber ? 'hash' : 'hash');
  const fault = fc.option(fc.tuple(fc.nat(2), fc.constantFrom('ECONNREFUSED', 'ETIMEDOUT')), { freq: 5, nil: undefined });
  return fc.tuple(results, mode, fault).map(([list, how, failing]): Value => ({
    k: 'function', name, mode: how, results: list, ...(hint.method === true && { method: true as const }), ...(hint.async && { async: true as const }), ...(failing !== undefined && { fault: { at: failing[0], code: failing[1] } }),
  }));
}
