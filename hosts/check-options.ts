import { sayNearest } from '../transformer/diagnostics/nearest.ts';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { HostError } from './host-error.ts';

/** A misspelt option would otherwise be a silent default. @throws HostError POET8057 */
export function assertKnownOptions(host: string, options: object, known: readonly string[]): void {
  const problems = Object.keys(options).filter((option) => !known.includes(option))
    .map((option) => makeDiagnostic('POET8057', { host, option, nearest: sayNearest(option, known) }));
  if (problems.length > 0) throw new HostError(problems);
}
