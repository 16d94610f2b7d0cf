import { acceptsArguments, correctArguments, acceptsResult, explainResult } from "./contract.ts";
import { refuseResult } from "poetc/runtime";
import { type FlowYear } from "../../../../../src/flow.js";
declare const readRows: (file: string) => Promise<Record<string, string>[]>;
// ---- header ends ----
/**
 * Perceive: checks the arguments of `readFlow` before the body runs.
 *
 * - `file`: `string`
 *
 * What can be read in one way only is corrected, and the correction recorded; anything else is a PerceiveError.
 */
export function perceive(file: string): [file: string] {
  return acceptsArguments(file) ? [file] : correctArguments(file);
}

/** Operate′: the body of `readFlow`. */
export async function operatePrime(file: string): Promise<FlowYear[]> {
  const rows = await readRows(file);
  return rows.map((row) => ({ year: Number(row['time']), flow: Number(row['value']) }));
}

/**
 * Enforce: checks that the awaited result is `FlowYear[]`.
 * Anything else is an EnforceError.
 */
export function enforce(result: FlowYear[]): FlowYear[] {
  return acceptsResult(result) ? result : refuseResult(explainResult(result));
}
