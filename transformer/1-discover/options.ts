import type { PoetOptions } from '../../records/options.ts';
import type { PoetConfig } from '../config/config.ts';
import { describeValue } from '../config/field.ts';
import { isOptionName, NAMED_DOMAINS, OBJECTIVES, OPTION_CHECKS, OPTION_NAMES } from '../config/option-checks.ts';
import { sayNearest } from '../diagnostics/nearest.ts';
import type { Range, ResultKind, TargetOptions } from '../types.ts';
import type { OptionEntry, OptionReading } from './option-entry.ts';
import type { Refuse } from './refuse.ts';

export interface KnownDomains {
  /** Folders of the templates that are installed. */
  readonly domains: readonly string[];
  /** Objectives that a domain adds to those of every domain. */
  readonly objectives?: ReadonlyMap<string, readonly string[]>;
}

/** Checks names, types, ranges, domain and objective. What is refused is left out; every refusal is a diagnostic at its position. */
export function checkOptions({ entries, faults }: OptionReading, fn: string, known: KnownDomains, refuse: Refuse): PoetOptions {
  for (const { code, found, at } of faults) refuse(code, { fn, found }, at);
  const options: Record<string, unknown> = {};
  const places = new Map<string, Range>();
  for (const entry of entries) {
    const { name, value, nameAt, valueAt } = entry;
    if (!isOptionName(name)) refuse('POET1001', { fn, option: name, nearest: sayNearest(name, OPTION_NAMES) }, nameAt);
    else if (places.has(name)) refuse('POET1025', { fn, option: name }, nameAt);
    else if (value !== undefined && acceptsValue(entry, fn, refuse)) options[name] = value;
    places.set(name, valueAt);
  }
  checkDomain(options, places, fn, known, refuse);
  if (options['enableTraining'] !== undefined) refuse('POET1021', { fn }, places.get('enableTraining')!);
  return options;
}

function acceptsValue({ name, value, valueAt }: OptionEntry, fn: string, refuse: Refuse): boolean {
  const check = OPTION_CHECKS[name as keyof typeof OPTION_CHECKS];
  if (check.accepts(value)) return true;
  refuse('POET1002', { fn, option: name, expected: check.expected, found: describeValue(value) }, valueAt);
  return false;
}

function checkDomain(options: Record<string, unknown>, places: ReadonlyMap<string, Range>, fn: string, known: KnownDomains, refuse: Refuse): void {
  const { domain, optimizeFor } = options as PoetOptions;
  if (domain !== undefined && !known.domains.includes(domain)) {
    const at = places.get('domain')!;
    if ((NAMED_DOMAINS as readonly string[]).includes(domain)) refuse('POET1006', { fn, domain, installed: known.domains.join(', ') }, at);
    else refuse('POET1005', { fn, domain, nearest: sayNearest(domain, new Set([...known.domains, ...NAMED_DOMAINS])) }, at);
    delete options['domain'];
  }
  if (optimizeFor !== undefined) {
    const objectives = [...OBJECTIVES, ...(known.objectives?.get(domain ?? 'base') ?? [])];
    if (!objectives.includes(optimizeFor)) {
      refuse('POET1007', { fn, objective: optimizeFor, nearest: sayNearest(optimizeFor, objectives) }, places.get('optimizeFor')!);
      delete options['optimizeFor'];
    }
  }
}

/** Own options over the project's defaults. Limits that only asynchronous functions can keep come from the config for those alone. */
export function completeOptions(own: PoetOptions, config: PoetConfig, resultKind: ResultKind): TargetOptions {
  const { retries, timeoutMs, attemptMs, breaker, concurrent, queue } = config.defaults;
  const canWait = resultKind !== 'sync';
  const defaults: PoetOptions = {
    ...(canWait && retries !== undefined && { retries }),
    ...(canWait && timeoutMs !== undefined && { timeoutMs }),
    ...(canWait && attemptMs !== undefined && { attemptMs }),
    ...(breaker !== undefined && { breaker }),
    ...(canWait && concurrent !== undefined && { concurrent }),
    ...(canWait && concurrent !== undefined && queue !== undefined && { queue }),
    ...(config.enforce !== undefined && { enforce: config.enforce }),
  };
  const objective = own.enableTraining === true && own.optimizeFor === undefined ? { optimizeFor: 'performance' } : {};
  return { ...defaults, ...objective, ...own, domain: own.domain ?? 'base', perceive: own.perceive ?? config.perceive };
}
