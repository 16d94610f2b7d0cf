/** What is known of models beforehand: prices and ends. Configuration overrides prices; what is not here needs one for a limit in dollars. */
import type { Price } from './budget.ts';

/** What is asked when a key is there and nothing was configured. */
export const DEFAULT_ANTHROPIC_MODEL = 'claude-sonnet-5-5';

/**
 * US dollars per million tokens, as published by the vendor; input read from a cache counts as input, and input written to one as 1.25 of it (providers/anthropic.ts),
 * so that a limit is never passed unseen.
 * claude-haiku-5-5 is not here: its price depends on how long a prompt is.
 */
const PRICES: readonly (readonly [family: RegExp, price: Price])[] = [
  [/^claude-fable-5(?:-|$)/, { inputUsdPerMillion: 10, outputUsdPerMillion: 50 }],
  [/^claude-opus-5-5(?:-|$)/, { inputUsdPerMillion: 4, outputUsdPerMillion: 20 }],
  [/^claude-opus-5(?:-\d{8})?$/, { inputUsdPerMillion: 5, outputUsdPerMillion: 25 }],
  [/^claude-sonnet-5(?:-5)?(?:-\d{8})?$/, { inputUsdPerMillion: 2, outputUsdPerMillion: 10 }],
  [/^claude-opus-4-[5678](?:-|$)/, { inputUsdPerMillion: 5, outputUsdPerMillion: 25 }],
  [/^claude-sonnet-4-[56](?:-|$)/, { inputUsdPerMillion: 3, outputUsdPerMillion: 15 }],
  [/^claude-haiku-4-5(?:-|$)/, { inputUsdPerMillion: 1, outputUsdPerMillion: 5 }],
];

/** Source: the list of deprecated models that @anthropic-ai/sdk 1.13 carries, and the vendor's release notes. */
const ENDS: readonly (readonly [family: RegExp, end: string])[] = [
  [/^claude-(?:2|3|instant)/, '2026-02-19'],
  [/^claude-(?:opus|sonnet)-4(?:-0|-\d{8})?$/, '2026-06-15'],
  [/^claude-mythos-preview$/, '2026-06-30'],
  [/^claude-sonnet-4-5(?:-|$)/, '2026-11-30'],
  [/^claude-opus-4-5(?:-|$)/, '2027-01-22'],
];

/** What a model writes beside an answer, because it thinks unasked: a guess on the high side, since a limit must hold for fifty questions at once. */
export const thinkingTokensOf = (model: string): number => (/^claude-[a-z]+-5(?:-|$)/.test(model) ? 4_000 : 0);

export const priceOf = (model: string): Price | undefined => PRICES.find(([family]) => family.test(model))?.[1];

/** Why another model should be pinned; undefined where nothing speaks against this one. */
export function findRetirement(model: string, nowMs: number): string | undefined {
  const end = ENDS.find(([family]) => family.test(model))?.[1];
  if (end === undefined) return undefined;
  return nowMs >= Date.parse(`${end}T00:00:00Z`) ? `it was retired on ${end}` : `it is deprecated and ends on ${end}`;
}
