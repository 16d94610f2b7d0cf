/** How long to wait before the next attempt, and whether there may be one. */

const BASE_MS = 50;
const CAP_MS = 5_000;

/**
 * Decorrelated jitter: each wait is drawn between the base and three times the one before (the base where there was none), so that clients that failed together
 * do not come back together. Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param previousMs the wait before; 0 before the first
 * @param random from 0 up to, not including, 1
 */
export function nextWaitMs(previousMs: number, random: number): number {
  const upper = Math.max(previousMs, BASE_MS) * 3;
  return Math.min(CAP_MS, BASE_MS + random * (upper - BASE_MS));
}

/** What each call adds, in retries. */
const DEPOSIT = 0.2;
/** Retries that are there from the start, and the most that can be saved. */
const RESERVE = 10;
const MAX_SAVED = 100;

/**
 * Bounds retries to a share of the calls, so that an outage is not made worse by everybody asking again.
 * Source: the retry budgets of Finagle.
 */
export class RetryBudget {
  #saved = RESERVE;

  /** A call has begun. */
  deposit(): void {
    if (this.#saved < MAX_SAVED) this.#saved = Math.min(MAX_SAVED, this.#saved + DEPOSIT);
  }

  /** Takes one retry; false where none is left. */
  withdraw(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}
