import type { AskClock } from '../../hosts/generation/ask.ts';

/**
 * Time in which waiting costs nothing and work costs what it costs: while there is something to do it goes on as the clock on the wall does,
 * and when nothing is left to do it jumps to the next timer. So a run of minutes takes as long as its own work, and what blocks the process
 * delays everything behind it, as it would. Whatever else runs on the machine counts, too.
 */
export class WaitingClock implements AskClock {
  readonly random: () => number;
  #skippedMs = 0;
  #timers: { readonly dueMs: number; readonly fire: () => void }[] = [];

  constructor(random: () => number) { this.random = random; }

  now(): number { return this.#skippedMs + performance.now(); }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return signal.aborted ? Promise.resolve() : new Promise((resolve) => { this.#timers.push({ dueMs: this.now() + ms, fire: resolve }); });
  }

  /** Never given: the latencies of the trace end long before. */
  timeout(): AbortSignal { return new AbortController().signal; }

  async run<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const end = work.finally(() => { over = true; });
    end.catch(() => undefined); // whoever awaits it below hears of it
    for (;;) {
      await new Promise((resolve) => { setImmediate(resolve); });
      if (over) return end;
      if (this.#timers.length === 0) continue; // files are being read or written
      const next = this.#timers.reduce((a, b) => (b.dueMs < a.dueMs ? b : a));
      const ahead = next.dueMs - this.now();
      if (ahead > 0) this.#skippedMs += ahead;
      const due = this.#timers.filter(({ dueMs }) => dueMs <= this.now());
      this.#timers = this.#timers.filter((timer) => !due.includes(timer));
      for (const timer of due.sort((a, b) => a.dueMs - b.dueMs)) timer.fire();
    }
  }
}
