import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
import { findTemplate, readTemplates } from '../transformer/2-plan/templates.ts';
import { makeTokenReader, sameTokens } from '../transformer/syntax/tokens.ts';
import type { Plan } from '../transformer/types.ts';
import { PROJECT_ROOT } from './plan-program.ts';
import { planAll, TEMPLATES } from './plan-targets.ts';

const A = `import { scale } from './b.ts';
import type { Order } from './types/order.ts';
const LOCAL = 2;
/**
 * Sums up.
 * @poet
 */
export function f(order: Order, k = 1): number { return scale(order.items.length * k) + LOCAL; }
export function other(x: number): number { return x; }
`;
const B = "import { FACTOR } from './c.ts';\nexport function scale(x: number): number { return x * FACTOR; }\nexport function unused(): number { return 1; }\n";
const C = 'export const FACTOR = 3;\n';
const ORDER = "import type { Item } from './item.ts';\nexport interface Order { items: Item[] }\n";
const ITEM = 'export interface Item { price: number }\n';
const FILES = { 'src/a.ts': A, 'src/b.ts': B, 'src/c.ts': C, 'src/types/order.ts': ORDER, 'src/types/item.ts': ITEM };

const planOf = (files: Record<string, string>): Plan => planAll(files).plan('f');
const change = (file: keyof typeof FILES, from: string, to: string): Plan => {
  expect(FILES[file]).toContain(from);
  return planOf({ ...FILES, [file]: FILES[file].replace(from, to) });
};

describe('the key', () => {
  const base = planOf(FILES);

  it.each<[string, keyof typeof FILES, string, string]>([
    ['white space', 'src/a.ts', 'return scale(', 'return\tscale  ('],
    ['comments', 'src/a.ts', '{ return scale', '{ /* why */ return scale'],
    ['another function of the file', 'src/a.ts', 'return x;', 'return x + 1;'],
    ['an unused function of a dependency', 'src/b.ts', 'return 1;', 'return 2;'],
    ['the comment of a helper', 'src/b.ts', 'export function scale', '/** Scales. */\nexport function scale'],
    ['trailing commas', 'src/b.ts', '(x: number): number { return x *', '(x: number,): number { return x *'],
    ['semicolons', 'src/c.ts', '= 3;', '= 3'],
    ['grouping parentheses', 'src/b.ts', 'x * FACTOR', '(x * FACTOR)'],
    ['a separator of members', 'src/types/item.ts', 'price: number }', 'price: number; }'],
  ])('does not see %s', (_, file, from, to) => expect(change(file, from, to).key).toBe(base.key));

  it.each<[string, keyof typeof FILES, string, string]>([
    ['the body', 'src/a.ts', '+ LOCAL', '- LOCAL'],
    ['its own JSDoc', 'src/a.ts', 'Sums up.', 'Adds up.'],
    ['a constant beside it', 'src/a.ts', 'LOCAL = 2', 'LOCAL = 4'],
    ['a helper', 'src/b.ts', 'x * FACTOR', 'x + FACTOR'],
    ['a constant two files away', 'src/c.ts', '= 3', '= 4'],
    ['a type three files away', 'src/types/item.ts', 'price: number', 'price: number; name: string'],
    ['a default', 'src/a.ts', 'k = 1', 'k = 2'],
    ['an option', 'src/a.ts', '@poet', '@poet perceive=strict'],
  ])('sees %s', (_, file, from, to) => expect(change(file, from, to).key).not.toBe(base.key));

  it('does not see line ends', () => {
    const crlf = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [name, text.replaceAll('\n', '\r\n')]));
    expect(planOf(crlf)).toMatchObject({ key: base.key, sourceHash: base.sourceHash });
  });

  it('holds no path of the machine', () => {
    const moved = planOf(Object.fromEntries(Object.entries(FILES).map(([name, text]) => [`deep/er/${name}`, text])));
    expect(moved.key).toBe(base.key);
  });

  it('does not see what else is in the program', () => {
    expect(planOf({ 'src/0.ts': "import type { Item } from './types/item.ts';\nexport const z = (i: Item) => i.price;", ...FILES }).key).toBe(base.key);
  });

  it('tells apart which declaration a name means', () => {
    const files = (from: string): Record<string, string> => ({
      'src/a.ts': `import { v } from './${from}.ts';\nimport { w } from './both.ts';\n/** @poet */\nexport function f(): number { return v + w(); }`,
      'src/one.ts': 'export const v = 1;', 'src/two.ts': 'export const v = 2;',
      'src/both.ts': "import * as o from './one.ts';\nimport * as t from './two.ts';\nexport function w(): number { return o.v + t.v; }",
    });
    expect(planOf(files('one')).key).not.toBe(planOf(files('two')).key);
  });
});

