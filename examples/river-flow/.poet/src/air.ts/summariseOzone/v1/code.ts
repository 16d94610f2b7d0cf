import { acceptsArguments, correctArguments, acceptsResult, explainResult } from "./contract.ts";
import { refuseResult } from "poetc/runtime";
import { type AirDay, type OzoneMonth } from "../../../../../src/air.ts";
// ---- header ends ----
/**
 * Perceive: checks the arguments of `summariseOzone` before the body runs.
 *
 * - `days`: `AirDay[]`
 *
 * What can be read in one way only is corrected, and the correction recorded; anything else is a PerceiveError.
 */
export function perceive(days: AirDay[]): [days: AirDay[]] {
  return acceptsArguments(days) ? [days] : correctArguments(days);
}

/** Operate′: the body of `summariseOzone`. */
export function operatePrime(days: AirDay[]): OzoneMonth[] {
  const months = new Map<number, { sum: number; measured: number; missing: number }>();
  for (const { month, ozonePpb } of days) {
    const entry = months.get(month) ?? { sum: 0, measured: 0, missing: 0 };
    if (ozonePpb === null) entry.missing += 1;
    else {
      entry.sum += ozonePpb;
      entry.measured += 1;
    }
    months.set(month, entry);
  }
  return [...months].map(([month, { sum, measured, missing }]) => ({ month, measured, missing, meanPpb: measured === 0 ? null : sum / measured }));
}

/**
 * Enforce: checks that the result is `OzoneMonth[]`.
 * Anything else is an EnforceError.
 */
export function enforce(result: OzoneMonth[]): OzoneMonth[] {
  return acceptsResult(result) ? result : refuseResult(explainResult(result));
}
