import type { Area, Best, Figure, Invoice, Order, Position, Prices, Quote, Range, Tree } from './shapes.js';

export function flat(quote: Quote): Position {
  return { id: quote.id, value: quote.price * quote.quantity, live: quote.live };
}

export function nested(order: Order): Invoice {
  let total = 0;
  const lines = order.items.map((item) => {
    total += item.price * item.quantity;
    return { sku: item.sku, total: item.price * item.quantity };
  });
  return { id: order.id, lines, total };
}

export function union(figure: Figure): Area {
  if (figure.kind === 'circle') return { kind: 'area', value: Math.PI * figure.radius * figure.radius };
  if (figure.kind === 'rectangle') return { kind: 'area', value: figure.width * figure.height };
  return figure.points.length < 3 ? { kind: 'degenerate', reason: 'fewer than three points' } : { kind: 'area', value: figure.points.length };
}

export function recursive(tree: Tree): Tree {
  let heaviest = tree;
  for (const child of tree.children) if (child.value > heaviest.value) heaviest = child;
  return heaviest;
}

export function tupleMap(range: Range, prices: Prices): Best {
  let best: Best = ['', Number.MAX_VALUE];
  for (const [name, price] of prices) if (price >= range[0] && price <= range[1] && price < best[1]) best = [name, price];
  return best;
}
