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
export function acceptsArguments(years: unknown): boolean {
  return isFlowYearArray(years);
}

/** Everything about the arguments that is outside the contract. */
export function explainArguments(years: unknown): Violation[] {
  const out: Violation[] = [];
  explainFlowYearArray(years, "$input.years", out);
  return out;
}

/** The arguments with everything repaired that is unambiguous; refuses what is left. */
export function correctArguments<T0>(years: T0): [years: T0] {
  const fixes: Correction[] = [];
  const years$ = correctFlowYearArray(years, "$input.years", fixes);
  const left = explainArguments(years$);
  if (left.length > 0) return refuseArguments(left);
  corrected(fixes);
  return [years$ as T0];
}

/** Whether the result is inside the contract. */
export function acceptsResult(result: unknown): boolean {
  return isFlowSummary(result);
}

/** Everything about the result that is outside the contract. */
export function explainResult(result: unknown): Violation[] {
  const out: Violation[] = [];
  explainFlowSummary(result, "$output", out);
  return out;
}

function isFlowYearArray(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) {
    if (!isFlowYear(value[i])) return false;
  }
  return true;
}

function isFlowSummary(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  const item = value as {
    readonly years?: unknown;
    readonly mean?: unknown;
    readonly lowest?: unknown;
    readonly lowestYear?: unknown;
    readonly highest?: unknown;
    readonly highestYear?: unknown;
  };
  if (typeof item.years !== "number") return false;
  if (typeof item.mean !== "number") return false;
  if (typeof item.lowest !== "number") return false;
  if (typeof item.lowestYear !== "number") return false;
  if (typeof item.highest !== "number") return false;
  return typeof item.highestYear === "number";
}

function isFlowYear(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  const item = value as { readonly year?: unknown; readonly flow?: unknown };
  const year = item.year;
  if (typeof year !== "number" || !Number.isInteger(year)) return false;
  const flow = item.flow;
  return typeof flow === "number" && Number.isFinite(flow) && flow >= 0;
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

function explainFlowSummary(value: unknown, path: string, out: Violation[]): void {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") {
    out.push(violation(path, "FlowSummary", value));
    return;
  }
  const item = value as {
    readonly years?: unknown;
    readonly mean?: unknown;
    readonly lowest?: unknown;
    readonly lowestYear?: unknown;
    readonly highest?: unknown;
    readonly highestYear?: unknown;
  };
  if (typeof item.years !== "number") out.push(violation(`${path}.years`, "number", item.years));
  if (typeof item.mean !== "number") out.push(violation(`${path}.mean`, "number", item.mean));
  if (typeof item.lowest !== "number") out.push(violation(`${path}.lowest`, "number", item.lowest));
  if (typeof item.lowestYear !== "number") {
    out.push(violation(`${path}.lowestYear`, "number", item.lowestYear));
  }
  if (typeof item.highest !== "number") out.push(violation(`${path}.highest`, "number", item.highest));
  if (typeof item.highestYear !== "number") {
    out.push(violation(`${path}.highestYear`, "number", item.highestYear));
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
