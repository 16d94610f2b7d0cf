import fc from 'fast-check';
import ts from 'typescript';
import { makeFolderName, makeUniqueNames } from '../transformer/1-discover/function-name.ts';
import { discoverIn, pointedAt } from './discover-project.ts';

const IMPORT = 'import { poet } from "poetc";\n';

/** [code, source, text that the diagnostic points at] */
const FAULTS: [string, string, string][] = [
  ['POET1001', '/** @poet retrys=3 */\nexport function f(): void {}', 'retrys'],
  ['POET1001', `${IMPORT}export const f = poet({ retrys: 3 } as object, async () => {});`, 'retrys'],
  ['POET1002', '/** @poet retries=11 */\nexport async function f(): Promise<void> {}', '11'],
  ['POET1002', '/** @poet timeoutMs=0 */\nexport async function f(): Promise<void> {}', '0'],
  ['POET1002', '/** @poet idempotent="true" */\nexport function f(): void {}', '"true"'],
  ['POET1002', '/** @poet perceive=lenient */\nexport function f(): void {}', 'lenient'],
  ['POET1002', `${IMPORT}export const f = poet({ retries: 1.5 }, async () => {});`, '1.5'],
  ['POET1003', `${IMPORT}const n = Math.random();\nexport const f = poet({ retries: n }, async () => {});`, 'n'],
  ['POET1003', `${IMPORT}let n = 3;\nexport const f = poet({ retries: n }, async () => {});`, 'n'],
  ['POET1003', `${IMPORT}const o = { retries: 3 };\nexport const f = poet(o, async () => {});`, 'o'],
  ['POET1003', `${IMPORT}export const f = poet({ domain: \`b\${1}\` }, async () => {});`, '`b${1}`'],
  ['POET1003', `${IMPORT}export const f = poet({ get retries() { return 1; } }, async () => {});`, 'retries'],
  ['POET1003', `${IMPORT}export class C { @poet(...([] as [])) f(): void {} }`, '...([] as [])'],
  ['POET1004', '/** @poet */\nexport function* f(): Iterable<number> { yield 1; }', '*'],
  ['POET1004', 'export class C { /** @poet */ async *f(): AsyncIterable<number> { yield 1; } }', '*'],
  ['POET1005', '/** @poet domain=bsae */\nexport function f(): void {}', 'bsae'],
  ['POET1006', '/** @poet domain=ml_monitoring */\nexport function f(): void {}', 'ml_monitoring'],
  ['POET1007', '/** @poet optimizeFor=acuracy */\nexport function f(): void {}', 'acuracy'],
  ['POET1008', '/** @poet */\nexport declare function f(): void;', '@poet'],
  ['POET1008', 'export abstract class C { /** @poet */ abstract f(): void; }', '@poet'],
  ['POET1008', 'export interface I { /** @poet */ f(): void; }', '@poet'],
  ['POET1009', 'export class C { /** @poet */ get f(): number { return 1; } }', '@poet'],
  ['POET1009', `${IMPORT}export class C { @poet() set f(x: number) {} }`, '@poet()'],
  ['POET1009', 'export class C { /** @poet */ accessor f = () => 1; }', '@poet'],
  ['POET1010', 'export class C { /** @poet */ constructor() {} }', '@poet'],
  ['POET1011', '/** @poet */\nexport function f(): number { return arguments.length; }', 'arguments'],
  ['POET1011', '/** @poet */\nexport function f(): unknown { return () => class { [String(arguments[0])] = 1; }; }', 'arguments'],
  ['POET1012', '/** @poet */\nexport function f(): unknown { return new.target; }', 'new.target'],
  ['POET1013', 'interface Query extends Promise<number> { where(x: string): Query }\ndeclare const q: Query;\n/** @poet */\nexport function f(): Query { return q; }', 'Query'],
  ['POET1013', 'interface Query extends PromiseLike<number> { where(x: string): Query }\ndeclare const q: Query;\n/** @poet */\nexport function f(): Query | number { return q; }', 'Query | number'],
  ['POET1013', '/** @poet */\nexport function f<T extends Promise<number>>(x: T): T { return x; }', 'T'],
  ['POET1016', '/** @poet */\nexport class C {}\n/** @poet retries=1\n * @poet */\nexport async function f(): Promise<void> {}', '@poet'],
  ['POET1016', `${IMPORT}/** @poet */\nexport const f = poet({}, () => 1);`, '@poet'],
  ['POET1016', `${IMPORT}export const f = poet({}, poet({}, () => 1));`, 'poet'],
  ['POET1017', `${IMPORT}export class C { @poet() f(x: string): void;\nf(x: unknown): void {} }`, '@poet()'],
  ['POET1017', `${IMPORT}@poet() export function f(x: string): void;\nexport function f(x: unknown): void {}`, '@poet()'],
  ['POET1018', `${IMPORT}@poet() async export function f(): Promise<void> {}`, 'export'],
  ['POET1018', `${IMPORT}export function g() { @poet() export function f(): void {} }`, 'export'],
  ['POET1019', '/** @poet */\nexport class C {}', '@poet'],
  ['POET1019', '/** @poet */\nexport const a = () => 1, b = () => 2;', '@poet'],
  ['POET1019', '/** @poet */\nexport const a = 1;', '@poet'],
  ['POET1019', '/** @poet */\nexport type T = () => void;', '@poet'],
  ['POET1019', 'export function f(/** @poet */ x: () => void): void {}', '@poet'],
  ['POET1019', 'export const a = 1;\n/** @poet */', '@poet'],
  ['POET1019', 'export const f = (): void => { /** @poet */ };', '@poet'],
  ['POET1019', `${IMPORT}@(poet() as any) export class C {}`, '@(poet() as any)'],
  ['POET1020', '/** @poet({ domain: "base" }) */\nexport function f(): void {}', '({'],
  ['POET1020', '/** @poet domain */\nexport function f(): void {}', 'domain'],
  ['POET1020', '/** @poet correlateBy="x */\nexport function f(): void {}', 'correlateBy="x'],
  ['POET1021', '/** @poet enableTraining */\nexport function f(): void {}', 'enableTraining'],
  ['POET1022', `${IMPORT}declare const g: () => void;\nexport const f = poet({}, g);`, 'g'],
  ['POET1022', `${IMPORT}export const f = poet((() => 1) as never);`, 'poet'],
  ['POET1023', `${IMPORT}const mark = poet({ retries: 1 });\nexport class C { @mark f(): void {} }`, 'poet'],
  ['POET1024', `${IMPORT}export class C { @(poet as any) f(): void {} }`, '@(poet as any)'],
  ['POET1025', '/** @poet retries=1 retries=2 */\nexport async function f(): Promise<void> {}', 'retries'],
  ['POET1025', `${IMPORT}export const f = poet({ retries: 1, retries: 2 }, async () => {});`, 'retries'],
  ['POET1026', '/* @poet */\nexport function f(): void {}', '@poet'],
  ['POET1027', '/** @poet timeoutMs=5 */\nexport function f(): void {}', 'timeoutMs'],
  ['POET1029', `${IMPORT}export class C { @(poet() as any) f = () => 1; }`, '@(poet() as any)'],
];

