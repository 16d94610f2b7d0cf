import ts from 'typescript';
import { HEADER_END, makeHeader, stripHeader } from '../transformer/3-generate/header.ts';
import { checkShape, readPhases } from '../transformer/4-verify/shape.ts';
import { planAll, type Planned } from './plan-targets.ts';

/** One phase of the code that is generated for `f`, without its comment. */
function phase(text: string, which: 'perceive' | 'operatePrime' | 'enforce', name = 'f', options: ts.CompilerOptions = {}): string {
  const phases = readPhases(ts, planAll(text, options).candidate(name).code);
  return phases[which].getText();
}

describe('perceive', () => {
  it.each<[string, string, string]>([
    ['corrects', '/** @poet */ export function f(xs: number[], k = 1): number { return xs.length * k; }',
      'export function perceive(xs: number[], k: number | undefined): [xs: number[], k: number | undefined] {\n  return acceptsArguments(xs, k) ? [xs, k] : correctArguments(xs, k);\n}'],
    ['refuses', '/** @poet perceive=strict */ export function f(x?: string): number { return x ? 1 : 0; }',
      'export function perceive(x: string | undefined): [x: string | undefined] {\n  return acceptsArguments(x) ? [x] : refuseArguments(explainArguments(x));\n}'],
    ['observes', '/** @poet perceive=observe */ export function f(x: string): number { return x.length; }',
      'export function perceive(x: string): [x: string] {\n  if (!acceptsArguments(x)) observeArguments(explainArguments(x));\n  return [x];\n}'],
    ['has nothing to check', '/** @poet */ export function f(x: unknown): number { return x ? 1 : 0; }', 'export function perceive(x: unknown): [x: unknown] {\n  return [x];\n}'],
    ['has no arguments', '/** @poet */ export function f(): number { return 1; }', 'export function perceive(): [] {\n  return [];\n}'],
    ['takes the rest', '/** @poet */ export function f(a: string, ...rest: number[]): number { return rest.length; }',
      'export function perceive(a: string, ...rest: number[]): [a: string, ...rest: number[]] {\n  return acceptsArguments(a, rest) ? [a, ...rest] : correctArguments(a, rest);\n}'],
    ['names destructured parameters', '/** @poet */ export function f({ a }: { a: number }): number { return a; }',
      'export function perceive(arg0: { a: number }): [arg0: { a: number }] {\n  return acceptsArguments(arg0) ? [arg0] : correctArguments(arg0);\n}'],
    ['wraps function types', '/** @poet */ export function f(by?: () => number): number { return by?.() ?? 1; }',
      'export function perceive(by: (() => number) | undefined): [by: (() => number) | undefined] {\n  return acceptsArguments(by) ? [by] : correctArguments(by);\n}'],
    ['repeats the type parameters that it needs', '/** @poet */ export function f<T extends K, K extends string, X>(x: T, y?: X[]): T { return x; }',
      'export function perceive<T extends K, K extends string, X>(\n  x: T,\n  y: X[] | undefined,\n): [x: T, y: X[] | undefined] {\n  return acceptsArguments(x, y) ? [x, y] : correctArguments(x, y);\n}'],
    ['checks a declared this', '/** @poet */ export function f(this: { n: number }, x: number): number { return this.n + x; }',
      'export function perceive(this: { n: number }, x: number): [x: number] {\n  return acceptsArguments(this, x) ? [x] : correctArguments(this, x);\n}'],
  ])('%s', (_, text, expected) => expect(phase(text, 'perceive')).toBe(expected));
});

