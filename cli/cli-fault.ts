import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';

/** 0 fine, 1 stale or failed, 2 usage, 4 input needed and no terminal. */
export type ExitCode = 0 | 1 | 2 | 4;

/** Ends a command: what went wrong, and the exit code. Anything else that is thrown is a bug of ours. */
export class CliFault extends Error {
  readonly diagnostics: readonly PoetDiagnostic[];
  constructor(readonly exitCode: ExitCode, ...diagnostics: readonly PoetDiagnostic[]) {
    super(diagnostics.map((diagnostic) => diagnostic.text).join('; '));
    this.diagnostics = diagnostics;
  }
}
