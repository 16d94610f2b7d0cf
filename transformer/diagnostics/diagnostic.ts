import type { Code } from './registry.ts';

export type Level = 'error' | 'warning' | 'fallback' | 'info';

/** One located message. `error` fails the build; `fallback` says that the author's own code ships. */
export interface PoetDiagnostic {
  readonly code: Code;
  readonly level: Level;
  readonly text: string;
  readonly hint: string;
  /** Absolute path, posix; absent for project-wide messages. */
  readonly file?: string;
  /** UTF-16 offset and length in `file`. */
  readonly start?: number;
  readonly length?: number;
  /** 1-based; derived from `start` where the text is at hand. */
  readonly line?: number;
  readonly column?: number;
}
