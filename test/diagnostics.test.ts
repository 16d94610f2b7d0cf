import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { findNearest, sayNearest } from '../transformer/diagnostics/nearest.ts';
import { CODES, makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { renderDiagnostic, toTsDiagnostic } from '../transformer/diagnostics/render.ts';
import { makeDiagnosticsPage } from '../scripts/docs-diagnostics.ts';

const HERE = join(__dirname, '..');

it('the committed docs/diagnostics.md is current', () => {
  expect(readFileSync(join(HERE, 'docs/diagnostics.md'), 'utf8')).toBe(makeDiagnosticsPage());
});

it('every code of discover and config is exercised by a test or a fixture', () => {
  const texts = ['test', 'fixtures'].flatMap((folder) => readdirSync(join(HERE, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|md|txt|json)$/.test(name) && !name.includes('node_modules'))
    .map((name) => readFileSync(join(HERE, folder, name), 'utf8'))).join('\n');
  const ours = Object.keys(CODES).filter((code) => /^POET(?:1|80[0-4])/.test(code));
  expect(ours.filter((code) => !texts.includes(code))).toEqual([]);
});

it('codes are in order, and texts read as one line', () => {
  const codes = Object.keys(CODES);
  expect(codes).toEqual([...codes].sort());
  for (const { text, hint } of Object.values(CODES)) {
    expect(text).not.toMatch(/[\n.]$|\n/);
    expect(hint).not.toMatch(/[\n.]$|\n/);
  }
});

describe('rendering', () => {
  const d = makeDiagnostic('POET1004', { fn: 'f' }, { file: '/p/src/a.ts', start: 12, length: 1, line: 2, column: 3 });

  it('is one line as tsc writes it', () => {
    expect(renderDiagnostic(d, { cwd: '/p' })).toBe('src/a.ts(2,3): error POET1004: @poet f: generators are not supported; mark the function that consumes it');
    expect(renderDiagnostic(d)).toMatch(/^\/p\/src\/a\.ts\(2,3\): error /);
  });

  it('derives the position from the text, folds line breaks, and leaves out what it does not know', () => {
    const bare = makeDiagnostic('POET1004', { fn: 'a\r\n  b' }, { file: '/p/a.ts', start: 9 });
    expect(renderDiagnostic(bare, { cwd: '/p', readFile: () => 'one\r\ntwo three' })).toMatch(/^a\.ts\(2,5\): error POET1004: @poet a b: /);
    expect(renderDiagnostic(bare, { cwd: '/p' })).toMatch(/^a\.ts: error /);
    expect(renderDiagnostic(makeDiagnostic('POET1004', { fn: 'f' }))).toMatch(/^error POET1004: /);
  });

  it('colours only when asked', () => {
    expect(renderDiagnostic(d)).not.toContain('\u001B');
    expect(renderDiagnostic(d, { color: true })).toContain('\u001B[31merror');
  });

  it('becomes a diagnostic of the compiler', () => {
    const file = ts.createSourceFile('/p/src/a.ts', 'const a = 1;\n  x', ts.ScriptTarget.ES2022);
    const host = { getCanonicalFileName: (f: string) => f, getCurrentDirectory: () => '/p', getNewLine: () => '\n' };
    expect(ts.formatDiagnostic(toTsDiagnostic(ts, { ...d, start: 15 }, file), host)).toBe('src/a.ts(2,3): error TS991004: POET1004: @poet f: generators are not supported; mark the function that consumes it\n');
    expect(toTsDiagnostic(ts, d)).toMatchObject({ file: undefined, start: undefined, messageText: expect.stringContaining('/p/src/a.ts(2,3): POET1004') });
    expect(toTsDiagnostic(ts, { ...d, level: 'fallback' }).category).toBe(ts.DiagnosticCategory.Warning);
  });
});

it('finds the nearest name, and none that is far', () => {
  expect(findNearest('retrys', ['retries', 'breaker'])).toBe('retries');
  expect(findNearest('RETRIES', ['retries'])).toBe('retries');
  expect(findNearest('zzz', ['retries', 'breaker'])).toBeUndefined();
  expect(sayNearest('zzz', ['a', 'b'])).toBe('one of: a, b');
});
