/** What a command may do to the world outside the project: data on stdout, everything else on stderr, questions only where somebody sits. */
import { createInterface } from 'node:readline/promises';
import pc from 'picocolors';
import { steadyLine } from '../hosts/generation/progress.ts';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { CliFault } from './cli-fault.ts';
import { describeProblem } from './describe-problem.ts';

export type Colors = ReturnType<typeof pc.createColors>;

export interface Terminal {
  /** Absolute path. */
  readonly cwd: string;
  /** For what goes to stdout. */
  readonly colors: Colors;
  /** Columns of stdout; undefined when it is no terminal. */
  readonly width: number | undefined;
  data(text: string): void;
  note(text: string): void;
  problem(diagnostic: PoetDiagnostic): void;
  /** A line that is replaced by the next one, on a terminal only; undefined takes it away. */
  progress?(text: string | undefined): void;
  /**
   * Asks for a yes on stderr.
   * @param flag the option that answers in advance, for the error
   * @throws CliFault exit 4 when there is no terminal, or a CI job behind it
   */
  confirm(question: string, flag: string): Promise<boolean>;
}

export function processTerminal(): Terminal {
  const { env, stdin, stdout, stderr } = process;
  const inCi = (env['CI'] ?? '') !== '' && env['CI'] !== 'false' && env['CI'] !== '0';
  const errorColors = pc.createColors(wantsColor(stderr.isTTY === true));
  const progress = steadyLine(stderr, env);
  return {
    cwd: process.cwd(),
    colors: pc.createColors(wantsColor(stdout.isTTY === true)),
    width: stdout.isTTY ? stdout.columns : undefined,
    data: (text) => { stdout.write(ended(text)); },
    note: (text) => { stderr.write(ended(text)); },
    problem: (diagnostic) => { stderr.write(ended(describeProblem(diagnostic, process.cwd(), errorColors))); },
    ...(progress && { progress }),
    confirm: async (question, flag) => {
      if (inCi || stdin.isTTY !== true || stderr.isTTY !== true) throw new CliFault(4, makeDiagnostic('POET8109', { question, flag }));
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return /^y(es)?$/i.test((await lines.question(`${question} (y/N) `)).trim());
      } finally {
        lines.close();
      }
    },
  };

  function wantsColor(isTerminal: boolean): boolean {
    if ((env['NO_COLOR'] ?? '') !== '') return false;
    if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false';
    return isTerminal && env['TERM'] !== 'dumb' && !inCi;
  }
}

const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
