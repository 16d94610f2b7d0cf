/** Asks a model for versions: prompt, answer, every check, and again with what was wrong; what holds is stored. */
import { findProofFolder, openProofRecords } from '../proof-records.ts';
import { ask, type AskRoom } from './ask.ts';
import { addUsage, costOf, tokensOf, type Price } from './budget.ts';
import { TransportFault, type ModelProvider, type Usage } from '../providers/provider.ts';
import { makeHeader } from '../../transformer/3-generate/header.ts';
import { checkCost } from '../../transformer/4-verify/cost.ts';
import { openStore, targetFolder } from '../../transformer/5-store/index.ts';
import { readAnswer } from '../../transformer/model-answer.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { openBuild, shareAnalysis, type SharedAnalysis } from '../../transformer/pipeline.ts';
import { makePrompt, type Prompt, type Refusal } from '../../transformer/prompt.ts';
import type { Candidate, Plan, Verdict, Version } from '../../transformer/types.ts';
import { listPromptsInSteps, type ListedPrompt, type PromptBasis } from './list-prompts.ts';
import type { RunProgress } from './progress.ts';
import type { OpenedBuild, OpenedProject } from '../opened-build.ts';
import { proveVersions, type Proof } from '../prove-versions.ts';
import { PROVER_GONE } from '../prover.ts';

/** What came of one target. */
export interface Asked {
  readonly id: string;
  readonly key: string;
  /** `not asked` is for good: a secret, a stub without laws; `put off` is for this run: the budget, a server that is not there. */
  readonly result: 'accepted' | 'refused' | 'not asked' | 'put off' | 'no answer';
  /** Of the accepted version. */
  readonly version?: string;
  /** In words, one for each answer that was refused, and why there was none. */
  readonly because: readonly string[];
  readonly usage: Usage;
}

export interface AskOptions extends AskRoom {
  readonly price: Price | undefined;
  /** Answers that are waited for at once. */
  readonly concurrency: number;
  readonly progress?: ((progress: RunProgress) => void) | undefined;
  readonly wanted: (plan: Plan) => boolean;
  /** Runs candidates; a benchmark leaves the sandbox out. */
  readonly prove?: typeof proveVersions;
}

const MAX_ATTEMPTS = 3;

interface Job {
  readonly plan: Plan;
  readonly made: Candidate;
  /** What its prompts are made of. */
  basis: PromptBasis;
  /** Folder of the base template, for the last attempt of a function in another domain. */
  readonly simplerFolder: string | undefined;
  isSimpler: boolean;
  /** Answers so far. */
  attempts: number;
  refusals: readonly Refusal[];
  previous: string | undefined;
  prompt: Prompt | undefined;
  readonly because: string[];
  usage: Usage;
  /** A question of its own has left. */
  isSent: boolean;
  result: Asked['result'] | undefined;
  version: string | undefined;
}

/** Asking begins with the first prompts and goes on while answers are judged; what is accepted is stored before the next batch, so that whoever ends the run loses nothing of it. */
export async function askForVersions(project: OpenedProject, given: AskOptions): Promise<readonly Asked[]> {
  // Where one part fails, the others end as if somebody had stopped them: nothing is asked, paid for and stored behind the back of who hears of the failure.
  const failure = new AbortController();
  const options = { ...given, stop: AbortSignal.any([given.stop, failure.signal]) };
  const { clock, stop, concurrency } = options;
  const shared = shareAnalysis(project.source);
  const run = new Run(options, { project, shared });
  const end = (): void => run.changed();
  stop.addEventListener('abort', end);
  const parts = [listUntilOver(), ...Array.from({ length: concurrency }, () => run.askUntilOver()), judgeUntilOver()];
  for (const part of parts) part.catch(() => failure.abort());
  const failed = (await Promise.allSettled(parts)).find((part) => part.status === 'rejected');
  stop.removeEventListener('abort', end);
  if (failed !== undefined) throw failed.reason;
  return run.jobs.map(({ plan, result, version, because, usage }) => ({ id: plan.target.id, key: plan.key, result: result ?? 'no answer', because: result === undefined ? [...because, 'stopped'] : because, usage, ...(version !== undefined && { version }) }));

  async function listUntilOver(): Promise<void> {
    try {
      for (const listed of listPromptsInSteps(project, options.wanted, shared, Math.max(MIN_LISTED, concurrency))) {
        run.add(listed.map(makeJob));
        await clock.sleep(0, stop); // questions leave in between
        if (stop.aborted) return;
      }
    } finally {
      run.isListed = true;
      run.changed();
    }
  }

  async function judgeUntilOver(): Promise<void> {
    let gatherMs = GATHER_MS;
    while (!run.isOver) {
      if (run.ready.length === 0) { await run.change(); continue; }
      // A build judges one answer or sixteen at nearly the same price. While others wait to be asked nobody misses a verdict; after that it never takes more than a third of the time.
      const untilMs = clock.now() + (run.isQueued ? MAX_GATHER_MS : gatherMs);
      while (run.waiting > 0 && run.ready.length < MAX_BATCH && !stop.aborted && clock.now() < untilMs) await changeOr(untilMs - clock.now());
      if (stop.aborted) return;
      // Nobody asks while a build judges: the more it judges at once, the longer everybody waits.
      const batch = run.ready.splice(0, MAX_BATCH);
      const startedMs = clock.now();
      await judge(project, batch, options, shared);
      gatherMs = Math.min(MAX_GATHER_MS, Math.max(GATHER_MS, 2 * (clock.now() - startedMs)));
      for (const { job } of batch) run.settle(job);
      run.changed();
    }
  }

  async function changeOr(ms: number): Promise<void> {
    const woken = new AbortController();
    await Promise.race([run.change(), clock.sleep(ms, AbortSignal.any([stop, woken.signal]))]);
    woken.abort(); // a timer that nobody waits for would keep the process alive
  }
}

