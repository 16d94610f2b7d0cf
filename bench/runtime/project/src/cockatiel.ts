import { circuitBreaker, decorrelatedJitterGenerator, ExponentialBackoff, handleWhen, retry, SamplingBreaker, timeout, TimeoutStrategy, wrap } from 'cockatiel';
import { z } from 'zod';
import { charge as bare } from './bare.js';
import type { Order, Receipt } from './backend.js';

const order = z.object({ id: z.string(), customer: z.string(), lines: z.array(z.object({ sku: z.string(), quantity: z.number(), price: z.number() })), note: z.string().optional() });
const receipt = z.object({ order: z.string(), total: z.number(), lines: z.number() });
const TRANSIENT = new Set(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN']);
const faults = handleWhen((error) => TRANSIENT.has((error as { code?: string }).code ?? ''));

const policy = wrap(
  timeout(5_000, TimeoutStrategy.Aggressive),
  retry(faults, { maxAttempts: 2, backoff: new ExponentialBackoff({ generator: decorrelatedJitterGenerator, initialDelay: 50, maxDelay: 5_000 }) }),
  circuitBreaker(faults, { halfOpenAfter: 30_000, breaker: new SamplingBreaker({ threshold: 0.5, duration: 30_000, minimumRps: 1 }) }),
);

export async function charge(given: Order): Promise<Receipt> {
  const checked = order.parse(given);
  return receipt.parse(await policy.execute(() => bare(checked as Order)));
}
