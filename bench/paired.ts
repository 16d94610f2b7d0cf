/** How two things are compared here: alternating, pair by pair, so that what disturbs the machine disturbs both. */

export interface Ratio {
  /** Median of the paired ratios subject / peer. */
  readonly median: number;
  /** 95 % percentile bootstrap interval of that median. */
  readonly low: number;
  readonly high: number;
  readonly pairs: number;
}

/**
 * @param subject values, one a pair, same unit as `peer`, all above 0
 * @throws RangeError when the lists differ in length or are empty
 * Source: percentile bootstrap, Efron & Tibshirani (1993), ch. 13; the resampling is seeded, so that the same values give the same interval.
 */
export function comparePairs(subject: readonly number[], peer: readonly number[], resamples = 2_000): Ratio {
  if (subject.length !== peer.length || subject.length === 0) throw new RangeError(`expected pairs, found ${subject.length} and ${peer.length} values`);
  const ratios = subject.map((value, i) => value / peer[i]!);
  const random = makeRandom(0x9e3779b9);
  const medians = Array.from({ length: resamples }, () => median(ratios.map(() => ratios[Math.floor(random() * ratios.length)]!))).sort((a, b) => a - b);
  const at = (share: number): number => medians[Math.min(medians.length - 1, Math.floor(share * medians.length))]!;
  return { median: median(ratios), low: at(0.025), high: at(0.975), pairs: ratios.length };
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('expected at least one value');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function geometricMean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('expected at least one value');
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

export function showRatio({ median: m, low, high }: Ratio): string {
  return `${m.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

/** mulberry32. */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
