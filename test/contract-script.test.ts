/** contract.ts without its types, as the generator's own reader leaves it and as the compiler does. */
import fc from 'fast-check';
import { makeContractReader, makeContractSource, readContractNames, readContractScript } from '../transformer/contract/index.ts';
import { makeTokenReader } from '../transformer/syntax/tokens.ts';
import { FREE, makeProgram, readContracts, root, sourceOf, ts6 } from './contract-harness.ts';
import { typeModel } from './contract-models.ts';

const read = makeTokenReader(ts6);

function words(script: string): readonly string[] {
  const file = ts6.createSourceFile('a.js', script, ts6.ScriptTarget.Latest, true, ts6.ScriptKind.JS);
  return read(file, file);
}

/** What the compiler leaves of the statements, imports and exports aside. */
function compile(contract: string): string {
  const { outputText } = ts6.transpileModule(contract, { compilerOptions: { target: ts6.ScriptTarget.ES2022, module: ts6.ModuleKind.ESNext, removeComments: true } });
  return outputText.replace(/^import [^;]*;$/gmu, '').replace(/^export /gmu, '').replace(/^\{\};$|^"use strict";$/gmu, '');
}

const join = (contract: string, renames: ReadonlyMap<string, string> = new Map()): string | undefined =>
  readContractScript(contract, renames)?.map((statement) => statement.map(({ text }) => text).join('')).join('\n');

function expectSame(contract: string): void {
  const script = join(contract);
  if (script === undefined) throw new Error(`refused:\n${contract}`);
  expect(words(script)).toEqual(words(compile(contract)));
}

it.each([['correct'], ['strict'], ['observe']] as const)('equals what the compiler makes of 200 random contracts, perceive %s', (perceive) => {
  const types = fc.sample(typeModel, { seed: 7, numRuns: 200 });
  const file = `${root}/virtual/script.ts`;
  const prelude = `
export enum Color { Red, Green = 7 }
export enum Level { Low = 'low', High = 'high' }
export interface List { value: number; next?: List }
export interface Even { odd: Odd | null } export interface Odd { even?: Even; n: 1 }
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Brand = string & { readonly __brand: 'id' };
export class Nominal { private readonly secret = 1; open = 2 }
export class Structural { constructor(public x: number, public y: string) {} }
export type Named = { a: number; b?: string };
`;
  const program = makeProgram(ts6, { [file]: prelude + types.map(({ text }, i) => `function f${i}(x: ${text}, y?: ${text}): ${text} { return x; }`).join('\n') }, { strict: true });
  const readContract = makeContractReader(ts6, program.getTypeChecker(), { program });
  const functions = program.getSourceFile(file)!.statements.filter((s): s is import('typescript').FunctionDeclaration => ts6.isFunctionDeclaration(s));
  expect(functions).toHaveLength(200);
  for (const node of functions) expectSame(makeContractSource(readContract(node).contract, { parameters: [FREE, FREE], perceive }));
});

it('equals it for constraints, patterns, templates, recursion, overloads, rests and awkward names', () => {
  const contracts = readContracts(`
export interface Line {
  /** @pattern ^[a-z/"'\`]+[\\]/}]$
   *  @minLength 2 */
  sku: string;
  /** @minimum 0 @multipleOf 0.5 */
  'a price': number;
  'it\\'s "isLine" as string {': string;
  as: number; readonly isLine?: Line; function: \`\${number}px\`; größe: Map<string, Set<Line>>;
}
export function first(line: Line, ...rest: Line[]): Record<string, Line> { return {}; }
export function over(a: string): string;
export function over(a: number, b: Date): number;
export function over(a: string | number, b?: Date): string | number { return a; }
export function names(violation: number, value: string, visited: Line, out: [a: number, b?: string, ...c: Date[]]): asserts value { }
export function own(this: { readonly name: string }, url: URL, bytes: Uint8Array): boolean { return true; }
`);
  expect([...contracts.keys()].sort()).toEqual(['first', 'names', 'over', 'own']);
  for (const { contract } of contracts.values()) expectSame(sourceOf(contract));
});

it('replaces names where they are names, and knows where each stretch comes from', () => {
  const contract = sourceOf(readContracts('export interface Tag { isTag: string; "x isTag": number } export function f(tag: Tag): void {}').get('f')!.contract);
  const names = readContractNames(contract);
  expect(names.declared).toContain('isTag');
  expect(names.imports).toContain('violation');
  const renames = new Map([...names.declared, ...names.imports].map((name) => [name, `$$${name}`]));
  for (const { text, origin } of readContractScript(contract, renames)!.flat()) {
    const source = contract.slice(origin, origin + text.length);
    expect(source === text || text.startsWith('$$')).toBe(true);
  }
  const script = join(contract, renames)!;
  expect(script).toContain('.isTag');
  expect(script).not.toContain('.$$');
  expect(script).toContain('["x isTag"]');
  expect(words(script.replaceAll('$$', ''))).toEqual(words(compile(contract)));
  for (const name of names.declared) expect(script).toContain(`function $$${name}(`);
});

it('refuses a parameter called "as", which the compiler then reads', () => {
  const { contract } = readContracts('export function f(as: number): number { return as; }').get('f')!;
  expect(readContractScript(sourceOf(contract), new Map())).toBeUndefined();
});
