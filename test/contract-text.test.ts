/** The emitted text itself: it compiles wherever it may land, and is the same bytes for the same contract. */
import fc from 'fast-check';
import { contractFingerprint, makeContractSource } from '../transformer/contract/index.ts';
import { typeModel } from './contract-models.ts';
import { compilers, FREE, makeProgram, readContracts, root, sourceOf, ts6 } from './contract-harness.ts';

const SOURCE = `
interface Item { name: string; /** @minimum 0 @multipleOf 0.01 */ price: number; 'in stock'?: boolean; tags?: readonly string[] }
interface Order { id: string; items: Item[]; total: number | null; note?: string; created: Date; meta: Record<string, number>; none: undefined; v: 1; [Symbol.iterator]?: () => Iterator<Item> }
interface Circle { kind: 'circle'; r: number } interface Square { kind: 'square'; side: number; at: [number, number] }
interface Tree { value: number; left?: Tree; right?: Tree }
type Json = string | number | boolean | null | Json[] | { [k: string]: Json };
type Nested = [number, Nested?, ...string[]];
export class Point { constructor(public x: number) {} private z = 1; }
export class Open { constructor(public x: number) {} }
/** @param k - factor {@minimum 1}
 * @param email - {@format email} */
export function all(order: Order, shape: Circle | Square, tree: Tree, json: Json, p: Point | null, o: Open, k: number = 1, email: string, m: Map<string, Item>, ...rest: [a: string, b?: number]): Promise<Tree[]> { throw 1 }
export function exact(x: { a?: string; 'b-c'?: number | null; d: 1 | undefined }, n: Nested, s: Set<bigint>, big: 1n | 2n, u: 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 1): void {}
export function names(out: number, value: Item, path: string, visited: Tree, isTree: boolean, T0: number, changed: Item, fixes: Item[], result: 1): number { return 1 }
export function over(a: string): number; export function over(a: number, b: boolean): string; export function over(a: any, b?: any): any {}
export function rested(a: string, b?: number): number; export function rested(...a: number[]): string; export function rested(...a: any[]): any {}
export function self(this: Item, x: number): boolean { return true }
export function guard(x: unknown, y: Item): x is string { return true }
export function generic<T extends { id: string }, K extends keyof T>(xs: readonly T[], k: K, p: Partial<T>): T[K] { throw 1 }
export const arrow = async ({ a }: { a: Item }, [b]: [number]) => ({ a, b });
export function streams(a: Iterable<number>, b: AsyncIterable<string>, c: Promise<number>, d: () => void, e: Uint8Array | ArrayBuffer, f: RegExp, g: \`\${number}px\`, h: symbol): Generator<number> { throw 1 }
`;

const STRICTEST = {
  strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noPropertyAccessFromIndexSignature: true, noImplicitReturns: true, noUnusedLocals: true,
  noUnusedParameters: true, noFallthroughCasesInSwitch: true, noImplicitOverride: true, erasableSyntaxOnly: true, verbatimModuleSyntax: true, isolatedModules: true, allowUnreachableCode: false,
};

