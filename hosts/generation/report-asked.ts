/** What came of a run, in as few lines as say it. */
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import type { Asked } from './ask-model.ts';

const NAMED = 3;

/** One line for each reason, however many functions it befell; then the alert. */
export function describeAsked(asked: readonly Asked[], model: string, threshold: number): readonly PoetDiagnostic[] {
  const byReason = new Map<string, string[]>();
  for (const { id, result, because } of asked) {
    if (result === 'accepted') continue;
    const why = `${result === 'refused' ? 'nothing that it wrote holds: ' : result === 'not asked' ? 'not asked: ' : ''}${because.at(-1) ?? 'nothing came'}`;
    byReason.set(why, [...(byReason.get(why) ?? []), id]);
  }
  const lines = [...byReason].map(([why, ids]) => makeDiagnostic('POET3022', { what: nameSome(ids), model, why }));
  const alert = describeFailureRate(asked, model, threshold);
  return alert === undefined ? lines : [...lines, alert];
}

/** A rate of fewer says nothing. */
const FEWEST = 4;

/** The alert of a run in which too much failed; what was never asked has not failed. */
export function describeFailureRate(asked: readonly Asked[], model: string, threshold: number): PoetDiagnostic | undefined {
  const tried = asked.filter(({ result }) => result !== 'not asked' && result !== 'put off');
  const failed = tried.filter(({ result }) => result !== 'accepted').length;
  if (tried.length < FEWEST || failed / tried.length <= threshold) return undefined;
  return makeDiagnostic('POET3024', { failed, asked: tried.length, model, percent: Math.round((100 * failed) / tried.length), threshold: Math.round(100 * threshold) });
}

function nameSome(ids: readonly string[]): string {
  const named = ids.slice(0, NAMED).join(', ');
  return ids.length <= NAMED ? named : `${ids.length} functions (${named} and ${ids.length - NAMED} more)`;
}
