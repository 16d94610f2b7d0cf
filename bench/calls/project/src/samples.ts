import type { Figure, Order, Prices, Quote, Range, Tree } from './shapes.js';

const COUNT = 64;
const make = <T>(one: (i: number) => T): T[] => Array.from({ length: COUNT }, (_, i) => one(i));

/** Argument lists, 64 a shape. */
export const valid = {
  flat: make((i): [Quote] => [{ id: `q${i}`, symbol: 'ABC', price: 1.5 + i, quantity: i, live: i % 2 === 0 }]),
  nested: make((i): [Order] => [{
    id: `o${i}`, customer: i % 2 === 0 ? { name: 'Ada' } : { name: 'Grace', email: 'g@example.org' },
    items: Array.from({ length: 1 + (i % 5) }, (_, k) => ({ sku: `s${k}`, price: 2.5 * k, quantity: k })), tags: ['new', 'gift'].slice(0, i % 3),
  }]),
  union: make((i): [Figure] => [
    i % 3 === 0 ? { kind: 'circle', radius: i + 0.5 } : i % 3 === 1 ? { kind: 'rectangle', width: i, height: 2.5 } : { kind: 'polygon', points: Array.from({ length: 2 + (i % 4) }, (_, k) => ({ x: k + 0.5, y: i })) },
  ]),
  recursive: make((i): [Tree] => [makeTree(3, i)]),
  tupleMap: make((i): [Range, Prices] => [[1, 10 + i, 'eur'], new Map(Array.from({ length: 4 }, (_, k) => [`p${k}`, k + 0.5 + i]))]),
};

function makeTree(depth: number, seed: number): Tree {
  return { value: seed + depth, children: depth === 0 ? [] : Array.from({ length: 2 }, (_, k) => makeTree(depth - 1, seed + k)) };
}

/** Outside the contract in a way that nothing may repair; the bodies get through them without throwing. */
export const invalid = {
  flat: make((i): [unknown] => [{ id: `q${i}`, symbol: 'ABC', price: i % 2 === 0 ? {} : 1.5, quantity: i % 2 === 0 ? 1 : 'many', live: true }]),
  nested: make((i): [unknown] => [{ id: `o${i}`, customer: { name: 7 }, items: [{ sku: 's', price: 1, quantity: 1 }, { sku: 's', price: 'dear', quantity: 2 }], tags: [] }]),
  union: make((i): [unknown] => [i % 2 === 0 ? { kind: 'circle', radius: 'wide' } : { kind: 'hexagon', points: [] }]),
  recursive: make((i): [unknown] => [{ value: i, children: [{ value: 1, children: [] }, { value: 'heavy', children: [] }] }]),
  tupleMap: make((i): [unknown, unknown] => [i % 2 === 0 ? [1, 'ten', 'eur'] : [1, 10, 'eur'], new Map<unknown, unknown>([['p', i % 2 === 0 ? 1 : 'dear']])]),
};
