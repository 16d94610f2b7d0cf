import type { FunctionShape, Law, Run, Sample, TypeShape } from 'poetc/templates';

type Parameter = FunctionShape['parameters'][number];

function check(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

// ---- forms: what a function takes and what it answers, by its types and names

const membersOf = (type: TypeShape): readonly TypeShape[] => type.members ?? [type];
const isNumber = (type: TypeShape): boolean => membersOf(type).every(({ kind }) => kind === 'number' || kind === 'null' || kind === 'undefined') && membersOf(type).some(({ kind }) => kind === 'number');
const isFlag = (type: TypeShape): boolean => membersOf(type).every((m) => m.kind === 'boolean' || (m.kind === 'literal' && typeof m.value === 'boolean'));
const isNumbers = (type: TypeShape): boolean => type.kind === 'array' && type.element?.kind === 'number';
const takesNumbers = (parameter: Parameter | undefined): boolean => parameter !== undefined && !parameter.rest && isNumbers(parameter.type);

const isNamedDrift = (fn: FunctionShape): boolean => /drift|shift/i.test(fn.name);
const isNamedDistance = (fn: FunctionShape): boolean =>
  /psi|stability.?index|kolmogorov|^ks|ks$|ks(?:statistic|distance|score)|wasserstein|earth.?mover|jensen|divergence|hellinger|total.?variation|distance/i.test(fn.name);
const isNamedAnomaly = (fn: FunctionShape): boolean => /anomal|outlier/i.test(fn.name);

const DRIFTED = /drift|shift|detected|chang|alert/i;
const FLAGGED = /anomal|outlier|detected|alert/i;
const SCORE = /score|statistic|distance|divergence|psi|magnitude|severity/i;
const PROBABILITY = /^p$|p.?value|confidence|probability|quality/i;

interface Field { readonly name: string | undefined; read(result: unknown): unknown }

/** Where the answer stands: the result itself, or the property of it that says so by its name; the only one of its type needs no name. */
function findField(type: TypeShape, name: RegExp, fits: (type: TypeShape) => boolean): Field | undefined {
  if (fits(type)) return { name: undefined, read: (result) => result };
  const properties = (type.kind === 'shape' ? type.properties ?? [] : []).filter((p) => !p.optional && fits(p.type));
  const found = properties.find((p) => name.test(p.name));
  return found && { name: found.name, read: (result) => (typeof result === 'object' && result !== null ? (result as Readonly<Record<string, unknown>>)[found.name] : undefined) };
}

const driftOf = (fn: FunctionShape): Field | undefined => findField(fn.result, DRIFTED, isFlag);
const scoreOf = (fn: FunctionShape): Field | undefined => {
  const field = findField(fn.result, SCORE, isNumber);
  return field?.name === undefined && PROBABILITY.test(fn.name) ? undefined : field;
};

/** Arguments after the samples: what may be left out is; a limit, a level, a number of bins has a usual value. */
function settingOf(parameter: Parameter): number | undefined {
  if (!isNumber(parameter.type) || parameter.rest) return undefined;
  if (/bin|bucket/i.test(parameter.name)) return 10;
  if (/alpha|level|significance|^p/i.test(parameter.name)) return 0.01;
  if (/window|size|lag/i.test(parameter.name)) return 10;
  return /^z|sigma|^k$|factor|multiplier|deviation/i.test(parameter.name) ? 3 : /threshold|limit|cutoff|tolerance|min/i.test(parameter.name) ? 0.2 : undefined;
}

function settingsOf(fn: FunctionShape, from: number): readonly number[] | undefined {
  const required = fn.parameters.slice(from).filter((p) => !p.optional && !p.rest);
  const settings = required.map(settingOf);
  return settings.every((value) => value !== undefined) ? settings : undefined;
}

const takesTwo = (fn: FunctionShape): boolean => takesNumbers(fn.parameters[0]) && takesNumbers(fn.parameters[1]) && settingsOf(fn, 2) !== undefined;
const takesOne = (fn: FunctionShape): boolean => takesNumbers(fn.parameters[0]) && !takesNumbers(fn.parameters[1]) && settingsOf(fn, 1) !== undefined;
const takesValueAndHistory = (fn: FunctionShape): boolean =>
  fn.parameters[0]?.type.kind === 'number' && !fn.parameters[0].rest && takesNumbers(fn.parameters[1]) && settingsOf(fn, 2) !== undefined;

/** Says of two samples whether they differ, or by how much. */
const comparesSamples = (fn: FunctionShape): boolean => takesTwo(fn) && (isNamedDrift(fn) || isNamedDistance(fn)) && (driftOf(fn) !== undefined || scoreOf(fn) !== undefined);
const detectsDrift = (fn: FunctionShape): boolean => takesTwo(fn) && isNamedDrift(fn) && driftOf(fn) !== undefined;
const scoresSamples = (fn: FunctionShape): boolean => comparesSamples(fn) && scoreOf(fn) !== undefined;
const measuresDistance = (fn: FunctionShape): boolean => takesTwo(fn) && isNamedDistance(fn) && !isNamedDrift(fn) && isNumber(fn.result);
/** Says of one series whether it changed on the way. */
const watchesSeries = (fn: FunctionShape): boolean => takesOne(fn) && isNamedDrift(fn) && driftOf(fn) !== undefined;
const judgesValue = (fn: FunctionShape): boolean => takesValueAndHistory(fn) && isNamedAnomaly(fn) && findField(fn.result, FLAGGED, isFlag) !== undefined;
const listsAnomalies = (fn: FunctionShape): boolean =>
  takesOne(fn) && isNamedAnomaly(fn) && (isNumbers(fn.result) || (fn.result.kind === 'array' && fn.result.element !== undefined && isFlag(fn.result.element)));
const isScored = (fn: FunctionShape): boolean => isNumbers(fn.result) && /score/i.test(fn.name);

const compare = (run: Run, fn: FunctionShape, reference: readonly number[], current: readonly number[]): unknown => run([...reference], [...current], ...(settingsOf(fn, 2) ?? []));
const watch = (run: Run, fn: FunctionShape, series: readonly number[]): unknown => run([...series], ...(settingsOf(fn, 1) ?? []));
const judge = (run: Run, fn: FunctionShape, value: number, history: readonly number[]): unknown =>
  findField(fn.result, FLAGGED, isFlag)?.read(run(value, [...history], ...(settingsOf(fn, 2) ?? [])));

// ---- samples

/** Whole, quarter and eighth numbers: sums of them are exact in any order. */
const values = (sample: Sample, from: number, to: number): number[] =>
  Array.from({ length: sample.integer(from, to) }, () => sample.integer(-400, 400) / sample.pick([1, 4, 8]));
const constant = (size: number, value: number): number[] => Array.from({ length: size }, () => value);
const someSample = (sample: Sample): number[] => sample.pick([
  () => values(sample, 50, 120),
  () => Array.from({ length: sample.integer(50, 120) }, () => sample.integer(0, 3)),
  () => constant(sample.integer(50, 120), sample.integer(-9, 9)),
])();
const moved = (sample: readonly number[], by: number): number[] => sample.map((x) => x + by);

function shuffled(items: readonly number[], sample: Sample): number[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i -= 1) {
    const j = sample.integer(0, i);
    [out[i], out[j]] = [out[j] as number, out[i] as number];
  }
  return out;
}

