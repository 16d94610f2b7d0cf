/** Asks a model for versions: prompt, answer, every check, and again with what was wrong; what holds is stored. */
import { findProofFolder, openProofRecords } from '../proof-records.ts';
import { ask, runPool } from './ask.ts';
import { costOf, type Budget, type Price } from './budget.ts';
import { TransportFault, type ModelProvider, type Usage } from '../providers/provider.ts';
import { makeHeader } from '../../transformer/3-generate/header.ts';
import { checkCost } from '../../transformer/4-verify/cost.ts';
import { openStore, targetFolder } from '../../transformer/5-store/index.ts';
import { readAllTemplates } from '../../transformer/2-plan/project-templates.ts';
import { listLaws, type LawText } from '../../transformer/law-trial.ts';
import { readAnswer } from '../../transformer/model-answer.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { openBuild } from '../../transformer/pipeline.ts';
import { makePrompt, type Prompt, type Refusal } from '../../transformer/prompt.ts';
import { makeAnalysisProgram } from '../../transformer/shadow-program.ts';
import type { Candidate, Plan, Verdict, Version } from '../../transformer/types.ts';
import type { OpenedBuild, ShowProgress } from '../opened-build.ts';
import { proveVersions, type Proof } from '../prove-versions.ts';

/** What came of one target. */
export interface Asked {
  readonly id: string;
  readonly result: 'accepted' | 'refused' | 'not asked' | 'no answer';
  /** Of the accepted version. */
  readonly version?: string;
  /** In words, one for each answer that was refused, and why there was none. */
  readonly because: readonly string[];
  readonly usage: Usage;
}

export interface AskOptions {
  readonly provider: ModelProvider;
  readonly budget: Budget;
  readonly price: Price | undefined;
  readonly concurrency: number;
  readonly stop: AbortSignal;
  readonly progress?: ShowProgress | undefined;
  /** Target ids. */
  readonly wanted: (plan: Plan) => boolean;
}

const MAX_ATTEMPTS = 3;

interface Job {
  readonly plan: Plan;
  readonly made: Candidate;
  readonly templateFolder: string;
  readonly laws: readonly LawText[];
  readonly isImplemented: boolean;
  refusals: readonly Refusal[];
  previous: string | undefined;
  prompt: Prompt | undefined;
  readonly because: string[];
  usage: Usage;
  result: Asked['result'] | undefined;
  version: string | undefined;
}

/** What would be sent for a target; for `poet show --prompt` and `--dry-run` as well. */
export function listPrompts(project: OpenedBuild, wanted: (plan: Plan) => boolean): readonly { readonly plan: Plan; readonly made: Candidate; readonly templateFolder: string; readonly laws: readonly LawText[]; readonly isImplemented: boolean; readonly prompt: Prompt | undefined; readonly problem: string | undefined }[] {
  const { source, ctx } = project;
  const { templates } = readAllTemplates(ctx);
  const found: { plan: Plan; made: Candidate }[] = [];
  // Every target stands trial once, without a version: that is how the builtin provider's comes to be seen.
  const { trials } = openBuild(source, { ...ctx, onMiss: 'original', report: () => undefined }, { onTrial: (plan, made) => { found.push({ plan, made }); return undefined; } });
  const checker = makeAnalysisProgram(source).getTypeChecker();
  return found.filter(({ plan }) => wanted(plan)).flatMap(({ plan, made }) => {
    const template = templates.find(({ domain, version }) => domain === plan.template.domain && version === plan.template.version);
    if (template === undefined) return [];
    const base = { plan, made, templateFolder: template.folder, isImplemented: trials.has(plan.target) };
    const laws = plan.target.stub ? listLaws(ctx, plan) : [];
    if (plan.target.stub && laws.length === 0) return [{ ...base, laws, prompt: undefined, problem: `it is a stub, and no law of ${plan.template.domain} speaks of a function of its form: nothing could prove an answer` }];
    const made_ = makePrompt(plan, checker, ctx, { templateFolder: template.folder, builtin: made, laws, isImplemented: trials.has(plan.target), refusals: [] });
    return ['secret' in made_ ? { ...base, laws, prompt: undefined, problem: `its source holds what looks like ${made_.secret}: it is not sent` } : { ...base, laws, prompt: made_.prompt, problem: undefined }];
  });
}

