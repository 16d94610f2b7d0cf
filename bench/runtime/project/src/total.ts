import type { Order } from './backend.js';

/**
 * Synchronous: all that an execution costs is its event.
 * @poet
 */
export function totalOfOrder(order: Order): number {
  let total = 0;
  for (const line of order.lines) total += line.quantity * line.price;
  return total;
}
