/** Latencies of a model as they were seen: a long tail, and now and then a fault. Seeded: the same numbers every time. */

export interface Answer {
  readonly latencyMs: number;
  readonly isFault: boolean;
}

/** Log-normal with mean 6 s and 95th percentile 10 s: exp(mu + sigma²/2) = 6, exp(mu + 1.645 sigma) = 10. */
const SIGMA = 0.3443;
const MU = Math.log(6_000) - (SIGMA * SIGMA) / 2;
const FAULTS = 0.02;
/** An overloaded server says so at once. */
const FAULT_MS = 400;

/** For each function the answers that it will get, the last one good. */
export function makeTrace(functions: number, seed: number): readonly (readonly Answer[])[] {
  const random = makeRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: functions }, () => {
    const answers: Answer[] = [];
    while (random() < FAULTS) answers.push({ latencyMs: FAULT_MS, isFault: true });
    answers.push({ latencyMs: Math.exp(MU + SIGMA * normal()), isFault: false });
    return answers;
  });
}

/**
 * No schedule ends earlier, not even one that knows every latency beforehand: the work shared out evenly, or the longest single function.
 * @returns milliseconds
 */
export function bestScheduleMs(trace: readonly (readonly Answer[])[], width: number): number {
  const sums = trace.map((answers) => answers.reduce((sum, { latencyMs }) => sum + latencyMs, 0));
  return Math.max(sums.reduce((a, b) => a + b, 0) / width, ...sums);
}

/** What a pool that costs nothing reaches when it learns a latency only by waiting: in the order of the trace, the next one to whoever is free. */
export function idealPoolMs(trace: readonly (readonly Answer[])[], width: number): number {
  const free = Array.from({ length: width }, () => 0);
  for (const answers of trace) {
    const next = free.indexOf(Math.min(...free));
    free[next]! += answers.reduce((sum, { latencyMs }) => sum + latencyMs, 0);
  }
  return Math.max(...free);
}

/** mulberry32. */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
