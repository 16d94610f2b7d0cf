/**
 * Time limits of many calls with two timers for each lane, and without a look at the clock for each call: calls with the same limit
 * end in the order in which they began, and calls that began shortly after each other end together.
 */

/** Calls whose time is up at once. */
export interface Batch {
  /** Infinity until the lane has looked at the clock. */
  atMs: number;
}

export interface Deadline {
  batch: Batch | undefined;
  before: Deadline | undefined;
  after: Deadline | undefined;
  /** Undefined before it was added, and when it was removed or its time is up. */
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

/** A limit ends so much later than it says, as a share of it, at most, unless the event loop is kept busy meanwhile; never earlier. */
const LATE = 1 / 32;

/** Calls with one limit, oldest first. */
export class Lane {
  readonly #ms: number;
  readonly #clock: Clock;
  #first: Deadline | undefined;
  #last: Deadline | undefined;
  /** Of the calls that began since the last look at the clock: their time counts from the next one. */
  #batch: Batch = { atMs: Infinity };
  #willLook = false;
  #willEnd = false;

  constructor(ms: number, clock: Clock) {
    this.#ms = ms;
    this.#clock = clock;
  }

  add(deadline: Deadline): void {
    deadline.batch = this.#batch;
    deadline.lane = this;
    deadline.before = this.#last;
    deadline.after = undefined;
    if (this.#last === undefined) this.#first = deadline;
    else this.#last.after = deadline;
    this.#last = deadline;
    if (this.#willLook) return;
    this.#willLook = true;
    // A time limit must not keep a process alive that has nothing else to do.
    this.#clock.setTimer(() => this.#look(), this.#ms * LATE, false);
  }

  /** The timers stay: they find nothing and are not set again. */
  remove(deadline: Deadline): void {
    if (deadline.lane !== this) return;
    if (deadline.before === undefined) this.#first = deadline.after;
    else deadline.before.after = deadline.after;
    if (deadline.after === undefined) this.#last = deadline.before;
    else deadline.after.before = deadline.before;
    deadline.lane = deadline.batch = deadline.before = deadline.after = undefined;
  }

  #look(): void {
    this.#willLook = false;
    if (this.#first === undefined) return;
    const nowMs = this.#clock.now();
    this.#batch.atMs = nowMs + this.#ms;
    this.#batch = { atMs: Infinity };
    if (!this.#willEnd) this.#endNext(nowMs);
  }

  #endNext(nowMs: number): void {
    const { atMs } = this.#first!.batch!;
    if (atMs === Infinity) return; // the next look sees to it
    this.#willEnd = true;
    this.#clock.setTimer(() => this.#end(), atMs - nowMs, false);
  }

  #end(): void {
    this.#willEnd = false;
    const nowMs = this.#clock.now();
    // All of them first: what the end of one sets off must see that the time of the others is up as well.
    const due: Deadline[] = [];
    while (this.#first !== undefined && this.#first.batch!.atMs <= nowMs) {
      due.push(this.#first);
      this.remove(this.#first);
    }
    for (const each of due) each.expire();
    // The next one; or the same, where the timer was early by a fraction of a millisecond.
    if (this.#first !== undefined && !this.#willEnd) this.#endNext(nowMs);
  }
}

/** For those to whom a time that is at most `grainMs` old is good enough: between two looks at the clock lies one timer. */
export class CoarseClock {
  readonly #clock: Clock;
  readonly #grainMs: number;
  #nowMs = 0;
  #isFresh = false;

  constructor(grainMs: number, clock: Clock) {
    this.#grainMs = grainMs;
    this.#clock = clock;
  }

  now(): number {
    if (this.#isFresh) return this.#nowMs;
    this.#isFresh = true;
    this.#clock.setTimer(() => { this.#isFresh = false; }, this.#grainMs, false);
    return (this.#nowMs = this.#clock.now());
  }
}
