/** What the checks say about values, and what corrections do with them. */
import { emit, Refusal } from './contract-harness.ts';
import { contractNames, describeType } from '../transformer/contract/index.ts';

const paths = (found: readonly { readonly path: string; readonly expected: string }[]): readonly string[] => found.map(({ path, expected }) => `${path}: ${expected}`);

describe('paths and messages', () => {
  const order = emit('interface Item { name: string; price: number } export function f(order: { items: Item[]; "due date"?: Date }, m: Map<string, Item>): void {}');

  it('names every violation', () => {
    const found = order.explainArguments({ items: [{ name: 1, price: 1 }, { name: '', price: null }, null], 'due date': 5 }, new Map([['a', { name: 'x' }]]));
    expect(paths(found)).toEqual([
      '$input.order.items[0].name: string', '$input.order.items[1].price: number', '$input.order.items[2]: Item', '$input.order["due date"]: Date', '$input.m.values()[0].price: number',
    ]);
  });

  it.each([
    ['an array', 'number[]', () => Object.assign([0], { length: 2 ** 32 - 1 })],
    ['the rest of a tuple', '[number, ...string[]]', () => Object.assign([0], { length: 2 ** 32 - 1 })],
    ['a map', 'Map<string, number>', () => new Map(Array.from({ length: 3_000 }, (_, i) => [i, '']))],
    ['a set', 'Set<number>', () => new Set(Array.from({ length: 3_000 }, (_, i) => String(i)))],
    ['a record', '{ [key: string]: number }', () => Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`k${i}`, '']))],
  ])('ends after a thousand violations in %s', (_, type, make) => {
    expect(emit(`export function f(): ${type} { throw new Error() }`).explainResult(make())).toHaveLength(1_000);
  });

  it('takes the branch of a union that was meant', () => {
    const shape = emit('type S = { kind: "circle"; r: number } | { kind: "square"; side: number } | string[]; export function f(s: S, u: { a: number; b: number } | { c: string; d: string; e: string }): void {}');
    expect(paths(shape.explainArguments({ kind: 'square', r: 1 }, { c: '', d: '', e: 1 }))).toEqual(['$input.s.side: number', '$input.u.e: string']);
    expect(paths(shape.explainArguments({ kind: 'oval' }, 7))).toEqual(['$input.s.kind: "circle" | "square"', '$input.u: { a: number; b: number } | { c: string; d: string; e: string }']);
  });

  it('speaks of the awaited result', () => {
    const result = emit('export async function f(): Promise<{ n: number }[]> { return [] }');
    expect(paths(result.explainResult([{ n: 1 }, {}]))).toEqual(['$output[1].n: number']);
  });
});

describe('values that are not plain', () => {
  it('takes NaN and Invalid Date unless told otherwise', () => {
    const { acceptsArguments } = emit('/** @param b - {@finite}\n * @param d - {@validDate} */ export function f(a: number, b: number, c: Date, d: Date): void {}');
    const bad = new Date(Number.NaN);
    expect(acceptsArguments(Number.NaN, 1, bad, new Date(0))).toBe(true);
    expect(acceptsArguments(1, Number.NaN, bad, new Date(0))).toBe(false);
    expect(acceptsArguments(1, 1, bad, bad)).toBe(false);
  });

  it('takes the objects of other realms', () => {
    const { acceptsArguments } = emit('export function f(a: Date, b: Map<string, number>, c: RegExp, d: Uint8Array): void {}');
    const vm = require('node:vm') as typeof import('node:vm');
    const other = vm.runInNewContext('[new Date(0), new Map([["a", 1]]), /x/, new Uint8Array(2)]') as unknown[];
    expect(acceptsArguments(...other)).toBe(true);
    expect(acceptsArguments(other[0], new Map([['a', 'x']]), other[2], other[3])).toBe(false);
    expect(acceptsArguments(other[0], other[1], other[2], new Int8Array(2))).toBe(false);
  });

  it('asks a class with private members for instances, and others for their shape', () => {
    const f = emit('export class A { private x = 1 } export class B { constructor(public y: number) {} } export function f(a: A, b: B): void {}');
    const { A, B } = f.module as Record<string, new (...args: unknown[]) => unknown>;
    expect(f.acceptsArguments(new A!(), new B!(1))).toBe(true);
    expect(f.acceptsArguments({ x: 1 }, new B!(1))).toBe(false);
    expect(f.acceptsArguments(new A!(), { y: 1 })).toBe(true);
    expect(f.acceptsArguments(new A!(), { y: '1' })).toBe(false);
    expect(contractNames(f.contract)).toEqual(['A', 'B']);
  });

  it('does not miss fields that a class declares and never sets, but does in plain objects', () => {
    const f = emit('export function f(a: { x: number | undefined; y: number }): void {}');
    class Half { y = 1; }
    expect(f.acceptsArguments(new Half())).toBe(true);
    expect(f.acceptsArguments({ y: 1 })).toBe(false);
    expect(f.acceptsArguments({ y: 1, x: undefined })).toBe(true);
  });

  it('consumes nothing of iterables', () => {
    const f = emit('export function f(a: Iterable<number>, b: AsyncIterable<number>, c: Promise<string>, d: Generator<number>): void {}');
    let started = false;
    const lazy = (function* () { started = true; yield 1; })();
    const stream = (async function* () { started = true; yield 1; })();
    expect(f.acceptsArguments(lazy, stream, Promise.resolve(''), lazy)).toBe(true);
    expect(f.acceptsArguments('text', [], {}, [])).toBe(false);
    expect(started).toBe(false);
  });
});

