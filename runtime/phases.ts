import type { RecordedCorrection, RecordedViolation } from '../records/events.ts';
import { EnforceError, isEnforceError, isPerceiveError, PerceiveError } from './errors.ts';
import { emitOf, failed, recordError } from './execution.ts';
import type { Execution } from './execution.ts';
import { makeRecordedCorrection, makeRecordedViolation } from './recorded.ts';
import { sharedState } from './state.ts';
import type { TargetHandle } from './target.ts';
import type { Correction, Violation } from './violation.ts';

/** A phase that is running off the fast path. Phases are synchronous, so that one variable is enough. */
interface Frame {
  readonly t: TargetHandle;
  /** The function that the emitted code called: stacks of our errors start above it. */
  readonly entry: unknown;
  corrections: readonly Correction[];
  /** Found, and let through. */
  violations: readonly Violation[];
}

let current: Frame | undefined;

/** Lists in events are cut here; `count` tells the rest. */
const MAX_RECORDED = 100;

/**
 * Runs Perceive for arguments that the straight-line check refused.
 *
 * @returns the arguments to go on with; undefined when the phase itself failed (then the author's code runs with
 *   what it was given, and `fallback.used` is recorded)
 * @throws PerceiveError as the phase throws it
 */
export function perceive<A extends unknown[]>(t: TargetHandle, x: Execution | undefined, phase: (...args: A) => A, args: A): A | undefined {
  return runPerceive(t, x, () => phase(...args), perceive);
}

/** `perceive` for a phase that declares `this`. */
export function perceiveThis<T, A extends unknown[]>(t: TargetHandle, x: Execution | undefined, self: T, phase: (this: T, ...args: A) => A, args: A): A | undefined {
  return runPerceive(t, x, () => phase.apply(self, args), perceiveThis);
}

/**
 * Runs Enforce for a result that the straight-line check refused.
 *
 * @returns what the phase returns; the raw result when the phase itself failed (recorded as `fallback.used`)
 * @throws EnforceError as the phase throws it
 */
export function enforce<R>(t: TargetHandle, x: Execution | undefined, phase: (result: R, ...args: never[]) => R, result: R, args: readonly unknown[]): R {
  const frame: Frame = { t, entry: enforce, corrections: [], violations: [] };
  try {
    const value = runIn(frame, () => phase(result, ...(args as never[])));
    if (frame.violations.length > 0) {
      t.violated++;
      recordViolations(t, x, 'enforce.violated', frame.violations);
    }
    return value;
  } catch (error) {
    if (!isEnforceError(error)) {
      recordFallback(t, x, 'enforce', error);
      return result;
    }
    t.violated++;
    recordViolations(t, x, 'enforce.violated', error.violations);
    failed(t, x, error);
    throw error;
  }
}

/** Ends Perceive. @throws PerceiveError always; its stack starts in the author's function */
export function refuseArguments(violations: readonly Violation[]): never {
  throw new PerceiveError(current?.t.spec.name ?? 'function', violations, current?.entry ?? refuseArguments);
}

/** Ends Enforce. @throws EnforceError always; its stack starts in the author's function */
export function refuseResult(violations: readonly Violation[]): never {
  throw new EnforceError(current?.t.spec.name ?? 'function', violations, current?.entry ?? refuseResult);
}

/** Notes that the arguments are outside the contract and go through all the same: `perceive.observed`. */
export function observeArguments(violations: readonly Violation[]): void {
  if (current !== undefined) current.violations = [...current.violations, ...violations];
}

/** Notes that the result is outside the contract and is returned all the same: `enforce.violated`. */
export function reportResult(violations: readonly Violation[]): void {
  observeArguments(violations);
}

/** Notes what was repaired: `perceive.corrected`, unless the rest of the arguments is refused. */
export function corrected(corrections: readonly Correction[]): void {
  if (current !== undefined) current.corrections = [...current.corrections, ...corrections];
}

function runPerceive<A>(t: TargetHandle, x: Execution | undefined, phase: () => A, entry: unknown): A | undefined {
  const frame: Frame = { t, entry, corrections: [], violations: [] };
  try {
    const args = runIn(frame, phase);
    recordPerceived(frame, x);
    return args;
  } catch (error) {
    if (!isPerceiveError(error)) {
      t.calls++; // the caller goes on with the author's code alone and does not come back
      recordFallback(t, x, 'perceive', error);
      x?.scope?.end(false);
      return undefined;
    }
    t.rejected++;
    recordViolations(t, x, 'perceive.rejected', error.violations);
    failed(t, x, error);
    throw error;
  }
}

/** A getter of the caller's values may call another enhanced function in the middle of a phase. */
function runIn<R>(frame: Frame, phase: () => R): R {
  const outer = current;
  current = frame;
  try {
    return phase();
  } finally {
    current = outer;
  }
}

function recordPerceived(frame: Frame, x: Execution | undefined): void {
  const { t, corrections, violations } = frame;
  if (violations.length > 0) {
    t.observed++;
    recordViolations(t, x, 'perceive.observed', violations);
  }
  if (corrections.length === 0) return;
  t.corrected++;
  if (x === undefined) return;
  const recorded: readonly RecordedCorrection[] = corrections.slice(0, MAX_RECORDED).map(makeRecordedCorrection);
  emitOf(t, x, 'perceive.corrected', { count: corrections.length, corrections: recorded });
}

function recordViolations(t: TargetHandle, x: Execution | undefined, type: 'perceive.observed' | 'perceive.rejected' | 'enforce.violated', violations: readonly Violation[]): void {
  if (x === undefined) return;
  const recorded: readonly RecordedViolation[] = violations.slice(0, MAX_RECORDED).map(makeRecordedViolation);
  emitOf(t, x, type, { count: violations.length, violations: recorded });
}

function recordFallback(t: TargetHandle, x: Execution | undefined, phase: 'perceive' | 'enforce', error: unknown): void {
  t.fallbacks++;
  if (x === undefined) return;
  const recorded = recordError(error);
  // What a phase trips over are values: JSON.parse says which text it could not read.
  emitOf(t, x, 'fallback.used', { phase, error: sharedState().options.recordValues ? recorded : { ...recorded, message: '' } });
}
