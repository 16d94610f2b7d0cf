import * as bare from './bare.js';
import type { Area, Best, Figure, Invoice, Order, Position, Prices, Quote, Range, Tree } from './shapes.js';
import * as s from './zod-schemas.js';

export const flat = (quote: Quote): Position => s.position.parse(bare.flat(s.quote.parse(quote)));
export const nested = (order: Order): Invoice => s.invoice.parse(bare.nested(s.order.parse(order) as Order));
export const union = (figure: Figure): Area => s.area.parse(bare.union(s.figure.parse(figure)));
export const recursive = (tree: Tree): Tree => s.tree.parse(bare.recursive(s.tree.parse(tree)));
export const tupleMap = (range: Range, prices: Prices): Best => s.best.parse(bare.tupleMap(s.range.parse(range), s.prices.parse(prices)));

/** Without throwing. */
export const refuse = {
  flat: (quote: unknown): boolean => s.quote.safeParse(quote).success,
  nested: (order: unknown): boolean => s.order.safeParse(order).success,
  union: (figure: unknown): boolean => s.figure.safeParse(figure).success,
  recursive: (tree: unknown): boolean => s.tree.safeParse(tree).success,
  tupleMap: (range: unknown, prices: unknown): boolean => {
    const a = s.range.safeParse(range).success;
    return s.prices.safeParse(prices).success && a;
  },
};
