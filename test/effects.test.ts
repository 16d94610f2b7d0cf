import ts from 'typescript';
import { makeEffectsReader } from '../transformer/1-discover/effects.ts';
import type { Effects } from '../transformer/types.ts';
import { makeProgram } from './plan-program.ts';

/** All functions of a text, by name. */
function readAll(text: string, extra: Record<string, string> = {}): (name: string) => Effects {
  const small = makeProgram({ 'src/a.ts': text, ...extra });
  const reader = makeEffectsReader(ts, small.checker, small.program);
  return (name) => reader.read(small.fn(name, 'src/a.ts'));
}

const kindOf = (body: string, name = 'f'): Effects['kind'] => readAll(body)(name).kind;

describe('pure functions', () => {
  it.each<[string, string]>([
    ['arithmetic', 'function f(a: number, b: number) { return Math.sqrt(a * a + b ** 2); }'],
    ['a loop with local state', 'function f(n: number) { let s = 0; for (let i = 0; i < n; i++) { s += i; } return s; }'],
    ['a sort that copies', 'function f(xs: number[]) { const c = [...xs]; for (let i = 0; i < c.length; i++) for (let j = 0; j < i; j++) if (c[j]! > c[i]!) [c[i], c[j]] = [c[j]!, c[i]!]; return c; }'],
    ['slice and sort', 'function f(xs: number[]) { return xs.slice().sort((a, b) => a - b); }'],
    ['push into a new array', 'function f(xs: readonly string[]) { const out: string[] = []; for (const x of xs) out.push(x.trim()); return out; }'],
    ['callbacks', 'function f(xs: number[]) { return xs.map((x) => x + 1).filter((x) => x % 2 === 0).reduce((a, b) => a + b, 0); }'],
    ['a callback that fills a local', 'function f(xs: string[]) { const m = new Map<string, number>(); xs.forEach((x) => { m.set(x, (m.get(x) ?? 0) + 1); }); return m; }'],
    ['throwing', 'function f(x: number) { if (x < 0) throw new RangeError(`bad ${x}`); return x; }'],
    ['self-recursion', 'function f(n: number): number { return n < 2 ? n : f(n - 1) + f(n - 2); }'],
    ['mutual recursion', 'function f(n: number): boolean { return n === 0 ? true : g(n - 1); }\nfunction g(n: number): boolean { return n === 0 ? false : f(n - 1); }'],
    ['a recursive constant', 'const f = (n: number): number => n <= 1 ? 1 : n * f(n - 1);'],
    ['merge sort', 'function merge(a: number[], b: number[]) { const o: number[] = []; let i = 0, j = 0; while (i < a.length && j < b.length) o.push(a[i]! <= b[j]! ? a[i++]! : b[j++]!); return [...o, ...a.slice(i), ...b.slice(j)]; }\nfunction f(xs: number[]): number[] { if (xs.length < 2) return xs; const m = xs.length >> 1; return merge(f(xs.slice(0, m)), f(xs.slice(m))); }'],
    ['JSON', 'function f(x: object) { return JSON.parse(JSON.stringify(x)); }'],
    ['dates that are given', 'function f(d: Date) { return new Date(d.getTime() + 1000).toISOString(); }'],
    ['a literal expression', 'function f(s: string) { return /^a+$/.test(s) && s.replace(/b/g, "c").length > 0; }'],
    ['a literal expression of the module', 'export const A = /^a+$/;\nexport function f(s: string) { return A.test(s); }'],
    ['a constant of the module', 'const TABLE = { a: 1, b: 2 };\nexport function f(k: "a" | "b") { return TABLE[k]; }'],
    ['a helper as a value', 'const isEven = (x: number) => x % 2 === 0;\nfunction f(xs: number[]) { return xs.filter(isEven).map(String); }'],
    ['a class of its own', 'class P { constructor(private readonly x: number) {} get(): number { return this.x; } }\nfunction f(x: number) { return new P(x).get(); }'],
    ['a queue that is made here', 'class Q<T> { private items: T[] = []; push(x: T) { this.items.push(x); } size() { return this.items.length; } }\nfunction f(xs: number[]) { const q = new Q<number>(); for (const x of xs) q.push(x); return q.size(); }'],
    ['reading this', 'class f { constructor(private w: number, private h: number) {} area() { return this.w * this.h; } }', ],
    ['an async function', 'async function g(x: number) { return x + 1; }\nasync function f(x: number) { return (await g(x)) * 2; }'],
    ['Promise.all', 'async function f(xs: Promise<number>[]) { return (await Promise.all(xs)).length; }'],
    ['a closure that counts', 'function f() { let n = 0; return () => { n += 1; return n; }; }'],
    ['nested function declarations', 'function f(xs: number[]) { const c = xs.slice(); swap(0, 1); return c; function swap(i: number, j: number) { const t = c[i]!; c[i] = c[j]!; c[j] = t; } }'],
    ['Object.entries', 'function f(o: Record<string, number>) { return Object.fromEntries(Object.entries(o).map(([k, v]) => [k.toUpperCase(), v])); }'],
    ['a parameter that is reassigned', 'function f(n: number, s: string) { n += 1; s = s + n; return s; }'],
    ['a helper that changes what was made here', 'function swap(xs: number[], i: number) { const t = xs[i]!; xs[i] = xs[0]!; xs[0] = t; }\nfunction f(xs: number[]) { const c = xs.slice(); swap(c, 1); return c; }'],
    ['a helper that marks what was made here while it reads an argument', 'function mark(graph: number[][], seen: boolean[], i: number): void { seen[i] = true; for (const j of graph[i] ?? []) if (!seen[j]) mark(graph, seen, j); }\nfunction f(graph: number[][]) { const seen: boolean[] = []; mark(graph, seen, 0); return seen.length; }'],
    ['a local function that calls itself', 'interface N { l?: N; r?: N; v: number }\nfunction f(n: N) { const out: number[] = []; const go = (m?: N): void => { if (m) { go(m.l); out.push(m.v); go(m.r); } }; go(n); return out; }'],
    ['an optional callback that is given', 'function pick(xs: number[], by: (x: number) => boolean) { return xs.filter(by); }\nfunction f(n: number) { return pick([1, n], (x) => x > 0); }'],
  ])('%s', (name, text) => {
    expect(readAll(text)(name === 'reading this' ? 'f.area' : 'f')).toMatchObject({ kind: 'pure', evidence: [] });
  });
});