export async function askForVersions(project: OpenedBuild, options: AskOptions): Promise<readonly Asked[]> {
  const { source, ctx } = project;
  const checker = makeAnalysisProgram(source).getTypeChecker();
  const jobs = listPrompts(project, options.wanted).map(({ plan, made, templateFolder, laws, isImplemented, prompt, problem }): Job => ({
    plan, made, templateFolder, laws, isImplemented, refusals: [], previous: undefined, prompt, because: problem === undefined ? [] : [problem], usage: { inputTokens: 0, outputTokens: 0 },
    result: problem === undefined ? undefined : 'not asked', version: undefined,
  }));
  for (let attempt = 1; attempt <= MAX_ATTEMPTS && !options.stop.aborted; attempt++) {
    const open = jobs.filter(({ result }) => result === undefined);
    if (open.length === 0) break;
    const answered = (await collect(open, attempt, options)).filter((each) => each !== undefined);
    await judge(project, answered, options);
    for (const job of open) {
      if (job.result !== undefined || attempt === MAX_ATTEMPTS) continue;
      const next = makePrompt(job.plan, checker, ctx, { templateFolder: job.templateFolder, builtin: job.made, laws: job.laws, isImplemented: job.isImplemented, refusals: job.refusals, ...(job.previous !== undefined && { previous: job.previous }) });
      if ('secret' in next) { job.result = 'refused'; job.because.push(`the answer holds what looks like ${next.secret}`); } else job.prompt = next.prompt;
    }
  }
  options.progress?.(undefined);
  return jobs.map(({ plan, result, version, because, usage }) => ({ id: plan.target.id, result: result ?? (options.stop.aborted ? 'no answer' : 'refused'), because, usage, ...(version !== undefined && { version }) }));
}

interface Answered { readonly job: Job; readonly code: string; readonly model: string }

async function collect(open: readonly Job[], attempt: number, { provider, budget, concurrency, stop, progress }: AskOptions): Promise<readonly (Answered | undefined)[]> {
  const started = Date.now();
  let done = 0;
  const say = (): void => progress?.(`asking ${provider.model}: ${done} of ${open.length}${attempt > 1 ? `, attempt ${attempt}` : ''}, ${Math.round((Date.now() - started) / 1000)} s, ${budget.used.input + budget.used.output} tokens`);
  say();
  return runPool(open, concurrency, async (job): Promise<Answered | undefined> => {
    try {
      const reply = await ask(provider, job.prompt!, budget, stop);
      job.usage = { inputTokens: job.usage.inputTokens + reply.usage.inputTokens, outputTokens: job.usage.outputTokens + reply.usage.outputTokens };
      const answer = readAnswer(reply.text);
      if ('code' in answer) return { job, code: answer.code, model: reply.model };
      refuse(job, undefined, [{ code: 'answer', text: answer.problem }]);
    } catch (error) {
      if (!(error instanceof TransportFault)) throw error;
      job.result = 'no answer';
      job.because.push(error.message);
    } finally {
      done++;
      say();
    }
    return undefined;
  });
}

function refuse(job: Job, previous: string | undefined, refusals: readonly Refusal[]): void {
  job.previous = previous;
  job.refusals = refusals;
  job.because.push(refusals.map(({ code, text }) => `${code} ${text}`).join('; '));
}

