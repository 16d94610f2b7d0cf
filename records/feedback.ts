/** Payload of `function.feedback`: what somebody says about an execution, perhaps days later. Field names are the seed's. */
export interface FeedbackPayload {
  readonly function_name: string;
  readonly version: string;
  readonly execution_id: string;
  readonly feedback_type: FeedbackType;
  readonly rating?: number;
  readonly comments?: string;
  readonly metrics?: {
    /** 0–1. */
    readonly success_rate: number;
    /** Milliseconds. */
    readonly avg_duration: number;
    /** 0–1. */
    readonly error_rate: number;
  };
  readonly suggestions?: readonly string[];
}

export const FEEDBACK_TYPES = ['performance', 'error', 'user', 'system'] as const;
export type FeedbackType = (typeof FEEDBACK_TYPES)[number];