describe.each(compilers)('emitted text compiles under TypeScript %s', (_, ts) => {
  const texts = new Map([...readContracts(SOURCE)].map(([name, { contract }]) => [name, sourceOf(contract)]));
  const random = fc.sample(typeModel, { seed: 7, numRuns: 80 }).map((type, i) => [`r${i}`, type.text] as const);
  const prelude = 'enum Color { Red, Green = 7 } enum Level { Low = "low" } interface List { value: number; next?: List } interface Even { odd: Odd | null } interface Odd { even?: Even; n: 1 }'
    + 'type Json = string | number | boolean | null | Json[] | { [key: string]: Json }; type Brand = string & { readonly __brand: 1 }; type Named = { a: number; b?: string };'
    + 'export class Point { private z = 1 } class Open { x = 1 } class Nominal { private readonly secret = 1; open = 2 } class Structural { constructor(public x: number, public y: string) {} }';
  const more = new Map([...readContracts(`${prelude}\n${random.map(([name, text]) => `function ${name}(x: ${text}): ${text} { throw 1 }`).join('\n')}`)].map(([name, { contract }]) => [name, sourceOf(contract)]));
  const CLASSES = 'declare class Point { private z } declare class Open { x } declare class Nominal { private s } declare class Structural { x }'.replace(/; x|\bx\b(?= \})/g, 'x: unknown').replace(/private (\w)/g, 'private $1: unknown');
  const files = Object.fromEntries([...texts, ...more].filter(([, text]) => text !== '').map(([name, text]) => [`${root}/virtual/${name}.ts`, text]));
  files[`${root}/virtual/classes.d.ts`] = CLASSES;

  it.each([['the strictest options', STRICTEST], ['strict: false', { strict: false, noUnusedLocals: true }]])('with %s', (_name, options) => {
    const program = makeProgram(ts, files, { target: ts.ScriptTarget.ES2020, lib: ['lib.es2020.d.ts'], ...options });
    const found = Object.keys(files).flatMap((name) => program.getSemanticDiagnostics(program.getSourceFile(name)!).concat(program.getSyntacticDiagnostics(program.getSourceFile(name)!)));
    expect(found.map((d) => `${d.file!.fileName.split('/').at(-1)}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}: ${d.file!.text.slice(d.start! - 40, d.start! + 60)}`)).toEqual([]);
  });

  it('has the types that perceive needs', () => {
    const perceive = 'import { acceptsArguments, correctArguments } from "./gen.ts"; export function perceive(xs: number[], k: number | undefined, ...rest: string[]): [xs: number[], k: number | undefined, ...rest: string[]] { return acceptsArguments(xs, k, rest) ? [xs, k, ...rest] : correctArguments(xs, k, rest); }';
    const contract = readContracts('export function f(xs: number[], k = 1, ...rest: string[]): void {}').get('f')!.contract;
    const program = makeProgram(ts, { [`${root}/virtual/gen.ts`]: sourceOf(contract), [`${root}/virtual/code.ts`]: perceive }, STRICTEST);
    expect(program.getSemanticDiagnostics(program.getSourceFile(`${root}/virtual/code.ts`)!).map((d) => d.messageText)).toEqual([]);
  });

  it('says "any" nowhere, and keeps to its width', () => {
    for (const text of [...texts.values(), ...more.values()]) {
      expect(text).not.toMatch(/\bany\b(?! of)/);
      for (const line of text.split('\n')) if (!line.includes('Pattern ??=') && !/(?:violation|correction)\(/.test(line)) expect([line, line.length <= 130]).toEqual([line, true]);
    }
  });
});

describe('emitted text is deterministic', () => {
  it('under both compilers', () => {
    const [a, b] = compilers.map(([, ts]) => [...readContracts(SOURCE, { strict: true }, ts)].map(([name, { contract }]) => [name, sourceOf(contract), contractFingerprint(contract)]));
    expect(a).toEqual(b);
  });

  it('whatever the checker saw first', () => {
    const members = ['"zeta"', '"alpha"', '3', '1', 'B', 'A', 'null', 'Date'];
    const types = 'interface A { kind: "a"; x: { m: number } } interface B { kind: "b"; y: { m: number } }';
    const text = (before: readonly string[]): string => {
      const other = { [`${root}/virtual/a.ts`]: `${types} type Before = ${before.join(' | ')}; export const x: Before = null!; export { x as y };` };
      const source = `${types.replace(/interface/g, 'export interface')} type Before = ${before.join(' | ')}; const first: Before = null!; export function f(x: ${members.join(' | ')}, y: Record<'q' | 'p', number>): typeof first { return first }`;
      return sourceOf(readContracts(source, { strict: true }, ts6, other).get('f')!.contract);
    };
    const wanted = text(members);
    fc.assert(fc.property(fc.shuffledSubarray(members, { minLength: members.length }), (order) => text(order) === wanted), { numRuns: 8, seed: 1 });
  });

  it('merges equal definitions and tells different ones of the same name apart', () => {
    const other = { [`${root}/virtual/other.ts`]: 'export interface Item { other: string }' };
    const { contract } = readContracts('import type { Item as Other } from "./other.ts"; interface Item { own: number } export function f<T extends Item>(a: T, b: Item, c: Other): Item { return b }', { strict: true }, ts6, other).get('f')!;
    expect(contract.definitions.map(({ name }) => name)).toEqual(['Item', 'Item2']);
    expect(contract.result).toEqual(contract.parameters[1]!.type);
    expect(contract.parameters[0]!.type).toEqual(contract.parameters[1]!.type);
    expect(contract.parameters[2]!.type).not.toEqual(contract.parameters[1]!.type);
  });

  it('leaves out what a mode does not use', () => {
    const { contract } = readContracts('export function f(x: number): void {}').get('f')!;
    expect(makeContractSource(contract, { parameters: [FREE], perceive: 'strict' })).not.toContain('correctArguments');
    expect(makeContractSource(readContracts('export function f(x: unknown): any {}').get('f')!.contract, { parameters: [] })).toBe('');
  });
});
