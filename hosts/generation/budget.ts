import type { Usage } from '../providers/provider.ts';

export interface Price { readonly inputUsdPerMillion: number; readonly outputUsdPerMillion: number }

export interface Limits { readonly maxCostUsd: number | undefined; readonly maxTokens: number | undefined }

/** What a run has used, refused answers and repetitions included, and whether there is room for more. */
export class Budget {
  readonly #limits: Limits;
  readonly #price: Price | undefined;
  readonly #flying = new Set<Usage>();
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

  /**
   * Makes room for a request before it is sent, so that fifty at once do not pass a limit together.
   * @param expected what it will use, about
   * @returns what takes the place of the expectation when its end is known; or why nothing more may be asked
   */
  reserve(expected: Usage): { settle(used: Usage): void } | { readonly problem: string } {
    const problem = this.problem(expected);
    if (problem !== undefined) return { problem };
    this.#flying.add(expected);
    return { settle: (used) => { if (this.#flying.delete(expected)) this.use(used); } };
  }

  get used(): { readonly input: number; readonly output: number; readonly costUsd: number | undefined } {
    return { input: this.#input, output: this.#output, costUsd: this.#price && costOf({ inputTokens: this.#input, outputTokens: this.#output }, this.#price) };
  }

  /** Why nothing more may be asked; undefined where something may. A run that has not begun may always ask once. */
  problem(more?: Usage): string | undefined {
    const { maxCostUsd, maxTokens } = this.#limits;
    const planned = [...this.#flying, ...(more === undefined || this.#flying.size === 0 ? [] : [more])];
    const total: Usage = {
      inputTokens: this.#input + planned.reduce((sum, each) => sum + each.inputTokens, 0),
      outputTokens: this.#output + planned.reduce((sum, each) => sum + each.outputTokens, 0),
    };
    if (maxTokens !== undefined && total.inputTokens + total.outputTokens >= maxTokens) return `the budget of ${maxTokens} tokens is spent`;
    if (maxCostUsd !== undefined && this.#price !== undefined && costOf(total, this.#price) >= maxCostUsd) return `the budget of $${maxCostUsd} is spent`;
    return undefined;
  }
}

export function costOf({ inputTokens, outputTokens }: Usage, price: Price): number {
  return (inputTokens * price.inputUsdPerMillion + outputTokens * price.outputUsdPerMillion) / 1e6;
}

/** About four characters of code are a token. */
const CHARACTERS_A_TOKEN = 4;
export const tokensOf = (...texts: readonly string[]): number => Math.ceil(texts.reduce((sum, text) => sum + text.length, 0) / CHARACTERS_A_TOKEN);
