/** The options of one target, as the author spells them in a decorator, a wrapper or a JSDoc tag. */
export interface PoetOptions {
  /** Domain template, e.g. "ml_monitoring"; default "base". */
  domain?: string;
  /** Learning objective; turns the Train phase on. */
  optimizeFor?: string;
  /** True when repeating the call has the effect of calling once; permits retries of writes. */
  idempotent?: boolean;
  /** Attempts after the first, 0–10. */
  retries?: number;
  /** Total time limit of one call, milliseconds; asynchronous functions only. */
  timeoutMs?: number;
  /** Circuit breaker, on or off. */
  breaker?: boolean;
  /** Path of a business key in the arguments or the result, e.g. "order.id". */
  correlateBy?: string;
  /** What Perceive does with arguments outside the contract; default "correct". */
  perceive?: PerceiveMode;
  /** What Enforce does with a result outside the contract; the default follows the effects. */
  enforce?: EnforceMode;
  /** Whether the body's meaning is preserved or an implementation is wanted; default: what the body shows. */
  fidelity?: 'preserve' | 'implement';
  /** Pins a version of the domain template, e.g. "v1". */
  template?: string;
  /** @deprecated means `optimizeFor: "performance"`. */
  enableTraining?: boolean;
}

export type PerceiveMode = 'correct' | 'strict' | 'observe';
export type EnforceMode = 'throw' | 'report';
