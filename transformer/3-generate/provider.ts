import type { Candidate, Plan } from '../types.ts';
import type { Context } from '../context.ts';

/**
 * Makes candidates: one a plan, in the order of the plans.
 *
 * Synchronous, as compilers are: a provider that waits for a network does so in a process of its own behind this port.
 */
export interface Provider {
  /** `builtin`, `anthropic`, …; recorded in the version's metadata. */
  readonly name: string;
  generate(plans: readonly Plan[], ctx: Context): readonly Candidate[];
}
