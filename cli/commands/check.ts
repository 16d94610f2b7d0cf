import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { checkOutput, type ExpectedTag } from '../check-output.ts';
import { placedId } from '../../hosts/opened-build.ts';
import { describeProofs, proveVersions } from '../../hosts/prove-versions.ts';
import { entriesIn, openBuilds, outcomesOf, reportedBy } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { plural } from '../table.ts';
import { stateOf, type TargetState } from '../target-state.ts';

/**
 * `poet check`: every target of the sources has a version for today's source that passes today's verification.
 * What no record on this machine says is proven by running it. With `--dist`, the JavaScript on disk carries exactly those versions.
 * Changes nothing in the project.
 */
export async function runCheck(session: Session, options: { readonly dist?: string }): Promise<Report> {
  const builds = openBuilds(session, 'original');
  const entries = entriesIn(builds.map(({ ctx }) => ctx.root));
  const outcomes = outcomesOf(builds);
  const states = outcomes.map((placed) => stateOf(placed, entries, session.terminal.cwd));
  const problems = [
    ...reportedBy(builds).filter(({ level }) => level === 'error'),
    ...outcomes.flatMap(({ outcome }, i) => complaints(states[i]!, outcome.kind === 'original' ? outcome.because : [])),
    // A version may pass while what surrounds it would mislead the next incremental build.
    ...outcomes.flatMap(({ root, id }, i) => (states[i]!.state === 'current' ? (entries.get(placedId(root, id))?.problems ?? []) : [])),
  ];
  const expected = outcomes.flatMap(({ outcome }): ExpectedTag[] =>
    outcome.kind === 'enhanced' ? [{ id: outcome.plan.target.id, version: outcome.version.name, hash: outcome.version.metadata.content_hash.slice(0, 8) }] : []);
  const started = Date.now();
  const proofs = await proveVersions(builds, { progress: session.terminal.progress, regardless: false });
  const refuted = proofs.flatMap((proof) => proof.problems);
  const unproven = proofs.filter(({ verdict }) => verdict.status === 'not executed');
  const output = options.dist === undefined ? [] : checkOutput(session.terminal.cwd, options.dist, expected);
  const bad = states.filter(({ state }) => state !== 'current');
  const ok = problems.length === 0 && output.length === 0 && bad.length === 0 && refuted.length === 0;
  return {
    exitCode: ok ? 0 : 1,
    json: { ok, targets: states, behaviour: proofs.map(({ id, version, verdict, fromRecord }) => ({ id, version: version.name, fromRecord, ...verdict })) },
    text: proofs.filter(({ verdict }) => verdict.status === 'differs').map(({ id, verdict }) => `different\t${id}\n${indented(verdict.counterExample?.typescript ?? '')}`).join('') + bad.map(({ state, id, place }) => `${state}\t${id}\t${place}\n`).join(''),
    notes: [...unproven.map(({ id, verdict }) => `not executed: ${id}: ${verdict.reason}`), ...(proofs.length > 0 ? [describeProofs(proofs, (Date.now() - started) / 1000)] : []), `${plural(states.length, 'function')}, ${ok ? 'all' : states.length - bad.length} current${options.dist === undefined || !ok ? '' : `, and so in ${options.dist}`}.`],
    problems: [...problems, ...refuted, ...output],
  };
}

const indented = (text: string): string => text.split('\n').map((line) => `    ${line}\n`).join('');

function complaints({ id, state, version }: TargetState, because: readonly PoetDiagnostic[]): PoetDiagnostic[] {
  if (state === 'current') return [];
  if (state === 'refused') return [...because];
  const found = state === 'missing' ? 'none' : `only ${version ?? 'versions'} of an earlier source`;
  const { file, start, length } = because[0] ?? {};
  return [makeDiagnostic('POET8110', { fn: id, found }, { ...(file !== undefined && { file }), ...(start !== undefined && { start }), ...(length !== undefined && { length }) })];
}