function makeJob({ problem, ...listed }: ListedPrompt): Job {
  return {
    ...listed, isSimpler: false, attempts: 0, refusals: [], previous: undefined, because: problem === undefined ? [] : [problem], usage: { inputTokens: 0, outputTokens: 0 }, isSent: false,
    result: problem === undefined ? undefined : 'not asked', version: undefined,
  };
}

/** Prompts that are made before anything is asked: fewer would not be worth a build of their own. */
const MIN_LISTED = 16;
const GATHER_MS = 100;
const MAX_GATHER_MS = 5_000;
const MAX_BATCH = 16;

interface Answered { readonly job: Job; readonly code: string; readonly model: string }

/** Jobs on their way: those who ask and the one who judges meet here. */
class Run {
  readonly jobs: Job[] = [];
  readonly ready: Answered[] = [];
  waiting = 0;
  /** No more jobs will be added. */
  isListed = false;
  readonly #queue: Job[] = [];
  readonly #options: AskOptions;
  readonly #of: { readonly project: OpenedProject; readonly shared: SharedAnalysis };
  /** What would happen to every other question, too. */
  #end: string | undefined;
  #hasAnswer = false;
  #wake: (() => void)[] = [];

  constructor(options: AskOptions, of: { readonly project: OpenedProject; readonly shared: SharedAnalysis }) {
    this.#of = of;
    this.#options = { ...options, provider: this.#heard(options.provider) };
  }

  /** A server that counts tokens and comes to an end is there, whatever becomes of its answer. */
  #heard(provider: ModelProvider): ModelProvider {
    const hear = (): void => { this.#hasAnswer = true; };
    return {
      ...provider,
      async complete(prompt, signal) {
        try {
          const reply = await provider.complete(prompt, signal);
          hear();
          return reply;
        } catch (error) {
          if (error instanceof TransportFault && error.usage !== undefined && !error.isSent) hear();
          throw error;
        }
      },
    };
  }

  add(jobs: readonly Job[]): void {
    this.jobs.push(...jobs);
    this.#queue.push(...jobs.filter(({ result }) => result === undefined));
    this.changed();
  }

