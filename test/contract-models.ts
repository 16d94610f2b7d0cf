/** Random types with values that are probably in them, and random changes to those values. */
import fc from 'fast-check';

/** A value together with the narrowest type that it has. */
export type Literal =
  | { readonly kind: 'atom'; readonly type: string; readonly make: (classes: Readonly<Record<string, unknown>>) => unknown }
  | { readonly kind: 'list'; readonly items: readonly Literal[] }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Literal>> }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Literal, Literal])[] }
  | { readonly kind: 'set'; readonly items: readonly Literal[] };

export interface TypeModel {
  readonly text: string;
  readonly sample: fc.Arbitrary<Literal>;
}

const atom = (type: string, make: (classes: Readonly<Record<string, unknown>>) => unknown): Literal => ({ kind: 'atom', type, make });
const str = (value: string): Literal => atom(JSON.stringify(value), () => value);
const num = (value: number): Literal => atom(String(value), () => value);
const construct = (classes: Readonly<Record<string, unknown>>, name: string, ...args: unknown[]): unknown => {
  const Class = classes[name] as (new (...given: unknown[]) => unknown) | undefined;
  return Class === undefined ? {} : new Class(...args);
};

const UNDEFINED = atom('undefined', () => undefined);
const NULL = atom('null', () => null);
const strings = fc.constantFrom('', 'a', 'b', 'ab', '5', '-1.5', 'x-1', 'id_7', 'low', 'true', '2024-01-31').map(str);
const numbers = fc.constantFrom(0, 1, 2, 7, -1, 3.5, 1e21).map(num);
const booleans = fc.boolean().map((value) => atom(String(value), () => value));
const date = fc.constant(atom('Date', () => new Date(0)));
const functions = fc.constant(atom('() => number', () => () => 1));
const nominal = fc.constant(atom('Nominal', (classes) => construct(classes, 'Nominal')));
const structural = fc.constant(atom('Structural', (classes) => construct(classes, 'Structural', 1, 'y')));

const atoms: fc.Arbitrary<Literal> = fc.oneof(
  strings, numbers, booleans, fc.constantFrom(UNDEFINED, NULL, atom('10n', () => 10n), atom('symbol', () => Symbol('s'))),
  date, functions, fc.constantFrom(atom('RegExp', () => /a/), atom('Uint8Array', () => new Uint8Array(1)), atom('Promise<number>', () => Promise.resolve(1))), nominal, structural,
);

const NAMES = ['a', 'b', 'c', 'kind', 'x-y'] as const;

/** Any value, two levels deep. */
export const literal: fc.Arbitrary<Literal> = fc.letrec<{ any: Literal }>((tie) => ({
  any: fc.oneof({ maxDepth: 2, depthIdentifier: 'literal' }, atoms,
    fc.array(tie('any'), { maxLength: 3 }).map((items): Literal => ({ kind: 'list', items })),
    fc.dictionary(fc.constantFrom(...NAMES), tie('any'), { maxKeys: 3, noNullPrototype: true }).map((fields): Literal => ({ kind: 'object', fields })),
    fc.array(fc.tuple(strings, tie('any')), { maxLength: 2 }).map((entries): Literal => ({ kind: 'map', entries })),
    fc.array(tie('any'), { maxLength: 2 }).map((items): Literal => ({ kind: 'set', items }))),
})).any;

/** The same value with one part exchanged, removed or added. */
export function mutate(value: Literal): fc.Arbitrary<Literal> {
  const replace = literal;
  switch (value.kind) {
    case 'atom':
      return fc.oneof(fc.constant(value), atoms, replace);
    case 'list': {
      if (value.items.length === 0) return fc.oneof(replace.map((item): Literal => ({ kind: 'list', items: [item] })), replace);
      return fc.oneof(
        replace,
        fc.nat(value.items.length - 1).chain((i) => mutate(value.items[i]!).map((item): Literal => ({ kind: 'list', items: value.items.map((own, j) => (i === j ? item : own)) }))),
        fc.constant<Literal>({ kind: 'list', items: value.items.slice(1) }),
        replace.map((item): Literal => ({ kind: 'list', items: [...value.items, item] })),
      );
    }
    case 'object': {
      const names = Object.keys(value.fields);
      const added = fc.tuple(fc.constantFrom(...NAMES), replace).map(([name, field]): Literal => ({ kind: 'object', fields: { ...value.fields, [name]: field } }));
      if (names.length === 0) return fc.oneof(added, replace);
      return fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...names).chain((name) => mutate(value.fields[name]!).map((field): Literal => ({ kind: 'object', fields: { ...value.fields, [name]: field } }))) },
        { weight: 2, arbitrary: fc.constantFrom(...names).map((name): Literal => ({ kind: 'object', fields: Object.fromEntries(Object.entries(value.fields).filter(([own]) => own !== name)) })) },
        { weight: 1, arbitrary: fc.constantFrom(...names).map((name): Literal => ({ kind: 'object', fields: { ...value.fields, [name]: UNDEFINED } })) },
        { weight: 1, arbitrary: added },
        { weight: 1, arbitrary: replace },
      );
    }
    case 'map':
      return fc.oneof(replace, fc.tuple(literal, literal).map((entry): Literal => ({ kind: 'map', entries: [...value.entries, entry] })));
    case 'set':
      return fc.oneof(replace, literal.map((item): Literal => ({ kind: 'set', items: [...value.items, item] })));
  }
}

