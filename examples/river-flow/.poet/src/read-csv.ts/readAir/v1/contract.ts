import { type Violation, refuseArguments, violation } from "poetc/runtime";

/** Whether the arguments are inside the contract. */
export function acceptsArguments(file: unknown): boolean {
  return typeof file === "string";
}

/** Everything about the arguments that is outside the contract. */
export function explainArguments(file: unknown): Violation[] {
  const out: Violation[] = [];
  if (typeof file !== "string") out.push(violation("$input.file", "string", file));
  return out;
}

/** Refuses the arguments: nothing about them can be repaired. */
export function correctArguments<T0>(file: T0): [file: T0] {
  return refuseArguments(explainArguments(file));
}

/** Whether the result is inside the contract. */
export function acceptsResult(result: unknown): boolean {
  return isAirDayArray(result);
}

/** Everything about the result that is outside the contract. */
export function explainResult(result: unknown): Violation[] {
  const out: Violation[] = [];
  explainAirDayArray(result, "$output", out);
  return out;
}

function isAirDayArray(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) {
    if (!isAirDay(value[i])) return false;
  }
  return true;
}

function isAirDay(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  const item = value as {
    readonly ozonePpb?: unknown;
    readonly solarLangleys?: unknown;
    readonly windMph?: unknown;
    readonly temperatureF?: unknown;
    readonly month?: unknown;
    readonly day?: unknown;
  };
  const ozonePpb = item.ozonePpb;
  if (ozonePpb !== null && typeof ozonePpb !== "number") return false;
  const solarLangleys = item.solarLangleys;
  if (solarLangleys !== null && typeof solarLangleys !== "number") return false;
  if (typeof item.windMph !== "number") return false;
  if (typeof item.temperatureF !== "number") return false;
  const month = item.month;
  if (typeof month !== "number" || !Number.isInteger(month) || !(month >= 1) || !(month <= 12)) return false;
  const day = item.day;
  return typeof day === "number" && Number.isInteger(day) && day >= 1 && day <= 31;
}

function explainAirDayArray(value: unknown, path: string, out: Violation[]): void {
  if (!Array.isArray(value)) {
    out.push(violation(path, "AirDay[]", value));
    return;
  }
  for (let i = 0; i < value.length && out.length < 1000; i++) {
    const item: unknown = value[i];
    explainAirDay(item, `${path}[${i}]`, out);
  }
}

function explainAirDay(value: unknown, path: string, out: Violation[]): void {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    out.push(violation(path, "AirDay", value));
    return;
  }
  const item = value as {
    readonly ozonePpb?: unknown;
    readonly solarLangleys?: unknown;
    readonly windMph?: unknown;
    readonly temperatureF?: unknown;
    readonly month?: unknown;
    readonly day?: unknown;
  };
  const ozonePpb = item.ozonePpb;
  if (ozonePpb !== null && typeof ozonePpb !== "number") {
    out.push(violation(`${path}.ozonePpb`, "number | null", ozonePpb));
  }
  const solarLangleys = item.solarLangleys;
  if (solarLangleys !== null && typeof solarLangleys !== "number") {
    out.push(violation(`${path}.solarLangleys`, "number | null", solarLangleys));
  }
  if (typeof item.windMph !== "number") out.push(violation(`${path}.windMph`, "number", item.windMph));
  if (typeof item.temperatureF !== "number") {
    out.push(violation(`${path}.temperatureF`, "number", item.temperatureF));
  }
  const month = item.month;
  if (typeof month !== "number" || !Number.isInteger(month) || !(month >= 1) || !(month <= 12)) {
    out.push(violation(`${path}.month`, "number (>= 1, <= 12, integer)", month));
  }
  const day = item.day;
  if (typeof day !== "number" || !Number.isInteger(day) || !(day >= 1) || !(day <= 31)) {
    out.push(violation(`${path}.day`, "number (>= 1, <= 31, integer)", day));
  }
}
