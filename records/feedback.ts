/** Payload of `function.feedback`: what somebody says about an execution, perhaps days later. Field names are the seed's. */
export interface FeedbackPayload {
  readonly function_name: string;
  /** `unknown` until the execution is found. */
  readonly version: string;
  /** Absent as long as only `key` is known. */
  readonly execution_id?: string;
  /** Business key of the execution; at least one of the two is there. */
  readonly key?: string;
  readonly feedback_type: FeedbackType;
  readonly rating?: number;
  /** What the result should have been, or was found to be. */
  readonly label?: string | number | boolean;
  /** What the execution cost, in a unit that the function's owners agree on; from 0. */
  readonly cost?: number;
  readonly comments?: string;
  /** By name; the seed's are `success_rate` and `error_rate` (0–1) and `avg_duration` (milliseconds). */
  readonly metrics?: Readonly<Record<string, number>>;
  readonly suggestions?: readonly string[];
}

export const FEEDBACK_TYPES = ['performance', 'error', 'user', 'system'] as const;
export type FeedbackType = (typeof FEEDBACK_TYPES)[number];
