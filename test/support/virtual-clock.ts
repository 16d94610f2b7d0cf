/** Time that only moves when a test says so. */
import type { Clock } from '../../runtime/policy/deadlines.ts';

export interface VirtualClock extends Clock {
  /** Runs everything that is due until then, promises included, in order of time. */
  runUntil(ms: number): Promise<void>;
  /** Timers that were ever set, and that wait now. */
  readonly set: number;
  readonly waiting: number;
}

/** Lets every promise that can settle do so. */
export async function settleAll(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve();
}

export function makeVirtualClock(random: () => number = () => 0.5): VirtualClock {
  let now = 0;
  let order = 0;
  let set = 0;
  const timers: { readonly at: number; readonly order: number; readonly fire: () => void }[] = [];
  return {
    now: () => now,
    random,
    get set() { return set; },
    get waiting() { return timers.length; },
    setTimer(fire, ms) {
      set++;
      timers.push({ at: now + ms, order: order++, fire });
    },
    async runUntil(ms) {
      for (;;) {
        await settleAll();
        timers.sort((a, b) => a.at - b.at || a.order - b.order);
        const next = timers[0];
        if (next === undefined || next.at > ms) break;
        timers.shift();
        now = Math.max(now, next.at);
        next.fire();
      }
      now = Math.max(now, ms);
      await settleAll();
    },
  };
}