it.each(FAULTS)('%s: %s', (code, text, place) => {
  const { diagnostics } = discoverIn(text);
  const found = diagnostics.filter((d) => d.code === code);
  expect({ codes: diagnostics.map((d) => d.code), places: found.map((d) => pointedAt(text, d)) }).toMatchObject({ places: [place] });
});

it('POET1014: scripts', () => {
  const options = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
  expect(discoverIn('/** @poet */\nfunction f(): void {}', { options }).codes).toEqual(['POET1014']);
  expect(discoverIn('/** @poet */\nfunction f(): void {}', { options: { ...options, moduleDetection: ts.ModuleDetectionKind.Force } }).codes).toEqual([]);
});

it('POET1015: JavaScript', () => {
  expect(discoverIn('/** @poet */\nexport function f() {}', { name: 'src/a.js', options: { allowJs: true } }).codes).toEqual(['POET1015']);
});

it('POET1028: files outside the root', () => {
  const found = discoverIn('/** @poet */\nexport function f(): void {}', { name: '../poetc-discover-outside.ts' });
  try {
    expect(found.codes).toEqual(['POET1028']);
  } finally {
    ts.sys.deleteFile!(found.project.program.getRootFileNames()[0]!);
  }
});

it('names the nearest valid name, and says what is not installed', () => {
  const hints = (tag: string): string[] => discoverIn(`/** @poet ${tag} */\nexport function f(): void {}`, { known: { domains: ['base', 'local_domain'], objectives: new Map([['local_domain', ['yield']]]) } }).diagnostics.map((d) => `${d.text}; ${d.hint}`);
  expect(hints('retrys=3')[0]).toMatch(/unknown option retrys; did you mean retries\?/);
  expect(hints('domain=ml_monitorng')[0]).toMatch(/did you mean ml_monitoring\?/);
  expect(hints('domain=zzz')[0]).toMatch(/one of: base, local_domain, ml_monitoring/);
  expect(hints('domain=ml_monitoring')[0]).toMatch(/no template of it is installed; installed: base, local_domain/);
  expect(hints('optimizeFor=acuracy')[0]).toMatch(/did you mean accuracy\?/);
  expect(hints('domain=local_domain optimizeFor=yield')).toEqual([]);
  expect(hints('domain=base optimizeFor=yield')[0]).toMatch(/unknown objective yield/);
});

