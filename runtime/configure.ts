import { flushAggregates } from './aggregate.ts';
import { isThenable } from './check.ts';
import { fillText, WRONG_OPTION } from './codes.ts';
import { reportListener } from './emit.ts';
import { compileRedaction } from './redaction.ts';
import { sharedState } from './state.ts';
import type { RuntimeOptions } from './state.ts';
import { refreshTargets } from './target.ts';
import type { AnyEvent } from '../records/events.ts';

const CHECKS: { readonly [K in keyof RuntimeOptions]-?: readonly [(value: unknown) => boolean, string] } = {
  events: [(v) => v === 'all' || v === 'default' || v === 'off', '"all" | "default" | "off"'],
  recordValues: [(v) => typeof v === 'boolean', 'a boolean'],
  redact: [isTextList, 'an array of strings that are not empty'],
  disable: [(v) => typeof v === 'boolean' || isTextList(v), 'a boolean or an array of ids or names'],
  service: [(v) => typeof v === 'string', 'a string'],
  serviceVersion: [(v) => typeof v === 'string', 'a string'],
  environment: [(v) => typeof v === 'string', 'a string'],
  maxEventsMb: [(v) => typeof v === 'number' && v > 0, 'a number above 0'],
  durability: [(v) => v === 'immediate' || v === 'batched' || v === 'off', '"immediate" | "batched" | "off"'],
  fsync: [(v) => typeof v === 'boolean', 'a boolean'],
  sampling: [(v) => typeof v === 'number' && v > 0 && v <= 1, 'a number above 0, at most 1'],
  retentionDays: [(v) => typeof v === 'number' && v > 0, 'a number above 0'],
  alerts: [isAlertOptions, 'false, or errorRate above 0 to 1, minimumCalls from 1, windowMs up to an hour and repeatMs from 0'],
  feedbackPerMinute: [(v) => typeof v === 'number' && v >= 1, 'a number from 1'],
};

/**
 * Sets options for the whole process, all copies of this package included; those that are left out stay as they are.
 * Takes effect for calls that begin afterwards.
 *
 * @throws TypeError POET7020 on an unknown option or a wrong value; nothing is changed then
 */
export function configure(options: RuntimeOptions): void {
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(CHECKS, key)) refuse(`unknown option "${key}"; there are ${Object.keys(CHECKS).join(', ')}`);
    const [isValid, wanted] = CHECKS[key as keyof RuntimeOptions];
    if (value !== undefined && !isValid(value)) refuse(`${key} must be ${wanted}`);
  }
  // What was counted so far was counted under the options so far.
  flushAggregates();
  const state = sharedState();
  state.options = { ...state.options, ...options };
  state.metadata = undefined;
  state.redaction = compileRedaction(state.options.redact ?? []);
  refreshTargets();
}

/**
 * Calls `listener` synchronously with every event that is recorded. What it throws, or its promise rejects with, is reported once and goes no further.
 *
 * @returns a function that ends it
 */
export function onEvent(listener: (event: AnyEvent) => void): () => void {
  const state = sharedState();
  const { listeners } = state;
  const heard = (event: AnyEvent): void => {
    const result: unknown = listener(event);
    // Nobody waits for it: its rejection would end the process.
    if (isThenable(result)) Promise.resolve(result).catch(reportListener);
  };
  listeners.add(heard);
  refreshTargets();
  return () => {
    listeners.delete(heard);
    refreshTargets();
  };
}

/** Writes the aggregates of all targets, and hands all events so far to the operating system. */
export function flushEvents(): void {
  flushAggregates();
  sharedState().sink?.flush();
}

function isAlertOptions(value: unknown): boolean {
  if (value === false) return true;
  if (typeof value !== 'object' || value === null) return false;
  const bounds: Readonly<Record<string, readonly [number, number]>> = { errorRate: [Number.MIN_VALUE, 1], minimumCalls: [1, Infinity], windowMs: [1, 3_600_000], repeatMs: [0, Infinity] };
  return Object.entries(value).every(([key, n]) => Object.hasOwn(bounds, key) && typeof n === 'number' && n >= bounds[key]![0] && n <= bounds[key]![1]);
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && entry !== '');
}

function refuse(problem: string): never {
  throw new TypeError(`${fillText(WRONG_OPTION, { problem })}\n  hint: ${WRONG_OPTION.hint}`);
}
