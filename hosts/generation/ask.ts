/** One question, asked again where that may help, within a time and a budget. */
import { TransportFault, type ModelProvider, type ModelReply, type Usage } from '../providers/provider.ts';
import type { Prompt } from '../../transformer/prompt.ts';
import type { Budget } from './budget.ts';

export interface AskClock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  random(): number;
}

export const realClock: AskClock = {
  now: Date.now,
  random: Math.random,
  sleep: (ms, signal) => new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  }),
};

/** Of one answer with all its attempts. */
export const GENERATION_MS = 60_000;
const MAX_ATTEMPTS = 5;
const BASE_MS = 500;
const CAP_MS = 20_000;

/**
 * @param stop ends everything: the user has had enough
 * @throws TransportFault the last one, or that the budget is spent
 */
export async function ask(provider: ModelProvider, prompt: Prompt, budget: Budget, stop: AbortSignal, clock: AskClock = realClock): Promise<ModelReply> {
  const deadlineMs = clock.now() + GENERATION_MS;
  let waitMs = 0;
  for (let attempt = 1; ; attempt++) {
    const spent = budget.problem();
    if (spent !== undefined) throw new TransportFault(spent, { isTransient: false });
    if (stop.aborted) throw new TransportFault('stopped', { isTransient: false });
    try {
      const reply = await provider.complete(prompt, AbortSignal.any([stop, AbortSignal.timeout(Math.max(1, deadlineMs - clock.now()))]));
      budget.use(reply.usage);
      return reply;
    } catch (error) {
      const fault = error instanceof TransportFault ? error : new TransportFault(error instanceof Error ? error.message : String(error), { isTransient: false });
      if (fault.usage !== undefined) budget.use(fault.usage);
      // Decorrelated jitter, but never before the server wants to be asked again.
      waitMs = Math.min(CAP_MS, BASE_MS + clock.random() * (Math.max(BASE_MS, waitMs * 3) - BASE_MS));
      const pauseMs = Math.max(waitMs, fault.retryAfterMs ?? 0);
      if (!fault.isTransient || attempt >= MAX_ATTEMPTS || clock.now() + pauseMs >= deadlineMs || stop.aborted) throw fault;
      await clock.sleep(pauseMs, stop);
    }
  }
}

/** Runs jobs, at most so many at once; a job that throws ends none of the others. @returns in their order */
export async function runPool<T, R>(items: readonly T[], width: number, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const out: R[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, async () => {
    for (let i = next++; i < items.length; i = next++) out[i] = await work(items[i]!, i);
  }));
  return out;
}

export type { Usage };