/** Nine digits, and nothing below a billionth: sums in another order differ behind that. */
const rounded = (x: number): number | string => (!Number.isFinite(x) ? String(x) : Math.abs(x) < 1e-9 ? 0 : Number(x.toPrecision(9)));
const text = (value: unknown): string => JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'number' ? rounded(inner) : inner)) ?? 'nothing';
/** Counts of values and the like may change with what is passed over; what was found may not. */
const finding = (result: unknown, fn: FunctionShape): string => text([driftOf(fn)?.read(result), scoreOf(fn)?.read(result)]);
const isNear = (a: unknown, b: unknown): boolean => typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

function checkScores(result: unknown, fn: FunctionShape): void {
  const score = scoreOf(fn);
  const value = score?.read(result);
  if (score && value !== null && value !== undefined) check(typeof value === 'number' && Number.isFinite(value) && value >= 0, `expected ${score.name ?? 'the score'} to be a finite number from 0`);
  const properties = fn.result.kind === 'shape' ? fn.result.properties ?? [] : [];
  for (const { name, type } of properties) {
    const found = (result as Readonly<Record<string, unknown>> | null)?.[name];
    if (PROBABILITY.test(name) && isNumber(type) && typeof found === 'number') check(found >= 0 && found <= 1, `expected ${name} to be within 0 and 1`);
  }
  if (isNumber(fn.result) && PROBABILITY.test(fn.name) && typeof result === 'number') check(result >= 0 && result <= 1, 'expected it to be within 0 and 1');
}

// ---- laws

