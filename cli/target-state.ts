/** Where each target of the sources stands, next to what lies in `.poet/`. */
import type { StoreEntry } from '../transformer/5-store/index.ts';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { locate } from '../transformer/pipeline.ts';
import { placedId } from '../hosts/opened-build.ts';
import type { Target } from '../transformer/types.ts';
import { placeOf } from './describe-problem.ts';
import type { PlacedOutcome } from './project.ts';

/**
 * current: today's source has a version that passed today's verification.
 * missing: it has none at all; stale: only of earlier sources; refused: one that is damaged or did not pass.
 */
export type State = 'current' | 'missing' | 'stale' | 'refused';

export interface TargetState {
  readonly id: string;
  readonly state: State;
  /** `src/a.ts:3:17`. */
  readonly place: string;
  readonly version: string | undefined;
  readonly because: readonly PoetDiagnostic[];
}

/** Codes of the pipeline for "there is no version of that key". */
const MISSES: ReadonlySet<string> = new Set(['POET3010', 'POET3011']);

/** @param entries by `placedId` */
export function stateOf({ id, root, outcome }: PlacedOutcome, entries: ReadonlyMap<string, StoreEntry>, cwd: string): TargetState {
  if (outcome.kind === 'enhanced') {
    return { id, state: 'current', place: placeIn(outcome.plan.target, cwd), version: outcome.version.name, because: [] };
  }
  const missed = outcome.because.length > 0 && outcome.because.every((diagnostic) => MISSES.has(diagnostic.code));
  const entry = entries.get(placedId(root, id));
  const known = (entry?.versions.length ?? 0) > 0;
  const state: State = !missed ? 'refused' : known ? 'stale' : 'missing';
  return { id, state, place: placeIn(outcome.target, cwd), version: entry?.current, because: outcome.because };
}

function placeIn(target: Target, cwd: string): string {
  const where = locate(target);
  return placeOf(where, cwd) ?? where.file;
}
