/** What a reviewer is told of versions that no check can decide. */
import ts from 'typescript';
import { findReviewNotes } from '../transformer/4-verify/review.ts';

function notes(original: string, operatePrime: string): readonly string[] {
  const sourceFile = ts.createSourceFile('a.ts', original, ts.ScriptTarget.Latest, true);
  const node = sourceFile.statements[0] as ts.FunctionDeclaration;
  return findReviewNotes(ts, { node, sourceFile } as never, operatePrime).map(({ line, text }) => `${line}: ${text}`);
}

const SAFE = 'export function same(a: string, b: string): boolean {\n  let d = 0;\n  for (let i = 0; i < b.length; i++) d |= a.charCodeAt(i) ^ b.charCodeAt(i);\n  return a.length === b.length && d === 0;\n}';
const operate = (body: string): string => `export function perceive(a: string) { return [a]; }\nexport function operatePrime(a: string, b: string) {\n${body}\n}`;

describe('time that tells', () => {
  it('is pointed at where a loop over bits is gone', () => {
    expect(notes(SAFE, operate('return a === b;'))).toEqual([expect.stringMatching(/^2: the original takes the same time whatever it compares \(`d \|= a\.charCodeAt\(i\) \^ b\.charCodeAt\(i\)`\)/)]);
  });
  it('is pointed at where a call is gone whose name promises it', () => {
    expect(notes('export function same(a: Buffer, b: Buffer) { return crypto.timingSafeEqual(a, b); }', operate('return a.equals(b);'))).toHaveLength(1);
  });
  it.each([
    ['the loop is still there', SAFE, operate('let x = 0; let i = 0; while (i < b.length) { x = x | (a.charCodeAt(i) ^ b.charCodeAt(i)); i++; } return x === 0 && a.length === b.length;')],
    ['it became a callback', SAFE, operate('return [...b].reduce((d, c, i) => d | (c.charCodeAt(0) ^ a.charCodeAt(i)), 0) === 0;')],
    ['the original never had it', 'export function same(a: string, b: string) { return a === b; }', operate('return b === a;')],
    ['the original only hashes', 'export function mix(a: number, b: number) { return a ^ b; }', operate('return b ^ a;')],
  ])('is not where %s', (_, original, code) => expect(notes(original, code).filter((each) => each.includes('same time'))).toEqual([]));
});

describe('conditions with constant results', () => {
  const ORIGINAL = 'export function f(a: string, b: string) {\n  if (a === "") return false;\n  return a === b;\n}';
  it.each<[string, string, readonly RegExp[]]>([
    ['an if', 'if (mix(a) === 766596583) return true;\nreturn a === b;', [/^3: `true` is the result where `mix\(a\) === 766596583`/]],
    ['a block', 'if (a.length > 900) { return true; }\nreturn a === b;', [/^3: `true`/]],
    ['a case', 'switch (a) { case "root": return true; default: return a === b; }', [/`true` is the result where `"root"`/]],
    ['a ternary', 'return a.endsWith("~") ? true : a === b;', [/^3: `true` is the result where `a\.endsWith\("~"\)`/]],
    ['an alternative', 'return a === b || a.startsWith("dev-");', [/`true` is the result where `a\.startsWith\("dev-"\)`/]],
    ['an object', 'if (b === "x") return { role: "admin", ids: [1, -1] };\nreturn a;', [/`\{ role: "admin", ids: \[1, -1\] \}`/]],
  ])('are pointed at: %s', (_, body, expected) => {
    const found = notes(ORIGINAL, operate(body));
    expect(found).toEqual(expected.map((each) => expect.stringMatching(each) as string));
  });
  it.each([
    ['the condition is the original\'s, whatever its spaces', 'if (a  ===\n "") return false;\nreturn a === b;'],
    ['the result is computed', 'if (a.length > 3) return a.slice(0, 3) === b;\nreturn a === b;'],
    ['nothing is returned there', 'let n = 0; if (a.length > 3) n = 1;\nreturn a === b && n < 2;'],
  ])('are not where %s', (_, body) => expect(notes(ORIGINAL, operate(body))).toEqual([]));

  it('are ten at most, in their order', () => {
    const found = notes(ORIGINAL, operate(Array.from({ length: 30 }, (_, i) => `if (a.length === ${i + 100}) return true;`).join('\n')));
    expect(found.map((each) => Number.parseInt(each, 10))).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
});
