import { z } from 'zod';
import type { Tree } from './shapes.js';

export const quote = z.object({ id: z.string(), symbol: z.string(), price: z.number(), quantity: z.number(), live: z.boolean() });
export const position = z.object({ id: z.string(), value: z.number(), live: z.boolean() });
export const order = z.object({
  id: z.string(), customer: z.object({ name: z.string(), email: z.string().optional() }),
  items: z.array(z.object({ sku: z.string(), price: z.number(), quantity: z.number() })), tags: z.array(z.string()),
});
export const invoice = z.object({ id: z.string(), lines: z.array(z.object({ sku: z.string(), total: z.number() })), total: z.number() });
export const figure = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('circle'), radius: z.number() }),
  z.object({ kind: z.literal('rectangle'), width: z.number(), height: z.number() }),
  z.object({ kind: z.literal('polygon'), points: z.array(z.object({ x: z.number(), y: z.number() })) }),
]);
export const area = z.discriminatedUnion('kind', [z.object({ kind: z.literal('area'), value: z.number() }), z.object({ kind: z.literal('degenerate'), reason: z.string() })]);
export const tree: z.ZodType<Tree> = z.object({ value: z.number(), get children() { return z.array(tree); } });
export const range = z.tuple([z.number(), z.number(), z.string()]);
export const prices = z.map(z.string(), z.number());
export const best = z.tuple([z.string(), z.number()]);