/** Shape, audit and types of all candidates in one build; what is left is run. */
async function judge(project: OpenedBuild, answered: readonly Answered[], { provider, price, progress }: AskOptions): Promise<void> {
  const { source, ctx } = project;
  const byId = new Map(answered.map((each) => [each.job.plan.target.id, each]));
  const build = openBuild(source, { ...ctx, onMiss: 'original', report: () => undefined }, {
    onTrial(plan, made) {
      const given = byId.get(plan.target.id);
      return given && makeTrial(given, made, provider.name, ctx.root);
    },
  });
  const trials: OpenedBuild = { ...project, build };
  const outcomes = new Map(build.outcomes.map((outcome) => [outcome.kind === 'enhanced' ? outcome.plan.target.id : outcome.target.id, outcome]));
  const passed = answered.filter(({ job, code }) => {
    const outcome = outcomes.get(job.plan.target.id);
    if (outcome?.kind === 'enhanced') {
      const { target } = outcome.plan;
      // Equal to the baseline it needs no proof, and of a stub it says nothing.
      const isConstant = target.stub && build.enhancements.get(target)?.foreign === false && !build.trials.has(target);
      if (isConstant) refuse(job, code, [makeDiagnostic('POET2132', { fn: target.id })].map(({ code: c, text, hint }) => ({ code: c, text: `${text}; ${hint}` })));
      return !isConstant;
    }
    refuse(job, code, (outcome?.because ?? []).map((d) => ({ code: d.code, text: `${d.text}${d.line === undefined ? '' : ` (line ${d.line})`}; ${d.hint}` })));
    return false;
  });
  const proofs = new Map((await proveVersions([trials], { regardless: true, only: new Set(passed.map(({ job }) => job.plan.target.id)), progress })).map((proof) => [proof.id, proof]));
  for (const given of passed) {
    const { job, code } = given;
    const proof = proofs.get(job.plan.target.id);
    const outcome = outcomes.get(job.plan.target.id);
    if (proof === undefined || outcome?.kind !== 'enhanced') throw new Error(`${job.plan.target.id} passed a moment ago`);
    // Nobody has read it yet: of a model only what was run is taken.
    if (proof.verdict.status !== 'equal' || proof.problems.length > 0) {
      refuse(job, code, [{ code: proof.problems[0]?.code ?? 'POET4041', text: proof.verdict.status === 'equal' ? proof.problems[0]!.text : proof.verdict.reason, ...(proof.verdict.counterExample && { counterExample: proof.verdict.counterExample.typescript }) }]);
      // A function that cannot be run can never be accepted: asking again would change nothing.
      if (proof.verdict.status === 'not executed') job.result = 'refused';
      continue;
    }
    keep(project, given, outcome.version, proof, provider.name, price);
  }
}

function makeTrial({ job: { plan }, code }: Answered, made: Candidate, provider: string, root: string): Version {
  return {
    name: 'v0', folder: `${root}/.poet/${targetFolder(plan.target.id)}/v0`, header: '', candidate: { provider, code, contract: made.contract, params: made.params },
    metadata: { schema: 1, function_name: plan.target.name, target: plan.target.id, version: 'v0', key: plan.key, content_hash: '0'.repeat(64), source_hash: plan.sourceHash, template: plan.template, provider, verdict: {}, reason: '', created_at: '' },
  };
}

function keep({ source, ctx }: OpenedBuild, { job, model }: Answered, trial: Version, proof: Proof, provider: string, price: Price | undefined): void {
  const { plan } = job;
  const checks: Verdict['checks'] = {
    shape: { ok: true, detail: 'the phases of the original, and nothing that runs when the module loads' },
    audit: { ok: true, detail: 'no capability that the original lacks' },
    types: { ok: true, detail: `inlined in ${plan.target.modulePath}, under the project's compiler options` },
    behaviour: { ok: true, detail: proof.verdict.reason },
    cost: checkCost(plan, trial, proof.verdict, ctx.config.verify),
  };
  const store = openStore(ctx.root, { now: ctx.now });
  const folder = `.poet/${targetFolder(plan.target.id)}/${store.nextName(plan.target.id)}`;
  const candidate: Candidate = { ...trial.candidate, provider };
  const header = makeHeader(plan, candidate, ctx, { checker: makeAnalysisProgram(source).getTypeChecker(), versionFolder: folder });
  const saved = store.save(plan, candidate, { ok: true, checks, diagnostics: [] }, header, `written by ${model}`, {
    model, prompt_hash: job.prompt!.hash, tokens: { input: job.usage.inputTokens, output: job.usage.outputTokens },
    ...(price !== undefined && { cost_usd: costOf(job.usage, price) }), ...(job.because.length > 0 && { attempts: [...job.because] }),
  });
  if ('problem' in saved) { job.result = 'refused'; job.because.push(saved.problem.text); return; }
  store.use(saved);
  openProofRecords(findProofFolder(), ctx.config.verify.inputs).keep(saved, { status: 'equal', reason: proof.verdict.reason, inputs: proof.verdict.inputs });
  job.result = 'accepted';
  job.version = saved.name;
}
