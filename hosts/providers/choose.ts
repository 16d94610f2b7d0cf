/** From configuration and environment to a provider. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { PoetConfig } from '../../transformer/config/index.ts';
import { realClock, type AskClock, type AskLimits } from '../generation/ask.ts';
import { Budget, type Price } from '../generation/budget.ts';
import { DEFAULT_ANTHROPIC_MODEL, findRetirement, priceOf } from '../generation/models.ts';
import { RateLimit } from '../generation/rate-limit.ts';
import { openAnthropic } from './anthropic.ts';
import { openOpenaiCompatible } from './openai-compatible.ts';
import { KEY_NAMES, TransportFault, withoutKeys, type ModelProvider } from './provider.ts';
import { openReplay } from './replay.ts';

export interface ChosenProvider {
  readonly provider: ModelProvider;
  readonly budget: Budget;
  readonly price: Price | undefined;
  readonly concurrency: number;
  readonly limits: AskLimits;
  readonly rate: RateLimit;
  readonly clock: AskClock;
  /** Why another model should be pinned. */
  readonly retirement: string | undefined;
}

/** What the command line says over what the configuration says. */
export interface ProviderWishes {
  readonly provider?: string | undefined;
  readonly maxCostUsd?: number | undefined;
  readonly concurrency?: number | undefined;
}

export const PROVIDERS = ['builtin', 'anthropic', 'openai-compatible', 'replay'] as const;

export interface Choice {
  readonly name: string;
  /** In words, where nobody chose; undefined where somebody did. */
  readonly why: string | undefined;
}

/** Flag, then `POET_PROVIDER`, then configuration, then what is there: a key and the SDK that uses it. */
export function chooseProvider(root: string, config: PoetConfig, wishes: ProviderWishes, env: NodeJS.ProcessEnv): Choice {
  const name = wishes.provider ?? (env['POET_PROVIDER'] || undefined) ?? config.provider;
  if (name !== undefined) return { name, why: undefined };
  if (!env['ANTHROPIC_API_KEY']) return { name: 'builtin', why: 'none is configured, and ANTHROPIC_API_KEY is not set' };
  if (!hasSdk(root)) return { name: 'builtin', why: 'none is configured, and @anthropic-ai/sdk is not installed' };
  return { name: 'anthropic', why: `none is configured, ANTHROPIC_API_KEY is set, and @anthropic-ai/sdk is installed${config.model.name === undefined ? `; no model is pinned: ${DEFAULT_ANTHROPIC_MODEL}` : ''}` };
}

function hasSdk(root: string): boolean {
  try {
    createRequire(`${root}/package.json`).resolve('@anthropic-ai/sdk');
    return true;
  } catch {
    return false; // that is what was asked
  }
}

/** True on a build server, where nobody looks at what was written before it is used. */
export const isCi = (env: NodeJS.ProcessEnv): boolean => !['', 'false', '0'].includes(env['CI'] ?? '');

export interface ChosenModel {
  readonly name: Exclude<(typeof PROVIDERS)[number], 'builtin'>;
  readonly model: string;
  readonly price: Price | undefined;
  readonly maxCostUsd: number | undefined;
}

/**
 * Who would be asked, and at what price; opens nothing.
 * @returns undefined for the builtin provider
 * @throws TransportFault where nobody could be asked, whatever the machine holds
 */
export function chooseModel(root: string, config: PoetConfig, wishes: ProviderWishes, env: NodeJS.ProcessEnv): ChosenModel | undefined {
  const { name: given, why } = chooseProvider(root, config, wishes, env);
  const refuse = (problem: string): never => { throw new TransportFault(problem, { isTransient: false, isForAll: true }); };
  const name = PROVIDERS.find((each) => each === given) ?? refuse(`there is no such provider; there are ${PROVIDERS.join(', ')}`);
  if (name === 'builtin') return undefined;
  const { model } = config;
  const asked = model.name ?? (name === 'replay' ? 'replay' : why === undefined ? refuse('no model is pinned: set model.name in poet.config.json') : DEFAULT_ANTHROPIC_MODEL);
  const { inputUsdPerMillion, outputUsdPerMillion } = model;
  const price = inputUsdPerMillion === undefined || outputUsdPerMillion === undefined ? (name === 'anthropic' ? priceOf(asked) : undefined) : { inputUsdPerMillion, outputUsdPerMillion };
  const maxCostUsd = wishes.maxCostUsd ?? model.maxCostUsd;
  if (maxCostUsd !== undefined && price === undefined && name !== 'replay') {
    refuse('a limit in dollars needs prices: set model.inputUsdPerMillion and model.outputUsdPerMillion in poet.config.json');
  }
  return { name, model: asked, price, maxCostUsd };
}

/**
 * @returns undefined for the builtin provider
 * @throws TransportFault where it cannot be asked
 */
export function openProvider(root: string, config: PoetConfig, wishes: ProviderWishes, env: NodeJS.ProcessEnv): ChosenProvider | undefined {
  const chosen = chooseModel(root, config, wishes, env);
  if (chosen === undefined) return undefined;
  const { name, model: asked, price, maxCostUsd } = chosen;
  const { model } = config;
  const provider = name === 'anthropic' ? openAnthropic(root, asked, env)
    : name === 'openai-compatible' ? openOpenaiCompatible(model.baseUrl, asked, env) : openReplay(resolve(root, model.replay));
  const clock = realClock;
  return {
    provider: withoutKeys(provider, KEY_NAMES.map((key) => env[key])),
    budget: new Budget({ maxCostUsd, maxTokens: model.maxTokens }, price), price, concurrency: Math.min(50, wishes.concurrency ?? model.concurrency),
    limits: { timeoutMs: model.timeoutMs, retries: model.retries }, rate: new RateLimit(model.requestsPerMinute, clock), clock,
    retirement: name === 'anthropic' ? findRetirement(asked, Date.now()) : undefined,
  };
}
