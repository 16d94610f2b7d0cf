import { acceptsArguments, correctArguments, acceptsResult, explainResult } from "./contract.ts";
import { reportResult } from "poetc/runtime";
import { type AirDay } from "../../../../../src/air.js";
declare const measurement: (text: string | undefined) => number | null;
declare const readRows: (file: string) => Promise<Record<string, string>[]>;
// ---- header ends ----
/**
 * Perceive: checks the arguments of `readAir` before the body runs.
 *
 * - `file`: `string`
 *
 * What can be read in one way only is corrected, and the correction recorded; anything else is a PerceiveError.
 */
export function perceive(file: string): [file: string] {
  return acceptsArguments(file) ? [file] : correctArguments(file);
}

/** Operate′: the body of `readAir`. */
export async function operatePrime(file: string): Promise<AirDay[]> {
  const rows = await readRows(file);
  return rows.map((row) => ({
    ozonePpb: measurement(row['Ozone']),
    solarLangleys: measurement(row['Solar.R']),
    windMph: Number(row['Wind']),
    temperatureF: Number(row['Temp']),
    month: Number(row['Month']),
    day: Number(row['Day']),
  }));
}

/**
 * Enforce: checks that the awaited result is `AirDay[]`.
 * Anything else is reported and returned all the same: the body may have effects that have happened by then.
 */
export function enforce(result: AirDay[]): AirDay[] {
  if (!acceptsResult(result)) reportResult(explainResult(result));
  return result;
}
