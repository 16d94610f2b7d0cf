import { z } from 'zod';
import * as bare from './bare.js';
import type { Area, Best, Figure, Invoice, Order, Position, Prices, Quote, Range, Tree } from './shapes.js';
import * as s from './zod-schemas.js';

const quoteIn = z.compile(s.quote), positionOut = z.compile(s.position), orderIn = z.compile(s.order), invoiceOut = z.compile(s.invoice);
const figureIn = z.compile(s.figure), areaOut = z.compile(s.area), treeIn = z.compile(s.tree);
const rangeIn = z.compile(s.range), pricesIn = z.compile(s.prices), bestOut = z.compile(s.best);

export const flat = (quote: Quote): Position => positionOut.parse(bare.flat(quoteIn.parse(quote)));
export const nested = (order: Order): Invoice => invoiceOut.parse(bare.nested(orderIn.parse(order) as Order));
export const union = (figure: Figure): Area => areaOut.parse(bare.union(figureIn.parse(figure)));
export const recursive = (tree: Tree): Tree => treeIn.parse(bare.recursive(treeIn.parse(tree)));
export const tupleMap = (range: Range, prices: Prices): Best => bestOut.parse(bare.tupleMap(rangeIn.parse(range), pricesIn.parse(prices)));
