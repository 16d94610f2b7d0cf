/** Proves what a project's builds emit, and remembers on this machine what was proven. */
import { findProofFolder, openProofRecords } from './proof-records.ts';
import { proveSubjects } from './prover.ts';
import type { BehaviourSubject, BehaviourVerdict } from '../transformer/4-verify/behaviour/subject.ts';
import { checkCost } from '../transformer/4-verify/cost.ts';
import type { ProofRecords } from '../transformer/prover.ts';
import { makeBehaviourSubject } from '../transformer/behaviour-subject.ts';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { locate, type SharedAnalysis } from '../transformer/pipeline.ts';
import { makeAnalysisProgram } from '../transformer/shadow-program.ts';
import type { Outcome, Plan, Version } from '../transformer/types.ts';
import { placedId, type OpenedBuild, type ShowProgress } from './opened-build.ts';

export interface Proof {
  readonly id: string;
  readonly plan: Plan;
  readonly version: Version;
  readonly verdict: BehaviourVerdict;
  /** Proven on this machine before, and believed. */
  readonly fromRecord: boolean;
  /** What speaks against the version; empty when it may be emitted. */
  readonly problems: readonly PoetDiagnostic[];
}

export interface ProveOptions {
  /** Run everything, whatever was proven before. */
  readonly regardless: boolean;
  /** Target ids; default: all. */
  readonly only?: ReadonlySet<string>;
  readonly progress?: ShowProgress | undefined;
  /** Hears of each proof as soon as it is there, before all are. */
  readonly onProof?: (proof: Proof) => void;
  /** Lets others have their turn between two subjects: making one takes a while. */
  readonly pause?: () => Promise<void>;
  /** What builds over the same source found out; default: nothing. */
  readonly shared?: SharedAnalysis | undefined;
}

/** One proof for each enhanced target; a file that several programs hold is proven once. */
export async function proveVersions(builds: readonly OpenedBuild[], options: ProveOptions): Promise<readonly Proof[]> {
  const proofs = new Map<string, Proof>();
  for (const project of builds) {
    const { root } = project.ctx;
    const records = openProofRecords(findProofFolder(), project.ctx.config.verify.inputs);
    const enhanced = project.build.outcomes.filter((outcome): outcome is Extract<Outcome, { kind: 'enhanced' }> =>
      outcome.kind === 'enhanced' && !proofs.has(placedId(root, outcome.plan.target.id)) && options.only?.has(outcome.plan.target.id) !== false);
    for (const proof of await proveAll(project, enhanced, records, options)) proofs.set(placedId(root, proof.id), proof);
  }
  return [...proofs.values()];
}

async function proveAll(
  project: OpenedBuild, outcomes: readonly Extract<Outcome, { kind: 'enhanced' }>[], records: ProofRecords, options: ProveOptions,
): Promise<readonly Proof[]> {
  const { source, ctx, build } = project;
  const known: Proof[] = [];
  const know = (proof: Proof): void => { known.push(proof); options.onProof?.(proof); };
  const waiting: { readonly plan: Plan; readonly version: Version }[] = [];
  // Made on first use: a project whose proofs are all there needs no checker.
  let checker = options.shared?.program.getTypeChecker();
  const transpiled = options.shared?.transpiled ?? new Map<string, string>();
  async function* makeSubjects(): AsyncGenerator<BehaviourSubject> {
    for (const { plan, version } of outcomes) {
      const record = options.regardless ? undefined : records.find(version);
      if (record !== undefined) { know(makeProof(project, plan, version, { ...record, discarded: 0 }, true)); continue; }
      checker ??= makeAnalysisProgram(source).getTypeChecker();
      await options.pause?.();
      const reading = makeBehaviourSubject(source, checker, ctx, build, plan, transpiled);
      if (reading.kind === 'subject') { waiting.push({ plan, version }); yield reading.subject; }
      else if (reading.kind === 'tried') know(makeProof(project, plan, version, { status: 'equal', reason: reading.detail, inputs: 0, discarded: 0 }, false));
      else know(makeProof(project, plan, version, { status: 'not executed', reason: reading.reason, inputs: 0, discarded: 0 }, false));
    }
  }
  let done = 0;
  const fresh = new Map<number, Proof>();
  const take = (i: number, verdict: BehaviourVerdict): void => {
    const { plan, version } = waiting[i]!;
    const proof = makeProof(project, plan, version, verdict, false);
    if (verdict.status !== 'differs' && proof.problems.length === 0) records.keep(version, { status: verdict.status, reason: verdict.reason, inputs: verdict.inputs });
    fresh.set(i, proof);
    options.onProof?.(proof);
  };
  const verdicts = await proveSubjects(makeSubjects(), {
    inputs: ctx.config.verify.inputs,
    onVerdict(i, verdict) {
      options.progress?.(`proving ${++done} of ${waiting.length}`);
      take(i, verdict);
    },
  });
  options.progress?.(undefined);
  // The prover ended early: what it said nothing of was not run.
  for (const [i, verdict] of verdicts.entries()) if (!fresh.has(i)) take(i, verdict);
  return [...known, ...waiting.map((_, i) => fresh.get(i)!)];
}

function makeProof({ ctx }: OpenedBuild, plan: Plan, version: Version, verdict: BehaviourVerdict, fromRecord: boolean): Proof {
  const { target } = plan;
  const problems: PoetDiagnostic[] = [];
  if (verdict.status === 'differs') problems.push(makeDiagnostic(verdict.broken === undefined ? 'POET4040' : 'POET2130', { fn: target.id, version: version.name, reason: verdict.reason }, locate(target)));
  if (verdict.status === 'not executed' && ctx.config.requireExecution) problems.push(makeDiagnostic('POET4041', { fn: target.id, version: version.name, reason: verdict.reason }, locate(target)));
  const cost = checkCost(plan, version, verdict, ctx.config.verify);
  if (!cost.ok) problems.push(makeDiagnostic('POET4042', { fn: target.id, version: version.name, reason: cost.detail }, locate(target)));
  return { id: target.id, plan, version, verdict, fromRecord, problems };
}

/** How many of each kind, in words. */
export function describeProofs(proofs: readonly Proof[], seconds: number): string {
  const count = (test: (proof: Proof) => boolean): number => proofs.filter(test).length;
  const parts = [
    [count((p) => !p.fromRecord && p.verdict.status === 'equal'), 'proven by running'],
    [count((p) => p.fromRecord && p.verdict.status === 'equal'), 'proven before on this machine'],
    [count((p) => p.verdict.status === 'not executed'), 'not executed'],
    [count((p) => p.verdict.status === 'differs'), 'behaving differently'],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`).join(', ');
  return `Behaviour: ${said === '' ? 'nothing to prove' : said} (${seconds.toFixed(1)} s).`;
}
