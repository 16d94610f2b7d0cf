import { acceptsArguments, correctArguments, acceptsResult, explainResult } from "./contract.ts";
import { refuseResult } from "poetc/runtime";
import { type FlowSummary, type FlowYear } from "../../../../../src/flow.ts";
declare const mean: (years: readonly FlowYear[]) => number;
// ---- header ends ----
/**
 * Perceive: checks the arguments of `summarise` before the body runs.
 *
 * - `years`: `FlowYear[]`
 *
 * What can be read in one way only is corrected, and the correction recorded; anything else is a PerceiveError.
 */
export function perceive(years: FlowYear[]): [years: FlowYear[]] {
  return acceptsArguments(years) ? [years] : correctArguments(years);
}

/** Operate′: the body of `summarise`. */
export function operatePrime(years: FlowYear[]): FlowSummary {
  if (years.length === 0) throw new RangeError('no years to summarise');
  const summary = { years: years.length, mean: mean(years), lowest: Infinity, lowestYear: 0, highest: -Infinity, highestYear: 0 };
  for (const { year, flow } of years) {
    if (flow < summary.lowest) {
      summary.lowest = flow;
      summary.lowestYear = year;
    }
    if (flow > summary.highest) {
      summary.highest = flow;
      summary.highestYear = year;
    }
  }
  return summary;
}

/**
 * Enforce: checks that the result is `FlowSummary`.
 * Anything else is an EnforceError.
 */
export function enforce(result: FlowSummary): FlowSummary {
  return acceptsResult(result) ? result : refuseResult(explainResult(result));
}
