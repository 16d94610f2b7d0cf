import {
  type Correction,
  type Violation,
  changed,
  corrected,
  correction,
  isPlain,
  numberOf,
  refuseArguments,
  violation,
} from "poetc/runtime";

/** Whether the arguments are inside the contract. */
export function acceptsArguments(days: unknown): boolean {
  return isAirDayArray(days);
}

/** Everything about the arguments that is outside the contract. */
export function explainArguments(days: unknown): Violation[] {
  const out: Violation[] = [];
  explainAirDayArray(days, "$input.days", out);
  return out;
}

/** The arguments with everything repaired that is unambiguous; refuses what is left. */
export function correctArguments<T0>(days: T0): [days: T0] {
  const fixes: Correction[] = [];
  const days$ = correctAirDayArray(days, "$input.days", fixes);
  const left = explainArguments(days$);
  if (left.length > 0) return refuseArguments(left);
  corrected(fixes);
  return [days$ as T0];
}

/** Whether the result is inside the contract. */
export function acceptsResult(result: unknown): boolean {
  return isOzoneMonthArray(result);
}

/** Everything about the result that is outside the contract. */
export function explainResult(result: unknown): Violation[] {
  const out: Violation[] = [];
  explainOzoneMonthArray(result, "$output", out);
  return out;
}

function isAirDayArray(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) {
    if (!isAirDay(value[i])) return false;
  }
  return true;
}

function isOzoneMonthArray(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) {
    if (!isOzoneMonth(value[i])) return false;
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

function isOzoneMonth(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  const item = value as {
    readonly month?: unknown;
    readonly measured?: unknown;
    readonly missing?: unknown;
    readonly meanPpb?: unknown;
  };
  if (typeof item.month !== "number") return false;
  if (typeof item.measured !== "number") return false;
  if (typeof item.missing !== "number") return false;
  const meanPpb = item.meanPpb;
  return meanPpb === null || typeof meanPpb === "number";
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

function explainOzoneMonthArray(value: unknown, path: string, out: Violation[]): void {
  if (!Array.isArray(value)) {
    out.push(violation(path, "OzoneMonth[]", value));
    return;
  }
  for (let i = 0; i < value.length && out.length < 1000; i++) {
    const item: unknown = value[i];
    explainOzoneMonth(item, `${path}[${i}]`, out);
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

function explainOzoneMonth(value: unknown, path: string, out: Violation[]): void {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    out.push(violation(path, "OzoneMonth", value));
    return;
  }
  const item = value as {
    readonly month?: unknown;
    readonly measured?: unknown;
    readonly missing?: unknown;
    readonly meanPpb?: unknown;
  };
  if (typeof item.month !== "number") out.push(violation(`${path}.month`, "number", item.month));
  if (typeof item.measured !== "number") out.push(violation(`${path}.measured`, "number", item.measured));
  if (typeof item.missing !== "number") out.push(violation(`${path}.missing`, "number", item.missing));
  const meanPpb = item.meanPpb;
  if (meanPpb !== null && typeof meanPpb !== "number") {
    out.push(violation(`${path}.meanPpb`, "number | null", meanPpb));
  }
}

function correctAirDayArray(value: unknown, path: string, fixes: Correction[]): unknown {
  if (!Array.isArray(value)) return value;
  const items: readonly unknown[] = value;
  let copy = items;
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    copy = changed(items, copy, i, item, correctAirDay(item, `${path}[${i}]`, fixes));
  }
  return copy;
}

function correctAirDay(value: unknown, path: string, fixes: Correction[]): unknown {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return value;
  if (!isPlain(value)) return value;
  const item = value as {
    readonly ozonePpb?: unknown;
    readonly solarLangleys?: unknown;
    readonly windMph?: unknown;
    readonly temperatureF?: unknown;
    readonly month?: unknown;
    readonly day?: unknown;
  };
  let copy = item;
  copy = changed(
    item, copy, "ozonePpb", item.ozonePpb,
    correctNullOrNumber(item.ozonePpb, `${path}.ozonePpb`, fixes),
  );
  copy = changed(
    item, copy, "solarLangleys", item.solarLangleys,
    correctNullOrNumber(item.solarLangleys, `${path}.solarLangleys`, fixes),
  );
  copy = changed(
    item, copy, "windMph", item.windMph,
    correctNumber(item.windMph, `${path}.windMph`, fixes),
  );
  copy = changed(
    item, copy, "temperatureF", item.temperatureF,
    correctNumber(item.temperatureF, `${path}.temperatureF`, fixes),
  );
  copy = changed(item, copy, "month", item.month, correctNumber2(item.month, `${path}.month`, fixes));
  copy = changed(item, copy, "day", item.day, correctNumber3(item.day, `${path}.day`, fixes));
  return copy;
}

function correctNullOrNumber(value: unknown, path: string, fixes: Correction[]): unknown {
  if (typeof value === "string") {
    const after: unknown = numberOf(value);
    if (after !== undefined) {
      fixes.push(correction(path, "number | null", value, after));
      return after;
    }
  }
  return value;
}

function correctNumber(value: unknown, path: string, fixes: Correction[]): unknown {
  if (typeof value === "string") {
    const after: unknown = numberOf(value);
    if (after !== undefined) {
      fixes.push(correction(path, "number", value, after));
      return after;
    }
  }
  return value;
}

function correctNumber2(value: unknown, path: string, fixes: Correction[]): unknown {
  if (typeof value === "string") {
    const after: unknown = numberOf(value);
    if (after !== undefined && typeof after === "number" && Number.isInteger(after) && after >= 1 && after <= 12) {
      fixes.push(correction(path, "number (>= 1, <= 12, integer)", value, after));
      return after;
    }
  }
  return value;
}

function correctNumber3(value: unknown, path: string, fixes: Correction[]): unknown {
  if (typeof value === "string") {
    const after: unknown = numberOf(value);
    if (after !== undefined && typeof after === "number" && Number.isInteger(after) && after >= 1 && after <= 31) {
      fixes.push(correction(path, "number (>= 1, <= 31, integer)", value, after));
      return after;
    }
  }
  return value;
}
