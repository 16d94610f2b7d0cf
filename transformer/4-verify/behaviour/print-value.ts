import type { Value } from '../sandbox/value.ts';

/** A value as a TypeScript expression that makes it. */
export function printValue(value: Value): string {
  switch (value.k) {
    case 'undefined': case 'null': return value.k;
    case 'boolean': return String(value.v);
    case 'number': return value.v;
    case 'bigint': return `${value.v}n`;
    case 'string': return JSON.stringify(value.v);
    case 'symbol': return `Symbol.for(${JSON.stringify(value.v)})`;
    case 'array': return printList(value.items);
    case 'object': {
      const body = value.entries.map(([key, item]) => `${/^[A-Za-z_$][\w$]*$/.test(key) && key !== '__proto__' ? key : `[${JSON.stringify(key)}]`}: ${printValue(item)}`).join(', ');
      const more = (value.symbols ?? []).map(([key, item]) => `[${key === 'Symbol.toStringTag' ? key : `Symbol.for(${JSON.stringify(key)})`}]: ${printValue(item)}`).join(', ');
      const all = [body, more].filter((part) => part !== '').join(', ');
      const literal = all === '' ? '{}' : `{ ${all} }`;
      if (value.made !== undefined) return `Object.assign(new (class Thing {})(), ${literal})`;
      return value.bare === true ? `Object.assign(Object.create(null), ${literal})` : literal;
    }
    case 'map': return `new Map([${value.entries.map(([key, item]) => `[${printValue(key)}, ${printValue(item)}]`).join(', ')}])`;
    case 'set': return `new Set(${printList(value.items)})`;
    case 'date': return `new Date(${value.v})`;
    case 'regexp': return `new RegExp(${JSON.stringify(value.source)}, ${JSON.stringify(value.flags)})`;
    case 'url': return `new URL(${JSON.stringify(value.v)})`;
    case 'typed': {
      const items = value.items.map((item) => (/^Big/.test(value.name) ? `${item}n` : item)).join(', ');
      if (value.name === 'ArrayBuffer') return `new Uint8Array([${items}]).buffer`;
      return value.name === 'DataView' ? `new DataView(new Uint8Array([${items}]).buffer)` : `new ${value.name}([${items}])`;
    }
    case 'error': return `new ${value.name}(${JSON.stringify(value.message)})`;
    case 'promise': return `Promise.resolve(${printValue(value.of)})`;
    case 'iterable': return value.async === true ? `(async function* () { yield* ${printList(value.items)}; })()` : `(function* () { yield* ${printList(value.items)}; })()`;
    case 'function': {
      const [first] = value.results;
      const body = value.mode === 'first' ? '(x: never) => x' : value.mode === 'compare' ? '(a: never, b: never) => (a < b ? -1 : a > b ? 1 : 0)' : `() => ${first === undefined ? 'undefined' : printResult(first)}`;
      return value.async === true ? `async ${body}` : body;
    }
    case 'instance': return `new ${value.name}(${value.args.map(printValue).join(', ')})`;
    case 'same': return `argument${value.argument + 1}`;
  }
}

const printResult = (value: Value): string => (value.k === 'object' ? `(${printValue(value)})` : printValue(value));
const printList = (items: readonly Value[]): string => `[${items.map(printValue).join(', ')}]`;
