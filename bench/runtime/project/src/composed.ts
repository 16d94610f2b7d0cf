// What a user puts together by hand today, as fast as it gets: compiled schemas, opossum, a short retry.
import CircuitBreaker from 'opossum';
import { pino } from 'pino';
import { z } from 'zod';
import { charge as bare } from './bare.js';
import type { Order, Receipt } from './backend.js';

const order = z.object({ id: z.string(), customer: z.string(), lines: z.array(z.object({ sku: z.string(), quantity: z.number(), price: z.number() })), note: z.string().optional() });
const receipt = z.object({ order: z.string(), total: z.number(), lines: z.number() });
const orderIn = z.compile(order);
const receiptOut = z.compile(receipt);
const TRANSIENT = new Set(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN']);
const isTransient = (error: unknown): boolean => TRANSIENT.has((error as { code?: string }).code ?? '');

function makeBreaker(): CircuitBreaker<[Order], Receipt> {
  return new CircuitBreaker(bare, { timeout: 5_000, errorThresholdPercentage: 50, volumeThreshold: 20, rollingCountTimeout: 30_000, resetTimeout: 30_000, errorFilter: (error: unknown) => !isTransient(error) });
}

async function run(breaker: CircuitBreaker<[Order], Receipt>, given: Order): Promise<Receipt> {
  const checked = orderIn.parse(given) as Order;
  let wait = 0;
  for (let attempt = 0; ; attempt++) {
    try {
      return receiptOut.parse(await breaker.fire(checked));
    } catch (error) {
      if (attempt >= 2 || !isTransient(error)) throw error;
      wait = Math.min(5_000, 50 + Math.random() * (Math.max(50, wait * 3) - 50));
      await new Promise((resolve) => { setTimeout(resolve, wait); });
    }
  }
}

const quiet = makeBreaker();
export const charge = (given: Order): Promise<Receipt> => run(quiet, given);

const logger = pino({ base: { service: 'bench' } }, pino.destination({ dest: process.env['BENCH_LOG'] ?? '/dev/null', sync: false, minLength: 4_096 }));
const loud = makeBreaker();
/** With an event for each call. */
export async function chargeLogged(given: Order): Promise<Receipt> {
  const started = performance.now();
  try {
    const result = await run(loud, given);
    logger.info({ type: 'function.execution', function: 'charge', status: 'success', duration_ms: performance.now() - started });
    return result;
  } catch (error) {
    logger.error({ type: 'function.execution', function: 'charge', status: 'failure', duration_ms: performance.now() - started, err: error });
    throw error;
  }
}
