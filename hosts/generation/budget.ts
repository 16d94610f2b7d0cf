import type { Usage } from '../providers/provider.ts';

export interface Price { readonly inputUsdPerMillion: number; readonly outputUsdPerMillion: number }

export interface Limits { readonly maxCostUsd: number | undefined; readonly maxTokens: number | undefined }

/** What a run has used, refused answers and repetitions included, and whether there is room for more. */
export class Budget {
  readonly #limits: Limits;
  readonly #price: Price | undefined;
  readonly #flying = new Set<Usage>();
  #waiting: (() => void)[] = [];
  #input = 0;
  #output = 0;

  constructor(limits: Limits, price: Price | undefined) {
    this.#limits = limits;
    this.#price = price;
  }

  /** What others have used before of the same budget. */
  carry({ inputTokens, outputTokens }: Usage): void {
    this.#input += inputTokens;
    this.#output += outputTokens;
  }

  /**
   * Makes room for a request before it is sent, so that fifty at once do not pass a limit together. A run that has not begun may always ask
   * once; where only what is on its way fills the budget, its end is waited for, since it may use less.
   * @param expected what it will use, about
   * @returns what takes the place of the expectation when its end is known; or why nothing more may be asked
   */
  async reserve(expected: Usage): Promise<{ settle(used: Usage): void } | { readonly problem: string }> {
    for (;;) {
      const problem = this.#input + this.#output + this.#flying.size === 0 ? undefined : this.#problem([...this.#flying, expected]);
      if (problem === undefined) break;
      if (this.#flying.size === 0 || this.#problem([expected]) !== undefined) return { problem };
      await new Promise<void>((resolve) => { this.#waiting.push(resolve); });
    }
    this.#flying.add(expected);
    return {
      settle: ({ inputTokens, outputTokens }) => {
        if (!this.#flying.delete(expected)) return;
        this.#input += inputTokens;
        this.#output += outputTokens;
        for (const wake of this.#waiting.splice(0)) wake();
      },
    };
  }

  get used(): { readonly input: number; readonly output: number; readonly costUsd: number | undefined } {
    return { input: this.#input, output: this.#output, costUsd: this.#price && costOf({ inputTokens: this.#input, outputTokens: this.#output }, this.#price) };
  }

  #problem(planned: readonly Usage[]): string | undefined {
    const { maxCostUsd, maxTokens } = this.#limits;
    const total: Usage = {
      inputTokens: this.#input + planned.reduce((sum, each) => sum + each.inputTokens, 0),
      outputTokens: this.#output + planned.reduce((sum, each) => sum + each.outputTokens, 0),
    };
    if (maxTokens !== undefined && total.inputTokens + total.outputTokens >= maxTokens) return `the budget of ${maxTokens} tokens is spent`;
    if (maxCostUsd !== undefined && this.#price !== undefined && costOf(total, this.#price) >= maxCostUsd) return `the budget of $${maxCostUsd} is spent`;
    return undefined;
  }
}

export const addUsage = (a: Usage, b: Usage | undefined): Usage => ({ inputTokens: a.inputTokens + (b?.inputTokens ?? 0), outputTokens: a.outputTokens + (b?.outputTokens ?? 0) });

export function costOf({ inputTokens, outputTokens }: Usage, price: Price): number {
  return (inputTokens * price.inputUsdPerMillion + outputTokens * price.outputUsdPerMillion) / 1e6;
}

/** About four characters of code are a token. */
const CHARACTERS_A_TOKEN = 4;
export const tokensOf = (...texts: readonly string[]): number => Math.ceil(texts.reduce((sum, text) => sum + text.length, 0) / CHARACTERS_A_TOKEN);
