import ts from 'typescript';
import { findDifferences } from '../scripts/corpus/compare.ts';
import { findEnhancedIds } from '../scripts/corpus/coverage.ts';
import { markExports } from '../scripts/corpus/mark-exports.ts';
import type { RecordedEvent, TestRun } from '../scripts/corpus/test-run.ts';

const names = (text: string): string[] => markExports('a.ts', text).functions.map((fn) => fn.name);

describe('marking every exported function', () => {
  it.each([
    ['a declaration', 'export function f() {}', ['f']],
    ['an async one', 'export async function f() {}', ['f']],
    ['a generator, which is counted too', 'export function* f() {}', ['f']],
    ['an arrow', 'export const f = () => 1;', ['f']],
    ['a function expression', 'export const f = function g() {};', ['f']],
    ['a default declaration', 'export default function f() {}', ['f']],
    ['a default without a name', 'export default function () {}', ['default']],
    ['a default arrow', 'export default () => 1;', ['default']],
    ['a list', 'function f() {}\nconst g = () => 1;\nfunction own() {}\nexport { f as h, g };', ['f', 'g']],
    ['a default by name', 'function f() {}\nexport default f;', ['f']],
    ['overloads, once', 'export function f(a: string): void;\nexport function f(a: number): void;\nexport function f(a: unknown) {}', ['f']],
    ['nothing in types, classes, values, re-exports, let', "export type T = 1; export class C { m() {} } export const n = 1; export { x } from './x'; export let l = () => 1; export type { T as U };", []],
    ['nothing in a declaration without a body', 'export declare function f(): void;', []],
  ])('counts %s', (_, text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it.each([
    ['no comment', 'export function f() {}', '/** @poet */ export function f() {}'],
    ['a line comment', '// why\nexport const f = () => 1;', '// why\n/** @poet */ export const f = () => 1;'],
    ['a comment of one line', '/** Adds. */\nexport function f() {}', '/** Adds. \n * @poet\n */\nexport function f() {}'],
    ['a comment of several', '/**\n * Adds.\n */\nexport function f() {}', '/**\n * Adds.\n * @poet\n */\nexport function f() {}'],
    ['tags', '/**\n * Adds.\n * @param a - one\n */\nexport function f(a: 1) {}', '/**\n * Adds.\n * @poet\n * @param a - one\n */\nexport function f(a: 1) {}'],
    ['one tag on one line', '/** @internal */\nexport function f() {}', '/** @poet\n * @internal */\nexport function f() {}'],
    ['the tag itself', '/** @poet */\nexport function f() {}', '/** @poet */\nexport function f() {}'],
    ['the implementation of overloads', 'export function f(a: 1): 1;\nexport function f(a: any) { return a; }', 'export function f(a: 1): 1;\n/** @poet */ export function f(a: any) { return a; }'],
  ])('puts the tag into %s', (_, text, expected) => {
    expect(markExports('a.ts', text).text).toBe(expected);
  });

  it('leaves a text that TypeScript reads as the tag, and the same code', () => {
    const text = '/**\n * Adds `@param`.\n * @example\n * f(1)\n */\nexport const f = (a: number) => a, g = 1;\n\n/* no doc */ export default function () {}\n';
    const marked = markExports('a.ts', text).text;
    const file = ts.createSourceFile('a.ts', marked, ts.ScriptTarget.Latest, true);
    const tags = file.statements.map((statement) => ts.getJSDocTags(ts.isVariableStatement(statement) ? statement.declarationList.declarations[0]! : statement).map((tag) => tag.tagName.text));
    expect(tags).toEqual([['poet', 'example'], ['poet']]);
    const code = (source: string): string => ts.transpile(source, { removeComments: true, target: ts.ScriptTarget.ESNext });
    expect(code(marked)).toBe(code(text));
  });
});

describe('comparing two runs', () => {
  const run = (results: Record<string, 'passed' | 'failed'>, events: RecordedEvent[] = []): TestRun => ({
    results: new Map(Object.entries(results).map(([key, status]) => [key, { status, message: status === 'failed' ? 'broken' : '' }])), events, crash: undefined,
  });

  it('lists what changed, what is missing and what is new', () => {
    const found = findDifferences(run({ 'a.js: one': 'passed', 'a.js: two': 'failed', 'a.js: three': 'passed' }), run({ 'a.js: one': 'failed', 'a.js: two': 'failed', 'a.js: four': 'passed' }));
    expect(found.map((d) => [d.test, d.without, d.with])).toEqual([['a.js: one', 'passed', 'failed'], ['a.js: three', 'passed', 'missing'], ['a.js: four', 'missing', 'passed']]);
  });

  it('finds the reason in the events of that very test', () => {
    const event = (test: string, type: string): RecordedEvent => ({ test, file: 'a.js', type, function: 'a.ts#f', findings: [{ path: '$input.x', expected: 'number', received: 'string' }] });
    const events = [event('sum > one', 'perceive.rejected'), event('sum > two', 'perceive.corrected'), event('sum > one', 'enforce.violated')];
    const [found] = findDifferences(run({ 'a.js: sum one': 'passed' }), run({ 'a.js: sum one': 'failed' }, events));
    expect(found!.because).toEqual([events[0]]);
  });
});

it('finds targets in the JavaScript of both module formats', () => {
  expect(findEnhancedIds('f$target = (0, runtime_1.openTarget)({ "id": "src/a.ts#f", "name": "f" });\n$openTarget({ id: "src/b.ts#g" })')).toEqual(['src/a.ts#f', 'src/b.ts#g']);
  expect(findEnhancedIds('return (g$target = openTarget({\n  "id": "src/b.ts#g", }))')).toEqual(['src/b.ts#g']);
  expect(findEnhancedIds('return (h$target = $openTarget({"id":"src/c.ts#h","name":"h"}))')).toEqual(['src/c.ts#h']);
});
