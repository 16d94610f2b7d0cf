import { tickMs } from '../platform.ts';
import type { Clock } from './deadlines.ts';

interface Timers { setTimeout(fire: () => void, ms: number): unknown }

/** Of the platform. */
export const platformClock: Clock = {
  now: tickMs,
  random: Math.random,
  setTimer(fire, ms, keepAlive) {
    const timer = (globalThis as unknown as Timers).setTimeout(fire, ms);
    if (!keepAlive && typeof timer === 'object' && timer !== null) (timer as { unref?(): void }).unref?.();
  },
};
