import { dirname } from 'node:path';
import { costOf, tokensOf } from '../../hosts/generation/budget.ts';
import { takeGenerationLocks } from '../../hosts/generation/generation-lock.ts';
import { thinkingTokensOf } from '../../hosts/generation/models.ts';
import { openProgress } from '../../hosts/generation/progress.ts';
import { describeFailureRate } from '../../hosts/generation/report-asked.ts';
import { chooseModel, chooseProvider, isCi, openProvider, type ChosenModel, type ProviderWishes } from '../../hosts/providers/choose.ts';
import { TransportFault } from '../../hosts/providers/provider.ts';
import { readConfig, type PoetConfig } from '../../transformer/config/index.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import type { Plan } from '../../transformer/types.ts';
import { askForVersions, type Asked } from '../../hosts/generation/ask-model.ts';
import { listPrompts } from '../../hosts/generation/list-prompts.ts';
import { noteSteps } from '../../hosts/generation/note-steps.ts';
import { CliFault } from '../cli-fault.ts';
import { findFunction } from '../find-function.ts';
import { findRoot } from '../../hosts/host-context.ts';
import { placedId } from '../../hosts/opened-build.ts';
import { openStore, type StoreEntry } from '../../transformer/5-store/index.ts';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { entriesIn, openBuilds, openConfigs, outcomesOf, reportedBy, type PlacedOutcome, type ProjectBuild } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { makeTable, plural } from '../table.ts';
import { stateOf, type TargetState } from '../target-state.ts';

/** `poet generate [functions…]`: makes what is missing or stale; with a model for a provider, asks it for versions that are better. */
export async function runGenerate(session: Session, options: GenerateOptions, typed: readonly string[]): Promise<Report> {
  const { root } = openConfigs(session);
  const { config } = readConfig(root);
  const wishes = {
    provider: options.provider, maxCostUsd: readNumber(options.maxCostUsd, '--max-cost-usd', 0, Infinity), concurrency: readNumber(options.concurrency, '--concurrency', 1, 50),
  };
  const { name: chosen, why } = chooseProvider(root, config, wishes, process.env);
  // A build server must not write what nobody has looked at; who wants that says so on the command line.
  const name = isCi(process.env) && options.provider === undefined ? 'builtin' : chosen;
  const said = why === undefined || name !== chosen ? [] : [makeDiagnostic('POET3026', { provider: name, why })];
  if (options.frozen === true || process.env['POET_FROZEN'] === '1') return reportMade(session, makeMissing(session, 'error'));
  // What is missing is made first, offline: whatever becomes of the model's answers, every function has a version.
  const made = options.dryRun === true ? undefined : makeMissing(session);
  const report = name !== 'builtin' ? await askProvider(session, wishes, { ...options, typed }, { root, name, config, made })
    : made === undefined ? { exitCode: 0 as const, json: {}, text: '', notes: ['The builtin provider costs nothing and sends nothing.'] } : reportMade(session, made);
  return { ...report, problems: [...said, ...(report.problems ?? [])] };
}

export interface GenerateOptions {
  readonly provider?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly frozen?: boolean;
  readonly maxCostUsd?: string;
  readonly concurrency?: string;
}

interface Asking { readonly root: string; readonly name: string; readonly config: PoetConfig; readonly made: Made | undefined }

