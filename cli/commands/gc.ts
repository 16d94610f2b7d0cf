import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { CliFault } from '../cli-fault.ts';
import { entriesOf, openBuilds, openProjectStore } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { plural } from '../table.ts';

export interface GcOptions { readonly keep?: string; readonly orphans?: boolean; readonly dryRun?: boolean }

/** `poet gc`: removes old versions; with `--orphans`, those of functions that are gone from the sources. */
export function runGc(session: Session, options: GcOptions): Report {
  const keep = readKeep(options.keep);
  const store = openProjectStore(session);
  const dryRun = options.dryRun === true;
  const removed: string[] = [];
  if (options.orphans === true) {
    for (const entry of entriesOf(store).filter(orphanTest(session, store.root))) {
      const gone = dryRun ? true : store.remove(entry.targetId);
      if (typeof gone !== 'boolean') throw new CliFault(1, gone.problem);
      removed.push(entry.folder);
    }
  }
  const old = store.collect({ dryRun, ...(keep === undefined ? {} : { keep }) });
  if ('problem' in old) throw new CliFault(1, old.problem);
  removed.push(...old.filter((folder) => !removed.some((orphan) => folder.startsWith(`${orphan}/`))));
  return {
    exitCode: 0,
    json: { removed, dryRun },
    text: removed.map((folder) => `${folder}\n`).join(''),
    notes: [`${plural(removed.length, 'folder')} ${dryRun ? 'would be removed' : 'removed'}.`],
  };
}

function readKeep(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new CliFault(2, makeDiagnostic('POET8125', { expected: '--keep with a number from 1', found: text, command: 'gc ' }));
  return Number(text);
}

/**
 * A function is gone when its module is, or when the module is part of a program and the function is no target of it.
 * A module of some other tsconfig.json is nothing that this run can judge.
 */
function orphanTest(session: Session, root: string): (entry: { readonly targetId: string }) => boolean {
  const builds = openBuilds(session, 'original');
  const live = new Set(builds.flatMap(({ build }) => build.targets.map((target) => target.id)));
  // With errors in the markers a target may have been missed.
  const seen = new Set(builds.some(({ build }) => build.diagnostics.length > 0) ? [] : builds.flatMap(({ source }) => source.program.getSourceFiles().map((file) => file.fileName)));
  return ({ targetId }) => {
    const file = join(root, targetId.slice(0, targetId.indexOf('#'))).replaceAll('\\', '/');
    return !live.has(targetId) && (!existsSync(file) || seen.has(file));
  };
}