  get isQueued(): boolean { return this.#queue.length > 0; }
  get isOver(): boolean { return this.#options.stop.aborted || (this.isListed && this.jobs.every(({ result }) => result !== undefined)); }

  change(): Promise<void> { return new Promise((resolve) => { this.#wake.push(resolve); }); }

  changed(): void {
    const { provider, budget, progress } = this.#options;
    const count = (...results: readonly Job['result'][]): number => this.jobs.filter(({ result }) => results.includes(result)).length;
    const { input, output, costUsd } = budget.used;
    progress?.({ model: provider.model, functions: this.jobs.length, accepted: count('accepted'), failed: count('refused', 'no answer', 'not asked', 'put off'), waiting: this.waiting, tokens: input + output, costUsd });
    for (const wake of this.#wake.splice(0)) wake();
  }

  async askUntilOver(): Promise<void> {
    while (!this.isOver) {
      const job = this.#queue.shift();
      if (job === undefined) { await this.change(); continue; }
      if (this.#end !== undefined) giveUp(job, this.#end);
      else await this.#askOne(job);
      this.changed();
    }
  }

  async #askOne(job: Job): Promise<void> {
    this.waiting++;
    this.changed();
    try {
      const reply = await ask(this.#options, job.prompt!, tokensOf(job.made.code));
      job.attempts++;
      job.usage = addUsage(job.usage, reply.usage);
      job.isSent = true;
      const answer = readAnswer(reply.text);
      if ('code' in answer) this.ready.push({ job, code: answer.code, model: reply.model });
      else { refuse(job, undefined, [{ code: 'answer', text: answer.problem }]); this.settle(job); }
    } catch (error) {
      if (!(error instanceof TransportFault)) throw error;
      // A server that has never answered, however often it was asked, will not answer the others either.
      if (error.isForAll || (error.isTransient && !this.#hasAnswer)) this.#end ??= error.message;
      job.usage = addUsage(job.usage, error.usage);
      job.isSent ||= error.usage !== undefined;
      if (!this.#options.stop.aborted) giveUp(job, error.message);
    } finally {
      this.waiting--;
    }
  }

  /** After judgement: done, or asked again with what was wrong. */
  settle(job: Job): void {
    if (job.result !== undefined) return;
    if (job.attempts >= MAX_ATTEMPTS) {
      if (job.isSimpler || job.simplerFolder === undefined) { job.result = 'refused'; return; }
      // Once more, without what the domain asks for on top; what was wrong before belongs to another text.
      Object.assign(job, { isSimpler: true, basis: { ...job.basis, templateFolder: job.simplerFolder }, refusals: [], previous: undefined });
    }
    const { project: { ctx }, shared } = this.#of;
    const next = makePrompt(job.plan, shared.program.getTypeChecker(), ctx, { ...job.basis, refusals: job.refusals, ...(job.previous !== undefined && { previous: job.previous }) });
    if ('secret' in next) { job.result = 'refused'; job.because.push(`the answer holds what looks like ${next.secret}`); } else { job.prompt = next.prompt; this.#queue.push(job); }
  }
}

function giveUp(job: Job, why: string): void {
  job.result = job.isSent ? 'no answer' : 'put off';
  job.because.push(why);
}

function refuse(job: Job, previous: string | undefined, refusals: readonly Refusal[]): void {
  job.previous = previous;
  job.refusals = refusals;
  job.because.push(`${job.isSimpler ? 'without the domain: ' : ''}${refusals.map(({ code, text }) => `${code} ${text}`).join('; ')}`);
}

/** Shape, audit and types of all candidates in one build; what is left is run. */
async function judge(project: OpenedProject, answered: readonly Answered[], { provider, price, clock, stop, prove = proveVersions }: AskOptions, shared: SharedAnalysis): Promise<void> {
  const { source, ctx } = project;
  const byId = new Map(answered.map((each) => [each.job.plan.target.id, each]));
  const build = openBuild(source, { ...ctx, onMiss: 'original', report: () => undefined }, {
    shared, isTrialOnly: true, only: new Set(byId.keys()),
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
  const byTarget = new Map(passed.map((given) => [given.job.plan.target.id, given]));
  // Kept as they are proven: whoever ends the run loses none of them.
  await prove([trials], {
    regardless: true, only: new Set(byTarget.keys()), shared, pause: () => clock.sleep(0, stop),
    onProof(proof) {
      const given = byTarget.get(proof.id);
      const outcome = outcomes.get(proof.id);
      if (given === undefined || outcome?.kind !== 'enhanced') throw new Error(`${proof.id} was not asked for`);
      const { job, code } = given;
      // Nobody has read it yet: of a model only what was run is taken.
      if (proof.verdict.status === 'equal' && proof.problems.length === 0) { keep(project, given, outcome.version, proof, { provider: provider.name, price, shared }); return; }
      // The sandbox, too, ends when somebody presses Ctrl-C: that says nothing about the answer.
      if (stop.aborted) return;
      refuse(job, code, [{ code: proof.problems[0]?.code ?? 'POET4041', text: proof.verdict.status === 'equal' ? proof.problems[0]!.text : proof.verdict.reason, ...(proof.verdict.counterExample && { counterExample: proof.verdict.counterExample.typescript }) }]);
      // A function that cannot be run can never be accepted: asking again would change nothing. A prover that died says nothing about it.
      if (proof.verdict.status === 'not executed') job.result = proof.verdict.reason === PROVER_GONE ? 'no answer' : 'refused';
    },
  });
}

function makeTrial({ job: { plan }, code }: Answered, made: Candidate, provider: string, root: string): Version {
  return {
    name: 'v0', folder: `${root}/.poet/${targetFolder(plan.target.id)}/v0`, header: '', candidate: { provider, code, contract: made.contract, params: made.params },
    metadata: { schema: 1, function_name: plan.target.name, target: plan.target.id, version: 'v0', key: plan.key, content_hash: '0'.repeat(64), source_hash: plan.sourceHash, template: plan.template, provider, verdict: {}, reason: '', created_at: '' },
  };
}

interface Author { readonly provider: string; readonly price: Price | undefined; readonly shared: SharedAnalysis }

function keep({ ctx }: OpenedProject, { job, model }: Answered, trial: Version, proof: Proof, { provider, price, shared }: Author): void {
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
  const header = makeHeader(plan, candidate, ctx, { checker: shared.program.getTypeChecker(), versionFolder: folder });
  const saved = store.save(plan, candidate, { ok: true, checks, diagnostics: [] }, header, `written by ${model}${job.isSimpler ? ', without the text of the domain' : ''}`, {
    model, prompt_hash: job.prompt!.hash, tokens: { input: job.usage.inputTokens, output: job.usage.outputTokens },
    ...(price !== undefined && { cost_usd: costOf(job.usage, price) }), ...(job.because.length > 0 && { attempts: [...job.because] }),
  });
  if ('problem' in saved) { job.result = 'no answer'; job.because.push(`the answer holds, and could not be stored: ${saved.problem.text}`); return; }
  openProofRecords(findProofFolder(), ctx.config.verify.inputs).keep(saved, { status: 'equal', reason: proof.verdict.reason, inputs: proof.verdict.inputs });
  job.result = 'accepted';
  job.version = saved.name;
}
