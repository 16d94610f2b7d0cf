/** What one call, or many calls, of an enhanced function came to. Field names are the seed's. */

/** An error as it is recorded: bounded, and without the values of arguments that our own messages show. */
export interface RecordedError {
  /** `name` of the error, or the type of a thrown value that is no error. */
  readonly type: string;
  /** At most 1,000 characters. */
  readonly message: string;
  /** Frames only, at most 4,000 characters. */
  readonly stack_trace?: string;
}

export interface ExecutionMetrics {
  readonly duration_ms: number;
  /** Resident set of the process, megabytes, at the last sample; absent where the platform cannot tell. */
  readonly memory_mb?: number;
  /** Processor time of the process between two samples, percent of one core; absent where the platform cannot tell. */
  readonly cpu_percent?: number;
}

/** Payload of `function.execution`. */
export interface ExecutionPayload {
  /** The target's id: `<module path>#<function>`. */
  readonly function_name: string;
  /** Version of the enhanced function: `v1`, `v2`, … */
  readonly version: string;
  readonly execution_id: string;
  /** Milliseconds since the epoch. */
  readonly start_time: number;
  readonly end_time: number;
  readonly status: 'success' | 'failure';
  readonly metrics: ExecutionMetrics;
  /** Attempts of the body, where there was more than one. */
  readonly attempts?: number;
  /** An aggregate counts this call too. */
  readonly counted?: true;
  /** Business key by which feedback finds the execution; only where the target has `correlateBy`. */
  readonly key?: string;
  /** Present exactly when `status` is `failure`. */
  readonly error?: RecordedError;
}

/** Payload of `function.aggregate`: the calls of one function in one process between two flushes. */
export interface AggregatePayload {
  readonly function_name: string;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly start_time: number;
  readonly end_time: number;
  /** Finished calls; those that failed are among them. */
  readonly calls: number;
  readonly failures: number;
  /** Calls whose arguments were corrected, found outside the contract but let through, or refused. */
  readonly corrected: number;
  readonly observed: number;
  readonly rejected: number;
  /** Calls whose result was outside the contract. */
  readonly violated: number;
  /** Calls in which poetc's own code failed and the author's ran without it. */
  readonly fallbacks: number;
  /** Times of the calls that were measured (about one in sixteen); absent when none was. */
  readonly timing?: { readonly calls: number; readonly total_ms: number; readonly max_ms: number };
  readonly metrics: Omit<ExecutionMetrics, 'duration_ms'>;
}
