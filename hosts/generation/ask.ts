/** One question, asked again where that may help, within a time and a budget. */
import { TransportFault, type ModelProvider, type ModelReply, type Usage } from '../providers/provider.ts';
import type { Prompt } from '../../transformer/prompt.ts';
import { addUsage, tokensOf, type Budget } from './budget.ts';
import type { RateLimit } from './rate-limit.ts';

export interface AskClock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** A signal that is given after so long. */
  timeout(ms: number): AbortSignal;
  random(): number;
}

const LATE_MS = 50;

export const realClock: AskClock = {
  now: Date.now,
  random: Math.random,
  timeout(ms) {
    const end = new AbortController();
    const dueMs = Date.now() + ms;
    // Judging answers keeps this thread busy for a second at a time: what came meanwhile is read before it counts as late.
    const fire = (): void => { if (Date.now() - dueMs > LATE_MS) setTimeout(() => end.abort(), LATE_MS).unref(); else end.abort(); };
    setTimeout(fire, ms).unref();
    return end.signal;
  },
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

export interface AskLimits {
  /** Of one answer with all its attempts, waiting for the rate limit aside. */
  readonly timeoutMs: number;
  /** After the first attempt. */
  readonly retries: number;
}

const NOTHING: Usage = { inputTokens: 0, outputTokens: 0 };
const BASE_MS = 500;
const CAP_MS = 20_000;

export interface AskRoom {
  readonly provider: ModelProvider;
  readonly budget: Budget;
  readonly limits: AskLimits;
  readonly rate: RateLimit;
  readonly clock: AskClock;
  /** Ends everything: the user has had enough. */
  readonly stop: AbortSignal;
}

/**
 * @param expectedTokens how long the answer will be, about
 * @returns the reply, with the usage of all attempts
 * @throws TransportFault the last one, or that the budget is spent; its usage is that of all attempts, undefined where nothing was sent
 */
export async function ask({ provider, budget, limits, rate, clock, stop }: AskRoom, prompt: Prompt, expectedTokens: number): Promise<ModelReply> {
  const expected: Usage = { inputTokens: tokensOf(prompt.system, prompt.user), outputTokens: expectedTokens + (provider.thinkingTokens ?? 0) };
  // Whoever waits for a turn does not wait for the model: the time begins with the first turn.
  let deadlineMs = Infinity;
  let waitMs = BASE_MS;
  let usage: Usage | undefined;
  for (let attempt = 0; ; attempt++) {
    const room = await budget.reserve({ ...expected });
    if ('problem' in room) throw new TransportFault(room.problem, { isTransient: false, usage });
    const settle = (used: Usage): void => { room.settle(used); usage = addUsage(used, usage); };
    if (!await rate.turn(deadlineMs, stop)) {
      room.settle(NOTHING);
      throw new TransportFault(stop.aborted ? 'stopped' : 'no answer in time', { isTransient: false, usage });
    }
    if (deadlineMs === Infinity) deadlineMs = clock.now() + limits.timeoutMs;
    try {
      const reply = await provider.complete(prompt, AbortSignal.any([stop, clock.timeout(Math.max(1, deadlineMs - clock.now()))]));
      // A server that does not count is not free: a limit has to hold there, too.
      settle(reply.usage.inputTokens + reply.usage.outputTokens > 0 || provider.isFree === true ? reply.usage : { ...expected, outputTokens: tokensOf(reply.text) });
      return { ...reply, usage: usage! };
    } catch (error) {
      const fault = error instanceof TransportFault ? error : new TransportFault(error instanceof Error ? error.message : String(error), { isTransient: false });
      settle(fault.usage ?? (fault.isSent ? expected : NOTHING));
      if (fault.retryAfterMs !== undefined) {
        if (fault.retryAfterMs >= limits.timeoutMs) throw new TransportFault(`${fault.message}; it wants to be asked again in ${Math.round(fault.retryAfterMs / 1_000)} s`, { isTransient: false, isForAll: true, usage });
        rate.rest(fault.retryAfterMs);
      }
      // Decorrelated jitter, but never before the server wants to be asked again.
      waitMs = Math.min(CAP_MS, BASE_MS + clock.random() * (Math.max(BASE_MS, waitMs * 3) - BASE_MS));
      const pauseMs = Math.max(waitMs, fault.retryAfterMs ?? 0);
      if (stop.aborted) throw new TransportFault('stopped', { isTransient: false, usage });
      if (!fault.isTransient || attempt >= limits.retries || clock.now() + pauseMs >= deadlineMs) throw new TransportFault(fault.message, { isTransient: fault.isTransient, isForAll: fault.isForAll, usage });
      await clock.sleep(pauseMs, stop);
    }
  }
}
