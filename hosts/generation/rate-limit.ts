/** How many requests leave within a minute, and that nobody asks while the server wants to be left alone. */
import type { AskClock } from './ask.ts';

const MINUTE_MS = 60_000;

export class RateLimit {
  readonly #perMinute: number;
  readonly #clock: AskClock;
  /** When the last `perMinute` requests left; a ring. */
  readonly #left: number[] = [];
  #at = 0;
  #restUntilMs = 0;

  constructor(perMinute: number, clock: AskClock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** The server said `retry-after` to one of many: the others would hear the same. */
  rest(ms: number): void {
    this.#restUntilMs = Math.max(this.#restUntilMs, this.#clock.now() + ms);
  }

  /** Waits for its turn. @param untilMs by when it has to come @returns false when it does not come until then, or all was stopped */
  async turn(untilMs: number, stop: AbortSignal): Promise<boolean> {
    for (;;) {
      if (stop.aborted) return false;
      const now = this.#clock.now();
      if (now >= untilMs) return false;
      const oldest = this.#left.length < this.#perMinute ? undefined : this.#left[this.#at]!;
      const atMs = Math.max(this.#restUntilMs, oldest === undefined ? 0 : oldest + MINUTE_MS);
      if (atMs <= now) {
        this.#left[this.#at] = now;
        this.#at = (this.#at + 1) % this.#perMinute;
        return true;
      }
      if (atMs >= untilMs) return false;
      await this.#clock.sleep(atMs - now, stop);
    }
  }
}
