import typia from 'typia';
import * as bare from './bare.js';
import type { Area, Best, Figure, Invoice, Order, Position, Prices, Quote, Range, Tree } from './shapes.js';

const quoteIn = typia.createAssert<Quote>(), positionOut = typia.createAssert<Position>();
const orderIn = typia.createAssert<Order>(), invoiceOut = typia.createAssert<Invoice>();
const figureIn = typia.createAssert<Figure>(), areaOut = typia.createAssert<Area>();
const treeIn = typia.createAssert<Tree>(), treeOut = typia.createAssert<Tree>();
const rangeIn = typia.createAssert<Range>(), pricesIn = typia.createAssert<Prices>(), bestOut = typia.createAssert<Best>();

export const flat = (quote: Quote): Position => positionOut(bare.flat(quoteIn(quote)));
export const nested = (order: Order): Invoice => invoiceOut(bare.nested(orderIn(order)));
export const union = (figure: Figure): Area => areaOut(bare.union(figureIn(figure)));
export const recursive = (tree: Tree): Tree => treeOut(bare.recursive(treeIn(tree)));
export const tupleMap = (range: Range, prices: Prices): Best => bestOut(bare.tupleMap(rangeIn(range), pricesIn(prices)));

const quoteValidate = typia.createValidate<Quote>(), orderValidate = typia.createValidate<Order>(), figureValidate = typia.createValidate<Figure>();
const treeValidate = typia.createValidate<Tree>(), rangeValidate = typia.createValidate<Range>(), pricesValidate = typia.createValidate<Prices>();
/** Without throwing. */
export const refuse = {
  flat: (quote: unknown): boolean => quoteValidate(quote).success,
  nested: (order: unknown): boolean => orderValidate(order).success,
  union: (figure: unknown): boolean => figureValidate(figure).success,
  recursive: (tree: unknown): boolean => treeValidate(tree).success,
  tupleMap: (range: unknown, prices: unknown): boolean => rangeValidate(range).success && pricesValidate(prices).success,
};
