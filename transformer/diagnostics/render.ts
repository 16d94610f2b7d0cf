import { isAbsolute, relative } from 'node:path';
import pc from 'picocolors';
import type ts from 'typescript';
import type { Ts } from '../types.ts';
import type { Level, PoetDiagnostic } from './diagnostic.ts';

export interface RenderOptions {
  /** Paths are printed relative to it; default: as they are. */
  readonly cwd?: string;
  /** Default false: hosts decide, they know their terminal. */
  readonly color?: boolean;
  /** Text of a file, to derive line and column of a diagnostic that has only `start`; undefined when it cannot be read. */
  readonly readFile?: (path: string) => string | undefined;
}

/** One line in the manner of tsc: `src/a.ts(3,5): error POET1004: text; hint`. Line breaks within are folded. */
export function renderDiagnostic(d: PoetDiagnostic, { cwd, color = false, readFile }: RenderOptions = {}): string {
  const c = pc.createColors(color);
  const paint: Record<Level, (text: string) => string> = { error: c.red, warning: c.yellow, fallback: c.yellow, info: c.cyan };
  const at = d.file === undefined ? '' : `${c.cyan(showPath(d.file, cwd))}${showPosition(d, readFile)}: `;
  return `${at}${paint[d.level](d.level)} ${c.gray(`${d.code}:`)} ${sayWhole(d)}`;
}

/** Text and hint as one sentence, on one line. */
function sayWhole(d: PoetDiagnostic): string {
  return `${d.text}${d.hint === '' ? '' : `; ${d.hint}`}`.replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' ');
}

function showPath(file: string, cwd: string | undefined): string {
  if (cwd === undefined) return file;
  const path = relative(cwd, file).replaceAll('\\', '/');
  return path === '' || isAbsolute(path) ? file : path;
}

function showPosition(d: PoetDiagnostic, readFile: RenderOptions['readFile']): string {
  if (d.line !== undefined) return `(${d.line},${d.column ?? 1})`;
  const text = d.start === undefined || d.file === undefined ? undefined : readFile?.(d.file);
  if (text === undefined) return '';
  const before = text.slice(0, d.start).split(/\r\n|[\n\r\u2028\u2029]/);
  return `(${before.length},${before.at(-1)!.length + 1})`;
}

/**
 * The same for a compiler's own list of diagnostics.
 *
 * TypeScript's codes are numbers, and its own stay below 100,000: POET1004 becomes 991004, printed as `TS991004: POET1004: …`.
 * `fallback` is a warning there.
 */
export function toTsDiagnostic(ts: Ts, d: PoetDiagnostic, sourceFile?: ts.SourceFile): ts.Diagnostic {
  const located = sourceFile !== undefined && d.start !== undefined;
  const categories: Record<Level, ts.DiagnosticCategory> = {
    error: ts.DiagnosticCategory.Error, warning: ts.DiagnosticCategory.Warning, fallback: ts.DiagnosticCategory.Warning, info: ts.DiagnosticCategory.Message,
  };
  // Without a file of the program, the place has to be part of the words.
  const place = located || d.file === undefined ? '' : `${d.file}${showPosition(d, undefined)}: `;
  return {
    file: located ? sourceFile : undefined,
    start: located ? d.start : undefined,
    length: located ? (d.length ?? 1) : undefined,
    messageText: `${place}${d.code}: ${sayWhole(d)}`,
    category: categories[d.level],
    code: 990_000 + Number(d.code.slice('POET'.length)),
    source: 'poetc',
  };
}