describe('functions that read', () => {
  it.each<[string, string]>([
    ['chance', 'function f() { return Math.random(); }'],
    ['the clock', 'function f() { return Date.now(); }'],
    ['the clock, as a date', 'function f() { return new Date(); }'],
    ['a variable of the module', 'let n = 0; export function set(v: number) { n = v; }\nfunction f() { return n; }'],
    ['an object that others fill', 'const cache = new Map<string, number>(); export function put(k: string) { cache.set(k, 1); }\nfunction f(k: string) { return cache.get(k); }'],
    ['an exported object', 'export const config = { depth: 1 };\nfunction f() { return config.depth; }'],
    ['through a helper', 'const now = () => Date.now();\nfunction f(x: number) { return x + now(); }'],
    ['a global of the host', 'function f() { return navigator.language; }'],
  ])('%s', (_, text) => expect(kindOf(text)).toBe('read'));
});

describe('functions that write', () => {
  it.each<[string, string]>([
    ['an argument in place', 'function f(xs: number[]) { return xs.sort(); }'],
    ['an argument by index', 'function f(xs: number[]) { xs[0] = 1; }'],
    ['an argument through an alias', 'function f(xs: number[]) { const a = xs; const b = [a]; b[0]!.push(1); }'],
    ['an element of a copy', 'function f(xs: { n: number }[]) { const c = [...xs]; c[0]!.n = 1; return c; }'],
    ['an element in a callback', 'function f(xs: { n: number }[]) { xs.forEach((x) => { x.n += 1; }); }'],
    ['a destructured argument', 'function f({ xs }: { xs: number[] }) { xs.length = 0; }'],
    ['through a helper', 'function swap(xs: number[], i: number, j: number) { const t = xs[i]!; xs[i] = xs[j]!; xs[j] = t; }\nfunction f(xs: number[]) { swap(xs, 0, 1); return xs; }'],
    ['in a recursion', 'function f(xs: number[], n: number): void { if (n > 0) { f(xs, n - 1); xs.push(n); } }'],
    ['the rest of the arguments', 'function f(...xs: { n: number }[]) { for (const x of xs) x.n = 1; }'],
    ['through a helper that keeps one argument in another', 'function put(to: object[], x: object) { to.push(x); }\nfunction f(o: { n: number }) { const all: { n: number }[] = []; put(all, o); all[0]!.n = 1; }'],
    ['through an object that keeps it', 'class K { o: { n: number }[] = []; put(x: { n: number }) { this.o.push(x); } change() { this.o[0]!.n = 1; } }\nfunction f(o: { n: number }) { const k = new K(); k.put(o); k.change(); }'],
    ['delete', 'function f(o: { a?: number }) { delete o.a; }'],
    ['increment', 'function f(o: { a: number }) { o.a++; }'],
    ['Object.assign', 'function f(o: object) { return Object.assign(o, { a: 1 }); }'],
    ['a variable of the module', 'let n = 0;\nfunction f() { return ++n; }'],
    ['an object of the module', 'const cache: Record<string, number> = {};\nfunction f(k: string) { cache[k] = 1; }'],
    ['the console', 'function f(x: number) { console.log(x); return x; }'],
    ['a global expression', 'const G = /a/g;\nfunction f(s: string) { return G.test(s); }'],
    ['a date', 'function f(d: Date) { d.setHours(0); return d; }'],
    ['a spread into itself', 'function f(o: { list: number[] }) { const c = { ...o }; c.list.push(1); return c; }'],
    ['destructuring assignment', 'function f(o: { a: number }) { ({ x: o.a } = { x: 1 }); }'],
    ['through apply', 'function f(xs: number[]) { Array.prototype.push.call(xs, 1); }'],
    ['a linked list', 'interface N { next: N | null; v: number }\nfunction f(head: N) { let n: N | null = head; while (n) { n.v = 0; n = n.next; } }'],
  ])('%s', (_, text) => expect(kindOf(text)).toBe('write'));

  it('says so of methods that change their object', () => {
    const of = readAll('class C { n = 0; add(x: number) { this.n += x; return this; } twice(x: number) { this.add(x); this.add(x); } }');
    expect(of('C.add')).toMatchObject({ kind: 'write', reason: 'changes `this`', evidence: ['this.n += x'] });
    expect(of('C.twice').evidence).toEqual(['this.add(x)', 'this.n += x']);
    expect(of('C.twice').kind).toBe('write');
  });
});

