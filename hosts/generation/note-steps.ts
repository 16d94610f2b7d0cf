/** What was tried for a function and came to nothing is written beside the version that ships in its place, for `poet why` and `poet status`. */
import { openStore } from '../../transformer/5-store/index.ts';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { openBuild } from '../../transformer/pipeline.ts';
import type { OpenedProject } from '../opened-build.ts';
import type { Asked } from './ask-model.ts';
import { costOf, type Price } from './budget.ts';

/**
 * Where nothing is stored yet, the builtin provider's version is made first: it is the next step down.
 *
 * @returns what could not be written; nothing depends on it
 */
export function noteSteps({ source, ctx }: OpenedProject, asked: readonly Asked[], price: Price | undefined): readonly PoetDiagnostic[] {
  const fallen = asked.filter(({ result }) => result !== 'accepted');
  if (fallen.length === 0) return [];
  const missing = fallen.some(({ id, key }) => openStore(ctx.root, { now: ctx.now }).find(id, key) === undefined);
  if (missing) openBuild(source, { ...ctx, onMiss: 'generate', report: () => undefined }, { only: new Set(fallen.map(({ id }) => id)) });
  const store = openStore(ctx.root, { now: ctx.now });
  return store.transaction(() => fallen.flatMap(({ id, key, because, usage }): readonly PoetDiagnostic[] => {
    const version = store.find(id, key);
    // What a model wrote before keeps its own history; where there is no version the original ships, and the build says why.
    if (version === undefined || 'problem' in version || version.metadata.model !== undefined) return [];
    const noted = store.note(version, [...because, `then the version of the ${version.metadata.provider} provider`], { tokens: { input: usage.inputTokens, output: usage.outputTokens }, ...(price !== undefined && { cost_usd: costOf(usage, price) }) });
    return noted === true ? [] : [noted.problem];
  }));
}
