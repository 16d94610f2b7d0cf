import type { PoetOptions } from '../../records/options.ts';
import { bool, int, oneOf, text, type Check } from './field.ts';

/** The longest time that a timer can wait, milliseconds; beyond it Node fires at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** What each option of a target must be; the same checks serve `defaults` in poet.config.json. */
export const OPTION_CHECKS = {
  domain: text('the name of a domain', /^[A-Za-z][\w-]*$/),
  optimizeFor: text('the name of an objective', /^[A-Za-z][\w-]*$/),
  idempotent: bool(),
  retries: int(0, 10),
  timeoutMs: int(1, MAX_TIMER_MS),
  attemptMs: int(1, MAX_TIMER_MS),
  breaker: bool(),
  concurrent: int(1, 1_000_000),
  queue: int(0, 1_000_000),
  correlateBy: text('a path such as order.id', /^[A-Za-z_$][\w$]*(?:\[\d+\])*(?:\.[A-Za-z_$][\w$]*(?:\[\d+\])*)*$/),
  perceive: oneOf('correct', 'strict', 'observe'),
  enforce: oneOf('throw', 'report'),
  fidelity: oneOf('preserve', 'implement'),
  template: text('a version such as v1', /^v[1-9]\d*$/),
  enableTraining: bool(),
} as const satisfies { readonly [K in keyof Required<PoetOptions>]: Check<NonNullable<PoetOptions[K]>> };

export type OptionName = keyof typeof OPTION_CHECKS;

export const OPTION_NAMES = Object.keys(OPTION_CHECKS) as OptionName[];

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTION_CHECKS, name);
}

/** SPEC's domains; which of them are installed is a matter of the templates folder. */
export const NAMED_DOMAINS = ['base', 'ml_monitoring', 'api_operations', 'customer_service', 'financial_risk', 'prompt_optimization'] as const;

/** Objectives of every domain; a template may define more. */
export const OBJECTIVES = ['accuracy', 'precision', 'recall', 'latency', 'cost', 'alert_quality', 'performance'] as const;