describe('operatePrime', () => {
  it.each<[string, string, string]>([
    ['keeps the body with its comments', "/** @poet */ export function f(a: number): string {\n\t// why\n\tconst s = 'x'; /* so */\n\n\treturn s.repeat(a);\n}",
      "export function operatePrime(a: number): string {\n  // why\n  const s = 'x'; /* so */\n\n  return s.repeat(a);\n}"],
    ['keeps the parameter list', '/** @poet */ export function f({ a = 1, b: [c] }: { a?: number; b: number[] }, /* how often */ k: number = a): number { return a + k + (c ?? 0); }',
      'export function operatePrime({ a = 1, b: [c] }: { a?: number; b: number[] }, /* how often */ k: number = a): number {\n  return a + k + (c ?? 0);\n}'],
    ['keeps line breaks of the list', '/** @poet */ export function f(\n  a: number, // one\n  b: number,\n): number { return a + b; }',
      'export function operatePrime(\n  a: number, // one\n  b: number,\n): number {\n  return a + b;\n}'],
    ['returns the expression of an arrow', '/** @poet */ export const f = (a: number): { a: number } => ({\n  a,\n});', 'export function operatePrime(a: number): { a: number } {\n  return {\n    a,\n  };\n}'],
    ['indents a chain', '/** @poet */ export const f = (a: string): string =>\n  a\n    .trim()\n    .slice(1);', 'export function operatePrime(a: string): string {\n  return a\n    .trim()\n    .slice(1);\n}'],
    ['keeps a comment before the expression', '/** @poet */ export const f = (a: number): number =>\n  // twice\n  a * 2;', 'export function operatePrime(a: number): number {\n  // twice\n  return a * 2;\n}'],
    ['is async', '/** @poet */ export const f = async (a: number): Promise<number> => a;', 'export async function operatePrime(a: number): Promise<number> {\n  return a;\n}'],
    ['calls itself', '/** @poet */ export function f(n: number): number { return n < 2 ? n : f(n - 1) + [n].map((f) => f)[0]!; }',
      'export function operatePrime(n: number): number {\n  return n < 2 ? n : operatePrime(n - 1) + [n].map((f) => f)[0]!;\n}'],
    ['does not take a shadowed name for itself', '/** @poet */ export function f(n: number): number { const g = (f: (x: number) => number) => f(n); return g((x) => x); }',
      'export function operatePrime(n: number): number {\n  const g = (f: (x: number) => number) => f(n); return g((x) => x);\n}'],
    ['annotates what had its type from elsewhere', '/** @poet */ export const f: (a: number, b?: string) => number = (a, b) => a + (b?.length ?? 0);',
      'export function operatePrime(a: number, b: string | undefined) {\n  return a + (b?.length ?? 0);\n}'],
    ['adds parentheses to a bare parameter', '/** @poet */ export const f: (a: number) => number = a => a;', 'export function operatePrime(a: number) {\n  return a;\n}'],
    ['leaves templates as they are', '/** @poet */ export function f(a: number): string {\n    return `\n  x ${a}\n      y`;\n}', 'export function operatePrime(a: number): string {\n  return `\n  x ${a}\n      y`;\n}'],
    ['breaks no statement apart', '/** @poet */ export function f(a: number): number[] { return [\n    a,\n  ];\n}', 'export function operatePrime(a: number): number[] {\n  return [\n    a,\n  ];\n}'],
  ])('%s', (_, text, expected) => expect(phase(text, 'operatePrime')).toBe(expected));

  it('keeps calls of overloads', () => {
    const text = '/** @poet */\nexport function f(a: string): string;\nexport function f(a: number): number;\nexport function f(a: string | number): string | number { return typeof a === "string" ? a : f(String(a)).length; }';
    expect(phase(text, 'operatePrime')).toContain(': f(String(a))');
  });

  it('gives methods their object', () => {
    const text = 'export class Box<T> { constructor(readonly v: T) {} /** @poet */ map<R>(g: (x: T) => R): Box<R> { return new Box(g(this.v)); } /** @poet */ self(): this { return this; } /** @poet */ static of(n: number): number { return n; } }';
    expect(phase(text, 'operatePrime', 'Box.map')).toContain('operatePrime<T, R>(this: Box<T>, g: (x: T) => R): Box<R> {');
    expect(phase(text, 'operatePrime', 'Box.self')).toContain('operatePrime<T>(this: Box<T>): Box<T> {');
    expect(phase(text, 'operatePrime', 'Box.of')).toContain('operatePrime(n: number): number {');
    expect(phase('export const api = { n: 1, /** @poet */ f(x: number): number { return this.n + x; } };', 'operatePrime', 'api.f')).toContain('operatePrime(this: typeof api, x: number)');
  });
});