describe('recursive types', () => {
  const tree = emit('interface Tree { value: number; left?: Tree; right?: Tree } export function f(t: Tree): void {}');
  interface Node { value: unknown; left?: unknown; right?: unknown }

  it('ends on cyclic values, right and wrong ones', () => {
    const ring: Node = { value: 1 };
    ring.left = ring;
    ring.right = { value: 2, left: ring, right: ring };
    expect(tree.acceptsArguments(ring)).toBe(true);
    expect(tree.explainArguments(ring)).toEqual([]);
    (ring.right as Node).value = 'x';
    expect(tree.acceptsArguments(ring)).toBe(false);
    expect(tree.explainArguments(ring).length).toBeGreaterThan(0);
    expect(() => tree.correctArguments(ring)).toThrow(Refusal);
  });

  it('looks at what many places share only once', () => {
    let shared: Node = { value: 0 };
    for (let i = 0; i < 100; i++) shared = { value: i, left: shared, right: shared };
    expect(tree.acceptsArguments(shared)).toBe(true);
  });

  it('checks to 1,000 levels and does not overflow below', () => {
    const list = (length: number, last: Node): Node => {
      let head = last;
      for (let i = 1; i < length; i++) head = { value: i, left: head };
      return head;
    };
    expect(tree.acceptsArguments(list(100_000, { value: 0 }))).toBe(true);
    expect(tree.acceptsArguments(list(900, { value: 'x' }))).toBe(false);
    expect(tree.explainArguments(list(900, { value: 'x' }))).toHaveLength(1);
    expect(tree.correctArguments(list(900, { value: '7' }))).toHaveLength(1);
  });

  it('is not misled by a branch that failed', () => {
    const f = emit('interface A { next: A | B | null; a: 1 } interface B { next: A | B | null; b: 1 } export function f(x: A | B): void {}');
    interface Link { next: unknown; a?: number; b?: number }
    let chain: Link = { next: null, b: 2 };
    for (let i = 0; i < 200; i++) chain = { next: chain, b: 1 };
    expect(f.acceptsArguments(chain)).toBe(false);
    let good: Link = { next: null, b: 1 };
    for (let i = 0; i < 200; i++) good = i % 2 === 0 ? { next: good, b: 1 } : { next: good, a: 1 };
    expect(f.acceptsArguments(good)).toBe(true);
  });
});

