import { relative } from 'node:path';
import { readFileSync } from 'node:fs';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import type { Colors } from './terminal.ts';

/**
 * Two or three lines: level, code and what was expected and found; where; what to do.
 *
 *     error POET8110 src/a.ts#f: expected a version for today's source in .poet/, found none
 *       at src/a.ts:3:17
 *       → run: poet generate, and commit .poet/
 */
export function describeProblem(diagnostic: PoetDiagnostic, cwd: string, colors: Colors): string {
  const paint = { error: colors.red, warning: colors.yellow, fallback: colors.yellow, info: colors.cyan }[diagnostic.level];
  const place = placeOf(diagnostic, cwd);
  return [
    `${paint(diagnostic.level)} ${colors.bold(diagnostic.code)} ${diagnostic.text}`,
    ...(place === undefined ? [] : [colors.dim(`  at ${place}`)]),
    ...(diagnostic.hint === '' ? [] : [`  → ${diagnostic.hint}`]),
  ].join('\n');
}

/** `src/a.ts:3:17`, relative to the working directory, as editors and terminals like to click. */
export function placeOf({ file, start, line, column }: Pick<PoetDiagnostic, 'file' | 'start' | 'line' | 'column'>, cwd: string): string | undefined {
  if (file === undefined) return undefined;
  const path = relative(cwd, file).replaceAll('\\', '/') || '.';
  const position = line === undefined ? positionIn(file, start) : { line, column: column ?? 1 };
  return position === undefined ? path : `${path}:${position.line}:${position.column}`;
}

function positionIn(file: string, start: number | undefined): { line: number; column: number } | undefined {
  if (start === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // The message is worth printing without a line.
    return undefined;
  }
  const before = text.slice(0, start).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