export function printLiteralType(value: Literal): string {
  const union = (items: readonly Literal[]): string => (items.length === 0 ? 'never' : items.map((item) => `(${printLiteralType(item)})`).join(' | '));
  switch (value.kind) {
    case 'atom':
      return value.type;
    case 'list':
      return `[${value.items.map(printLiteralType).join(', ')}]`;
    case 'object':
      return `{ ${Object.entries(value.fields).map(([name, field]) => `${JSON.stringify(name)}: ${printLiteralType(field)}`).join('; ')} }`;
    case 'map':
      return `Map<${union(liveEntries(value).map(([key]) => key))}, ${union(liveEntries(value).map(([, item]) => item))}>`;
    case 'set':
      return `Set<${union(value.items)}>`;
  }
}

/** Of entries with one primitive key a Map keeps the last. */
export function liveEntries({ entries }: Extract<Literal, { kind: 'map' }>): readonly (readonly [Literal, Literal])[] {
  const isPrimitive = (key: Literal): key is Extract<Literal, { kind: 'atom' }> => key.kind === 'atom' && /^(?:["\d-]|true|false|null|undefined)/.test(key.type);
  return entries.filter(([key], i) => !isPrimitive(key) || !entries.slice(i + 1).some(([later]) => isPrimitive(later) && later.type === key.type));
}

export function toValue(value: Literal, classes: Readonly<Record<string, unknown>>): unknown {
  switch (value.kind) {
    case 'atom':
      return value.make(classes);
    case 'list':
      return value.items.map((item) => toValue(item, classes));
    case 'object':
      return Object.fromEntries(Object.entries(value.fields).map(([name, field]) => [name, toValue(field, classes)]));
    case 'map':
      return new Map(value.entries.map(([key, item]) => [toValue(key, classes), toValue(item, classes)]));
    case 'set':
      return new Set(value.items.map((item) => toValue(item, classes)));
  }
}

const model = (text: string, sample: fc.Arbitrary<Literal>): TypeModel => ({ text, sample });
const object = (fields: Readonly<Record<string, Literal>>): Literal => ({ kind: 'object', fields });

const leaves: fc.Arbitrary<TypeModel> = fc.constantFrom(
  model('string', strings), model('number', numbers), model('boolean', booleans), model('bigint', fc.constant(atom('10n', () => 10n))),
  model('symbol', fc.constant(atom('symbol', () => Symbol('s')))), model('undefined', fc.constant(UNDEFINED)), model('null', fc.constant(NULL)),
  model('"a"', fc.constant(str('a'))), model('7', fc.constant(num(7))), model('true', fc.constant(atom('true', () => true))), model('10n', fc.constant(atom('10n', () => 10n))),
  model('"a" | "b" | 1', fc.constantFrom(str('a'), str('b'), num(1))), model('unknown', literal), model('object', literal), model('{}', literal), model('never', literal),
  model('Date', date), model('RegExp', fc.constant(atom('RegExp', () => /a/))), model('Uint8Array', fc.constant(atom('Uint8Array', () => new Uint8Array(1)))),
  model('() => number', functions), model('Promise<number>', fc.constant(atom('Promise<number>', () => Promise.resolve(1)))),
  model('Color', fc.constantFrom(num(0), num(7))), model('Level', strings), model('Brand', strings),
  model('Nominal', nominal), model('Structural', fc.oneof(structural, fc.constant(object({ x: num(1), y: str('y') })))),
  model('`${number}`', strings), model('`x-${number}`', strings), model('`${string}_${bigint}`', strings), model('`${"a" | "b"}${string}`', strings), model('`${boolean}`', strings),
  model('Uppercase<string>', strings), model('Capitalize<string>', strings),
  model('{ length: number }', fc.oneof(strings, literal)), model('Iterable<unknown>', fc.oneof(strings, literal)), model('ArrayLike<number>', literal), model('Error', literal),
  model('List', fc.constantFrom(object({ value: num(1) }), object({ value: num(1), next: object({ value: num(2), next: UNDEFINED }) }))),
  model('Even', fc.constantFrom(object({ odd: NULL }), object({ odd: object({ n: num(1), even: object({ odd: NULL }) }) }))),
  model('Json', literal), model('Named', fc.constantFrom(object({ a: num(1) }), object({ a: num(1), b: str('b') }))), model('Partial<Named> & { z?: unknown }', fc.constantFrom(object({}), object({ b: str('b') }))),
  model('Required<Named>', fc.constant(object({ a: num(1), b: str('b') }))), model('Pick<Named, "a">', fc.constant(object({ a: num(1) }))), model('Omit<Named, "a"> & { z?: unknown }', fc.constant(object({}))),
);

/** Types up to two levels above the leaves. */
export const typeModel: fc.Arbitrary<TypeModel> = fc.letrec<{ type: TypeModel }>((tie) => {
  const type = tie('type');
  const listOf = (item: fc.Arbitrary<Literal>, minLength = 0): fc.Arbitrary<Literal> => fc.array(item, { minLength, maxLength: 3 }).map((items): Literal => ({ kind: 'list', items }));
  return {
    type: fc.oneof({ maxDepth: 2, depthIdentifier: 'type', withCrossShrink: true },
      { weight: 3, arbitrary: leaves },
      { weight: 2, arbitrary: fc.tuple(type, fc.boolean()).map(([item, isReadonly]) => model(`${isReadonly ? 'readonly ' : ''}(${item.text})[]`, listOf(item.sample))) },
      { weight: 1, arbitrary: fc.tuple(type, type).map(([a, b]) => model(`[${a.text}, ${b.text}]`, fc.tuple(a.sample, b.sample).map((items): Literal => ({ kind: 'list', items })))) },
      { weight: 1, arbitrary: fc.tuple(type, type).map(([a, b]) => model(`[x: ${a.text}, y?: ${b.text}]`, fc.oneof(fc.tuple(a.sample), fc.tuple(a.sample, b.sample)).map((items): Literal => ({ kind: 'list', items })))) },
      { weight: 1, arbitrary: fc.tuple(type, type).map(([a, b]) => model(`[...(${a.text})[], ${b.text}]`, fc.tuple(fc.array(a.sample, { maxLength: 2 }), b.sample).map(([items, last]): Literal => ({ kind: 'list', items: [...items, last] })))) },
      { weight: 4, arbitrary: objects(type) },
      { weight: 2, arbitrary: fc.tuple(type, type).map(([a, b]) => model(`(${a.text}) | (${b.text})`, fc.oneof(a.sample, b.sample))) },
      { weight: 2, arbitrary: fc.tuple(type, type).map(([a, b]) => model(
        `{ kind: "a"; a: ${a.text} } | { kind: "b" | 1; b: ${b.text} }`,
        fc.oneof(a.sample.map((field) => object({ kind: str('a'), a: field })), b.sample.map((field) => object({ kind: str('b'), b: field }))))) },
      { weight: 1, arbitrary: fc.tuple(type, type).map(([a, b]) => model(`{ a: ${a.text} } & { b: ${b.text} }`, fc.tuple(a.sample, b.sample).map(([x, y]) => object({ a: x, b: y })))) },
      { weight: 1, arbitrary: type.map((item) => model(`Record<string, ${item.text}>`, fc.dictionary(fc.constantFrom('a', 'b'), item.sample, { noNullPrototype: true }).map(object))) },
      { weight: 1, arbitrary: type.map((item) => model(`Record<"a" | "b", ${item.text}>`, fc.tuple(item.sample, item.sample).map(([a, b]) => object({ a, b })))) },
      { weight: 1, arbitrary: type.map((item) => model(`{ [key: \`x-\${string}\`]: ${item.text} }`, fc.dictionary(fc.constantFrom('a', 'x-y'), item.sample, { noNullPrototype: true }).map(object))) },
      { weight: 1, arbitrary: type.map((item) => model(`Map<string, ${item.text}>`, fc.array(fc.tuple(strings, item.sample), { maxLength: 2 }).map((entries): Literal => ({ kind: 'map', entries })))) },
      { weight: 1, arbitrary: type.map((item) => model(`ReadonlySet<${item.text}>`, fc.array(item.sample, { maxLength: 2 }).map((items): Literal => ({ kind: 'set', items })))) }),
  };
}).type;

function objects(type: fc.Arbitrary<TypeModel>): fc.Arbitrary<TypeModel> {
  const field = fc.record({ name: fc.constantFrom(...NAMES), type, optional: fc.boolean() });
  return fc.uniqueArray(field, { minLength: 1, maxLength: 3, selector: ({ name }) => name }).map((fields) => {
    const isWeak = fields.every(({ optional }) => optional);
    const text = `{ ${fields.map(({ name, type: own, optional }) => `${JSON.stringify(name)}${optional ? '?' : ''}: ${own.text}`).join('; ')}${isWeak ? '; z?: unknown' : ''} }`;
    const parts = fields.map(({ name, type: own, optional }) =>
      (optional ? fc.option(own.sample, { nil: undefined }) : own.sample).map((found): readonly (readonly [string, Literal])[] => (found === undefined ? [] : [[name, found]])));
    return model(text, fc.tuple(...parts).map((found) => object(Object.fromEntries(found.flat()))));
  });
}
