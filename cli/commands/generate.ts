import { dirname } from 'node:path';
import { findRoot } from '../../hosts/host-context.ts';
import { openStore, type StoreEntry } from '../../transformer/5-store/index.ts';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { entriesOf, openBuilds, openConfigs, outcomesOf, reportedBy } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { makeTable, plural } from '../table.ts';
import { stateOf } from '../target-state.ts';

/** `poet generate`: makes what is missing or stale, and points `current` to what today's sources want. */
export function runGenerate(session: Session): Report {
  const before = versionsIn(openConfigs(session).configs.map(({ path }) => findRoot(dirname(path))));
  const builds = openBuilds(session, 'generate');
  const after = versionsIn(builds.map(({ ctx }) => ctx.root));
  const problems: PoetDiagnostic[] = reportedBy(builds).filter((diagnostic) => diagnostic.level !== 'info');
  for (const { ctx, build } of builds) {
    const store = openStore(ctx.root, { now: ctx.now });
    store.transaction(() => {
      for (const outcome of build.outcomes) {
        const used = outcome.kind === 'enhanced' ? store.use(outcome.version) : true;
        if (used !== true) problems.push(used.problem);
      }
    });
  }
  const states = outcomesOf(builds).map((outcome) => ({ ...stateOf(outcome, after, session.terminal.cwd), outcome }));
  const made = states.filter(({ id, version, state }) => state === 'current' && !before.get(id)?.versions.some(({ name }) => name === version));
  const fallen = states.filter(({ state }) => state !== 'current');
  const rows = made.map(({ id, version, outcome }) => [version ?? '', id, outcome.kind === 'enhanced' ? outcome.version.metadata.reason : '']);
  return {
    exitCode: fallen.length > 0 || problems.some(({ level }) => level === 'error') ? 1 : 0,
    json: {
      generated: made.map(({ id, version }) => ({ id, version })),
      unchanged: states.length - made.length - fallen.length,
      original: fallen.map(({ id, place, because }) => ({ id, place, because })),
    },
    text: rows.length === 0 ? '' : makeTable(session.terminal, ['version', 'function', 'reason'], rows),
    notes: [`${plural(made.length, 'version')} made, ${states.length - made.length - fallen.length} as they were${fallen.length === 0 ? '' : `, ${plural(fallen.length, 'function')} left as written`}.`],
    problems,
  };
}

function versionsIn(roots: readonly string[]): Map<string, StoreEntry> {
  return new Map([...new Set(roots)].flatMap((root) => entriesOf(openStore(root, { now: Date.now })).map((entry) => [entry.targetId, entry] as const)));
}
