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
  return isFlowYearArray(result);
}

/** Everything about the result that is outside the contract. */
export function explainResult(result: unknown): Violation[] {
  const out: Violation[] = [];
  explainFlowYearArray(result, "$output", out);
  return out;
}

function isFlowYearArray(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) {
    if (!isFlowYear(value[i])) return false;
  }
  return true;
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
