/** What the contenders call: an answer at once, or the failure that the script says. */
export interface Line { sku: string; quantity: number; price: number }
export interface Order { id: string; customer: string; lines: Line[]; note?: string }
export interface Receipt { order: string; total: number; lines: number }

/** By order id: how many attempts fail before one succeeds; absent: none. */
export const script = new Map<string, { failures: number; code: string }>();
export const attempts = new Map<string, number>();
/** Off while time is measured: then every call gets `answer`. */
export const bookkeeping: { on: boolean; answer: Promise<void> } = { on: false, answer: Promise.resolve() };

export function post(order: Order): Promise<void> {
  if (!bookkeeping.on) return bookkeeping.answer;
  const n = (attempts.get(order.id) ?? 0) + 1;
  attempts.set(order.id, n);
  const fault = script.get(order.id);
  if (fault === undefined || n > fault.failures) return bookkeeping.answer;
  return Promise.reject(Object.assign(new Error(fault.code), { code: fault.code }));
}
