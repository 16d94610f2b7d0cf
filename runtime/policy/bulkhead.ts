/** Bounds how many calls of a target run at once; the rest wait in the order in which they came. */
import type { BulkheadSpec } from './spec.ts';

export class Bulkhead {
  readonly #spec: BulkheadSpec;
  #running = 0;
  /** Those before `#next` have had their turn; compacted as a whole, so that taking one is not linear. */
  #waiting: ((() => void) | undefined)[] = [];
  #next = 0;
  #left = 0;

  constructor(spec: BulkheadSpec) {
    this.#spec = spec;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length - this.#next - this.#left;
  }

  /** True: the call runs, and has to `release`. False: there is no room. */
  tryEnter(): boolean {
    if (this.#running >= this.#spec.concurrent) return false;
    this.#running++;
    return true;
  }

  /** Waits for a turn, which then counts as entered. @returns what gives up the place; undefined when the queue is full */
  wait(turn: () => void): (() => void) | undefined {
    if (this.waiting >= this.#spec.queue) return undefined;
    const place = this.#waiting.length;
    const list = this.#waiting;
    list.push(turn);
    return () => {
      if (list !== this.#waiting || list[place] !== turn || place < this.#next) return;
      list[place] = undefined;
      this.#left++;
    };
  }

  release(): void {
    while (this.#next < this.#waiting.length) {
      const turn = this.#waiting[this.#next];
      this.#waiting[this.#next++] = undefined;
      if (turn === undefined) { this.#left--; continue; }
      turn();
      return;
    }
    this.#waiting = [];
    this.#next = this.#left = 0;
    this.#running--;
  }
}
