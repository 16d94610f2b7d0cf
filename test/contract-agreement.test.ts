/** The contract agrees with TypeScript: random types against random literals, asked of the checker and of the emitted check. */
import fc from 'fast-check';
import { makeContractReader, makeContractSource } from '../transformer/contract/index.ts';
import type { TargetNode } from '../transformer/types.ts';
import { FREE, makeProgram, root, runAll, ts6 } from './contract-harness.ts';
import { EXCEPTION_TYPES, printLiteralAtRunTime, printTargetAtRunTime, printTargetOfSets } from './contract-exceptions.ts';
import { literal, mutate, printLiteralType, toValue, typeModel, type Literal, type TypeModel } from './contract-models.ts';

const PRELUDE = `
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

const CLASSES = `
export class Nominal { secret = 1; open = 2 }
export class Structural { constructor(public x: number, public y: string) {} }
`;

interface Case { readonly type: TypeModel; readonly literal: Literal }

const SEED = Number(process.env['SEED'] ?? 20240517);
const OPTIONS = [
  ['strict', { strict: true }, 1_200],
  ['exactOptionalPropertyTypes', { strict: true, exactOptionalPropertyTypes: true }, 500],
  ['strict: false', { strict: false }, 500],
] as const;

function sampleCases(count: number): readonly Case[] {
  const one = typeModel.chain((type) => fc.oneof(
    { weight: 3, arbitrary: type.sample.map((found) => ({ type, literal: found })) },
    { weight: 4, arbitrary: type.sample.chain((found) => mutate(found)).map((found) => ({ type, literal: found })) },
    { weight: 2, arbitrary: literal.map((found) => ({ type, literal: found })) },
  ));
  return fc.sample(one, { seed: SEED, numRuns: count });
}

describe.each(OPTIONS)('contract and checker agree under %s', (_, options, count) => {
  const cases = sampleCases(count);
  const file = `${root}/virtual/agreement.ts`;
  const text = PRELUDE + EXCEPTION_TYPES + cases.map(({ type, literal: found }, i) =>
    `export type V${i} = ${printLiteralType(found)}; export type W${i} = ${printLiteralAtRunTime(found, true)}; export type X${i} = ${printLiteralAtRunTime(found, false)}; export type S${i} = ${printTargetOfSets(type.text)}; export type T${i} = ${printTargetAtRunTime(type.text)}; function f${i}(x: ${type.text}): void {}`).join('\n');
  const program = makeProgram(ts6, { [file]: text }, options);
  const checker = program.getTypeChecker();
  const read = makeContractReader(ts6, checker, { program });
  const source = program.getSourceFile(file)!;
  const aliases = new Map<string, import('typescript').Type>();
  const functions: TargetNode[] = [];
  for (const statement of source.statements) {
    if (ts6.isTypeAliasDeclaration(statement)) aliases.set(statement.name.text, checker.getTypeAtLocation(statement.name));
    if (ts6.isFunctionDeclaration(statement)) functions.push(statement);
  }
  const emitted = runAll(functions.map((node) => makeContractSource(read(node).contract, { parameters: [FREE] })), CLASSES);
  const verdicts = cases.map(({ literal: found }, i) => {
    const target = checker.getTypeOfSymbol(checker.getSignatureFromDeclaration(functions[i]!)!.parameters[0]!);
    const value = toValue(found, emitted[i]!.module);
    return {
      i, value,
      checker: checker.isTypeAssignableTo(aliases.get(`V${i}`)!, target),
      checkerOfSets: checker.isTypeAssignableTo(aliases.get(`V${i}`)!, aliases.get(`S${i}`)!),
      checkerAtRunTime: ['W', 'X'].some((kind) => checker.isTypeAssignableTo(aliases.get(`${kind}${i}`)!, aliases.get(`T${i}`)!)),
      contract: emitted[i]!.acceptsArguments(value),
    };
  });
  const show = (i: number): string => `${cases[i]!.type.text}  <-  ${printLiteralType(cases[i]!.literal)}`;

  it('has types without errors, and both answers often', () => {
    expect(program.getSemanticDiagnostics(source).map((d) => ts6.flattenDiagnosticMessageText(d.messageText, ' '))).toEqual([]);
    const yes = verdicts.filter((verdict) => verdict.checker).length;
    expect(yes).toBeGreaterThan(count * 0.25);
    expect(yes).toBeLessThan(count * 0.75);
  });

  it('never refuses what the checker lets through', () => {
    expect(verdicts.filter((verdict) => verdict.checkerOfSets && !verdict.contract).map(({ i }) => show(i))).toEqual([]);
  });

  it('lets through what the checker refuses only for the reasons in docs/contract.md', () => {
    const wrong = verdicts.filter((verdict) => !verdict.checker && verdict.contract);
    expect(wrong.filter((verdict) => !verdict.checkerAtRunTime).map(({ i }) => show(i))).toEqual([]);
  });

  it('has reasons that excuse no more than they say', () => {
    // What the check refuses although the reasons would excuse it: they are wider than the check there, and could hide a hole.
    const excused = verdicts.filter((verdict) => !verdict.checker && verdict.checkerAtRunTime);
    expect(excused.filter((verdict) => !verdict.contract).map(({ i }) => show(i))).toEqual([]);
  });

  it('explains exactly what it does not accept', () => {
    for (const { i, value, contract } of verdicts) expect([show(i), emitted[i]!.explainArguments(value).length === 0]).toEqual([show(i), contract]);
  });

  it('corrects without touching its argument, and only to what it accepts', () => {
    for (const { i, value, contract } of verdicts) {
      if (contract || emitted[i]!.correctArguments === undefined) continue;
      const before = snapshot(value);
      try {
        const [after] = emitted[i]!.correctArguments(value);
        expect([show(i), emitted[i]!.acceptsArguments(after)]).toEqual([show(i), true]);
        expect(emitted[i]!.fixes.length).toBeGreaterThan(0);
      } catch (error) {
        expect((error as Error).constructor.name).toBe('Refusal');
      }
      expect(snapshot(value)).toEqual(before);
    }
  });
});

/** Structure with identities, so that a change anywhere shows. */
function snapshot(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return { is: value, items: value.map(snapshot) };
  return { is: value, fields: Reflect.ownKeys(value).map((key) => [key, snapshot((value as Record<PropertyKey, unknown>)[key])]) };
}
