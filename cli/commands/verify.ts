import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { CliFault } from '../cli-fault.ts';
import { findFunction } from '../find-function.ts';
import { openBuilds, outcomesOf, reportedBy } from '../project.ts';
import { describeProofs, proveVersions } from '../../hosts/prove-versions.ts';
import type { Report, Session } from '../report.ts';
import { makeTable } from '../table.ts';

/** `poet verify [function]`: every check on what is committed, whatever was proven before. Changes nothing in the project. */
export async function runVerify(session: Session, typed: string | undefined): Promise<Report> {
  const builds = openBuilds(session, 'original');
  const outcomes = outcomesOf(builds);
  const only = typed === undefined ? undefined : findFunction(typed, outcomes.map(({ id }) => id));
  const started = Date.now();
  const proofs = await proveVersions(builds, { progress: session.terminal.progress, regardless: true, ...(only !== undefined && { only: new Set([only]) }) });
  const { colors } = session.terminal;
  // Where the author wants originals for what has no version, there is nothing to verify, and nothing wrong.
  const wantsOriginals = builds.every(({ ctx }) => ctx.config.onMiss === 'original');
  const isWanted = (code: string | undefined): boolean => code === 'POET3011' && wantsOriginals;
  const fallen = outcomes.flatMap(({ id, outcome }) => (outcome.kind === 'original' && (only === undefined || id === only) ? [{ id, because: outcome.because }] : []));
  const rows = [
    ...proofs.map(({ id, version, verdict, problems }) => [problems.length === 0 ? colors.green('ok') : colors.red('refused'), version.name, id, `${verdict.status}: ${verdict.reason}`]),
    ...fallen.map(({ id, because }) => [isWanted(because[0]?.code) ? 'original' : colors.red('refused'), '-', id, because[0]?.text ?? 'no version']),
  ];
  const problems = [...reportedBy(builds).filter(({ level }) => level === 'error'), ...fallen.flatMap(({ because }) => because.filter(({ code }) => !isWanted(code))), ...proofs.flatMap((proof) => proof.problems)];
  if (only !== undefined && rows.length === 0) throw new CliFault(1, makeDiagnostic('POET8117', { fn: only }));
  const examples = proofs.filter(({ verdict }) => verdict.counterExample !== undefined).map(({ id, verdict }) => `\n// ${id}\n${verdict.counterExample!.typescript}\n`);
  return {
    exitCode: problems.length === 0 ? 0 : 1,
    json: { functions: proofs.map(({ id, version, verdict }) => ({ id, version: version.name, ...verdict })), original: fallen.map(({ id }) => id) },
    text: rows.length === 0 ? '' : `${makeTable(session.terminal, ['verdict', 'version', 'function', 'behaviour'], rows)}\n${examples.join('')}`,
    notes: [describeProofs(proofs, (Date.now() - started) / 1000)],
    problems,
  };
}
