import { discoverIn, makeProject, pointedAt, unmarked } from './discover-project.ts';

const IMPORT = 'import { poet } from "poetc";\n';

describe('spellings', () => {
  it('finds the JSDoc tag on every form of function', () => {
    const { targets, codes } = discoverIn(`
/** @poet */
export function declared(x: number): number { return x; }
/** Doubles. @poet is not a tag here
 * @poet idempotent=true retries=2
 * @example arrow(2) // => 4
 */
export const arrow = async (x: number): Promise<number> => x * 2;
/** @poet */
export const expression = function named(x: number): number { return x; };
export class C {
  /** @poet */ method(x: number): number { return x; }
  /** @poet */
  static create(x: number): number { return x; }
  /** @poet */
  #hidden(x: number): number { return x; }
  /** @poet */
  handler = (x: number): number => this.#hidden(x);
}
export const o = {
  /** @poet */ method(x: number): number { return x; },
  /** @poet */
  property: (x: number): number => x,
  deep: { /** @poet */ inner: function (x: number): number { return x; } },
};
export const cast = /** @poet */ ((x: number) => x) as (x: number) => number;
export const mapped = [1].map(/** @poet */ (x) => x);
/** @poet */
export default (x: number): number => x;
`);
    expect(codes).toEqual([]);
    expect(targets.map((t) => t.name)).toEqual([
      'declared', 'arrow', 'expression', 'C.method', 'C.create', 'C.-hidden', 'C.handler', 'o.method', 'o.property', 'o.deep.inner', 'cast', 'mapped', 'default',
    ]);
    // Never a whole target: jest would print the syntax tree in it, for minutes.
    const { id, ownOptions, examples, resultKind, spelling, markers } = targets[1]!;
    expect({ id, ownOptions, examples, resultKind, spelling, markers }).toEqual({ id: 'src/a.ts#arrow', ownOptions: { idempotent: true, retries: 2 }, examples: ['arrow(2) // => 4'], resultKind: 'async', spelling: 'jsdoc', markers: [] });
  });

  it('finds tags behind keywords, on overloads, on nested and on anonymous functions', () => {
    const { targets, codes } = discoverIn(`
export /** @poet */ async function a(): Promise<void> {}
/** @poet */
export function b(x: string): string;
export function b(x: number): number;
export function b(x: string | number): string | number { return x; }
export function outer(): () => number {
  /** @poet */
  function inner(): number { return 1; }
  return inner;
}
export class K {
  f(x: string): string;
  /** @poet */
  f(x: number): number;
  f(x: string | number): string | number { return x; }
}
namespace N { /** @poet */ export function f(): void {} }
/** @poet */
export default function (): void {}
`);
    expect(codes).toEqual([]);
    expect(targets.map((t) => t.name)).toEqual(['a', 'b', 'outer.inner', 'K.f', 'N.f', 'default']);
    expect(targets.every((t) => t.node.body !== undefined)).toBe(true);
  });

  it.each([
    ['standard', {}],
    ['legacy', { experimentalDecorators: true }],
  ])('finds %s method decorators, with the text that goes', (_, options) => {
    const text = `${IMPORT}export class C {
  @poet({ retries: 3 })
  async a(id: string): Promise<string> { return id; }
  @(poet()) static b(): number { return 1; }
  private @poet() c(): number { return 1; }
}`;
    const { targets, codes } = discoverIn(text, { options });
    expect(codes).toEqual([]);
    expect(targets.map((t) => [t.name, t.spelling])).toEqual([['C.a', 'decorator'], ['C.b', 'decorator'], ['C.c', 'decorator']]);
    expect(targets[0]!.ownOptions).toEqual({ retries: 3 });
    expect(unmarked(text, targets[0]!)).toContain('{\n  async a(id');
    expect(unmarked(text, targets[1]!)).toContain('\n  static b()');
    expect(unmarked(text, targets[2]!)).toContain('private c()');
  });

  it('finds wrappers, under aliases, namespaces, const aliases and through barrels', () => {
    const text = `import { poet as p, poet } from "poetc";
import * as all from "poetc";
import { enhance, box } from "./barrel.js";
import * as barrel from "./outer.js";
const mine = poet as typeof poet;
export const a = p({ domain: "base" }, async (id: string) => id);
export const b = all.poet({}, function (x: number) { return x; },);
export const c = enhance({}, (x: number): number => x);
export const d = barrel.enhance({}, (x: number): number => x);
export const e = mine({}, (x: number): number => x);
export const f = box.poet({}, (x: number): number => x);
const own = all.poet;
export const h = own({}, (x: number): number => x);
export const g = poet<(x: number) => number>({}, ((x) => x));
function shadowed(poet: (o: object, f: () => void) => void): void { poet({}, () => {}); }
shadowed(() => {});
`;
    const { targets, codes } = discoverIn(text, {
      files: { 'src/barrel.ts': 'export { poet as enhance } from "poetc";\nexport * as box from "poetc";', 'src/outer.ts': 'export * from "./barrel.js";' },
    });
    expect(codes).toEqual([]);
    expect(targets.map((t) => t.name)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'h', 'g']);
    expect(unmarked(text, targets[0]!)).toContain('const a = async (id: string) => id;');
    expect(unmarked(text, targets[1]!)).toContain('const b = function (x: number) { return x; };');
    expect(unmarked(text, targets[7]!)).toContain('const g = ((x) => x);');
  });

  it('lists targets by position, whatever the spelling', () => {
    const { targets } = discoverIn(`${IMPORT}/** @poet */ export const a = (): number => 1;
export const b = poet({}, (): number => 1);
export class C { /** @poet */ c(): number { return 1; } @poet() d(): number { return 1; } }`);
    expect(targets.map((t) => t.id)).toEqual(['src/a.ts#a', 'src/a.ts#b', 'src/a.ts#C.c', 'src/a.ts#C.d']);
  });

  it('follows a barrel into files that never say the name', () => {
    const { targets } = discoverIn('import { enhance } from "./barrel.js";\nexport const a = enhance({}, (x: number) => x);', { files: { 'src/barrel.ts': 'export { poet as enhance } from "poetc";' } });
    expect(targets.map((t) => t.name)).toEqual(['a']);
  });

  it('does not go by the bare name', () => {
    const { targets, codes } = discoverIn(`import { poet as theirs } from "./other.js";
const poet = (o: object, f: () => number): (() => number) => f;
export const a = poet({}, () => 1);
export const b = theirs({}, () => 1);
`, { files: { 'src/other.ts': 'export function poet(o: object, f: () => number): () => number { return f; } // poetc' } });
    expect([targets.map((t) => t.name), codes]).toEqual([[], []]);
  });

  it('recognises the import by its specifier when the package cannot be resolved, and an ambient module', () => {
    const text = `${IMPORT}export const a = poet({}, (x: number) => x);`;
    expect(discoverIn(text, { options: { moduleResolution: 2 as never, module: 1, ignoreDeprecations: '6.0', paths: { poetc: ['./nowhere'] } } }).targets.length).toBe(1);
    expect(discoverIn(text, { files: { 'src/ambient.d.ts': 'declare module "poetc" { export const poet: any; }' }, options: { paths: { poetc: ['./nowhere'] } } }).targets.length).toBe(1);
  });

  it('recognises the package under another name by its package.json', () => {
    const { targets } = discoverIn('import { poet as x } from "enhancer";\nexport const a = x({}, (n: number) => n);', {
      files: { 'node_modules/enhancer/package.json': '{ "name": "poetc", "types": "index.d.ts" }', 'node_modules/enhancer/index.d.ts': 'export declare const poet: <F>(o: object, f: F) => F;' },
    });
    expect(targets.map((t) => t.name)).toEqual(['a']);
  });

  it('finds decorators on function declarations and says where TS1206 stands', () => {
    const text = `${IMPORT}declare const other: any;
@poet({ retries: 2 })
export async function a(x: number): Promise<number> { return x; }
export @poet() function b(): number { return 1; }
@other() @poet() function c(): number { return 1; }
@other() function d(): number { return 1; }
export { c, d };
`;
    const { targets, codes, project } = discoverIn(text);
    expect(codes).toEqual([]);
    expect(targets.map((t) => [t.name, t.spelling])).toEqual([['a', 'function-decorator'], ['b', 'function-decorator'], ['c', 'function-decorator']]);
    const file = project.program.getSourceFile(`${project.root}/src/a.ts`)!;
    const ours = project.decorators();
    const ts1206 = project.program.getSemanticDiagnostics(file).filter((d) => d.code === 1206).map((d) => d.start);
    expect(ts1206).toHaveLength(4);
    expect(ours.map((d) => d.start)).toEqual(ts1206.slice(0, 2));
    expect(unmarked(text, targets[1]!)).toContain('export function b()');
  });

  it('has the checker look at the options of decorators on functions', () => {
    const { project } = discoverIn(`${IMPORT}@poet({ retries: "two" }) export function a(): void {}`);
    const checker = project.program.getTypeChecker();
    for (const { call } of project.decorators()) checker.getResolvedSignature(call);
    const found = project.program.getSemanticDiagnostics(project.program.getSourceFile(`${project.root}/src/a.ts`)).map((d) => d.code);
    expect(found.some((code) => code === 2322 || code === 2769)).toBe(true);
    expect(found).not.toContain(6133);
  });
});