describe('enforce', () => {
  const body = '{ return a; }';
  it.each<[string, string, string]>([
    ['refuses', `/** @poet */ export function f(a: number): number ${body}`, 'export function enforce(result: number): number {\n  return acceptsResult(result) ? result : refuseResult(explainResult(result));\n}'],
    ['reports after a write', '/** @poet */ export function f(a: number[]): number { return a.push(1); }',
      'export function enforce(result: number): number {\n  if (!acceptsResult(result)) reportResult(explainResult(result));\n  return result;\n}'],
    ['throws after a write when told to', '/** @poet enforce=throw */ export function f(a: number[]): number { return a.push(1); }',
      'export function enforce(result: number): number {\n  return acceptsResult(result) ? result : refuseResult(explainResult(result));\n}'],
    ['only reports while perceive observes', `/** @poet perceive=observe enforce=throw */ export function f(a: number): number ${body}`,
      'export function enforce(result: number): number {\n  if (!acceptsResult(result)) reportResult(explainResult(result));\n  return result;\n}'],
    ['takes what was awaited', `/** @poet */ export async function f(a: number): Promise<number> ${body}`, 'export function enforce(result: number): number {\n  return acceptsResult(result) ? result : refuseResult(explainResult(result));\n}'],
    ['knows guards', '/** @poet */ export function f(a: unknown): a is string { return typeof a === "string"; }',
      'export function enforce(result: boolean): boolean {\n  return acceptsResult(result) ? result : refuseResult(explainResult(result));\n}'],
    ['knows assertions', '/** @poet */ export function f(a: unknown): asserts a is string { if (typeof a !== "string") throw new Error(); }', 'export function enforce(result: void): void {\n  return result;\n}'],
    ['prints inferred types in one order', '/** @poet */ export function f(x: number) { if (x > 2) return "b"; if (x > 1) return null; return x > 0 ? "a" : undefined; }',
      "export function enforce(result: 'a' | 'b' | null | undefined): 'a' | 'b' | null | undefined {\n  return acceptsResult(result) ? result : refuseResult(explainResult(result));\n}"],
  ])('%s', (_, text, expected) => expect(phase(text, 'enforce')).toBe(expected));

  it('is generic in a type that has no name here', () => {
    const all = planAll({ 'src/a.ts': "import { make } from './b.ts';\n/** @poet */ export function f(n: number) { return make(n); }", 'src/b.ts': 'class Hidden { constructor(readonly n: number) {} }\nexport const make = (n: number) => new Hidden(n);' });
    expect(readPhases(ts, all.candidate('f').code).enforce.getText()).toMatch(/^export function enforce<Result>\(result: Result\): Result \{/);
  });

  it('gets the arguments of overloads', () => {
    const text = '/** @poet */\nexport function f(a: string): string;\nexport function f(a: number, b?: number): number;\nexport function f(a: string | number, b = 1): string | number { return typeof a === "string" ? a : a * b; }';
    expect(phase(text, 'enforce')).toBe('export function enforce(result: string | number, a: string | number, b: number | undefined): string | number {\n  return acceptsResult(result, a, b) ? result : refuseResult(explainResult(result, a, b));\n}');
  });
});

const MANY = `
interface Order { id: string; items: { price: number; count?: number }[] }
/** @poet */ export function total(order: Order, ...rates: number[]): number { let t = 0; for (const i of order.items) { t += i.price * (i.count ?? 1); } return t + rates.length; }
/** @poet perceive=strict */ export const pick = <T extends { id: string }>(xs: readonly T[], id: string): T | undefined => xs.find((x) => x.id === id);
/** @poet perceive=observe optimizeFor=accuracy */ export async function later({ a, b = 2 }: { a: number; b?: number }): Promise<{ sum: number }> { return { sum: a + b }; }
export class Counter { #n = 0; /** @poet */ add(by: number): this { this.#n += by; return this; } }
`;

describe('every candidate', () => {
  it('has the shape that its plan asks for', () => {
    const all = planAll(MANY);
    expect(all.plans).toHaveLength(4);
    for (const plan of all.plans) expect(checkShape(all.candidate(plan.target.name), plan, all.ctx)).toMatchObject({ ok: true, diagnostics: [] });
  });

  it('is the same again, in another program, with other line ends and other comments elsewhere', () => {
    const texts = (all: Planned): string[] => all.plans.map((p) => JSON.stringify(all.candidate(p.target.name)));
    const first = texts(planAll(MANY));
    expect(texts(planAll(MANY))).toEqual(first);
    expect(texts(planAll(MANY.replaceAll('\n', '\r\n')))).toEqual(first);
    expect(texts(planAll(`// a note\nconst unrelated: 'z' | 'y' = 'z';\n${MANY}\nexport { unrelated };`))).toEqual(first);
  });

  it('ends with one line end, has no trailing blanks and no tabs of its own', () => {
    const all = planAll(MANY);
    for (const plan of all.plans) {
      const { code } = all.candidate(plan.target.name);
      expect(code).toMatch(/[^\n]\n$/);
      expect(code).not.toMatch(/[ \t]\n|\t|\r/);
    }
  });

  it('declares its parameters: none', () => {
    const all = planAll(MANY);
    expect(JSON.parse(all.candidate('total').params)).toEqual({ schema: 1, parameters: {} });
    expect(JSON.parse(all.candidate('later').params)).toEqual({ schema: 1, objective: 'accuracy', parameters: {} });
  });

  it('says in words what is checked', () => {
    const { code } = planAll(MANY).candidate('total');
    expect(code).toContain('* Perceive: checks the arguments of `total` before the body runs.');
    expect(code).toContain('* - `order`: `Order`');
    expect(code).toContain('* - `...rates`: `number[]`');
    expect(code).toContain('PerceiveError');
    expect(code).toContain('* Enforce: checks that the result is `number`.');
  });
});

describe('the header', () => {
  const files = {
    'src/deep/a.ts': "import { RATE, type Order as O } from '../b.js';\nimport * as ns from 'pkg';\ninterface Local { deep: Deep }\ntype Deep = { b: string };\nconst table = { x: 1 };\nexport const shown = 1;\n/** @poet */\nexport function f(order: O, local: Local): number { return order.n * RATE + table.x + shown + ns.v + local.deep.b.length; }",
    'src/b.ts': 'export const RATE = 2;\nexport interface Order { n: number }',
    'node_modules/pkg/index.d.ts': 'export declare const v: number;',
  };
  const all = planAll(files);
  const candidate = all.candidate('f');
  const header = makeHeader(all.plan('f'), candidate, all.ctx, { checker: all.checker, versionFolder: '.poet/src/deep/a.ts/f/v1' });

  it('declares the names that the code uses', () => {
    expect(header).toBe([
      'import { acceptsArguments, correctArguments, acceptsResult, explainResult } from "./contract.ts";',
      'import { refuseResult } from "poetc/runtime";',
      'import * as ns from "pkg";',
      'import { type Order as O, RATE } from "../../../../../../src/b.js";',
      'import { shown } from "../../../../../../src/deep/a.ts";',
      'interface Local { deep: Deep }',
      'declare const table: { x: number };',
      'type Deep = { b: string };',
      HEADER_END,
      '',
    ].join('\n'));
  });

  it('is stripped again', () => {
    expect(stripHeader(header + candidate.code)).toBe(candidate.code);
    expect(stripHeader((header + candidate.code).replaceAll('\n', '\r\n'))).toBe(candidate.code);
    expect(stripHeader(candidate.code)).toBe(candidate.code);
  });
});
