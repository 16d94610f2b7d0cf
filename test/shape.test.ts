import ts from 'typescript';
import { checkShape, findPhases, readPhases } from '../transformer/4-verify/shape.ts';
import { nestsDeeperThan } from '../transformer/4-verify/nesting.ts';
import { planAll } from './plan-targets.ts';

const SYNC = '/** @poet */ export function f(a: number, ...rest: number[]): number { return a + rest.length; }';
const all = planAll(`${SYNC}\n/** @poet */ export async function g(a: number): Promise<number> { return a; }\n/** @poet optimizeFor=accuracy */ export function h(a: number): number { return a; }`);

const check = (name: string, edit: (code: string) => string): ReturnType<typeof checkShape> => {
  const candidate = all.candidate(name);
  return checkShape({ ...candidate, code: edit(candidate.code) }, all.plan(name), all.ctx);
};

it.each(['f', 'g', 'h'])('accepts what the builtin provider makes for %s', (name) => {
  expect(check(name, (code) => code)).toMatchObject({ ok: true, diagnostics: [] });
});

it('accepts private helpers', () => {
  expect(check('f', (code) => `${code}\nfunction helper(x: number): number { return x; }\n`).ok).toBe(true);
});

it.each<[string, string, string, (code: string) => string]>([
  ['too large a text', 'POET4001', 'f', (code) => `${code}// ${'ä'.repeat(33_000)}`],
  ['deep brackets', 'POET4002', 'f', (code) => `${code}function x() { return ${'('.repeat(61)}1${')'.repeat(61)}; }`],
  ['deep operators', 'POET4002', 'f', (code) => `${code}function x() { return ${'!'.repeat(60_000)}1; }`],
  ['a syntax error', 'POET4003', 'f', (code) => code.replace('return a', 'return return a')],
  ['a missing phase', 'POET4004', 'f', (code) => code.replace('function enforce', 'function enforces')],
  ['another export', 'POET4004', 'f', (code) => `${code}export function more() {}`],
  ['train without an objective', 'POET4004', 'f', (code) => `${code}export function train() { return {}; }`],
  ['no train with an objective', 'POET4004', 'h', (code) => code.replace('export function train', 'function train')],
  ['a name twice', 'POET4004', 'f', (code) => `${code}function enforce() {}`],
  ['an import', 'POET4005', 'f', (code) => `import { x } from "x";\n${code}`],
  ['a statement', 'POET4005', 'f', (code) => `${code}console.log(1);`],
  ['a variable', 'POET4005', 'f', (code) => `${code}let x = 1;`],
  ['an exported constant', 'POET4005', 'f', (code) => `${code}export const x = 1;`],
  ['a declared class', 'POET4005', 'f', (code) => `${code}declare class X {}`],
  ['an enum', 'POET4005', 'f', (code) => `${code}enum X { A }`],
  ['a default export', 'POET4005', 'f', (code) => code.replace('export function enforce', 'export default function enforce')],
  ['a re-export', 'POET4005', 'f', (code) => `${code}export { x } from "x";`],
  ['an overload', 'POET4005', 'f', (code) => `${code}function x(): void;`],
  ['a decorated function', 'POET4005', 'f', (code) => code.replace('export function enforce', 'export @x function enforce')],
  ['an async operatePrime of a synchronous function', 'POET4006', 'f', (code) => code.replace('export function operatePrime', 'export async function operatePrime')],
  ['a synchronous operatePrime of an async function', 'POET4006', 'g', (code) => code.replace('export async function operatePrime', 'export function operatePrime')],
  ['an async perceive', 'POET4006', 'f', (code) => code.replace('export function perceive', 'export async function perceive')],
  ['a generator', 'POET4006', 'f', (code) => code.replace('export function enforce', 'export function* enforce')],
  ['too few parameters', 'POET4006', 'f', (code) => code.replace('operatePrime(a: number, ...rest: number[])', 'operatePrime(a: number)')],
  ['no rest parameter', 'POET4006', 'f', (code) => code.replace('operatePrime(a: number, ...rest: number[])', 'operatePrime(a: number, rest: number[])')],
  ['an enforce without result', 'POET4006', 'f', (code) => code.replace('enforce(result: number)', 'enforce()')],
])('refuses %s', (_, code, name, edit) => {
  const verdict = check(name, edit);
  expect(verdict.ok).toBe(false);
  expect(verdict.diagnostics[0]).toMatchObject({ code, level: 'fallback' });
  expect(verdict.detail).toBe(verdict.diagnostics[0]?.text);
});

it('says where', () => {
  const verdict = check('f', (code) => `${code}\nlet y = 2;\n`);
  const candidate = all.candidate('f');
  expect(verdict.diagnostics[0]).toMatchObject({ start: candidate.code.length + 1, line: candidate.code.split('\n').length + 1, column: 1 });
});

it('accepts constants, classes and types, and overloads of a helper', () => {
  expect(check('f', (code) => `${code}const x = 1;\nclass C {}\ninterface I {}\ntype T = I;\nfunction g(a: string): string;\nfunction g(a: number): number;\nfunction g(a: unknown): unknown { return a; }`).ok).toBe(true);
});

it('reads the phases', () => {
  const phases = readPhases(ts, `${all.candidate('h').code}function helper() {}\n`);
  expect([phases.perceive, phases.operatePrime, phases.enforce, phases.train].map((p) => p?.name?.text)).toEqual(['perceive', 'operatePrime', 'enforce', 'train']);
  expect(phases.others.map((o) => o.getText())).toEqual(['function helper() {}']);
  expect(() => readPhases(ts, 'const x = 1;')).toThrow('exports perceive, operatePrime and enforce');
  expect(findPhases(ts, 'export function perceive() {}')).toBeUndefined();
});

it.each<[string, boolean]>([
  ['((1))', false], ['(((1)))', true], ['"((((" + "))))"', false], ['/* (((( */ (1)', false], ['`${`${`${1}`}`}`', true], ['`((((${1}`', false], ["'\\'((((' ", false], ['() () () ()', false],
])('nesting of %s', (text, deep) => expect(nestsDeeperThan(2, text)).toBe(deep));
