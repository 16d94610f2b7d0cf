import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import type { ExitCode } from './cli-fault.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets. */
export interface Session {
  readonly terminal: Terminal;
  readonly json: boolean;
  /** `--project`, as the user wrote it. */
  readonly project: string | undefined;
}

/** What every command answers; printed by `runCli`, so that `--json` and text cannot say different things by accident. */
export interface Report {
  readonly exitCode: ExitCode;
  /** For `--json`; `problems` is added to it. */
  readonly json: Readonly<Record<string, unknown>>;
  /** For people, on stdout. */
  readonly text: string;
  /** On stderr, unless `--json`. */
  readonly notes?: readonly string[];
  /** On stderr, each with code, place and hint. */
  readonly problems?: readonly PoetDiagnostic[];
}
