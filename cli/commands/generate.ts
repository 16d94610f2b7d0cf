import { dirname } from 'node:path';
import { costOf } from '../../hosts/generation/budget.ts';
import { chooseProviderName, openProvider, type ChosenProvider, type ProviderWishes } from '../../hosts/providers/choose.ts';
import { TransportFault } from '../../hosts/providers/provider.ts';
import { readConfig, type PoetConfig } from '../../transformer/config/index.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import type { Plan } from '../../transformer/types.ts';
import { askForVersions, listPrompts, type Asked } from '../../hosts/generation/ask-model.ts';
import { CliFault } from '../cli-fault.ts';
import { findFunction } from '../find-function.ts';
import { findRoot } from '../../hosts/host-context.ts';
import { openStore, type StoreEntry } from '../../transformer/5-store/index.ts';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { entriesOf, openBuilds, openConfigs, outcomesOf, reportedBy, targetIdOf } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { makeTable, plural } from '../table.ts';
import { stateOf } from '../target-state.ts';

/** `poet generate [functions…]`: makes what is missing or stale; with a model for a provider, asks it for versions that are better. */
export async function runGenerate(session: Session, options: GenerateOptions, typed: readonly string[]): Promise<Report> {
  const { root } = openConfigs(session);
  const { config } = readConfig(root);
  const wishes = {
    provider: options.provider, maxCostUsd: readNumber(options.maxCostUsd, '--max-cost-usd', 0, Infinity), concurrency: readNumber(options.concurrency, '--concurrency', 1, 50),
  };
  let name = chooseProviderName(config, wishes, process.env);
  const isCi = (process.env['CI'] ?? '') !== '' && process.env['CI'] !== 'false' && process.env['CI'] !== '0';
  // A build server must not write what nobody has looked at; who wants that says so on the command line.
  if (isCi && options.provider === undefined) name = 'builtin';
  // What is missing is made first, offline: whatever becomes of the model's answers, every function has a version.
  const made = options.dryRun === true ? undefined : makeMissing(session);
  if (name === 'builtin') return made ?? { exitCode: 0, json: {}, text: '', notes: ['The builtin provider costs nothing and sends nothing.'] };
  return askProvider(session, { ...wishes, provider: name }, { ...options, typed }, { root, config, made });
}

export interface GenerateOptions {
  readonly provider?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly maxCostUsd?: string;
  readonly concurrency?: string;
}

interface Asking { readonly root: string; readonly config: PoetConfig; readonly made: Report | undefined }

async function askProvider(session: Session, wishes: ProviderWishes, options: GenerateOptions & { readonly typed: readonly string[] }, { root, config, made }: Asking): Promise<Report> {
  const builds = openBuilds(session, 'original');
  const outcomes = outcomesOf(builds);
  const ids = new Set(options.typed.map((each) => findFunction(each, outcomes.map(targetIdOf))));
  const byModel = new Set(outcomes.flatMap((outcome) => (outcome.kind === 'enhanced' && outcome.version.metadata.model !== undefined ? [outcome.plan.target.id] : [])));
  const wanted = ({ target: { id } }: Plan): boolean => (ids.size === 0 || ids.has(id)) && (options.force === true || !byModel.has(id));
  if (options.dryRun === true) return showCost(session, builds.flatMap((project) => listPrompts(project, wanted)), config);
  const chosen = openChosen(root, config, wishes);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  const asked: Asked[] = [];
  try {
    for (const project of builds) asked.push(...await askForVersions(project, { ...chosen, progress: session.terminal.progress, stop: stop.signal, wanted: (plan) => wanted(plan) && !asked.some(({ id }) => id === plan.target.id) }));
  } finally {
    process.off('SIGINT', interrupt);
  }
  const { input, output, costUsd } = chosen.budget.used;
  const accepted = asked.filter(({ result }) => result === 'accepted');
  return {
    exitCode: made?.exitCode ?? 0,
    json: { ...made?.json, provider: chosen.provider.name, model: chosen.provider.model, asked, tokens: { input, output }, ...(costUsd !== undefined && { cost_usd: costUsd }) },
    text: [made?.text ?? '', ...(accepted.length === 0 ? [] : [makeTable(session.terminal, ['version', 'function', 'refused before'], accepted.map(({ version, id, because }) => [version ?? '', id, String(because.length)]))])].filter((part) => part !== '').join('\n'),
    notes: [...(made?.notes ?? []), `${chosen.provider.model}: ${accepted.length} of ${plural(asked.length, 'function')} accepted; ${input} tokens in, ${output} out${costUsd === undefined ? '' : `, $${costUsd.toFixed(4)}`}.${accepted.length > 0 ? ' Read them before you commit them: poet show <function>.' : ''}`],
    problems: [...(made?.problems ?? []), ...asked.flatMap(({ id, result, because }) => {
      if (result === 'accepted') return [];
      const why = because.at(-1) ?? 'nothing came';
      return [result === 'refused' ? makeDiagnostic('POET8132', { fn: id, model: chosen.provider.model, why }) : makeDiagnostic(result === 'no answer' ? 'POET8133' : 'POET8134', { fn: id, why })];
    })],
  };
}

function openChosen(root: string, config: PoetConfig, wishes: ProviderWishes): ChosenProvider {
  try {
    const chosen = openProvider(root, config, wishes, process.env);
    if (chosen === undefined) throw new Error('the builtin provider asks nobody');
    return chosen;
  } catch (error) {
    if (!(error instanceof TransportFault)) throw error;
    throw new CliFault(1, makeDiagnostic('POET8131', { provider: wishes.provider ?? '', problem: error.message }));
  }
}

/** About four characters of code are a token; what a model answers is about as long as the version that there is. */
const CHARACTERS_A_TOKEN = 4;

function showCost(session: Session, prompts: ReturnType<typeof listPrompts>, { model: { inputUsdPerMillion, outputUsdPerMillion } }: PoetConfig): Report {
  const rows = prompts.map(({ plan, made, prompt, problem }) => ({
    id: plan.target.id, problem, input: prompt === undefined ? 0 : Math.ceil((prompt.system.length + prompt.user.length) / CHARACTERS_A_TOKEN), output: prompt === undefined ? 0 : Math.ceil(made.code.length / CHARACTERS_A_TOKEN),
  }));
  const [input, output] = [rows.reduce((sum, row) => sum + row.input, 0), rows.reduce((sum, row) => sum + row.output, 0)];
  const cost = inputUsdPerMillion === undefined || outputUsdPerMillion === undefined ? undefined : costOf({ inputTokens: input, outputTokens: output }, { inputUsdPerMillion, outputUsdPerMillion });
  return {
    exitCode: 0,
    json: { functions: rows, tokens: { input, output }, ...(cost !== undefined && { cost_usd: cost }) },
    text: rows.length === 0 ? '' : makeTable(session.terminal, ['tokens in', 'out', 'function', ''], rows.map((row) => [`~${row.input}`, `~${row.output}`, row.id, row.problem ?? ''])),
    notes: [`About ${input} tokens in and ${output} out, when every first answer holds${cost === undefined ? '; no price is configured' : `: $${cost.toFixed(4)}`}. Nothing was sent.`],
  };
}

function readNumber(text: string | undefined, option: string, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max)) throw new CliFault(2, makeDiagnostic('POET8125', { expected: `${option} to be a number from ${min}`, found: text, command: 'generate ' }));
  return value;
}

/** Makes what is missing or stale, and points `current` to what today's sources want. */
export function makeMissing(session: Session): Report {
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
