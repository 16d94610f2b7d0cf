/** Circuit breaker over a sliding window. Knows no clock: every step is told the time. */
import type { BreakerSpec } from './spec.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** What came of an attempt; `ignored` for one that says nothing about the other side. */
export type Report = 'success' | 'failure' | 'ignored';

/** Attempts of before the last change of state are not counted: their answer is about another time. */
export type Ticket = number;

const REFUSED = -1;
/** Parts of the window; the oldest is forgotten as a whole. */
export const SLOTS = 10;

export class Breaker {
  readonly #spec: BreakerSpec;
  readonly #slotMs: number;
  /** Calls, failures and slow calls of each slot. */
  readonly #counts = new Int32Array(SLOTS * 3);
  #calls = 0;
  #failures = 0;
  #slow = 0;
  /** Number of the newest slot since the epoch of the clock. */
  #newest = 0;
  #inARow = 0;
  #state: BreakerState = 'closed';
  /** Of half-open: probes that were let through, and that came back well. */
  #probing = 0;
  #passed = 0;
  #openUntilMs = 0;
  /** A probe that never comes back must not keep it half-open for ever. */
  #probeUntilMs = 0;
  #era = 0;
  #seenAtChange = { calls: 0, failures: 0, slow: 0 };

  constructor(spec: BreakerSpec) {
    this.#spec = spec;
    this.#slotMs = spec.windowMs / SLOTS;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Calls and failures in the window. */
  get seen(): { readonly calls: number; readonly failures: number; readonly slow: number } {
    return { calls: this.#calls, failures: this.#failures, slow: this.#slow };
  }

  /** What the window held when the state last changed; of one that closes, what had opened it: probes are not in the window. */
  get seenAtChange(): Breaker['seen'] {
    return this.#seenAtChange;
  }

  /** Whether an attempt may run. @param nowMs read only while it is not closed @returns a ticket to hand back with the report, or a negative number */
  enter(nowMs: number): Ticket {
    if (this.#state === 'closed') return this.#era;
    if (this.#state === 'open') {
      if (nowMs < this.#openUntilMs) return REFUSED;
      this.#probe(nowMs);
    }
    if (this.#probing >= (this.#spec.probes ?? 1)) {
      if (nowMs < this.#probeUntilMs) return REFUSED;
      this.#probe(nowMs);
    }
    this.#probing++;
    return this.#era;
  }

  /**
   * @param ticket as `enter` gave it
   * @returns the state when this report changed it
   */
  leave(ticket: Ticket, report: Report, nowMs: number, durationMs: number): BreakerState | undefined {
    if (ticket !== this.#era) return undefined;
    if (this.#state === 'half-open') return this.#leaveProbe(report, nowMs);
    if (report === 'ignored') return undefined;
    this.#advance(nowMs);
    const isSlow = this.#spec.slowMs !== undefined && durationMs >= this.#spec.slowMs;
    this.#count(report === 'failure', isSlow);
    return this.#isBroken() ? this.#open(nowMs) : undefined;
  }

  #leaveProbe(report: Report, nowMs: number): BreakerState | undefined {
    this.#probing--;
    if (report === 'failure') return this.#open(nowMs);
    if (report === 'ignored' || ++this.#passed < (this.#spec.probes ?? 1)) {
      // A probe that proved something is not repeated.
      if (report === 'success') this.#probing++;
      return undefined;
    }
    return this.#change('closed');
  }

  #probe(nowMs: number): void {
    this.#probeUntilMs = nowMs + (this.#spec.openMs ?? this.#spec.windowMs);
    this.#change('half-open');
  }

  #open(nowMs: number): BreakerState {
    this.#openUntilMs = nowMs + (this.#spec.openMs ?? this.#spec.windowMs);
    return this.#change('open');
  }

  #change(state: BreakerState): BreakerState {
    this.#seenAtChange = this.seen;
    this.#state = state;
    this.#era++;
    this.#probing = this.#passed = this.#inARow = 0;
    if (state === 'closed') {
      this.#counts.fill(0);
      this.#calls = this.#failures = this.#slow = 0;
    }
    return state;
  }

  #isBroken(): boolean {
    const { consecutive, minimumCalls, failureRate, slowRate } = this.#spec;
    if (consecutive !== undefined && this.#inARow >= consecutive) return true;
    if (this.#calls < minimumCalls) return false;
    return (this.#failures > 0 && this.#failures >= this.#calls * failureRate) || (slowRate !== undefined && this.#slow > 0 && this.#slow >= this.#calls * slowRate);
  }

  #count(isFailure: boolean, isSlow: boolean): void {
    const at = (this.#newest % SLOTS) * 3;
    this.#counts[at]!++;
    this.#calls++;
    if (isFailure) { this.#counts[at + 1]!++; this.#failures++; this.#inARow++; } else this.#inARow = 0;
    if (isSlow) { this.#counts[at + 2]!++; this.#slow++; }
  }

  /** Forgets slots that have left the window; a clock that goes backwards stays where it was. */
  #advance(nowMs: number): void {
    const slot = Math.floor(nowMs / this.#slotMs);
    if (slot <= this.#newest) return;
    const gone = Math.min(slot - this.#newest, SLOTS);
    for (let i = 1; i <= gone; i++) {
      const at = ((this.#newest + i) % SLOTS) * 3;
      this.#calls -= this.#counts[at]!;
      this.#failures -= this.#counts[at + 1]!;
      this.#slow -= this.#counts[at + 2]!;
      this.#counts.fill(0, at, at + 3);
    }
    this.#newest = slot;
  }
}
