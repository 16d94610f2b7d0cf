/** `poetc/runtime`: what enhanced functions call, and what an application may say and ask about them. No dependencies. */
export { begin, failed, finish, keyed } from './execution.ts';
export { openTarget } from './target.ts';
export { rejected, settle } from './settle.ts';
export { operate } from './policy/operate.ts';
export { joinSignals, withSignal } from './policy/signals.ts';
export { corrected, enforce, observeArguments, perceive, perceiveThis, refuseArguments, refuseResult, reportResult } from './phases.ts';
export { correction, violation } from './violation.ts';
export * from './check.ts';
export { EnforceError, isEnforceError, isOperateError, isPerceiveError, isPoetError, OperateError, PerceiveError, PoetError } from './errors.ts';
export { correlate, findCorrelationId } from './correlation.ts';
export { feedback } from './feedback.ts';
export { traced } from './traced.ts';
export { configure, flushEvents, onEvent } from './configure.ts';
export { onAlert } from './alerts.ts';

export type { Execution } from './execution.ts';
export type { TargetHandle, TargetSpec } from './target.ts';
export type { Correction, Violation } from './violation.ts';
export type { Feedback } from './feedback-check.ts';
export type { FeedbackReceipt } from './feedback.ts';
export type { Traced } from './traced.ts';
export type { FeedbackType } from '../records/feedback.ts';
export type { PoetErrorPhase, PolicyName } from './errors.ts';
export type { BreakerSpec, BulkheadSpec, PolicySpec } from './policy/spec.ts';
export type { AlertEvent, AlertOptions } from './alerts.ts';
export type { Durability, RuntimeOptions } from './state.ts';
export type { AnyEvent, EventType, POETEvent } from '../records/events.ts';
