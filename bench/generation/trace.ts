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

/** So many orders that another draw of them moves the mean by less than a thousandth. */
const ORDERS = 1_000;

/**
 * The best that a schedule without foresight can expect: it learns a latency only by waiting, so nothing speaks for one function before another,
 * and whoever is free takes the next one. The mean over orders, since one order is luck: some end up to 7 % apart. A fault is asked
 * again at once; put off to the end it costs a hundredth more at 50 wide, for what comes last ends last.
 * @returns milliseconds
 */
export function poolMs(trace: readonly (readonly Answer[])[], width: number): number {
  const sums = trace.map((answers) => answers.reduce((sum, { latencyMs }) => sum + latencyMs, 0));
  const random = makeRandom(2);
  let totalMs = 0;
  for (let n = 0; n < ORDERS; n++) {
    for (let i = sums.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [sums[i], sums[j]] = [sums[j]!, sums[i]!];
    }
    const free = Array.from({ length: width }, () => 0);
    for (const sum of sums) free[free.indexOf(Math.min(...free))]! += sum;
    totalMs += Math.max(...free);
  }
  return totalMs / ORDERS;
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
