import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { openStore } from '../../transformer/5-store/index.ts';
import { CliFault } from '../cli-fault.ts';
import { ejectTarget } from '../eject-target.ts';
import { findFunction } from '../find-function.ts';
import { openBuilds, outcomesOf, targetIdOf } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { lineDiff } from '../setup/line-diff.ts';
import { writeUserFile } from '../write-files.ts';

const BOM = '\uFEFF';

/** `poet eject <function>`: what emission writes becomes the source; the marker and the versions go. */
export function runEject(session: Session, options: { readonly dryRun?: boolean }, typed: string): Report {
  const builds = openBuilds(session, 'original');
  const id = findFunction(typed, outcomesOf(builds).map((each) => each.id));
  const found = builds.find(({ build }) => build.outcomes.some((outcome) => targetIdOf(outcome) === id))!;
  const outcome = found.build.outcomes.find((each) => targetIdOf(each) === id)!;
  if (outcome.kind === 'original') throw new CliFault(1, ...outcome.because, makeDiagnostic('POET8117', { fn: id }));

  const file = outcome.plan.target.sourceFile.fileName;
  const before = readFileSync(file, 'utf8');
  const text = ejectTarget(found, id, outcome.version);
  const path = relative(found.ctx.root, file).replaceAll('\\', '/');
  if (before.replace(BOM, '') !== outcome.plan.target.sourceFile.text) throw new CliFault(1, makeDiagnostic('POET8119', { path, expected: 'the text that was compiled', found: 'another one' }, { file }));
  const after = before.startsWith(BOM) ? BOM + text : text;
  const dryRun = options.dryRun === true;
  const problems: PoetDiagnostic[] = [];
  if (!dryRun) {
    // The source first: killed in between, the versions are orphans, and nothing is lost.
    writeUserFile(found.ctx.root, path, after);
    const removed = openStore(found.ctx.root, { now: found.ctx.now }).remove(id);
    if (typeof removed !== 'boolean') problems.push(removed.problem);
  }
  return {
    exitCode: problems.length > 0 ? 1 : 0,
    json: { id, file: path, version: outcome.version.name, dryRun },
    text: lineDiff(path, before, after, session.terminal.colors),
    notes: [`\n${id} ${dryRun ? 'would be' : 'is now'} ordinary source: version ${outcome.version.name}, which still imports poetc/runtime.`],
    problems,
  };
}