async function askProvider(session: Session, wishes: ProviderWishes, options: GenerateOptions & { readonly typed: readonly string[] }, { root, name, config, made: madeBefore }: Asking): Promise<Report> {
  if (options.dryRun === true) {
    const model = orFault(name, () => chooseModel(root, config, wishes, process.env));
    const builds = openBuilds(session, 'original');
    const wanted = makeFilter(builds, options);
    return showCost(session, builds.flatMap((project) => listPrompts(project, (plan) => wanted(project, plan))), model);
  }
  const chosen = orFault(name, () => openProvider(root, config, wishes, process.env));
  const { provider, budget, clock } = chosen;
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  for (const signal of INTERRUPTS) process.once(signal, interrupt);
  const display = openProgress(session.terminal.progress, (line) => session.terminal.note(line));
  const lock = await takeGenerationLocks(rootsOf(session), clock, stop.signal, (pid) => display.say(`poetc: process ${pid} asks a model for this project; waiting for it`));
  const asked: Asked[] = [];
  const unwritten: PoetDiagnostic[] = [];
  const beside: string[] = [];
  try {
    if (lock !== undefined && 'problem' in lock) throw new CliFault(1, lock.problem);
    // Only now: what another process has just made need not be asked for again.
    const builds = lock === undefined ? [] : openBuilds(session, 'original');
    const wanted = makeFilter(builds, options);
    for (const project of builds) {
      const of = await askForVersions(project, { ...chosen, progress: display.show, stop: stop.signal, wanted: (plan) => wanted(project, plan) });
      asked.push(...of);
      unwritten.push(...noteSteps(project, of, chosen.price));
      beside.push(...keptBeside(project, of));
    }
  } finally {
    display.end();
    if (lock !== undefined && 'release' in lock) lock.release();
    for (const signal of INTERRUPTS) process.off(signal, interrupt);
  }
  const { input, output, costUsd } = budget.used;
  const made = madeBefore && reportMade(session, withoutMended(session, madeBefore));
  const accepted = asked.filter(({ result }) => result === 'accepted');
  return {
    exitCode: made?.exitCode ?? 0,
    json: { ...made?.json, provider: provider.name, model: provider.model, asked, tokens: { input, output }, ...(costUsd !== undefined && { cost_usd: costUsd }) },
    text: [made?.text ?? '', ...(accepted.length === 0 ? [] : [makeTable(session.terminal, ['version', 'function', 'refused before'], accepted.map(({ version, id, because }) => [version ?? '', id, String(because.length)]))])].filter((part) => part !== '').join('\n'),
    notes: [...(made?.notes ?? []), `${provider.model}: ${accepted.length} of ${plural(asked.length, 'function')} accepted; ${input} tokens in, ${output} out${costUsd === undefined ? '' : `, $${costUsd.toFixed(4)}`}.${accepted.length > 0 ? ' Read them before you commit them: poet show <function>.' : ''}`, ...beside],
    problems: [...(made?.problems ?? []), ...unwritten, ...(chosen.retirement === undefined ? [] : [makeDiagnostic('POET3023', { model: provider.model, why: chosen.retirement })]), ...asked.flatMap(({ id, result, because }) => {
      if (result === 'accepted') return [];
      const why = because.at(-1) ?? 'nothing came';
      return [result === 'refused' ? makeDiagnostic('POET8132', { fn: id, model: provider.model, why }) : makeDiagnostic(result === 'no answer' ? 'POET8133' : 'POET8134', { fn: id, why })];
    }), ...[describeFailureRate(asked, provider.model, config.model.alertFailureRate)].filter((alert) => alert !== undefined)],
  };
}

/** Of the projects that hold the sources: below a solution, each package may be one. */
const rootsOf = (session: Session): readonly string[] => openConfigs(session).configs.map(({ path }) => findRoot(dirname(path)));

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;

/** The functions that were named, else all; without `--force` those that no model has written. @throws CliFault for a name that nothing has */
function makeFilter(builds: readonly ProjectBuild[], { typed, force }: GenerateOptions & { readonly typed: readonly string[] }): (project: ProjectBuild, plan: Plan) => boolean {
  const outcomes = outcomesOf(builds);
  const ids = new Set(builds.length === 0 ? [] : typed.map((each) => findFunction(each, outcomes.map(({ id }) => id))));
  const byModel = new Set(outcomes.flatMap(({ root, id, outcome }) => (outcome.kind === 'enhanced' && outcome.version.metadata.model !== undefined ? [placedId(root, id)] : [])));
  const entries = entriesIn(builds.map(({ ctx }) => ctx.root));
  const takenBy = new Map<string, ProjectBuild>();
  return (project, plan) => {
    const { id } = plan.target;
    const key = placedId(project.ctx.root, id);
    if (!(ids.size === 0 ? !isDecided(entries.get(key), plan.key) : ids.has(id)) || (force !== true && byModel.has(key))) return false;
    // A file that several programs hold is asked for by the first.
    if (!takenBy.has(key)) takenBy.set(key, project);
    return takenBy.get(key) === project;
  };
}

/** Accepted versions that do not ship, because another one of the same source is pinned: whoever named the function wants to know. */
function keptBeside({ ctx }: ProjectBuild, asked: readonly Asked[]): readonly string[] {
  const entries = entriesIn([ctx.root]);
  return asked.flatMap(({ id, key, result, version }) => {
    const entry = entries.get(placedId(ctx.root, id));
    if (result !== 'accepted' || version === undefined || entry === undefined || entry.pinned === version || !isDecided(entry, key)) return [];
    return [`${id}: ${version} is kept, and does not ship: ${entry.pinned ?? 'the damaged pin'} is pinned. poet pin ${id} ${version} makes it the one.`];
  });
}

/** Whether somebody has pinned a version of today's source: another one would not ship, and is asked for by name only. A pin of another source waits; a damaged one may be of today's. */
function isDecided(entry: StoreEntry | undefined, key: string): boolean {
  if (entry?.pinned === undefined) return entry?.pinnedProblem !== undefined;
  const metadata = entry.versions.find(({ name }) => name === entry.pinned)?.metadata;
  return metadata === undefined || metadata.key === key;
}

/** @throws CliFault when nobody can be asked */
function orFault<T>(name: string, choose: () => T | undefined): T {
  try {
    const chosen = choose();
    if (chosen === undefined) throw new Error('the builtin provider asks nobody');
    return chosen;
  } catch (error) {
    if (!(error instanceof TransportFault)) throw error;
    throw new CliFault(1, makeDiagnostic('POET8131', { provider: name, problem: error.message }));
  }
}

