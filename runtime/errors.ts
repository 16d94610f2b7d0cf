import { fillText, OUTSIDE_ARGUMENTS, OUTSIDE_RESULT, POLICY } from './codes.ts';
import type { RuntimeCode } from './codes.ts';
import { cut } from './describe.ts';
import type { Violation } from './violation.ts';

export { RUNTIME_CODES } from './codes.ts';

/** The phase that an error comes from. */
export type PoetErrorPhase = 'perceive' | 'operate' | 'enforce';

/** The policy that an OperateError comes from. */
export type PolicyName = 'timeout' | 'breaker' | 'bulkhead';

/** Violations that a message spells out; `violations` has them all. */
const SHOWN_VIOLATIONS = 10;

interface ErrorFacts {
  readonly name: string;
  readonly phase: PoetErrorPhase;
  readonly message: { readonly code: RuntimeCode; readonly hint: string };
  readonly summary: string;
  readonly functionName: string;
  readonly violations: readonly Violation[];
  /** Frames from this function inwards are left out of the stack. */
  readonly above: unknown;
}

/**
 * What every error of poetc's own has. Recognise it with `isPoetError`: `instanceof` fails when an application
 * has loaded two copies of this package.
 *
 * `message` shows previews of the values found (never those of redacted paths); recorded events do not.
 */
export class PoetError extends Error {
  readonly isPoetError: true = true;
  declare readonly phase: PoetErrorPhase;
  declare readonly code: RuntimeCode;
  /** As the author named it: `mean`, `Cart.total`. Events carry the target's full id. */
  declare readonly functionName: string;
  declare readonly violations: readonly Violation[];
  declare readonly hint: string;

  constructor(facts: ErrorFacts) {
    const { message, violations } = facts;
    super(`${facts.summary}${listViolations(violations)}\n  hint: ${message.hint}`);
    this.name = facts.name;
    this.phase = facts.phase;
    this.code = message.code;
    this.functionName = facts.functionName;
    this.violations = violations;
    this.hint = message.hint;
    hideFrames(this, facts.above);
  }

  /** Where the first violation is: `$input.items[3].price`; undefined when there is none. */
  get path(): string | undefined {
    return this.violations[0]?.path;
  }

  /** What the contract wants there. */
  get expected(): string | undefined {
    return this.violations[0]?.expected;
  }

  /** Type and bounded preview of what was found there. */
  get received(): string | undefined {
    return this.violations[0]?.received;
  }
}

/** The arguments are outside the contract and could not, or should not, be corrected. The function's body did not run. */
export class PerceiveError extends PoetError {
  constructor(functionName: string, violations: readonly Violation[], above?: unknown) {
    super({ name: 'PerceiveError', phase: 'perceive', message: OUTSIDE_ARGUMENTS, summary: fillText(OUTSIDE_ARGUMENTS, { fn: functionName }), functionName, violations, above });
  }
}

/**
 * A policy that the author's options allow ended the call: a time limit, an open breaker, a full bulkhead.
 * What the function's body throws itself is never wrapped in it.
 */
export class OperateError extends PoetError {
  /** Which policy ended the call. */
  readonly policy: PolicyName;

  /** @param text a sentence without a full stop that names the policy and its limit, e.g. "no result within 5000 ms" */
  constructor(functionName: string, text: string, above?: unknown, policy: PolicyName = 'timeout') {
    super({ name: 'OperateError', phase: 'operate', message: POLICY, summary: fillText(POLICY, { fn: functionName, policy: text }), functionName, violations: [], above });
    this.policy = policy;
  }
}

/** The function's body ran and its result is outside the contract. */
export class EnforceError extends PoetError {
  constructor(functionName: string, violations: readonly Violation[], above?: unknown) {
    super({ name: 'EnforceError', phase: 'enforce', message: OUTSIDE_RESULT, summary: fillText(OUTSIDE_RESULT, { fn: functionName }), functionName, violations, above });
  }
}

/** True for an error of poetc's own, from whichever copy of this package. Never throws. */
export function isPoetError(error: unknown): error is PoetError {
  try {
    return typeof error === 'object' && error !== null && (error as { readonly isPoetError?: unknown }).isPoetError === true;
  } catch {
    return false; // a hostile proxy or getter, hence not ours
  }
}

export function isPerceiveError(error: unknown): error is PerceiveError {
  return isPoetError(error) && error.phase === 'perceive';
}

export function isOperateError(error: unknown): error is OperateError {
  return isPoetError(error) && error.phase === 'operate';
}

export function isEnforceError(error: unknown): error is EnforceError {
  return isPoetError(error) && error.phase === 'enforce';
}

function listViolations(violations: readonly Violation[]): string {
  const lines = violations.slice(0, SHOWN_VIOLATIONS).map((v) => `\n  ${cut(v.path, 200)}: expected ${cut(v.expected, 200)}, received ${v.received}`);
  const more = violations.length - lines.length;
  return lines.join('') + (more > 0 ? `\n  ... and ${more} more` : '');
}

/** The stack starts where the author's function was called, not in poetc. Engines without `captureStackTrace` show our frames too. */
function hideFrames(error: Error, above: unknown): void {
  const capture = (Error as { captureStackTrace?: (error: Error, above: unknown) => void }).captureStackTrace;
  if (capture !== undefined && above !== undefined) capture(error, above);
}