describe('tags in text that is not JSDoc', () => {
  it('ignores strings, templates, regular expressions, JSX, code fences and prose', () => {
    const { targets, codes } = discoverIn(`
export const s = "/** @poet */";
export const t = \`/** @poet */ \${1} /** @poet */\`;
export const r = /\\/** @poet *\\//;
/**
 * Mark it with \`@poet\`, or so:
 * \`\`\`ts
 * @poet retries=2
 * \`\`\`
 * @poetry is something else
 */
export function f(): void {}
export const x = <div>/** @poet */</div>;
// @poet({ retries: 1 }) was here
`, { name: 'src/a.tsx', options: { jsx: 1 } });
    expect([targets.map((t) => t.name), codes]).toEqual([[], []]);
  });

  it('warns about a plain comment', () => {
    const { codes, diagnostics } = discoverIn('/* @poet retries=2 */\nexport function f(): void {}\n// @poet\nexport function g(): void {}');
    expect(codes).toEqual(['POET1026', 'POET1026']);
    expect(diagnostics[1]).toMatchObject({ level: 'warning', line: 3, column: 4 });
  });
});

it('skips projects without markers without asking the checker', () => {
  const project = makeProject({ 'src/a.ts': 'export const a = 1;', 'src/b.ts': 'export { a } from "./a.js";' });
  try {
    const asked: string[] = [];
    const checker = project.program.getTypeChecker();
    const watched = new Proxy(checker, { get: (target, key, self) => (asked.push(String(key)), Reflect.get(target, key, self) as unknown) });
    project.program.getTypeChecker = () => watched;
    const { targets, diagnostics } = project.search();
    expect([targets.length, diagnostics]).toEqual([0, []]);
    expect(asked).toEqual([]);
  } finally {
    project.remove();
  }
});

it('points at the text', () => {
  const text = '/** @poet retrys=3 */\nexport function f(): void {}';
  const { diagnostics } = discoverIn(text);
  expect(pointedAt(text, diagnostics[0])).toBe('retrys');
});