/** What a model answers is about as long as the version that there is. */
function showCost(session: Session, prompts: ReturnType<typeof listPrompts>, { name, model, price }: ChosenModel): Report {
  const thinking = name === 'anthropic' ? thinkingTokensOf(model) : 0;
  const rows = prompts.map(({ plan, made, prompt, problem }) => ({
    id: plan.target.id, problem, input: prompt === undefined ? 0 : tokensOf(prompt.system, prompt.user), output: prompt === undefined ? 0 : tokensOf(made.code) + thinking,
  }));
  const [input, output] = [rows.reduce((sum, row) => sum + row.input, 0), rows.reduce((sum, row) => sum + row.output, 0)];
  const cost = price && costOf({ inputTokens: input, outputTokens: output }, price);
  return {
    exitCode: 0,
    json: { provider: name, model, functions: rows, tokens: { input, output }, ...(cost !== undefined && { cost_usd: cost }) },
    text: rows.length === 0 ? '' : makeTable(session.terminal, ['tokens in', 'out', 'function', ''], rows.map((row) => [`~${row.input}`, `~${row.output}`, row.id, row.problem ?? ''])),
    notes: [`${model}: about ${input} tokens in and ${output} out, when every first answer holds${cost === undefined ? '; no price is configured' : `: $${cost.toFixed(4)}`}. Nothing was sent.`],
  };
}

function readNumber(text: string | undefined, option: string, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max)) throw new CliFault(2, makeDiagnostic('POET8125', { expected: `${option} to be a number from ${min}`, found: text, command: 'generate ' }));
  return value;
}

/**
 * Makes what is missing or stale, and points `current` to what today's sources want.
 * @param onMiss `error` makes and changes nothing, and fails when something is missing
 */
function makeMissing(session: Session, onMiss: 'generate' | 'error' = 'generate'): Made {
  const before = entriesIn(rootsOf(session));
  const builds = openBuilds(session, onMiss);
  const after = entriesIn(builds.map(({ ctx }) => ctx.root));
  const problems: PoetDiagnostic[] = reportedBy(builds).filter((diagnostic) => diagnostic.level !== 'info');
  for (const { ctx, build } of onMiss === 'error' ? [] : builds) {
    const store = openStore(ctx.root, { now: ctx.now });
    store.transaction(() => {
      for (const outcome of build.outcomes) {
        const used = outcome.kind === 'enhanced' ? store.use(outcome.version) : true;
        if (used !== true) problems.push(used.problem);
      }
    });
  }
  const states = outcomesOf(builds).map((placed) => ({ ...stateOf(placed, after, session.terminal.cwd), ...placed }));
  // A version may ship while a damaged pin keeps newer ones from it.
  for (const { root, id, state } of states) {
    const problem = state === 'current' ? after.get(placedId(root, id))?.pinnedProblem : undefined;
    if (problem !== undefined) problems.push(problem);
  }
  const made = states.filter(({ root, id, version, state }) => state === 'current' && !before.get(placedId(root, id))?.versions.some(({ name }) => name === version));
  const fallen = states.filter(({ state }) => state !== 'current');
  return { made, unchanged: states.length - made.length - fallen.length, fallen, problems };
}

interface Made {
  readonly made: readonly (TargetState & PlacedOutcome)[];
  /** How many had the version that they have. */
  readonly unchanged: number;
  /** What ships as its author wrote it. */
  readonly fallen: readonly (TargetState & PlacedOutcome)[];
  readonly problems: readonly PoetDiagnostic[];
}

/** The same after a model was asked: of what fell then, some may have a version now. */
function withoutMended(session: Session, before: Made): Made {
  if (before.fallen.length === 0) return before;
  const shipping = new Set(outcomesOf(openBuilds(session, 'original')).flatMap(({ root, id, outcome }) => (outcome.kind === 'enhanced' ? [placedId(root, id)] : [])));
  const isMended = ({ root, id }: PlacedOutcome): boolean => shipping.has(placedId(root, id));
  const over = new Set(before.fallen.filter(isMended).flatMap(({ because }) => because.map((problem) => JSON.stringify(problem))));
  return { ...before, fallen: before.fallen.filter((each) => !isMended(each)), problems: before.problems.filter((problem) => !over.has(JSON.stringify(problem))) };
}

function reportMade({ terminal }: Session, { made, unchanged, fallen, problems }: Made): Report {
  const rows = made.map(({ id, version, outcome }) => [version ?? '', id, outcome.kind === 'enhanced' ? outcome.version.metadata.reason : '']);
  return {
    exitCode: fallen.length > 0 || problems.some(({ level }) => level === 'error') ? 1 : 0,
    json: {
      generated: made.map(({ id, version }) => ({ id, version })),
      unchanged,
      original: fallen.map(({ id, place, because }) => ({ id, place, because })),
    },
    text: rows.length === 0 ? '' : makeTable(terminal, ['version', 'function', 'reason'], rows),
    notes: [`${plural(made.length, 'version')} made, ${unchanged} as they were${fallen.length === 0 ? '' : `, ${plural(fallen.length, 'function')} left as written`}.`],
    problems,
  };
}
