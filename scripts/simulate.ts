import { parseArgs } from 'node:util';
import { driveCockatiel, driveOurs, makeCockatielPlan } from './simulate/cockatiel.ts';
import { drive, isEqualOutcome } from './simulate/drive.ts';
import { simulate } from './simulate/model.ts';
import { makePlan, type Outcome } from './simulate/plan.ts';
import { makeRandom } from './simulate/random.ts';

/** What happens closer together than this has no promised order. */
const CLOSEST_MS = 1e-4;

/**
 * `npm run simulate [-- --steps 3000000 --cockatiel 200000 --seed 1]`: drives the policies in virtual time through so many timed steps
 * against the model, and through so many calls against cockatiel.
 *
 * @returns 0; 1 at the first divergence, printed with its plan; 2 on wrong usage
 */
export async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { steps: { type: 'string', default: '3000000' }, cockatiel: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } } });
  const [steps, calls, seed] = [Number(values.steps), Number(values.cockatiel), Number(values.seed)];
  if (![steps, calls, seed].every((n) => Number.isSafeInteger(n) && n >= 0)) {
    console.error('simulate: expected whole numbers for --steps, --cockatiel and --seed');
    return 2;
  }
  const model = await againstModel(steps, seed);
  console.log(`model: ${model.plans} plans, ${model.calls} calls, ${model.steps} steps (${list(model.results)}); ${model.skipped} plans skipped because two steps came within ${CLOSEST_MS} ms; ${model.divergence ?? 'no divergence'}`);
  if (model.divergence !== undefined) return 1;
  const peer = await againstCockatiel(calls, seed);
  console.log(`cockatiel: ${peer.plans} plans, ${peer.calls} calls (${list(peer.results)}); ${peer.divergence ?? 'no divergence'}`);
  return peer.divergence === undefined ? 0 : 1;
}

interface Comparison { plans: number; calls: number; steps: number; skipped: number; readonly results: Record<string, number>; divergence?: string }

const empty = (): Comparison => ({ plans: 0, calls: 0, steps: 0, skipped: 0, results: {} });

export async function againstModel(steps: number, seed: number): Promise<Comparison> {
  const sum = empty();
  for (let n = 0; sum.steps < steps; n++) {
    const plan = makePlan(makeRandom(seed * 1_000_003 + n));
    const expected = simulate(plan, makeRandom(n));
    if (expected.closestMs <= CLOSEST_MS) { sum.skipped++; continue; }
    const found = await drive(plan, makeRandom(n));
    sum.plans++;
    sum.steps += expected.steps;
    if (!compare(sum, plan, expected.outcomes, found)) return sum;
  }
  return sum;
}

export async function againstCockatiel(calls: number, seed: number): Promise<Comparison> {
  const sum = empty();
  for (let n = 0; sum.calls < calls; n++) {
    const plan = makeCockatielPlan(makeRandom(seed * 1_000_003 + n));
    sum.plans++;
    if (!compare(sum, plan, await driveCockatiel(plan, makeRandom(n)), await driveOurs(plan, makeRandom(n)))) return sum;
  }
  return sum;
}

/** @returns false at a divergence */
function compare(sum: Comparison, plan: object, expected: readonly Outcome[], found: readonly Outcome[]): boolean {
  for (const [i, outcome] of found.entries()) {
    sum.calls++;
    sum.results[outcome.result] = (sum.results[outcome.result] ?? 0) + 1;
    if (isEqualOutcome(outcome, expected[i]!)) continue;
    sum.divergence = `call ${i}: expected ${JSON.stringify(expected[i])}, found ${JSON.stringify(outcome)} in ${JSON.stringify(plan)}`;
    return false;
  }
  return true;
}

function list(results: Readonly<Record<string, number>>): string {
  return Object.entries(results).sort(([, a], [, b]) => b - a).map(([name, n]) => `${name} ${n}`).join(', ');
}
