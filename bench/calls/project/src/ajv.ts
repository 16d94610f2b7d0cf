import { Ajv, type ValidateFunction } from 'ajv';
import * as bare from './bare.js';
import type { Area, Figure, Invoice, Order, Position, Quote, Tree } from './shapes.js';

const ajv = new Ajv({ discriminator: true });
const number = { type: 'number' }, text = { type: 'string' }, boolean = { type: 'boolean' };
const object = (properties: object, optional: readonly string[] = []): object => ({ type: 'object', properties, required: Object.keys(properties).filter((key) => !optional.includes(key)) });
const list = (items: object): object => ({ type: 'array', items });
const kind = (name: string): object => ({ const: name });
const choice = (oneOf: object[]): object => ({ type: 'object', discriminator: { propertyName: 'kind' }, required: ['kind'], oneOf });

const quoteIn = ajv.compile(object({ id: text, symbol: text, price: number, quantity: number, live: boolean }));
const positionOut = ajv.compile(object({ id: text, value: number, live: boolean }));
const orderIn = ajv.compile(object({ id: text, customer: object({ name: text, email: text }, ['email']), items: list(object({ sku: text, price: number, quantity: number })), tags: list(text) }));
const invoiceOut = ajv.compile(object({ id: text, lines: list(object({ sku: text, total: number })), total: number }));
const figureIn = ajv.compile(choice([
  object({ kind: kind('circle'), radius: number }), object({ kind: kind('rectangle'), width: number, height: number }),
  object({ kind: kind('polygon'), points: list(object({ x: number, y: number })) }),
]));
const areaOut = ajv.compile(choice([object({ kind: kind('area'), value: number }), object({ kind: kind('degenerate'), reason: text })]));
const tree = ajv.compile({ $id: 'tree', ...object({ value: number, children: list({ $ref: 'tree' }) }) });

function check<V>(validate: ValidateFunction, value: V): V {
  if (!validate(value)) throw new TypeError('invalid');
  return value;
}

export const flat = (quote: Quote): Position => check(positionOut, bare.flat(check(quoteIn, quote)));
export const nested = (order: Order): Invoice => check(invoiceOut, bare.nested(check(orderIn, order)));
export const union = (figure: Figure): Area => check(areaOut, bare.union(check(figureIn, figure)));
export const recursive = (value: Tree): Tree => check(tree, bare.recursive(check(tree, value)));
