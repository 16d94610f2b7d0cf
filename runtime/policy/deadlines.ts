/** Time limits of many calls with one timer for each length: calls with the same limit end in the order in which they began. */

export interface Deadline {
  atMs: number;
  before: Deadline | undefined;
  after: Deadline | undefined;
  lane: Lane | undefined;
  expire(): void;
}

/** What the policies know of time. */
export interface Clock {
  now(): number;
  /** @param keepAlive whether the process must not end before */
  setTimer(fire: () => void, ms: number, keepAlive: boolean): void;
  random(): number;
}

/** Calls with one limit, oldest first. */
export class Lane {
  readonly #ms: number;
  readonly #clock: Clock;
  #first: Deadline | undefined;
  #last: Deadline | undefined;
  #armed = false;

  constructor(ms: number, clock: Clock) {
    this.#ms = ms;
    this.#clock = clock;
  }

  add(deadline: Deadline, nowMs: number): void {
    deadline.atMs = nowMs + this.#ms;
    deadline.lane = this;
    deadline.before = this.#last;
    deadline.after = undefined;
    if (this.#last === undefined) this.#first = deadline;
    else this.#last.after = deadline;
    this.#last = deadline;
    // While deadlines expire, which may begin other calls, the first one of all decides in the end.
    if (!this.#armed && deadline.before === undefined) this.#arm(this.#ms);
  }

  /** The timer stays: it finds nothing and is not set again. */
  remove(deadline: Deadline): void {
    if (deadline.lane !== this) return;
    if (deadline.before === undefined) this.#first = deadline.after;
    else deadline.before.after = deadline.after;
    if (deadline.after === undefined) this.#last = deadline.before;
    else deadline.after.before = deadline.before;
    deadline.lane = deadline.before = deadline.after = undefined;
  }

  #arm(ms: number): void {
    this.#armed = true;
    // A time limit must not keep a process alive that has nothing else to do.
    this.#clock.setTimer(() => this.#fire(), ms, false);
  }

  #fire(): void {
    this.#armed = false;
    const nowMs = this.#clock.now();
    while (this.#first !== undefined && this.#first.atMs <= nowMs) {
      const due = this.#first;
      this.remove(due);
      due.expire();
    }
    // The next one; or the same, where the timer was early by a fraction of a millisecond.
    if (this.#first !== undefined && !this.#armed) this.#arm(this.#first.atMs - nowMs);
  }
}
