/** The laws of ml_monitoring: hold for ordinary detectors, and notice the mistakes that people make in them. */
import type { FunctionShape, TypeShape } from '../templates/format.ts';
import { laws } from '../templates/ml_monitoring/v1/laws.ts';
import { runLaws, type LawResult } from '../templates/run-laws.ts';

const NUMBER: TypeShape = { kind: 'number', text: 'number' };
const FLAG: TypeShape = { kind: 'boolean', text: 'boolean' };
const NUMBERS: TypeShape = { kind: 'array', text: 'number[]', element: NUMBER };
const FLAGS: TypeShape = { kind: 'array', text: 'boolean[]', element: FLAG };
const shape = (properties: Readonly<Record<string, TypeShape>>): TypeShape => ({ kind: 'shape', text: 'object', properties: Object.entries(properties).map(([name, type]) => ({ name, type, optional: false })) });

function fn(name: string, parameters: Readonly<Record<string, TypeShape>>, result: TypeShape): FunctionShape {
  return { name, async: false, result, parameters: Object.entries(parameters).map(([key, type]) => ({ name: key.replace('?', ''), type, optional: key.endsWith('?'), rest: false })) };
}

type Implementation = (...args: never[]) => unknown;

const clean = (xs: readonly number[]): number[] => xs.filter((x) => !Number.isNaN(x)).sort((x, y) => x - y);
const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;
const quantile = (sorted: readonly number[], q: number): number => sorted[Math.floor(q * (sorted.length - 1))] ?? 0;

function ks(reference: readonly number[], current: readonly number[]): number {
  const [a, b] = [clean(reference), clean(current)];
  if (a.length < 2 || b.length < 2) return 0;
  let score = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const x = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i] === x) i++;
    while (j < b.length && b[j] === x) j++;
    score = Math.max(score, Math.abs(i / a.length - j / b.length));
  }
  return score;
}
const detect = (reference: readonly number[], current: readonly number[]): { driftDetected: boolean; score: number } => {
  const score = ks(reference, current);
  const [n, m] = [clean(reference).length, clean(current).length];
  return { driftDetected: score > 1.628 * Math.sqrt((n + m) / (n * m)), score };
};
/** Bins of the reference's deciles, smoothed. */
function psi(reference: readonly number[], current: readonly number[], bins = 10): number {
  const [a, b] = [clean(reference), clean(current)];
  if (a.length < 2 || b.length < 2) return 0;
  const edges = [...new Set(Array.from({ length: bins - 1 }, (_, i) => quantile(a, (i + 1) / bins)))];
  const shares = (xs: readonly number[]): number[] => {
    const counts = Array.from({ length: edges.length * 2 + 1 }, () => 0);
    // A value on an edge has a bin of its own: a constant sample would be in one bin with everything below it.
    for (const x of xs) counts[edges.filter((edge) => x > edge).length * 2 + (edges.includes(x) ? 1 : 0)]! += 1;
    return counts.map((count) => (count + 0.5) / (xs.length + counts.length / 2));
  };
  const [p, q] = [shares(a), shares(b)];
  // The same shares of another number of values differ by the smoothing alone.
  return p.reduce((sum, share, i) => sum + (q[i]! - share) * Math.log(q[i]! / share), 0);
}
function flags(series: readonly number[]): boolean[] {
  const sorted = clean(series);
  const middle = quantile(sorted, 0.5);
  const spread = quantile(clean(series.map((x) => Math.abs(x - middle))), 0.5);
  return series.map((x) => (spread === 0 ? Math.abs(x - middle) > 0 && !Number.isNaN(x) : Math.abs(x - middle) / spread > 5));
}