describe('the source hash', () => {
  it('is of the target alone', () => {
    expect(change('src/c.ts', '= 3', '= 4').sourceHash).toBe(planOf(FILES).sourceHash);
    expect(change('src/a.ts', '+ LOCAL', '- LOCAL').sourceHash).not.toBe(planOf(FILES).sourceHash);
  });
});

describe('dependencies', () => {
  it('are the files that were reached, relative to the root', () => {
    expect(planOf(FILES).dependencies).toEqual(['src/a.ts', 'src/b.ts', 'src/c.ts', 'src/types/item.ts', 'src/types/order.ts']);
  });

  it('hold the files that re-export a name, and not their neighbours', () => {
    const plan = planOf({
      'src/a.ts': "import { v } from './index.ts';\n/** @poet */\nexport function f(): number { return v; }",
      'src/index.ts': "export * from './other.ts';\nexport * from './inner.ts';",
      'src/inner.ts': "export { value as v } from './value.ts';", 'src/value.ts': 'export const value = 1;', 'src/other.ts': 'export const o = 1;',
    });
    expect(plan.dependencies).toEqual(['src/a.ts', 'src/index.ts', 'src/inner.ts', 'src/value.ts']);
  });

  it('leave packages out; the key names them', () => {
    const files = (pkg: string): Record<string, string> => ({
      'src/a.ts': `import { go } from '${pkg}';\n/** @poet */\nexport function f(): number { return go(); }`,
      'node_modules/one/index.d.ts': 'export declare function go(): number;', 'node_modules/two/index.d.ts': 'export declare function go(): number;',
    });
    expect(planOf(files('one')).dependencies).toEqual(['src/a.ts']);
    expect(planOf(files('one')).key).not.toBe(planOf(files('two')).key);
  });
});

describe('methods', () => {
  const text = 'export class C { private rate = 2; other(): number { return 1; } helper(): number { return this.rate; } /** @poet */ m(x: number): number { return this.helper() * x; } }';
  const keyOf = (from: string, to: string): string => planAll(text.replace(from, to)).plan('C.m').key;
  it('depend on the members that they use', () => {
    const base = keyOf('', '');
    expect(keyOf('rate = 2', 'rate = 3')).not.toBe(base);
    expect(keyOf('return this.rate', 'return this.rate + 1')).not.toBe(base);
    expect(keyOf('return 1', 'return 2')).toBe(base);
  });

  it('depend on the object around them', () => {
    const object = 'export const api = { base: 1, /** @poet */ add(n: number): number { return this.base + n; } };';
    expect(planAll(object).plan('api.add').key).not.toBe(planAll(object.replace('base: 1', 'base: 2')).plan('api.add').key);
  });
});

