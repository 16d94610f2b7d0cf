import type { Usage } from '../providers/provider.ts';

export interface Price { readonly inputUsdPerMillion: number; readonly outputUsdPerMillion: number }

export interface Limits { readonly maxCostUsd: number | undefined; readonly maxTokens: number | undefined }

/** What a run has used, refused answers included, and whether there is room for more. */
export class Budget {
  readonly #limits: Limits;
  readonly #price: Price | undefined;
  #input = 0;
  #output = 0;

  constructor(limits: Limits, price: Price | undefined) {
    this.#limits = limits;
    this.#price = price;
  }

  use({ inputTokens, outputTokens }: Usage): void {
    this.#input += inputTokens;
    this.#output += outputTokens;
  }

  get used(): { readonly input: number; readonly output: number; readonly costUsd: number | undefined } {
    return { input: this.#input, output: this.#output, costUsd: this.#price && costOf({ inputTokens: this.#input, outputTokens: this.#output }, this.#price) };
  }

  /** Why nothing more may be asked; undefined where something may. */
  problem(): string | undefined {
    const { maxCostUsd, maxTokens } = this.#limits;
    const { input, output, costUsd } = this.used;
    if (maxTokens !== undefined && input + output >= maxTokens) return `the budget of ${maxTokens} tokens is spent`;
    if (maxCostUsd !== undefined && costUsd !== undefined && costUsd >= maxCostUsd) return `the budget of $${maxCostUsd} is spent`;
    return undefined;
  }
}

export function costOf({ inputTokens, outputTokens }: Usage, price: Price): number {
  return (inputTokens * price.inputUsdPerMillion + outputTokens * price.outputUsdPerMillion) / 1e6;
}
