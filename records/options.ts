/**
 * The options of one target, as the author spells them in a decorator, a wrapper or a JSDoc tag.
 * They must be constant expressions: the compiler reads them, nothing does at run time.
 */
export interface PoetOptions {
  /** Domain template; default `"base"`. */
  domain?: Domain;
  /** Learning objective; turns the Train phase on. Without it nothing is learned and nothing is collected for learning. */
  optimizeFor?: Objective;
  /** True when repeating the call has the effect of calling once; permits retries of functions that write. Default false. */
  idempotent?: boolean;
  /** Attempts after the first, 0–10; asynchronous functions only. */
  retries?: number;
  /** Time limit of one call with all its attempts, milliseconds, above 0; asynchronous functions only. */
  timeoutMs?: number;
  /** Time limit of each attempt, milliseconds, above 0; asynchronous functions only. */
  attemptMs?: number;
  /** Circuit breaker, on or off; the default is the domain's, off in `"base"`. Its numbers are the project's: `breaker` in poet.config.json. */
  breaker?: boolean;
  /** Calls of this function that run at once, from 1; asynchronous functions only. */
  concurrent?: number;
  /** With `concurrent`: calls that wait for their turn; beyond it calls are refused. Default 0. */
  queue?: number;
  /** Path of a business key in the arguments or the result, e.g. `"order.id"`: later feedback finds the execution by it. */
  correlateBy?: string;
  /** What Perceive does with arguments outside the contract; default `"correct"`. */
  perceive?: PerceiveMode;
  /** What Enforce does with a result outside the contract; default `"throw"` for functions that only compute or read, else `"report"`. */
  enforce?: EnforceMode;
  /** Whether the body's meaning is kept or an implementation is wanted; default: what the body shows. */
  fidelity?: 'preserve' | 'implement';
  /** Pins a version of the domain template, e.g. `"v1"`; default: the template's current one. */
  template?: string;
  /** @deprecated means `optimizeFor: "performance"`. */
  enableTraining?: boolean;
}

/** The domains that come with poetc; a project may add its own. */
// `string & {}` takes any name and still lets editors complete the known ones.
export type Domain =
  | 'base' | 'ml_monitoring' | 'api_operations' | 'customer_service' | 'financial_risk' | 'prompt_optimization'
  | (string & {});

/** The objectives that come with poetc; a domain template may define more. */
export type Objective =
  | 'accuracy' | 'precision' | 'recall' | 'latency' | 'cost' | 'alert_quality' | 'performance'
  | (string & {});

/**
 * `correct` repairs the unambiguous, records it, and refuses the rest; `strict` refuses everything outside the contract;
 * `observe` reports and changes nothing.
 */
export type PerceiveMode = 'correct' | 'strict' | 'observe';

/** `throw` ends the call with an EnforceError; `report` records `enforce.violated` and returns the result. */
export type EnforceMode = 'throw' | 'report';