it('a function that is refused makes no target, the others of the file do', () => {
  const { targets, codes } = discoverIn('/** @poet */\nexport function* a(): Iterable<number> { yield 1; }\n/** @poet */\nexport function b(): void {}');
  expect([targets.map((t) => t.name), codes]).toEqual([['b'], ['POET1004']]);
});

it('leaves nested functions their own `arguments`', () => {
  const { codes } = discoverIn(`/** @poet */
export function f(o: { arguments: number }): unknown {
  const { arguments: n } = o;
  class Inner { constructor() { new.target; arguments; } static { this; } m(): number { return arguments.length + n; } }
  return { arguments: o.arguments, Inner, g: function () { return [arguments, new.target]; } };
}`);
  expect(codes).toEqual([]);
});

describe('options', () => {
  const options = (text: string): unknown => discoverIn(`${IMPORT}${text}`, { files: { 'src/other.ts': 'export const far = 7;\nexport enum E { A = 4, B = "base" }\nexport const deep = { a: { retries: 6 } } as const;\nexport const alias = far;' } }).targets.map((t) => t.ownOptions);

  it.each<[string, unknown]>([
    ['export const f = poet({ retries: 3, idempotent: true, domain: `base` }, async () => {});', { retries: 3, idempotent: true, domain: 'base' }],
    ['import { far, alias } from "./other.js";\nexport const f = poet({ retries: alias, "timeoutMs": +far }, async () => {});', { retries: 7, timeoutMs: 7 }],
    ['import * as o from "./other.js";\nexport const f = poet({ retries: o.E.A, domain: o.E["B"], timeoutMs: o.far }, async () => {});', { retries: 4, domain: 'base', timeoutMs: 7 }],
    ['import { deep } from "./other.js";\nexport const f = poet({ ...deep.a, timeoutMs: deep["a"].retries }, async () => {});', { retries: 6, timeoutMs: 6 }],
    ['const retries = 2;\nexport const f = poet({ retries }, async () => {});', { retries: 2 }],
    ['const all = Object.freeze({ retries: 2, domain: "base" });\nexport const f = poet(all, async () => {});', { retries: 2, domain: 'base' }],
    ['const all = { retries: 2, timeoutMs: 9 } as const satisfies object;\nexport const f = poet({ ...all, retries: 1 }, async () => {});', { retries: 1, timeoutMs: 9 }],
    ['declare const n: 5;\nexport const f = poet({ retries: n, perceive: undefined }, async () => {});', { retries: 5 }],
    ['export class C { @poet() async f(): Promise<void> {} }', {}],
  ])('%s', (text, expected) => {
    expect(options(text)).toEqual([expected]);
  });

  it.each<[string, unknown]>([
    ['@poet domain=base optimizeFor=accuracy', { domain: 'base', optimizeFor: 'accuracy' }],
    ['@poet correlateBy="order.id", perceive=\'strict\' idempotent', { correlateBy: 'order.id', perceive: 'strict', idempotent: true }],
    ['@poet retries=3\n * timeoutMs=50 breaker\n * A sentence about it.\n * retries=4', { retries: 3, timeoutMs: 50, breaker: true }],
    ['@poet\n * Adds numbers.', {}],
    ['@poet retries=1\n * @returns idempotent=true', { retries: 1 }],
    ['@poet template=v2 *', { template: 'v2' }],
  ])('JSDoc: %s', (tag, expected) => {
    expect(options(`/** ${tag}*/\nexport async function f(): Promise<void> {}`)).toEqual([expected]);
  });

  it('completes them from the configuration, limits only where they can be kept', () => {
    const text = '/** @poet timeoutMs=9 */\nexport async function a(): Promise<void> {}\n/** @poet perceive=observe enableTraining */\nexport function b(): void {}';
    const { targets } = discoverIn(text, { config: { perceive: 'strict', enforce: 'report', defaults: { retries: 2, timeoutMs: 5, attemptMs: undefined, breaker: undefined, concurrent: undefined, queue: undefined } } });
    expect(targets.map((t) => t.options)).toEqual([
      { domain: 'base', perceive: 'strict', enforce: 'report', retries: 2, timeoutMs: 9 },
      { domain: 'base', perceive: 'observe', enforce: 'report', enableTraining: true, optimizeFor: 'performance' },
    ]);
  });
});

