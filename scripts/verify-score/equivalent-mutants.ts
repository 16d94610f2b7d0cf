/**
 * Mutants that nobody can tell from the original, and why. An entry counts only while the mutant survives `AGREEING_INPUTS` inputs
 * (`--equivalents`): an argument may be wrong.
 */
import { createHash } from 'node:crypto';
import { proveSubjects } from '../../hosts/prover.ts';
import type { BehaviourSubject } from '../../transformer/4-verify/behaviour/subject.ts';

export interface EquivalentMutant {
  /** `src/file.ts#name`. */
  readonly fn: string;
  /** The line of the JavaScript that is changed, without its indentation. */
  readonly line: string;
  readonly replacement: string;
  readonly because: string;
}

export const AGREEING_INPUTS = 100_000;
/** In one run of the sandbox; a child is bounded in time. */
const INPUTS_A_RUN = 2_500;

/**
 * Runs each pair on `AGREEING_INPUTS` inputs.
 *
 * @returns for each what told it from the original, or undefined where nothing did
 */
export async function findDisagreements(subjects: readonly BehaviourSubject[], program: string, onRun: (done: number, all: number) => void): Promise<readonly (string | undefined)[]> {
  const rounds = AGREEING_INPUTS / INPUTS_A_RUN;
  const seedOf = (subject: BehaviourSubject, round: number): string => createHash('sha256').update(`${subject.seed} ${round}`).digest('hex');
  const runs = subjects.flatMap((subject) => Array.from({ length: rounds }, (_, round): BehaviourSubject => ({ ...subject, seed: seedOf(subject, round) })));
  let done = 0;
  const verdicts = await proveSubjects(runs, { inputs: INPUTS_A_RUN, shrink: false, program, onVerdict: () => { if (++done % rounds === 0) onRun(done / rounds, subjects.length); } });
  return subjects.map((_, i) => {
    const own = verdicts.slice(i * rounds, (i + 1) * rounds);
    const other = own.find(({ status }) => status !== 'equal');
    return other === undefined ? undefined : `${other.status}: ${other.reason}${other.counterExample === undefined ? '' : `\n${other.counterExample.typescript}`}`;
  });
}

const FILLED = 'every index is written before anything reads the array, its length is a valid one, and whether an array once had holes cannot be seen';
const SAME_SIGN = 'sort asks only whether the comparison is below zero; zero and one are the same to it';
const EQUAL_BIGINTS = 'the branches differ only for equal bigints, which cannot be told apart';
const BEHIND_THE_END = 'what stands behind the end is undefined, which';

export const EQUIVALENT_MUTANTS: readonly EquivalentMutant[] = [
  { fn: 'src/array/combinations.ts#combinations', line: 'const tuple = Array(r);', replacement: 'Array()', because: FILLED },
  { fn: 'src/array/compact.ts#compact', line: 'for (let i = 0; i < arr.length; i++) {', replacement: 'i <= arr.length', because: `${BEHIND_THE_END} is left out like every falsy item` },
  { fn: 'src/array/takeRight.ts#takeRight', line: 'if (count <= 0 || arr.length === 0) {', replacement: 'false', because: 'of an empty array, slice makes the empty array that the branch would' },
  { fn: 'src/array/unzip.ts#unzip', line: 'if (zipped[i].length > maxLen) {', replacement: 'zipped[i].length >= maxLen', because: 'the maximum is assigned once more to itself' },
  { fn: 'src/bigint/clamp.ts#clamp', line: 'return lowerClamped < bound2 ? lowerClamped : bound2;', replacement: 'lowerClamped <= bound2', because: EQUAL_BIGINTS },
  { fn: 'src/bigint/max.ts#max', line: 'for (let i = 1; i < nums.length; i++) {', replacement: 'i <= nums.length', because: `${BEHIND_THE_END} is not above any bigint` },
  { fn: 'src/bigint/median.ts#median', line: 'const sorted = nums.slice().sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));', replacement: 'true', because: EQUAL_BIGINTS },
  { fn: 'src/bigint/min.ts#min', line: 'if (nums[i] < result) {', replacement: 'nums[i] <= result', because: EQUAL_BIGINTS },
  { fn: 'src/bigint/percentile.ts#percentile', line: 'const sorted = arr.slice().sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));', replacement: 'false', because: SAME_SIGN },
  { fn: 'src/string/trim.ts#trim', line: 'if (chars === undefined) {', replacement: 'false', because: 'trimStart and trimEnd, called in its place, trim white space when chars is undefined' },
  { fn: 'src/string/trimStart.ts#trimStart', line: 'while (startIndex < str.length && str[startIndex] === chars) {', replacement: 'startIndex <= str.length', because: `${BEHIND_THE_END} no text equals` },
];
