import { Type } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import * as bare from './bare.js';
import type { Area, Figure, Invoice, Order, Position, Quote, Tree } from './shapes.js';

const T = Type;
const number = T.Number(), text = T.String();
const quoteIn = Compile(T.Object({ id: text, symbol: text, price: number, quantity: number, live: T.Boolean() }));
const positionOut = Compile(T.Object({ id: text, value: number, live: T.Boolean() }));
const orderIn = Compile(T.Object({
  id: text, customer: T.Object({ name: text, email: T.Optional(text) }),
  items: T.Array(T.Object({ sku: text, price: number, quantity: number })), tags: T.Array(text),
}));
const invoiceOut = Compile(T.Object({ id: text, lines: T.Array(T.Object({ sku: text, total: number })), total: number }));
const figureIn = Compile(T.Union([
  T.Object({ kind: T.Literal('circle'), radius: number }),
  T.Object({ kind: T.Literal('rectangle'), width: number, height: number }),
  T.Object({ kind: T.Literal('polygon'), points: T.Array(T.Object({ x: number, y: number })) }),
]));
const areaOut = Compile(T.Union([T.Object({ kind: T.Literal('area'), value: number }), T.Object({ kind: T.Literal('degenerate'), reason: text })]));
const tree = Compile(T.Cyclic({ Tree: T.Object({ value: number, children: T.Array(T.Ref('Tree')) }) }, 'Tree'));

function check<V>(validator: Validator, value: V): V {
  if (!validator.Check(value)) throw new TypeError('invalid');
  return value;
}

export const flat = (quote: Quote): Position => check(positionOut, bare.flat(check(quoteIn, quote)));
export const nested = (order: Order): Invoice => check(invoiceOut, bare.nested(check(orderIn, order)));
export const union = (figure: Figure): Area => check(areaOut, bare.union(check(figureIn, figure)));
export const recursive = (value: Tree): Tree => check(tree, bare.recursive(check(tree, value)));
