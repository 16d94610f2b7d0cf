import { openStore } from '../../transformer/5-store/index.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { entriesOf, openBuilds, outcomesOf } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { makeTable, plural } from '../table.ts';
import { stateOf, type State } from '../target-state.ts';

/** `poet status`: each function with its version and state. Reads only. */
export function runStatus(session: Session): Report {
  const { terminal } = session;
  const builds = openBuilds(session, 'original');
  const roots = [...new Set(builds.map(({ ctx }) => ctx.root))];
  const entries = new Map(roots.flatMap((root) => entriesOf(openStore(root, { now: Date.now })).map((entry) => [entry.targetId, entry] as const)));
  const targets = outcomesOf(builds).map((outcome) => {
    const state = stateOf(outcome, entries, terminal.cwd);
    const target = outcome.kind === 'enhanced' ? outcome.plan.target : outcome.target;
    const entry = entries.get(state.id);
    const metadata = outcome.kind === 'enhanced' ? outcome.version.metadata : entry?.versions.find(({ name }) => name === entry.current)?.metadata;
    return {
      ...state,
      versions: entry?.versions.map(({ name }) => name) ?? [],
      provider: metadata?.provider,
      domain: target.options.domain,
      effects: target.effects.kind,
      created_at: metadata?.created_at,
    };
  });
  const live = new Set(targets.map(({ id }) => id));
  const orphans = [...entries.keys()].filter((id) => !live.has(id));
  const paint: Record<State, (text: string) => string> = { current: terminal.colors.green, missing: terminal.colors.yellow, stale: terminal.colors.yellow, refused: terminal.colors.red };
  const rows = targets.map((target) => [paint[target.state](target.state), target.version ?? '-', target.id, target.effects, target.domain, target.provider ?? '-']);
  const count = (state: State): number => targets.filter((target) => target.state === state).length;
  const summary = (['current', 'stale', 'missing', 'refused'] as const).filter((state) => count(state) > 0).map((state) => `${count(state)} ${state}`).join(', ');
  return {
    exitCode: 0,
    json: { targets, orphans },
    text: rows.length === 0 ? '' : makeTable(terminal, ['state', 'version', 'function', 'effects', 'domain', 'provider'], rows),
    notes: [`${plural(targets.length, 'function')}${summary === '' ? ': mark one with /** @poet */' : `: ${summary}`}.`],
    problems: [
      ...targets.flatMap(({ state, because }) => (state === 'refused' ? because : [])),
      ...orphans.map((fn) => makeDiagnostic('POET8126', { fn })),
    ],
  };
}