describe('corrections', () => {
  const f = emit('interface Row { at: Date; n: number; kind: "row"; note?: string; sub: { m: number | null }[]; deep: { same: boolean } } export function f(rows: Row[], k?: number): void {}');
  const row = () => ({ at: '2024-05-17' as unknown, n: ' -1.5e2 ' as unknown, note: null as unknown, sub: [{ m: 1 as unknown }, { m: '2' as unknown }], deep: { same: true } });

  it('repairs the unambiguous and copies only along the path', () => {
    const given = [row()];
    const before = JSON.stringify(given);
    const [rows, k] = f.correctArguments(given, null) as [Record<string, unknown>[], unknown];
    expect(rows[0]).toEqual({ at: new Date('2024-05-17'), n: -150, kind: 'row', note: undefined, sub: [{ m: 1 }, { m: 2 }], deep: { same: true } });
    expect(k).toBeUndefined();
    expect(rows[0]!['deep']).toBe(given[0]!.deep);
    expect((rows[0]!['sub'] as unknown[])[0]).toBe(given[0]!.sub[0]);
    expect(JSON.stringify(given)).toBe(before);
    expect(f.fixes.map(({ path }) => path)).toEqual(['$input.rows[0].at', '$input.rows[0].n', '$input.rows[0].kind', '$input.rows[0].note', '$input.rows[0].sub[1].m', '$input.k']);
  });

  it.each(['', ' ', '0x10', 'Infinity', 'NaN', '007', '1,5', '12345678901234567890', '1e999'])('leaves the text %j alone', (text) => {
    expect(() => emitted.correctArguments(text)).toThrow(Refusal);
  });
  const emitted = emit('export function f(n: number): void {}');

  it.each(['2024-02-30', '2024-05-17T10:00', '17.05.2024', '2024', '2024-13-01'])('takes %j for no date', (text) => {
    expect(() => dated.correctArguments(text)).toThrow(Refusal);
  });
  const dated = emit('export function f(d: Date): void {}');

  it('does not guess where text is wanted, or a bigint', () => {
    const g = emit('export function f(a: { id: number | string }, b: number | bigint | null): void {}');
    expect(g.acceptsArguments({ id: '5' }, 1n)).toBe(true);
    expect(() => g.correctArguments({ id: '5' }, '5')).toThrow(Refusal);
  });

  it('leaves the inside of an argument alone whose identity would show', () => {
    const held = emit('export function f(a: { n: number }, k: number): void {}', 'f', { strict: true }, { mutated: false, escapes: true });
    expect(held.correctArguments({ n: 1 }, '5')).toEqual([{ n: 1 }, 5]);
    expect(() => held.correctArguments({ n: '1' }, 5)).toThrow(Refusal);
  });

  it('does not copy instances of classes', () => {
    class Row { n = '5'; }
    const g = emit('export function f(a: { n: number }): void {}');
    expect(() => g.correctArguments(new Row())).toThrow(Refusal);
    expect(g.correctArguments(Object.assign(Object.create(null) as object, { n: '5' }))[0]).toEqual({ n: 5 });
  });

  it('removes a null where undefined may not stand', () => {
    const g = emit('export function f(a: { n?: number }): void {}', 'f', { strict: true, exactOptionalPropertyTypes: true });
    const [after] = g.correctArguments({ n: null });
    expect(Object.keys(after as object)).toEqual([]);
    expect(g.acceptsArguments({ n: undefined })).toBe(false);
  });
});

describe('signatures', () => {
  it('matches arguments against overloads, and the result against those that matched', () => {
    const f = emit('export function f(a: string): number; export function f(a: number, b: boolean): string; export function f(a: any, b?: any): any {}');
    expect(f.acceptsArguments('x', undefined)).toBe(true);
    expect(f.acceptsArguments(1, undefined)).toBe(false);
    expect(f.acceptsResult(1, 'x', undefined)).toBe(true);
    expect(f.acceptsResult('1', 'x', undefined)).toBe(false);
    expect(() => f.correctArguments('5', true)).toThrow(Refusal);
  });

  it('takes a rest parameter as one array', () => {
    const f = emit('export function f(a: string, ...rest: number[]): void {}');
    expect(f.acceptsArguments('a', [1, 2])).toBe(true);
    expect(paths(f.explainArguments('a', [1, '2']))).toEqual(['$input.rest[1]: number']);
    expect(f.correctArguments('a', [1, '2'])).toEqual(['a', 1, 2]);
  });

  it('checks a declared this, guards, and leaves assertions and type parameters of results alone', () => {
    const f = emit('export function f<T extends { id: string }>(this: { n: number }, x: T): T[] { return [x] }');
    expect(f.acceptsArguments({ n: 1 }, { id: '' })).toBe(true);
    expect(paths(f.explainArguments({ n: '1' }, { id: 1 }))).toEqual(['$input.this.n: number', '$input.x.id: string']);
    expect(f.acceptsResult([1])).toBe(true);
    expect(emit('export function f(x: unknown): x is string { return true }').acceptsResult('yes')).toBe(false);
    expect(emit('export function f(x: unknown): asserts x is string {}').contract.checksResult).toBe(false);
  });

  it('names destructured parameters, and keeps clear of shadowed globals', () => {
    const f = emit('const Array = 1, Number = 2; export { Array, Number }; /** @param b - {@integer} */ export function f({ a }: { a: number[] }, b: number, [c]: [string]): void {}');
    expect(f.contract.parameters.map(({ name }) => name)).toEqual(['arg0', 'b', 'arg2']);
    expect(f.contract.shadowedGlobals).toEqual(['Array', 'Number']);
    expect(f.acceptsArguments({ a: [1] }, 1, ['x'])).toBe(true);
    expect(f.acceptsArguments({ a: [1] }, 1.5, ['x'])).toBe(false);
  });
});

