import type { FeedbackPayload } from '../records/feedback.ts';
import { BAD_FEEDBACK, FEEDBACK_LIMIT, FEEDBACK_NOWHERE, fillText } from './codes.ts';
import type { RuntimeMessage } from './codes.ts';
import { makeEvent, notify } from './emit.ts';
import { findFeedbackProblem, makeFeedbackPayload } from './feedback-check.ts';
import type { Feedback } from './feedback-check.ts';
import { tickMs } from './platform.ts';
import { sharedState } from './state.ts';
import type { TargetSpec } from './target.ts';

export interface FeedbackReceipt {
  /** The same for the same feedback, however often and wherever it is given. */
  readonly id: string;
  /** False when it was there already. By key: while it waits, for a minute; after that it may be about another execution, and `matchFeedback` knows. */
  readonly isNew: boolean;
}

/** Tokens left of each target's minute, and when they were last filled up. */
const buckets = new Map<string, { tokens: number; atMs: number }>();

const DEFAULT_PER_MINUTE = 6_000;
const MAX_BUCKETS = 10_000;

/**
 * Records what somebody says about an execution; it may be days old, and of another process. When the promise resolves, the
 * feedback is on the disk itself (synced), and survives a kill and a power loss. The same feedback again changes nothing.
 * Works while events are off or the target is disabled.
 *
 * @param target its id (`src/a.ts#f`); or, where it has run in this process, its name or the enhanced function itself, which is found by
 *   its name too: where functions that are not enhanced, or have not run yet, may have the same, give the id
 * @throws Error, as a rejection: POET7050 when it is no valid feedback, POET7051 beyond `feedbackPerMinute` (try later),
 *   POET7052 when there is nowhere to keep it; the file system's error when it cannot be written
 */
export async function feedback(target: string | ((...args: never[]) => unknown), given: Feedback): Promise<FeedbackReceipt> {
  const problem = findFeedbackProblem(given);
  if (problem !== undefined) throw makeError(BAD_FEEDBACK, { problem });
  const { host } = sharedState();
  const spec = findSpec(target, given);
  if (host?.saveFeedback === undefined) throw makeError(FEEDBACK_NOWHERE, { reason: 'this platform has no file system for it' });
  takeToken(spec.id);
  const event = makeEvent<'function.feedback'>(spec.package, 'function.feedback', makeFeedbackPayload(spec.id, given), {
    correlationId: given.key ?? given.executionId,
  });
  const receipt = await host.saveFeedback(event, spec.package);
  if (typeof receipt === 'string') throw makeError(FEEDBACK_NOWHERE, { reason: receipt });
  if (receipt.isNew) notify(event);
  return receipt;
}

/** What makes two pieces of feedback the same: everything but when and where they were given. */
export function feedbackIdentity(payload: FeedbackPayload): string {
  const { metrics, version: _version, ...rest } = payload;
  const sorted = (value: object): [string, unknown][] => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted(rest), metrics === undefined ? [] : sorted(metrics)]);
}

function findSpec(target: string | ((...args: never[]) => unknown), { executionId }: Feedback): Pick<TargetSpec, 'id' | 'package'> {
  const named = typeof target === 'string' ? target : target.name;
  const known = [...sharedState().targets.values()].map(({ spec }) => spec).filter((spec) => spec.id === named || spec.name === named);
  const ids = new Set(known.map((spec) => spec.id));
  // An execution's id says which package is meant, a business key does not.
  if (ids.size === 1 && known[0] !== undefined && (known.length === 1 || executionId !== undefined)) return known[0];
  // Labels are often given by a process that never runs the function.
  if (ids.size === 0 && named.indexOf('#') > 0 && named.length <= 500) return { id: named };
  const all = known.map((spec) => (ids.size === known.length ? spec.id : `${spec.id} of ${spec.package ?? 'no package'}`));
  throw makeError(BAD_FEEDBACK, { problem: ids.size === 0 ? `no function "${named.slice(0, 100)}" has run in this process; name it by its id, such as src/a.ts#f` : `"${named}" may be ${all.join(' or ')}; ${ids.size === 1 ? 'say which execution by its id' : 'name it by its id'}` });
}

/** @throws POET7051 */
function takeToken(id: string): void {
  const perMinute = sharedState().options.feedbackPerMinute ?? DEFAULT_PER_MINUTE;
  const nowMs = tickMs();
  if (buckets.size > MAX_BUCKETS) buckets.clear();
  const bucket = buckets.get(id) ?? { tokens: perMinute, atMs: nowMs };
  const tokens = Math.min(perMinute, bucket.tokens + ((nowMs - bucket.atMs) * perMinute) / 60_000);
  buckets.set(id, { tokens: tokens < 1 ? tokens : tokens - 1, atMs: nowMs });
  if (tokens < 1) throw makeError(FEEDBACK_LIMIT, { fn: id, count: perMinute });
}

function makeError<T extends string>(message: RuntimeMessage<T>, args: Parameters<typeof fillText<T>>[1]): Error {
  return new Error(`${fillText(message, args)}\n  hint: ${message.hint}`);
}