const FORMS: Readonly<Record<string, readonly [FunctionShape, Implementation]>> = {
  detector: [fn('detectDrift', { reference: NUMBERS, current: NUMBERS }, shape({ driftDetected: FLAG, score: NUMBER })), detect],
  yesOrNo: [fn('hasDrifted', { reference: NUMBERS, current: NUMBERS, 'alpha?': NUMBER }, FLAG), (a: number[], b: number[]) => detect(a, b).driftDetected],
  limited: [fn('featureDrift', { baseline: NUMBERS, live: NUMBERS, threshold: NUMBER }, shape({ isDrift: FLAG, psi: NUMBER })), (a: number[], b: number[], threshold: number) => ({ isDrift: psi(a, b) > threshold, psi: psi(a, b) })],
  distance: [fn('ksStatistic', { a: NUMBERS, b: NUMBERS }, NUMBER), ks],
  index: [fn('psi', { expected: NUMBERS, actual: NUMBERS, bins: NUMBER }, NUMBER), psi],
  series: [fn('detectShift', { series: NUMBERS }, shape({ shifted: FLAG, score: NUMBER })), (series: number[]) => { const half = series.length >> 1; const { driftDetected: shifted, score } = detect(series.slice(0, half), series.slice(half)); return { shifted, score }; }],
  value: [fn('isAnomaly', { value: NUMBER, history: NUMBERS }, FLAG), (value: number, history: number[]) => clean(history).length > 1 && flags([...history, value]).at(-1) === true],
  flags: [fn('flagOutliers', { values: NUMBERS }, FLAGS), flags],
  places: [fn('findAnomalies', { values: NUMBERS }, NUMBERS), (values: number[]) => flags(values).flatMap((flag, i) => (flag ? [i] : []))],
  scores: [fn('anomalyScores', { values: NUMBERS }, NUMBERS), (values: number[]) => { const m = quantile(clean(values), 0.5); return values.map((x) => Math.abs(x - m)); }],
};

const judge = (form: FunctionShape, run: Implementation): readonly LawResult[] => runLaws(laws, form, run as (...args: unknown[]) => unknown, 7, 100);
const broken = (form: FunctionShape, run: Implementation): string => judge(form, run).filter((result) => result.broken !== undefined).map(({ law, broken: why }) => `${law}: ${why}`).join('\n');

it.each(Object.entries(FORMS))('%s: the laws that speak of it hold for an ordinary implementation', (_, [form, run]) => {
  expect(judge(form, run).length).toBeGreaterThan(2);
  expect(broken(form, run)).toBe('');
});

it('has no law without a form that it speaks of', () => {
  expect(laws.filter((law) => !Object.values(FORMS).some(([form]) => law.applies(form))).map(({ name }) => name)).toEqual([]);
});

it('covers every law by a mistake that it notices', () => {
  const mistakes: readonly Implementation[] = [
    () => undefined, () => true, () => false, () => 0, () => [], () => NaN, () => ({ driftDetected: true, isDrift: true, shifted: true, score: 1, psi: 1 }), () => ({ driftDetected: false, isDrift: false, shifted: false, score: NaN, psi: -1 }),
    (a: number[], b: number[]) => (a[0] ?? 0) - (b[0] ?? 0), () => { calls += 1; return calls; }, (xs: unknown) => (Array.isArray(xs) ? xs.map(() => 0) : calls++),
  ];
  let calls = 0;
  const noticed = new Set(Object.values(FORMS).flatMap(([form]) => mistakes.flatMap((run) => judge(form, run).filter((result) => result.broken !== undefined).map(({ law }) => law))));
  expect(laws.map(({ name }) => name).filter((name) => !noticed.has(name))).toEqual([]);
});

