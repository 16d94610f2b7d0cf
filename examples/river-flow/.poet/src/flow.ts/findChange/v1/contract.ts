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
export function acceptsArguments(years: unknown, minYears: unknown): boolean {
  return isFlowYearArray(years) && (minYears === undefined || typeof minYears === "number");
}

/** Everything about the arguments that is outside the contract. */
export function explainArguments(years: unknown, minYears: unknown): Violation[] {
  const out: Violation[] = [];
  explainFlowYearArray(years, "$input.years", out);
  if (minYears !== undefined && typeof minYears !== "number") {
    out.push(violation("$input.minYears", "number", minYears));
  }
  return out;
}

/** The arguments with everything repaired that is unambiguous; refuses what is left. */
export function correctArguments<T0, T1>(years: T0, minYears: T1): [years: T0, minYears: T1] {
  const fixes: Correction[] = [];
  const years$ = correctFlowYearArray(years, "$input.years", fixes);
  const minYears$ = correctUndefinedOrNumber(minYears, "$input.minYears", fixes);
  const left = explainArguments(years$, minYears$);
  if (left.length > 0) return refuseArguments(left);
  corrected(fixes);
  return [years$ as T0, minYears$ as T1];
}

/** Whether the result is inside the contract. */
export function acceptsResult(result: unknown): boolean {
  return isResult(result);
}

/** Everything about the result that is outside the contract. */
export function explainResult(result: unknown): Violation[] {
  const out: Violation[] = [];
  explainResult2(result, "$output", out);
  return out;
}

function isFlowYearArray(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) {
    if (!isFlowYear(value[i])) return false;
  }
  return true;
}

function isResult(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  switch ((value as { readonly kind?: unknown }).kind) {
    case "shift":
      return isResultObject(value);
    case "steady":
      return isResultObject2(value);
    default:
      return false;
  }
}

function isFlowYear(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  const item = value as { readonly year?: unknown; readonly flow?: unknown };
  const year = item.year;
  if (typeof year !== "number" || !Number.isInteger(year)) return false;
  const flow = item.flow;
  return typeof flow === "number" && Number.isFinite(flow) && flow >= 0;
}

function isResultObject(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  const item = value as {
    readonly kind?: unknown;
    readonly lastYear?: unknown;
    readonly before?: unknown;
    readonly after?: unknown;
  };
  if (item.kind !== "shift") return false;
  if (typeof item.lastYear !== "number") return false;
  if (typeof item.before !== "number") return false;
  return typeof item.after === "number";
}

function isResultObject2(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  const item = value as { readonly kind?: unknown; readonly mean?: unknown };
  if (item.kind !== "steady") return false;
  return typeof item.mean === "number";
}

function explainFlowYearArray(value: unknown, path: string, out: Violation[]): void {
  if (!Array.isArray(value)) {
    out.push(violation(path, "FlowYear[]", value));
    return;
  }
  for (let i = 0; i < value.length && out.length < 1000; i++) {
    const item: unknown = value[i];
    explainFlowYear(item, `${path}[${i}]`, out);
  }
}

function explainResult2(value: unknown, path: string, out: Violation[]): void {
  if (isResult(value)) return;
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    out.push(violation(path, '{ kind: "shift"; lastYear: number; before: number; after: number } | { kind: "steady"; mean: number }', value));
    return;
  }
  const item = value as { readonly kind?: unknown };
  switch (item.kind) {
    case "shift":
      explainResultObject(value, path, out);
      break;
    case "steady":
      explainResultObject2(value, path, out);
      break;
    default:
      out.push(violation(`${path}.kind`, '"shift" | "steady"', item.kind));
  }
}

function explainFlowYear(value: unknown, path: string, out: Violation[]): void {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    out.push(violation(path, "FlowYear", value));
    return;
  }
  const item = value as { readonly year?: unknown; readonly flow?: unknown };
  const year = item.year;
  if (typeof year !== "number" || !Number.isInteger(year)) {
    out.push(violation(`${path}.year`, "number (integer)", year));
  }
  const flow = item.flow;
  if (typeof flow !== "number" || !Number.isFinite(flow) || !(flow >= 0)) {
    out.push(violation(`${path}.flow`, "number (>= 0, finite)", flow));
  }
}

function explainResultObject(value: unknown, path: string, out: Violation[]): void {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    out.push(violation(path, '{ kind: "shift"; lastYear: number; before: number; after: number }', value));
    return;
  }
  const item = value as {
    readonly kind?: unknown;
    readonly lastYear?: unknown;
    readonly before?: unknown;
    readonly after?: unknown;
  };
  if (item.kind !== "shift") out.push(violation(`${path}.kind`, '"shift"', item.kind));
  if (typeof item.lastYear !== "number") out.push(violation(`${path}.lastYear`, "number", item.lastYear));
  if (typeof item.before !== "number") out.push(violation(`${path}.before`, "number", item.before));
  if (typeof item.after !== "number") out.push(violation(`${path}.after`, "number", item.after));
}

function explainResultObject2(value: unknown, path: string, out: Violation[]): void {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    out.push(violation(path, '{ kind: "steady"; mean: number }', value));
    return;
  }
  const item = value as { readonly kind?: unknown; readonly mean?: unknown };
  if (item.kind !== "steady") out.push(violation(`${path}.kind`, '"steady"', item.kind));
  if (typeof item.mean !== "number") out.push(violation(`${path}.mean`, "number", item.mean));
}

function correctFlowYearArray(value: unknown, path: string, fixes: Correction[]): unknown {
  if (!Array.isArray(value)) return value;
  const items: readonly unknown[] = value;
  let copy = items;
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    copy = changed(items, copy, i, item, correctFlowYear(item, `${path}[${i}]`, fixes));
  }
  return copy;
}

function correctUndefinedOrNumber(value: unknown, path: string, fixes: Correction[]): unknown {
  if (typeof value === "string") {
    const after: unknown = numberOf(value);
    if (after !== undefined) {
      fixes.push(correction(path, "number | undefined", value, after));
      return after;
    }
  }
  if (value === null) {
    fixes.push(correction(path, "number | undefined", value, undefined));
    return undefined;
  }
  return value;
}

function correctFlowYear(value: unknown, path: string, fixes: Correction[]): unknown {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return value;
  if (!isPlain(value)) return value;
  const item = value as { readonly year?: unknown; readonly flow?: unknown };
  let copy = item;
  copy = changed(item, copy, "year", item.year, correctNumber(item.year, `${path}.year`, fixes));
  copy = changed(item, copy, "flow", item.flow, correctNumber2(item.flow, `${path}.flow`, fixes));
  return copy;
}

function correctNumber(value: unknown, path: string, fixes: Correction[]): unknown {
  if (typeof value === "string") {
    const after: unknown = numberOf(value);
    if (after !== undefined && typeof after === "number" && Number.isInteger(after)) {
      fixes.push(correction(path, "number (integer)", value, after));
      return after;
    }
  }
  return value;
}

function correctNumber2(value: unknown, path: string, fixes: Correction[]): unknown {
  if (typeof value === "string") {
    const after: unknown = numberOf(value);
    if (after !== undefined && typeof after === "number" && Number.isFinite(after) && after >= 0) {
      fixes.push(correction(path, "number (>= 0, finite)", value, after));
      return after;
    }
  }
  return value;
}
