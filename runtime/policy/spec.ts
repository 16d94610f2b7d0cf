/** The policies of one target, as emission writes them: what is absent is off. */
export interface PolicySpec {
  /** Attempts after the first. */
  readonly retries?: number;
  /**
   * Which failures may be repeated. `transient`: faults that pass by themselves, of functions that only read or are idempotent;
   * `unconnected`: only those in which nothing can have reached the other side. Absent: none.
   */
  readonly repeat?: 'transient' | 'unconnected';
  /** Of one call with all its attempts and waits, milliseconds. */
  readonly timeoutMs?: number;
  /** Of one attempt, milliseconds. */
  readonly attemptMs?: number;
  readonly breaker?: BreakerSpec;
  readonly bulkhead?: BulkheadSpec;
  /** The function takes an AbortSignal: it is told when its time is up. */
  readonly signal?: true;
}

export interface BreakerSpec {
  /** Share of the calls in the window that fail, above 0 to 1, at which it opens. */
  readonly failureRate: number;
  /** In the window; with fewer the rates say nothing. */
  readonly minimumCalls: number;
  readonly windowMs: number;
  /** Opens as well after so many failures in a row. */
  readonly consecutive?: number;
  /** A call of at least this many milliseconds is slow; with `slowRate`, the share of slow calls at which it opens. */
  readonly slowMs?: number;
  readonly slowRate?: number;
  /** How long it stays open, milliseconds; default: the window. */
  readonly openMs?: number;
  /** Calls that are let through half-open, and have to succeed; default 1. */
  readonly probes?: number;
}

export interface BulkheadSpec {
  /** Calls that run at once. */
  readonly concurrent: number;
  /** Calls that wait for their turn; beyond it calls are refused. */
  readonly queue: number;
}
