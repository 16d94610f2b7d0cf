import { acceptsArguments, correctArguments, acceptsResult, explainResult } from "./contract.ts";
import { refuseResult } from "poetc/runtime";
import { type FlowChange, type FlowYear } from "../../../../../src/flow.ts";
declare const mean: (years: readonly FlowYear[]) => number;
declare const squaredError: (years: readonly FlowYear[], level: number) => number;
// ---- header ends ----
/**
 * Perceive: checks the arguments of `findChange` before the body runs.
 *
 * - `years`: `FlowYear[]`
 * - `minYears`: `number`, may be left out
 *
 * What can be read in one way only is corrected, and the correction recorded; anything else is a PerceiveError.
 */
export function perceive(
  years: FlowYear[],
  minYears: number | undefined,
): [years: FlowYear[], minYears: number | undefined] {
  return acceptsArguments(years, minYears) ? [years, minYears] : correctArguments(years, minYears);
}

/** Operate′: the body of `findChange`; default values apply here, once. */
export function operatePrime(years: FlowYear[], minYears = 10): FlowChange {
  const total = mean(years);
  let least = squaredError(years, total);
  const enough = 0.75 * least;
  let change: FlowChange = { kind: 'steady', mean: total };
  for (let split = minYears; split <= years.length - minYears; split++) {
    const head = years.slice(0, split);
    const tail = years.slice(split);
    const error = squaredError(head, mean(head)) + squaredError(tail, mean(tail));
    if (error >= least || error > enough) continue;
    least = error;
    change = { kind: 'shift', lastYear: head[split - 1]!.year, before: mean(head), after: mean(tail) };
  }
  return change;
}

/**
 * Enforce: checks that the result is `{ kind: "shift"; lastYear: number; before: number; after: number } | {
 * kind: "steady"; mean: number }`.
 * Anything else is an EnforceError.
 */
export function enforce(result: FlowChange): FlowChange {
  return acceptsResult(result) ? result : refuseResult(explainResult(result));
}
