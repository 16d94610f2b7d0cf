import { posix, relative } from 'node:path';
import { placedId } from '../../hosts/opened-build.ts';
import type { StoreEntry } from '../../transformer/5-store/index.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { entriesIn, openBuilds, outcomesOf, type PlacedOutcome } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { makeTable, plural } from '../table.ts';
import { stateOf, type State } from '../target-state.ts';

/** `poet status`: each function with its version and state. Reads only. */
export function runStatus(session: Session): Report {
  const { terminal } = session;
  const builds = openBuilds(session, 'original');
  const roots = [...new Set(builds.map(({ ctx }) => ctx.root))];
  const entries = entriesIn(roots);
  const outcomes = outcomesOf(builds);
  const targets = outcomes.map((placed) => {
    const { outcome } = placed;
    const state = stateOf(placed, entries, terminal.cwd);
    const target = outcome.kind === 'enhanced' ? outcome.plan.target : outcome.target;
    const entry = entries.get(placedId(placed.root, placed.id));
    const metadata = outcome.kind === 'enhanced' ? outcome.version.metadata : entry?.versions.find(({ name }) => name === entry.current)?.metadata;
    return {
      ...state,
      versions: entry?.versions.map(({ name }) => name) ?? [],
      provider: metadata?.provider,
      model: metadata?.model,
      pinned: entry?.pinned,
      ...spentOn(entry),
      refusals: metadata?.attempts ?? [],
      domain: target.options.domain,
      effects: target.effects.kind,
      created_at: metadata?.created_at,
    };
  });
  const live = new Set(outcomes.map(({ root, id }) => placedId(root, id)));
  const orphans = [...entries].flatMap(([key, { targetId }]) => (live.has(key) ? [] : [targetId]));
  const paint: Record<State, (text: string) => string> = { current: terminal.colors.green, missing: terminal.colors.yellow, stale: terminal.colors.yellow, refused: terminal.colors.red };
  // Of a model there is something to say only where one was asked.
  const asked = targets.some(({ tokens, refusals }) => tokens.input + tokens.output > 0 || refusals.length > 0);
  const rows = targets.map((target, i) => [paint[target.state](target.state), target.version ?? '-', roots.length === 1 ? target.id : shownFrom(terminal.cwd, outcomes[i]!), target.effects, target.domain, `${target.provider ?? '-'}${target.pinned === target.version && target.pinned !== undefined ? ' (pinned)' : ''}`, ...(asked ? [describeSpent(target)] : [])]);
  const count = (state: State): number => targets.filter((target) => target.state === state).length;
  const summary = (['current', 'stale', 'missing', 'refused'] as const).filter((state) => count(state) > 0).map((state) => `${count(state)} ${state}`).join(', ');
  const sum = addUp(targets);
  const refused = targets.filter(({ refusals }) => refusals.length > 0);
  return {
    exitCode: 0,
    json: { targets, orphans, tokens: sum.tokens, ...(sum.cost_usd !== undefined && { cost_usd: sum.cost_usd }) },
    text: rows.length === 0 ? '' : makeTable(terminal, ['state', 'version', 'function', 'effects', 'domain', 'provider', ...(asked ? ['asked'] : [])], rows),
    notes: [`${plural(targets.length, 'function')}${summary === '' ? ': mark one with /** @poet */' : `: ${summary}`}.`,
      ...(asked ? [`Models wrote ${targets.filter(({ model }) => model !== undefined).length} of these versions: ${sum.tokens.input} tokens in, ${sum.tokens.output} out${sum.cost_usd === undefined ? '' : `, $${sum.cost_usd.toFixed(4)}`}.`] : []),
      ...refused.map(({ id, refusals }) => `${id}: ${plural(refusals.length, 'step')} before: ${refusals.map((each) => each.split('\n')[0]!.slice(0, 160)).join(' | ')}`)],
    problems: [
      ...targets.flatMap(({ state, because }) => (state === 'refused' ? because : [])),
      ...orphans.map((fn) => makeDiagnostic('POET8126', { fn })),
    ],
  };
}

/** Where there are several packages: the id alone does not say of which. */
const shownFrom = (cwd: string, { root, id }: PlacedOutcome): string => posix.join(relative(cwd, root).replaceAll('\\', '/'), id);

interface Spent { readonly tokens: { readonly input: number; readonly output: number }; readonly cost_usd?: number }

/** By all versions that are kept. */
function spentOn(entry: StoreEntry | undefined): Spent {
  const all = (entry?.versions ?? []).flatMap(({ metadata }) => (metadata === undefined ? [] : [{ tokens: metadata.tokens ?? { input: 0, output: 0 }, ...(metadata.cost_usd !== undefined && { cost_usd: metadata.cost_usd }) }]));
  return addUp(all);
}

function addUp(all: readonly Spent[]): Spent {
  const costs = all.flatMap(({ cost_usd }) => (cost_usd === undefined ? [] : [cost_usd]));
  return {
    tokens: { input: all.reduce((sum, { tokens }) => sum + tokens.input, 0), output: all.reduce((sum, { tokens }) => sum + tokens.output, 0) },
    ...(costs.length > 0 && { cost_usd: costs.reduce((sum, cost) => sum + cost, 0) }),
  };
}

function describeSpent({ tokens, cost_usd, refusals }: Spent & { readonly refusals: readonly string[] }): string {
  if (tokens.input + tokens.output === 0 && refusals.length === 0) return '';
  return `${tokens.input + tokens.output} tokens${cost_usd === undefined ? '' : `, $${cost_usd.toFixed(4)}`}${refusals.length === 0 ? '' : `, ${plural(refusals.length, 'step')} before`}`;
}
