import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { sayNearest } from '../transformer/diagnostics/nearest.ts';
import { CliFault } from './cli-fault.ts';

/**
 * The target that a user means: its whole id, `file.ts#name`, the name, or the last part of a method's name.
 * @throws CliFault exit 2, when there is none (with the nearest name) or more than one (with all of them)
 */
export function findFunction(typed: string, ids: readonly string[]): string {
  const matches = [
    (id: string) => id === typed,
    (id: string) => id.endsWith(`/${typed}`),
    (id: string) => nameOf(id) === typed,
    (id: string) => nameOf(id).endsWith(`.${typed}`),
  ];
  for (const matches_ of matches) {
    const found = ids.filter(matches_);
    if (found.length === 1) return found[0]!;
    if (found.length > 1) {
      const choices = new Set(found).size === found.length ? found.join(', ') : `which package, with --project: ${found[0]!} is in several`;
      throw new CliFault(2, makeDiagnostic('POET8105', { count: found.length, found: typed, choices }));
    }
  }
  const hint = ids.length === 0 ? 'there is none yet; run: poet generate' : sayNearest(typed, new Set(ids.map(nameOf)));
  throw new CliFault(2, makeDiagnostic('POET8104', { found: typed, hint }));
}

const nameOf = (id: string): string => id.slice(id.indexOf('#') + 1);