describe('tokens', () => {
  const read = makeTokenReader(ts);
  const parse = (text: string): ts.SourceFile => ts.createSourceFile('a.tsx', text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TSX);
  const same = (a: string, b: string): boolean => sameTokens(read, parse(a), parse(b));

  it.each<[string, string]>([
    ['const f = x => x', 'const f = (x) => x;'],
    ["let s = 'a\"b'", 'let s = "a\\"b";'],
    ['let o = { "a": 1, b: 2, }', 'let o = { a: 1, b: 2 }'],
    ['type T = | "a" | "b"', "type T =\n  | 'a'\n  | 'b'"],
    ['interface I { a: 1, b(): void, }', 'interface I { a: 1; b(): void }'],
    ['a = (b && c) || d', 'a = b && c || d'],
    ['f(a, b,)', 'f(a, b)'],
    ['let n = 0xFF', 'let n = 255'],
    ['const e = <a b="c">\n  d\n</a>', "const e = <a b='c'>\n      d\n    </a>"],
    ['if (a) { b(); ; }', 'if (a) { b() }'],
  ])('%s and %s are the same', (a, b) => expect(same(a, b)).toBe(true));

  it.each<[string, string]>([
    ['a\n(b)', 'a;\n(b)'],
    ['(a?.b).c', 'a?.b.c'],
    ['a - (b - c)', 'a - b - c'],
    ['[,]', '[]'],
    ['[a,,]', '[a,]'],
    ['(x): T => y', '(x: T) => y'],
    ['"use strict"', '("use strict")'],
    ['new (f())()', 'new f()()'],
    ['`a\n b`', '`a\n  b`'],
    ['for (;a;) b', 'for (a;;) b'],
    ['-(-a)', '--a'],
    ['if (a) b; c', 'if (a) { b; c }'],
    ['x = { a() {} }', 'x = { a: () => {} }'],
    ['let a = /b/g', 'let a = /b/'],
  ])('%s and %s differ', (a, b) => expect(same(a, b)).toBe(false));

  it('agree with any spacing and comments between the words', () => {
    const words = ['function', 'f', '(', 'a', ':', 'number', ',', 'b', '=', '1', ')', '{', 'return', 'a', '+', 'b', '*', '(', 'a', '-', 'b', ')', ';', '}'];
    const gap = fc.constantFrom(' ', '  ', '\t', ' /* c */ ', ' /**/');
    fc.assert(fc.property(fc.array(gap, { minLength: words.length, maxLength: words.length }), (gaps) => {
      expect(same(words.map((word, i) => word + gaps[i]).join(''), words.join(' '))).toBe(true);
    }));
  });

  it('differ when any word does', () => {
    const words = ['function', 'f', '(', 'a', ')', '{', 'return', 'a', '+', '1', '-', 'g', '(', '2', ')', '}'];
    fc.assert(fc.property(fc.constantFrom(1, 3, 7, 9, 11, 13), fc.constantFrom('q', 'r1', 'zz'), (at, word) => {
      expect(same(words.map((w, i) => (i === at ? word : w)).join(' '), words.join(' '))).toBe(false);
    }));
  });
});

describe('templates', () => {
  it('are found, the current one or the pinned one', () => {
    const all = readTemplates(TEMPLATES);
    expect(findTemplate(all, 'base')).toMatchObject({ domain: 'base', version: 'v1', current: true });
    expect(findTemplate(all, 'base', 'v1')).toBe(findTemplate(all, 'base'));
    expect(findTemplate(all, 'base', 'v9')).toBeUndefined();
    expect(findTemplate(all, 'nope')).toBeUndefined();
  });

  it('have a hash of their content, metadata and line ends left out', () => {
    const folder = mkdtempSync(join(tmpdir(), 'poetc-templates-'));
    try {
      cpSync(TEMPLATES, folder, { recursive: true });
      const hash = (): string | undefined => findTemplate(readTemplates(folder), 'base')?.hash;
      const before = hash();
      const path = join(folder, 'base/v1/template.md');
      const text = ts.sys.readFile(path) ?? '';
      writeFileSync(path, text.replaceAll('\n', '\r\n'));
      writeFileSync(join(folder, 'base/v1/metadata.json'), '{}');
      expect(hash()).toBe(before);
      writeFileSync(path, `${text}more`);
      expect(hash()).not.toBe(before);
      writeFileSync(join(folder, 'base/current'), 'v7\n');
      expect(hash).toThrow('expected one of v1, found "v7"');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a pinned version that does not exist is reported, and base is used', () => {
    const all = planAll('/** @poet template=v9 */\nexport function f(x: number): number { return x; }');
    expect(all.plan('f').template).toMatchObject({ domain: 'base', version: 'v1' });
    expect(all.reports).toMatchObject([{ code: 'POET2101', file: `${PROJECT_ROOT}/src/a.ts`, text: 'src/a.ts#f: expected a template for domain "base" v9, found none' }]);
  });
});