describe('functions of which too little is known', () => {
  it.each<[string, string]>([
    ['a callback that is handed in', 'function f(xs: number[], by: (x: number) => number) { return xs.map(by); }'],
    ['a method of an interface', 'interface Repo { get(id: string): string }\nfunction f(r: Repo) { return r.get("a"); }'],
    ['fetch', 'async function f(u: string) { return fetch(u); }'],
    ['timers', 'function f() { setTimeout(() => undefined, 1); }'],
    ['any', 'function f(x: any) { return x.go(); }'],
    ['an iterable of anybody', 'function f(xs: Iterable<number>) { return [...xs]; }'],
    ['an overridden method', 'class A { m() { return 1; } }\nclass B extends A { override m() { console.log(1); return 2; } }\nfunction f(a: A) { return a.m(); }'],
    ['a variable that holds a function', 'let g = (x: number) => x; export const set = (h: typeof g) => { g = h; };\nfunction f(x: number) { return g(x); }'],
    ['eval', 'function f(x: string) { return eval(x); }'],
    ['a function that is handed to itself', 'function run(g: (x: unknown) => unknown): unknown { return g(run); }\nfunction f() { return run(run as (x: unknown) => unknown); }'],
    ['a callback in an object', 'function run(o: { fn: () => void }) { o.fn(); }\nclass W { fn() { console.log(1); } }\nfunction f() { run(new W()); }'],
    ['a function taken out of an array', 'function f(fs: (() => void)[]) { for (const g of fs) g(); }'],
  ])('%s', (_, text) => expect(kindOf(text)).toBe('unknown'));

  it('includes packages', () => {
    const of = readAll("import { go } from 'pkg';\nfunction f() { return go(); }", { 'node_modules/pkg/index.d.ts': 'export declare function go(): number;' });
    expect(of('f')).toMatchObject({ kind: 'unknown', evidence: ['go()'] });
  });

  it('cannot rule out overriding without a program', () => {
    const small = makeProgram({ 'src/a.ts': 'class A { m() { return 1; } }\nfunction f(a: A) { return a.m(); }' });
    expect(makeEffectsReader(ts, small.checker).read(small.fn('f')).kind).toBe('unknown');
    expect(makeEffectsReader(ts, small.checker, small.program).read(small.fn('f')).kind).toBe('pure');
  });
});

