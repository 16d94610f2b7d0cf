import type { FeedbackPayload, FeedbackType } from '../records/feedback.ts';
import { isRedacted } from './redaction.ts';

/** What is said about one execution; at least one of `executionId` and `key`, and at least one thing to say. */
export interface Feedback {
  /** From `traced`, or of a recorded event. */
  readonly executionId?: string;
  /** Business key, for functions with `correlateBy`. */
  readonly key?: string;
  /** Default `user`. */
  readonly type?: FeedbackType;
  readonly rating?: number;
  /** What the result should have been, or was found to be; text of at most 1,000 characters. */
  readonly label?: string | number | boolean;
  /** From 0. */
  readonly cost?: number;
  /** At most 100, by name. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** At most 10,000 characters; what looks like a secret is taken out. */
  readonly comments?: string;
  /** At most 100 of at most 1,000 characters. */
  readonly suggestions?: readonly string[];
}

const MAX_ID = 200;
const MAX_LABEL = 1_000;
const MAX_COMMENTS = 10_000;
const MAX_LIST = 100;

// A copy by type: the records' guards stay out of production.
const TYPES: Readonly<Record<FeedbackType, true>> = { performance: true, error: true, user: true, system: true };

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const isText = (max: number) => (value: unknown): boolean => typeof value === 'string' && value !== '' && value.length <= max;

type Checks = { readonly [K in keyof Feedback]-?: readonly [(value: unknown) => boolean, string] };

/** A function, so that bundlers see that nothing happens while the module loads. */
const makeChecks = (): Checks => ({
  executionId: [isText(MAX_ID), `text of 1 to ${MAX_ID} characters`],
  key: [isText(MAX_ID), `text of 1 to ${MAX_ID} characters`],
  type: [(v) => typeof v === 'string' && Object.hasOwn(TYPES, v), '"performance" | "error" | "user" | "system"'],
  rating: [isNumber, 'a finite number'],
  label: [(v) => isText(MAX_LABEL)(v) || isNumber(v) || typeof v === 'boolean', `text of 1 to ${MAX_LABEL} characters, a finite number or a boolean`],
  cost: [(v) => isNumber(v) && (v as number) >= 0, 'a number from 0'],
  metrics: [isMetrics, `an object of at most ${MAX_LIST} finite numbers`],
  comments: [isText(MAX_COMMENTS), `text of 1 to ${MAX_COMMENTS} characters`],
  suggestions: [(v) => Array.isArray(v) && v.length <= MAX_LIST && v.every(isText(MAX_LABEL)), `at most ${MAX_LIST} texts of 1 to ${MAX_LABEL} characters`],
});

let checks: Checks | undefined;

/** The first thing that is wrong, as a sentence; undefined when all is well. Never throws on plain data. */
export function findFeedbackProblem(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return 'expected an object';
  checks ??= makeChecks();
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(checks, name)) return `unknown field "${name.slice(0, 40)}"; there are ${Object.keys(checks).join(', ')}`;
    const [isValid, wanted] = checks[name as keyof Feedback];
    if (value !== undefined && !isValid(value)) return `${name} must be ${wanted}`;
  }
  const { executionId, key, type, ...said } = given as Feedback;
  if (executionId === undefined && key === undefined) return 'executionId or key must say which execution is meant';
  return Object.values(said).some((value) => value !== undefined) ? undefined : `it says nothing${type === undefined ? '' : ` but its type "${type}"`}`;
}

/** What redaction has made longer is cut, so that it passes the checks again when it is read. @param feedback checked @param functionName the target's id */
export function makeFeedbackPayload(functionName: string, feedback: Feedback): FeedbackPayload {
  const { executionId, key, type, label, comments, metrics, suggestions, rating, cost } = feedback;
  return {
    function_name: functionName,
    version: 'unknown',
    ...(executionId !== undefined && { execution_id: executionId }),
    ...(key !== undefined && { key }),
    feedback_type: type ?? 'user',
    ...(rating !== undefined && { rating }),
    ...(label !== undefined && { label: typeof label === 'string' ? redactText(label).slice(0, MAX_LABEL) : label }),
    ...(cost !== undefined && { cost }),
    ...(comments !== undefined && { comments: redactText(comments).slice(0, MAX_COMMENTS) }),
    ...(metrics !== undefined && { metrics: { ...metrics } }),
    ...(suggestions !== undefined && { suggestions: suggestions.map((text) => redactText(text).slice(0, MAX_LABEL)) }),
  };
}

function isMetrics(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= MAX_LIST && entries.every(([name, number]) => name !== '' && name.length <= MAX_ID && isNumber(number));
}

const REDACTED = '[redacted]';

/**
 * Takes out what stands behind the name of a secret (`password: …`, `api_key=…`, more by `configure({ redact })`), passwords in addresses, bearer
 * tokens, and tokens that show what they are by their form. Not seen: a secret that is called nothing and looks like a word.
 */
function redactText(text: string): string {
  return redactNamed(text)
    .replace(/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,100}):\S{1,300}@/gi, `$1:${REDACTED}@`)
    .replace(/\b(bearer|basic)\s+[\w.~+/-]{8,}=*/gi, `$1 ${REDACTED}`)
    .replace(/\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*|\b(?:sk|pk|ghp|gho|github_pat|xox[abp])[-_][\w-]{10,}/g, REDACTED);
}

function redactNamed(text: string): string {
  let kept = '';
  let end = 0;
  for (const { 0: all, 1: name = '', index } of text.matchAll(/([\w.-]{1,60})\\{0,5}["']?\s{0,5}[:=]\s{0,5}/g)) {
    if (index < end || !isRedacted(name)) continue;
    const start = index + all.length;
    kept += text.slice(end, start) + REDACTED;
    end = start + measureSecret(text.slice(start));
  }
  return kept + text.slice(end);
}

/** Characters of it: what is quoted ends with its quote, all else (several words, the parts of a cookie) with the line. */
function measureSecret(text: string): number {
  if (text.startsWith(REDACTED)) return REDACTED.length;
  return (/^(?:"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')(?=[\s,;}\])]|$)|^[^\n\r]*/.exec(text)?.[0] ?? '').length;
}