describe('constraints', () => {
  it('holds properties, parameters and results to them', () => {
    const f = emit(`interface P { /** @minimum 0 @maximum 1 */ share: number; /** The code.\n * @pattern ^[A-Z]{2}$ */ code: string; /** @minItems 1\n * @uniqueItems */ xs: string[]; /** @multipleOf 0.01 */ cents?: number }
/** @param p x\n * @param big - y {@exclusiveMinimum 10}\n * @returns z {@minLength 2} */ export function f(p: P, big: bigint, /** @format uuid */ id: string): string { return '' }`.replace('@minimum 0 @maximum 1', '@minimum 0\n * @maximum 1\n'));
    expect(f.diagnostics).toEqual([]);
    const id = '123e4567-e89b-12d3-a456-426614174000';
    expect(f.acceptsArguments({ share: 0.5, code: 'AB', xs: ['a'], cents: 0.07 }, 11n, id)).toBe(true);
    expect(paths(f.explainArguments({ share: 2, code: 'ab', xs: ['a', 'a'], cents: 0.071 }, 10n, 'no'))).toHaveLength(6);
    expect(f.acceptsResult('x')).toBe(false);
  });

  it.each([
    ['interface P { /** @minimun 0 */ a: number }', 'POET2001', 'minimum'],
    ['interface P { /** @minLenght 2 */ a: string }', 'POET2001', 'minLength'],
    ['interface P { /** @max 2 */ a: number }', 'POET2001', 'maximum'],
    ['interface P { /** @minimum 0 */ a: string }', 'POET2002', 'numbers'],
    ['interface P { /** @minimum zero */ a: number }', 'POET2003', '@minimum 0'],
    ['interface P { /** @format emial */ a: string }', 'POET2003', 'email'],
    ['interface P { /** @pattern ( */ a: string }', 'POET2003', '@pattern'],
    ['interface P {} /** @param q - {@minimum 0} */', 'POET2004', 'p'],
    ['interface P {} /** @minimum 0 */', 'POET2005', '@param'],
  ])('says what is wrong with %s', (text, code, hint) => {
    const { diagnostics } = emit(`${text} export function f(p: P): void {}`);
    expect(diagnostics.map((found) => found.code)).toEqual([code]);
    expect(diagnostics[0]!.level).toBe('warning');
    expect(`${diagnostics[0]!.text} ${diagnostics[0]!.hint}`).toContain(hint);
    expect(diagnostics[0]!.start).toBeGreaterThan(0);
  });

  it('has nothing to say about other tags', () => {
    expect(emit('interface P { /** The x.\n * @deprecated\n * @default 5\n * @internal\n * @see y */ a: number } /** @example f()\n * @param p text\n * @throws never */ export function f(p: P): void {}').diagnostics).toEqual([]);
  });
});

describe('what cannot be checked', () => {
  it('is named', () => {
    const { diagnostics } = emit('declare const key: unique symbol; const own: unique symbol = Symbol(); export function f<K extends string>(a: { [own]: number; [key]?: 1; b: 1 }, m: { [P in K]: number }): void {}');
    expect(diagnostics.map(({ code, level, text }) => `${code} ${level} ${text}`)).toEqual([
      'POET2011 info f: a[own] is not checked: its key is a symbol that the check cannot name',
      'POET2011 info f: m is not checked: its properties depend on a type parameter',
    ]);
  });

  it('stops where types are too large, and says so', () => {
    const many = Array.from({ length: 80 }, (_, i) => `interface T${i} { a${i}: string; next: T${i + 1} }`).join(' ');
    const { diagnostics, acceptsArguments } = emit(`${many} interface T80 { z: 1 } export function f(x: T0): void {}`);
    expect(diagnostics.map(({ code }) => code)).toEqual(['POET2012']);
    expect(acceptsArguments({ a0: 1 })).toBe(false);
  });
});

it('describes types in a few words', () => {
  const { contract } = emit('export function f(a: { x?: number; y: ("a" | null)[] }, b: Map<string, Date> | undefined, c: [number, string?, ...boolean[]], d: () => void): void {}');
  expect(contract.parameters.map(({ type }) => describeType(type))).toEqual(['{ x?: number; y: ("a" | null)[] }', 'Map<string, Date> | undefined', '[number, string?, ...boolean[]]', 'function']);
});