export const laws: readonly Law[] = [
  {
    name: 'identical samples never drift',
    why: 'an alarm without a change is one that nobody believes the next time',
    applies: detectsDrift,
    property(run, sample, fn) {
      const reference = someSample(sample);
      check(driftOf(fn)?.read(compare(run, fn, reference, reference)) === false, 'expected no drift');
    },
  },
  {
    name: 'the same values in other numbers never drift',
    why: 'a window twice as long is no change of what it shows',
    applies: detectsDrift,
    property(run, sample, fn) {
      const reference = someSample(sample);
      check(driftOf(fn)?.read(compare(run, fn, reference, [...reference, ...reference])) === false, 'expected no drift');
      check(driftOf(fn)?.read(compare(run, fn, [...reference, ...reference], reference)) === false, 'expected no drift');
    },
  },
  {
    name: 'a difference far below the spread is no drift',
    why: 'with a clock, a rounding or a sensor every sample differs a little',
    applies: detectsDrift,
    property(run, sample, fn) {
      const size = sample.integer(80, 120);
      const reference = Array.from({ length: size }, (_, i) => i);
      check(driftOf(fn)?.read(compare(run, fn, reference, moved(reference, sample.pick([0.25, -0.25, 0.5])))) === false, 'expected no drift');
    },
  },
  {
    name: 'a large shift drifts, up and down',
    why: 'it is what the detector is for; a spread of zero is where formulas divide by it',
    applies: detectsDrift,
    property(run, sample, fn) {
      const reference = someSample(sample);
      const current = moved(someSample(sample), sample.pick([10_000, -10_000]));
      check(driftOf(fn)?.read(compare(run, fn, reference, current)) === true, 'expected drift');
      check(driftOf(fn)?.read(compare(run, fn, current, reference)) === true, 'expected drift with the samples exchanged, too');
    },
  },
  {
    name: 'too little data is no drift',
    why: 'the first window of a day is empty, and a monitor that fails then watches nothing',
    applies: detectsDrift,
    property(run, sample, fn) {
      const [few, many] = [values(sample, 0, 1), someSample(sample)];
      const pair = sample.pick<readonly [readonly number[], readonly number[]]>([[few, many], [many, few], [few, values(sample, 0, 1)], [[], []]]);
      check(driftOf(fn)?.read(compare(run, fn, pair[0], pair[1])) === false, 'expected no drift, and no error');
    },
  },
  {
    name: 'the order of the values does not matter',
    why: 'two samples are sets of observations; the same ones in another order say the same',
    applies: comparesSamples,
    property(run, sample, fn) {
      const [reference, current] = [someSample(sample), moved(someSample(sample), sample.pick([0, 20, 10_000]))];
      const before = compare(run, fn, reference, current);
      const after = compare(run, fn, shuffled(reference, sample), shuffled(current, sample));
      check(text(after) === text(before), `expected ${text(before)} again`);
    },
  },
  {
    name: 'the same samples give the same answer',
    why: 'what cannot be repeated cannot be looked into',
    applies: (fn) => comparesSamples(fn) || watchesSeries(fn) || judgesValue(fn) || listsAnomalies(fn),
    property(run, sample, fn) {
      const [first, second] = [someSample(sample), someSample(sample)];
      const call = (): unknown => (comparesSamples(fn) ? compare(run, fn, first, second) : judgesValue(fn) ? judge(run, fn, second[0] as number, first) : watch(run, fn, first));
      const before = call();
      check(text(call()) === text(before), `expected ${text(before)} again`);
    },
  },
  {
    name: 'scores are finite and within their bounds',
    why: 'NaN is neither above nor below a limit: it switches the alarm off',
    applies: (fn) => comparesSamples(fn) || (watchesSeries(fn) && scoreOf(fn) !== undefined),
    property(run, sample, fn) {
      const reference = someSample(sample);
      const current = sample.pick([reference, someSample(sample), moved(reference, 10_000), []]);
      checkScores(comparesSamples(fn) ? compare(run, fn, reference, current) : watch(run, fn, [...reference, ...current]), fn);
    },
  },
  {
    name: 'identical samples score lowest',
    why: 'a score that does not grow with the change cannot be compared with a limit',
    applies: scoresSamples,
    property(run, sample, fn) {
      const reference = someSample(sample);
      const [same, far] = [reference, moved(reference, sample.pick([10_000, -10_000]))].map((current) => scoreOf(fn)?.read(compare(run, fn, reference, current)) ?? 0);
      check(Number(same) < Number(far), `expected less than ${text(far)}`);
    },
  },
  {
    name: 'the distance of a sample to itself is zero',
    why: 'that is what makes it a distance',
    applies: measuresDistance,
    property(run, sample, fn) {
      const reference = someSample(sample);
      check(Math.abs(Number(compare(run, fn, reference, reference))) <= 1e-6, 'expected zero');
    },
  },
  {
    name: 'a symmetric distance is the same in both directions',
    why: 'Kolmogorov and Smirnov, Wasserstein, Jensen and Shannon, Hellinger: whoever reads the name relies on it',
    applies: (fn) => measuresDistance(fn) && /kolmogorov|ks|wasserstein|earth.?mover|jensen|hellinger|total.?variation/i.test(fn.name),
    property(run, sample, fn) {
      const [a, b] = [someSample(sample), moved(someSample(sample), sample.pick([0, 50]))];
      const there = compare(run, fn, a, b);
      check(isNear(compare(run, fn, b, a), there), `expected ${text(there)}`);
    },
  },
  {
    name: 'NaN among the values is passed over',
    why: 'a gap in the data is no change of the data, and one NaN spoils every sum',
    applies: (fn) => comparesSamples(fn) || judgesValue(fn),
    property(run, sample, fn) {
      const reference = someSample(sample);
      const gappy = (items: readonly number[]): number[] => shuffled([...items, ...Array.from({ length: sample.integer(1, 5) }, () => NaN)], sample);
      if (judgesValue(fn)) {
        check(judge(run, fn, 100_000, gappy(reference)) === true, 'expected an anomaly');
        return;
      }
      const current = sample.pick([reference, moved(reference, 10_000)]);
      const before = finding(compare(run, fn, reference, current), fn);
      check(finding(compare(run, fn, gappy(reference), gappy(current)), fn) === before, `expected ${before} as without NaN`);
    },
  },
  {
    name: 'a series that stays the same never drifts',
    why: 'it is the one thing that all detectors agree about, and where a spread of zero divides',
    applies: watchesSeries,
    property(run, sample, fn) {
      const series = constant(sample.integer(0, 120), sample.integer(-9, 9));
      check(driftOf(fn)?.read(watch(run, fn, series)) === false, 'expected no drift');
    },
  },
  {
    name: 'a series that jumps far in the middle drifts',
    why: 'it is what the detector is for',
    applies: watchesSeries,
    property(run, sample, fn) {
      const size = sample.integer(40, 80);
      const half = (at: number): number[] => Array.from({ length: size }, () => at + sample.integer(0, 3));
      check(driftOf(fn)?.read(watch(run, fn, [...half(0), ...half(sample.pick([10_000, -10_000]))])) === true, 'expected drift');
    },
  },
  {
    name: 'what was always so is no anomaly',
    why: 'an alarm for the usual is one that nobody reads; where all values are equal the spread is zero',
    applies: (fn) => judgesValue(fn) || (listsAnomalies(fn) && !isScored(fn)),
    property(run, sample, fn) {
      const usual = sample.integer(-9, 9);
      const history = constant(sample.integer(0, 60), usual);
      if (judgesValue(fn)) { check(judge(run, fn, usual, history) === false, 'expected no anomaly'); return; }
      const found = watch(run, fn, history);
      check(Array.isArray(found) && found.every((each) => each === false), 'expected no anomaly');
    },
  },
  {
    name: 'a value far outside is an anomaly, above and below',
    why: 'it is what the detector is for',
    applies: (fn) => judgesValue(fn) || (listsAnomalies(fn) && !isScored(fn)),
    property(run, sample, fn) {
      const history = Array.from({ length: sample.integer(40, 80) }, () => sample.integer(0, 40) / 4);
      const far = sample.pick([100_000, -100_000]);
      if (judgesValue(fn)) { check(judge(run, fn, far, history) === true, 'expected an anomaly'); return; }
      const at = sample.integer(20, history.length - 1);
      history[at] = far;
      const found = watch(run, fn, history);
      // A list of numbers holds places or the values themselves: names do not always say which.
      check(Array.isArray(found) && (isNumbers(fn.result) ? found.includes(at) || found.includes(far) : found[at] === true), `expected an anomaly at ${at}`);
    },
  },
  {
    name: 'one answer for each value',
    why: 'places are all that joins flags and scores to what they speak of',
    applies: (fn) => listsAnomalies(fn) && (isScored(fn) || !isNumbers(fn.result)),
    property(run, sample, fn) {
      const series = sample.pick([someSample(sample), values(sample, 0, 3)]);
      const found = watch(run, fn, series);
      check(Array.isArray(found) && found.length === series.length, `expected ${series.length} of them`);
      if (isScored(fn)) check((found as unknown[]).every((score) => typeof score === 'number' && Number.isFinite(score) && score >= 0), 'expected finite numbers from 0');
    },
  },
  {
    name: 'a value far outside scores highest',
    why: 'whoever sorts by the score looks at the top',
    applies: (fn) => listsAnomalies(fn) && isScored(fn),
    property(run, sample, fn) {
      const series = Array.from({ length: sample.integer(40, 80) }, () => sample.integer(0, 40) / 4);
      const at = sample.integer(20, series.length - 1);
      series[at] = sample.pick([100_000, -100_000]);
      const found = watch(run, fn, series) as readonly number[];
      check(found.every((score, i) => i === at || score < (found[at] as number)), `expected the highest score at ${at}`);
    },
  },
];
