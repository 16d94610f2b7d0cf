/** Time that only moves when a test says so. */
import type { Clock } from '../../runtime/policy/deadlines.ts';

export interface VirtualClock extends Clock {
  /** Runs everything that is due until then, promises included, in order of time. */
  runUntil(ms: number): Promise<void>;
  /** Timers that were ever set, and that wait now. */
  readonly set: number;
  readonly waiting: number;
}

/** Lets every promise that can settle do so. @param depth of the longest chain of promises */
export async function settleAll(depth = 12): Promise<void> {
  for (let i = 0; i < depth; i++) await Promise.resolve();
}

/** @param depth of the longest chain of promises that one timer sets off */
export function makeVirtualClock(random: () => number = () => 0.5, depth = 12): VirtualClock {
  let now = 0;
  let set = 0;
  /** In order of time; of the same time, as they were set. */
  const timers: { readonly at: number; readonly fire: () => void }[] = [];
  return {
    now: () => now,
    random,
    get set() { return set; },
    get waiting() { return timers.length; },
    setTimer(fire, ms) {
      set++;
      insertByTime(timers, { at: now + ms, fire });
    },
    async runUntil(ms) {
      for (;;) {
        await settleAll(depth);
        const next = timers[0];
        if (next === undefined || next.at > ms) break;
        timers.shift();
        now = Math.max(now, next.at);
        next.fire();
      }
      now = Math.max(now, ms);
      await settleAll(depth);
    },
  };
}

/** Behind all that are not later. */
export function insertByTime<T extends { readonly at: number }>(list: T[], entry: T): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.at <= entry.at) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, entry);
}