describe('uses of parameters', () => {
  const uses = (text: string): string => readAll(text)('f').parameters.map((p) => `${p.mutated ? 'm' : '-'}${p.escapes ? 'e' : '-'}`).join(' ');
  it.each<[string, string, string]>([
    ['read only', 'function f(xs: number[], k: number) { return xs.length + k; }', '-- --'],
    ['returned', 'function f(xs: number[]) { return xs; }', '-e'],
    ['returned inside of something', 'function f(o: object, p: object) { return { o }; }', '-e --'],
    ['an element is returned', 'function f(xs: object[]) { return xs[0]; }', '-e'],
    ['elements are copied', 'function f(xs: object[]) { return [...xs]; }', '-e'],
    ['primitive elements are copied', 'function f(xs: number[]) { return xs.map((x) => x + 1); }', '--'],
    ['captured by a closure that is returned', 'function f(xs: number[]) { return () => xs.length; }', '-e'],
    ['captured by a closure that stays', 'function f(xs: number[]) { const n = () => xs.length; return n() + 1; }', '--'],
    ['stored in another argument', 'function f(o: { x: object }, p: object) { o.x = p; }', 'm- -e'],
    ['stored in the module', 'let last: object; function f(o: object) { last = o; }', '-e'],
    ['handed to something unknown', 'declare function go(x: object): void; function f(o: object) { go(o); }', 'me'],
    ['handed to a helper that returns it', 'const id = <T>(x: T) => x; function f(o: object) { return id(o); }', '-e'],
    ['handed to a helper that reads it', 'const size = (x: unknown[]) => x.length; function f(o: object[]) { return size(o); }', '--'],
    ['called', 'function f(g: () => number) { return g() + 1; }', 'me'],
    ['thrown', 'function f(e: Error) { throw e; }', '-e'],
    ['destructured', 'function f({ a, b }: { a: number; b: object }) { return a; }', '--'],
  ])('%s', (_, text, expected) => expect(uses(text)).toBe(expected));
});

it('reports how it got there', () => {
  const of = readAll('function h(x: string) { console.log(x); }\nfunction g(x: string) { h(x); }\nfunction f(x: string) { g(x); }');
  expect(of('f')).toMatchObject({ kind: 'write', reason: 'calls `console.log`', evidence: ['g(x)', 'h(x)', 'console.log(x)'] });
});

it('does not depend on the order in which functions are asked for', () => {
  const text = 'const xs: number[] = [];\nfunction a(n: number): number { return n > 0 ? b(n - 1) : 0; }\nfunction b(n: number): number { return n > 0 ? c(n - 1) : a(n); }\nfunction c(n: number): number { xs.push(n); return a(n) + d(n); }\nfunction d(n: number): number { return n > 0 ? d(n - 1) : 1; }';
  const names = ['a', 'b', 'c', 'd'];
  const kinds = (order: readonly string[]): Record<string, string> => { const of = readAll(text); return Object.fromEntries(order.map((n) => [n, of(n).kind] as const).sort()); };
  const expected = { a: 'write', b: 'write', c: 'write', d: 'pure' };
  for (const order of [names, [...names].reverse(), ['b', 'd', 'a', 'c'], ['c', 'a', 'd', 'b']]) expect(kinds(order)).toEqual(expected);
});