describe('notices', () => {
  const z = (a: readonly number[], b: readonly number[]): number => Math.abs(mean(a) - mean(b)) / Math.sqrt(mean(a.map((x) => (x - mean(a)) ** 2)) / a.length);
  it.each<[string, keyof typeof FORMS, Implementation, RegExp]>([
    ['the stub itself', 'detector', () => ({ driftDetected: false, score: 0 }), /a large shift drifts/],
    ['a spread of zero that divides', 'yesOrNo', (a: number[], b: number[]) => { const score = z(clean(a), clean(b)); return b.length > 1 && Number.isFinite(score) && score > 3; }, /a large shift drifts/],
    ['an empty window that throws', 'yesOrNo', (a: number[], b: number[]) => { if (b.length === 0) throw new RangeError('no data'); return detect(a, b).driftDetected; }, /too little data.*no data/],
    ['values compared in pairs', 'yesOrNo', (a: number[], b: number[]) => b.length > 1 && a.length > 1 && a.some((x, i) => x !== b[i]), /the same values in other numbers|far below the spread/],
    ['only upwards', 'yesOrNo', (a: number[], b: number[]) => detect(a, b).driftDetected && mean(b) > mean(a), /up and down/],
    ['a sample that is sorted in place', 'detector', (a: number[], b: number[]) => { a.sort((x, y) => x - y); return detect(a, b); }, /read only|Cannot assign/],
    ['NaN in a mean', 'detector', (a: number[], b: number[]) => { const score = a.length < 2 || b.length < 2 ? 0 : Math.abs(mean(a) - mean(b)); return { driftDetected: score > 100, score }; }, /NaN among the values/],
    ['an infinite score', 'index', (a: number[], b: number[]) => (ks(a, b) === 1 ? Infinity : ks(a, b)), /finite/],
    ['the first values alone', 'detector', (a: number[], b: number[]) => detect(a.slice(0, 40), b.slice(0, 40)), /the order of the values/],
    ['ties that step one by one', 'distance', (a: number[], b: number[]) => {
      const [x, y] = [clean(a), clean(b)];
      let best = 0;
      for (let i = 0, j = 0; i < x.length && j < y.length;) { if (x[i]! <= y[j]!) i++; else j++; best = Math.max(best, Math.abs(i / x.length - j / y.length)); }
      return best;
    }, /to itself is zero/],
    ['a divergence where a distance is wanted', 'distance', (a: number[], b: number[]) => ks(a, b) * (mean(clean(b)) > mean(clean(a)) ? 1 : 0.5), /same in both directions/],
    ['a mean that the outlier drags along', 'value', (value: number, history: number[]) => history.length > 1 && Math.abs(value - mean(history)) > 3 * Math.sqrt(mean(history.map((x) => (x - mean(history)) ** 2))), /NaN among/],
    ['equal values that are all flagged', 'flags', (xs: number[]) => { const m = mean(xs); const s = Math.sqrt(mean(xs.map((x) => (x - m) ** 2))); return xs.map((x) => !(Math.abs(x - m) / s <= 3)); }, /always so/],
    ['only above', 'flags', (xs: number[]) => flags(xs).map((flag, i) => flag && xs[i]! > 0), /above and below/],
    ['flags without the first', 'flags', (xs: number[]) => flags(xs).slice(1), /one answer for each/],
    ['a score per rank', 'scores', (xs: number[]) => xs.map((_, i) => i), /far outside scores highest/],
  ])('%s', (_, name, run, law) => expect(broken(FORMS[name]![0], run)).toMatch(law));
});

it.each([
  ['other types', fn('detectDrift', { before: { kind: 'string', text: 'string' }, after: NUMBERS }, FLAG)],
  ['other names', fn('summarise', { reference: NUMBERS, current: NUMBERS }, shape({ driftDetected: FLAG }))],
  ['an answer that is none', fn('detectDrift', { reference: NUMBERS, current: NUMBERS }, { kind: 'string', text: 'string' })],
  ['a setting that cannot be guessed', fn('detectDrift', { reference: NUMBERS, current: NUMBERS, mode: { kind: 'string', text: 'string' } }, FLAG)],
])('says nothing of functions with %s', (_, form) => expect(laws.filter((law) => law.applies(form))).toEqual([]));
