import { readFileSync } from 'node:fs';
import { type PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { renderDiagnostic } from '../transformer/diagnostics/render.ts';

/** Carries the author's mistakes out through hosts that know only exceptions; the message is what they print. */
export class HostError extends Error {
  readonly isPoetError = true;
  readonly diagnostics: readonly PoetDiagnostic[];

  constructor(diagnostics: readonly PoetDiagnostic[]) {
    super(diagnostics.map((d) => renderDiagnostic(d, { cwd: process.cwd(), readFile: readText })).join('\n'));
    this.name = 'PoetError';
    this.diagnostics = diagnostics;
    // The place that matters is the author's, and the message holds it; ours would only hide it.
    this.stack = this.message;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // gone since: the line is printed without a position
  }
}
