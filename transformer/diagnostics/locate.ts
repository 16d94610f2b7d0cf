import { resolve } from 'node:path';
import type ts from 'typescript';
import type { PoetDiagnostic } from './diagnostic.ts';

export type Where = Required<Pick<PoetDiagnostic, 'file' | 'start' | 'length' | 'line' | 'column'>>;

/** The place of a half-open range of UTF-16 offsets, as diagnostics carry it. */
export function locate(sourceFile: ts.SourceFile, start: number, end: number): Where {
  const { line, character } = sourceFile.getLineAndCharacterOfPosition(start);
  return { file: absolutePath(sourceFile.fileName), start, length: Math.max(1, end - start), line: line + 1, column: character + 1 };
}

/** Compilers that were started with a bare file name keep it relative; all of ours are absolute, with posix separators. */
export function absolutePath(fileName: string): string {
  return resolve(fileName).replaceAll('\\', '/');
}