it('says how results are handed over', () => {
  const { targets } = discoverIn(`
type Plain = Promise<number>;
interface Mine extends Promise<number> {}
declare const any: any;
/** @poet */ export async function a() { return 1; }
/** @poet */ export function b() { return Promise.resolve(1); }
/** @poet */ export function c(x: boolean): number | Promise<number> { return x ? 1 : Promise.resolve(1); }
/** @poet */ export function d(): any { return any; }
/** @poet */ export function e<T>(x: T): T { return x; }
/** @poet */ export function f(): Plain | Mine { return any; }
/** @poet */ export function g(x: string): Promise<string>;
export function g(x: number): number;
export function g(x: any): any { return x; }
/** @poet */ export function h(): { then: number } { return { then: 1 }; }
/** @poet */ export function i(): PromiseLike<number> { return Promise.resolve(1); }
`);
  expect(targets.map((t) => `${t.name} ${t.resultKind}`)).toEqual(['a async', 'b promise', 'c maybe-promise', 'd sync', 'e sync', 'f promise', 'g maybe-promise', 'h sync', 'i promise']);
});

it('tells stubs from real bodies', () => {
  const known = { domains: ['base', 'd'] };
  const { targets } = discoverIn(`
/** @poet domain=d */ export function stub(xs: number[]): { drifted: boolean } { return { drifted: false }; }
/** @poet domain=d */ export async function later(xs: number[]): Promise<number[]> { return [-1, 2]; }
/** @poet domain=d */ export const brief = (xs: number[]) => ({ drifted: true, names: ["a"] });
/** @poet domain=d */ export function shadow(x: number): number { { const x = 1; void x; } return 1; }
/** @poet */ export function base(xs: number[]): number { return 1; }
/** @poet domain=d */ export function none(): number { return 1; }
/** @poet domain=d */ export function reads(xs: number[]): number { void xs; return 1; }
/** @poet domain=d */ export function computes(xs: number[]): number { return Date.now(); }
enum E { A = "a" }
/** @poet domain=d */ export function chosen(xs: number[]): E { return E.A; }
/** @poet domain=d */ export function nothing(xs: number[]): void {}
/** @poet domain=d fidelity=preserve */ export function kept(xs: number[]): number { return 1; }
/** @poet domain=d fidelity=implement */ export function asked(xs: number[]): number { return xs.length; }
/** @poet domain=d */ export function shorthand({ a }: { a: number }): object { return { a }; }
`, { known });
  expect(targets.filter((t) => t.stub).map((t) => t.name)).toEqual(['stub', 'later', 'brief', 'shadow', 'chosen', 'asked']);
});

