/** What callers do and what becomes of it, drawn at random. */
import type { PolicySpec } from '../../runtime/policy/spec.ts';

/** What an attempt comes to, and after how long; `hang` never. */
export interface Script { readonly after: number; readonly end: 'ok' | 'reset' | 'refused' | 'business' | 'hang' }

/** Each attempt takes the next script; the last one stays. */
export interface PlannedCall { readonly startMs: number; readonly scripts: readonly Script[] }

export interface Plan { readonly policy: PolicySpec; readonly calls: readonly PlannedCall[] }

export interface Outcome { readonly result: string; readonly atMs: number; readonly attempts: number }

const ENDS: readonly Script['end'][] = ['ok', 'ok', 'ok', 'reset', 'reset', 'refused', 'business', 'hang'];

export function makePlan(random: () => number): Plan {
  const policy = makePolicy(random);
  const calls: PlannedCall[] = [];
  let startMs = 0;
  for (let n = below(random, 60) + 1; n > 0; n--) {
    startMs += oddTime(random, 120);
    calls.push({ startMs, scripts: Array.from({ length: 1 + below(random, 4) }, () => ({ after: oddTime(random, 400), end: pick(random, ENDS) })) });
  }
  return { policy, calls };
}

function makePolicy(random: () => number): PolicySpec {
  const maybe = <T>(make: () => T): T | undefined => (random() < 0.5 ? make() : undefined);
  const breaker = maybe(() => clean({
    failureRate: pick(random, [0.3, 0.5, 0.8]), minimumCalls: 2 + below(random, 7), windowMs: pick(random, [500, 2_000]), openMs: maybe(() => pick(random, [200.7, 900.3])),
    probes: maybe(() => 1 + below(random, 3)), consecutive: maybe(() => 2 + below(random, 4)), ...(random() < 0.3 && { slowMs: pick(random, [100.5, 300.25]), slowRate: pick(random, [0.5, 0.9]) }),
  }));
  return clean({
    retries: maybe(() => below(random, 4)), repeat: maybe(() => pick(random, ['transient', 'unconnected'] as const)), timeoutMs: maybe(() => pick(random, [300.123, 900.77])),
    attemptMs: maybe(() => pick(random, [150.31, 250.9])), breaker, bulkhead: maybe(() => ({ concurrent: 1 + below(random, 5), queue: below(random, 5) })),
  });
}

/** Odd fractions, so that hardly ever two things happen at the same time: which of them comes first is nobody's promise. */
export function oddTime(random: () => number, max: number): number {
  return 1 + below(random, max) + (1 + below(random, 999_983)) / 999_983;
}

export function below(random: () => number, n: number): number {
  return Math.floor(random() * n);
}

export function pick<T>(random: () => number, list: readonly T[]): T {
  return list[below(random, list.length)]!;
}

type Cleaned<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** Without the fields that are undefined. */
function clean<T extends object>(value: T): Cleaned<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Cleaned<T>;
}
