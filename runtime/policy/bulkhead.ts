/** Bounds how many calls of a target run at once; the rest wait in the order in which they came. */
import type { BulkheadSpec } from './spec.ts';

/** Turns that are dropped together, at least. */
const DROP = 1_024;

export class Bulkhead {
  readonly #spec: BulkheadSpec;
  #running = 0;
  /** Those before `#next` have had their turn; dropped many at once, so that taking one is not linear. */
  #waiting: ((() => void) | undefined)[] = [];
  #next = 0;
  /** Places that were given back and not yet handed on. */
  #free = 0;
  #isHandingOn = false;

  constructor(spec: BulkheadSpec) {
    this.#spec = spec;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length - this.#next;
  }

  /** True: the call runs, and has to `release`. False: there is no room. */
  tryEnter(): boolean {
    if (this.#running >= this.#spec.concurrent) return false;
    this.#running++;
    return true;
  }

  /** Waits for a turn, which then counts as entered: whoever waits began later than those who run, and its time is not up before theirs. @returns false when the queue is full */
  wait(turn: () => void): boolean {
    if (this.waiting >= this.#spec.queue) return false;
    this.#waiting.push(turn);
    return true;
  }

  /** A turn may end at once and release in its turn: one after the other, however many wait. */
  release(): void {
    this.#free++;
    if (this.#isHandingOn) return;
    this.#isHandingOn = true;
    while (this.#free > 0) {
      this.#free--;
      this.#handOn();
    }
    this.#isHandingOn = false;
  }

  #handOn(): void {
    const turn = this.#waiting[this.#next];
    if (turn === undefined) {
      this.#waiting = [];
      this.#next = 0;
      this.#running--;
      return;
    }
    this.#waiting[this.#next++] = undefined;
    // The queue may never be empty again. No more are moved than have had their turn.
    if (this.#next >= DROP && this.#next * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    turn();
  }
}