it('reads examples of the declaration, its value and its overloads', () => {
  const { targets } = discoverIn(`${IMPORT}
/**
 * @example f(1) // => 1
 * @param x something
 * @example
 * \`\`\`ts
 * f(2) // => 2
 * @example inside
 * \`\`\`
 */
export const f = poet({}, (x: number) => x);
/** @poet
 * @example g("a")
 */
export function g(x: string): string;
/** @example g(1) */
export function g(x: number): number;
export function g(x: any): any { return x; }
`);
  expect(targets.map((t) => t.examples)).toEqual([['f(1) // => 1', '```ts\nf(2) // => 2\n@example inside\n```'], ['g("a")', 'g(1)']]);
});

describe('names', () => {
  it('are folders on every system', () => {
    const { targets, codes } = discoverIn(`
export class C {
  /** @poet */ #m(): void {}
  /** @poet */ m(): void {}
  /** @poet */ static m(): void {}
  /** @poet */ M(): void {}
  /** @poet */ "a/b c"(): void {}
  /** @poet */ [Symbol.toPrimitive](): void {}
  /** @poet */ ""(): void {}
  keep(): unknown { return this.#m; }
}
export class Con { /** @poet */ aux(): void {} }
/** @poet */ export function größe(): void {}
/** @poet */ export function gro\u0308\u00dfe(): void {}
/** @poet */ export function ${'long'.repeat(60)}(): void {}
if (C) { /** @poet */ function twice(): void {} }
if (C) { /** @poet */ function twice(): void {} }
C.prototype.m = /** @poet */ () => {};
export default { /** @poet */ run(): void {}, list: [/** @poet */ () => 1] };
`);
    expect(codes).toEqual([]);
    expect(targets.map((t) => (t.name.length > 80 ? `${t.name.slice(0, 8)}…${t.name.length}` : t.name))).toEqual([
      'C.-m', 'C.m', 'C.m~2', 'C.M~3', 'C.a-2f-b-20-c', 'C.Symbol.toPrimitive'.replace('Symbol.', 'Symbol-2e-'), 'C.-empty-',
      'Con-.aux', 'größe', 'größe~2', 'longlong…100', 'twice', 'twice~2', 'C-2e-prototype-2e-m', 'default.run', 'default.list',
    ]);
  });

  it('stay apart whatever the file system folds', () => {
    const folded = (name: string): string => name.normalize('NFC').toLowerCase();
    fc.assert(fc.property(fc.array(fc.constantFrom('f', 'F', 'é', 'e\u0301', 'É', 'ß', 'SS', 'a.b', 'A.b'), { maxLength: 12 }), (names) => {
      const unique = makeUniqueNames(names);
      return new Set(unique.map(folded)).size === names.length && unique.every((name, i) => name === names[i] || name.startsWith(`${names[i]}~`));
    }));
  });

  it('hold no character that a file system or a URL refuses', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (key) => {
      const file = ts.createSourceFile('a.ts', `const o = { [${JSON.stringify(key)}]() {} };`, ts.ScriptTarget.ES2022, true);
      let method: ts.Node | undefined;
      const visit = (n: ts.Node): void => { if (ts.isMethodDeclaration(n)) method = n; ts.forEachChild(n, visit); };
      visit(file);
      const name = makeFolderName(ts, method!);
      return /^[\p{ID_Continue}$.-]+$/u.test(name) && !name.endsWith('.') && Buffer.byteLength(name) <= 255;
    }));
  });
});
