/** From configuration and environment to a provider. */
import { resolve } from 'node:path';
import type { PoetConfig } from '../../transformer/config/index.ts';
import { Budget, type Price } from '../generation/budget.ts';
import { openAnthropic } from './anthropic.ts';
import { openOpenaiCompatible } from './openai-compatible.ts';
import { TransportFault, type ModelProvider } from './provider.ts';
import { openReplay } from './replay.ts';

export interface ChosenProvider {
  readonly provider: ModelProvider;
  readonly budget: Budget;
  readonly price: Price | undefined;
  readonly concurrency: number;
}

/** What the command line says over what the configuration says. */
export interface ProviderWishes {
  readonly provider?: string | undefined;
  readonly maxCostUsd?: number | undefined;
  readonly concurrency?: number | undefined;
}

export const PROVIDERS = ['builtin', 'anthropic', 'openai-compatible', 'replay'] as const;

/** The name alone: flag, then `POET_PROVIDER`, then configuration. Nobody is asked because a key happens to lie around. */
export function chooseProviderName(config: PoetConfig, wishes: ProviderWishes, env: NodeJS.ProcessEnv): string {
  return wishes.provider ?? env['POET_PROVIDER'] ?? config.provider;
}

/**
 * @returns undefined for the builtin provider
 * @throws TransportFault where it cannot be asked
 */
export function openProvider(root: string, config: PoetConfig, wishes: ProviderWishes, env: NodeJS.ProcessEnv): ChosenProvider | undefined {
  const name = chooseProviderName(config, wishes, env);
  if (name === 'builtin') return undefined;
  if (!(PROVIDERS as readonly string[]).includes(name)) throw new TransportFault(`there is no such provider; there are ${PROVIDERS.join(', ')}`, { isTransient: false });
  const { model } = config;
  const { inputUsdPerMillion, outputUsdPerMillion } = model;
  const price = inputUsdPerMillion === undefined || outputUsdPerMillion === undefined ? undefined : { inputUsdPerMillion, outputUsdPerMillion };
  const maxCostUsd = wishes.maxCostUsd ?? model.maxCostUsd;
  if (maxCostUsd !== undefined && price === undefined && name !== 'replay') {
    throw new TransportFault('a limit in dollars needs prices: set model.inputUsdPerMillion and model.outputUsdPerMillion in poet.config.json', { isTransient: false });
  }
  const asked = (): string => {
    if (model.name === undefined) throw new TransportFault('no model is pinned: set model.name in poet.config.json', { isTransient: false });
    return model.name;
  };
  const provider = name === 'anthropic' ? openAnthropic(root, asked(), env)
    : name === 'openai-compatible' ? openOpenaiCompatible(model.baseUrl, asked(), env) : openReplay(resolve(root, model.replay));
  return { provider, budget: new Budget({ maxCostUsd, maxTokens: model.maxTokens }, price), price, concurrency: Math.min(50, wishes.concurrency ?? model.concurrency) };
}
