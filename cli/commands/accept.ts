import { findProofFolder, openProofRecords } from '../../hosts/proof-records.ts';
import { contentHash, openStore } from '../../transformer/5-store/index.ts';
import { checkCost } from '../../transformer/4-verify/cost.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { findReviewNotes } from '../../transformer/4-verify/review.ts';
import type { Verdict, Version } from '../../transformer/types.ts';
import { CliFault } from '../cli-fault.ts';
import { findFunction } from '../find-function.ts';
import { entriesOf, openBuilds, openProjectStore, targetIdOf } from '../project.ts';
import { proveVersions } from '../../hosts/prove-versions.ts';
import type { Report, Session } from '../report.ts';
import { describeReview } from '../review-lines.ts';

/** `poet accept <function>`: takes a hand edit of its current version, if it verifies, and says so in its metadata. */
export async function runAccept(session: Session, typed: string): Promise<Report> {
  const store = openProjectStore(session);
  const entries = entriesOf(store);
  const id = findFunction(typed, entries.map(({ targetId }) => targetId));
  const entry = entries.find(({ targetId }) => targetId === id)!;
  const name = entry.current ?? entry.versions.at(-1)?.name;
  const edited = name === undefined ? undefined : store.readEdited(id, name);
  if (edited === undefined) throw new CliFault(1, makeDiagnostic('POET8128', { fn: id, found: 'no version', hint: 'run: poet generate' }));
  if ('problem' in edited) throw new CliFault(1, edited.problem);
  if (contentHash(edited.candidate) === edited.metadata.content_hash) {
    throw new CliFault(1, makeDiagnostic('POET8128', { fn: id, found: `${edited.name} as it was stored`, hint: `edit .poet/…/${edited.name}/code.ts first` }));
  }

  const trial: Version = { ...edited, candidate: { ...edited.candidate, provider: 'hand' } };
  const builds = openBuilds(session, 'original', { onTrial: (plan) => (plan.target.id === id ? trial : undefined) });
  const project = builds.find(({ build }) => build.outcomes.some((outcome) => targetIdOf(outcome) === id));
  const outcome = project?.build.outcomes.find((each) => targetIdOf(each) === id);
  if (project === undefined || outcome === undefined) throw new CliFault(1, makeDiagnostic('POET8128', { fn: id, found: 'no such function in the sources', hint: 'if it is gone for good, run: poet gc --orphans' }));
  if (outcome.kind === 'original') throw new CliFault(1, ...outcome.because);

  const [proof] = await proveVersions([project], { progress: session.terminal.progress, regardless: true, only: new Set([id]) });
  if (proof === undefined) throw new Error(`${id} was enhanced a moment ago`);
  if (proof.problems.length > 0) {
    return { exitCode: 1, json: { id, accepted: false, verdict: proof.verdict }, text: proof.verdict.counterExample === undefined ? '' : `${proof.verdict.counterExample.typescript}\n`, problems: proof.problems };
  }
  const verdict: Verdict = {
    ok: true, diagnostics: [],
    checks: {
      shape: { ok: true, detail: 'the phases of the original, and nothing that runs when the module loads' },
      audit: { ok: true, detail: 'no capability that the original lacks' },
      types: { ok: true, detail: `inlined in ${outcome.plan.target.modulePath}, under the project's compiler options` },
      behaviour: { ok: true, detail: `${proof.verdict.status === 'equal' ? '' : 'not executed: '}${proof.verdict.reason}` },
      cost: checkCost(outcome.plan, trial, proof.verdict, project.ctx.config.verify),
    },
  };
  const accepted = openStore(project.ctx.root, { now: project.ctx.now }).accept(trial, outcome.plan, verdict);
  if ('problem' in accepted) throw new CliFault(1, accepted.problem);
  if (proof.verdict.status !== 'differs') openProofRecords(findProofFolder(), project.ctx.config.verify.inputs).keep(accepted, { status: proof.verdict.status, reason: proof.verdict.reason, inputs: proof.verdict.inputs });
  const review = findReviewNotes(project.ctx.ts, outcome.plan.target, trial.candidate.code);
  return {
    exitCode: 0,
    json: { id, accepted: true, review, version: accepted.name, content_hash: accepted.metadata.content_hash, verdict: proof.verdict },
    text: [`accepted\t${accepted.name}\t${id}`, ...describeReview(review), ''].join('\n'),
    notes: [`${proof.verdict.status}: ${proof.verdict.reason}. Commit .poet/.`],
  };
}
