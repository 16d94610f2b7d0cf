import type { Case, Value } from '../sandbox/value.ts';

/** Every case that is one step simpler. */
export function simplerCases(of: Case): readonly Case[] {
  return of.args.flatMap((arg, i) => simpler(arg).map((value): Case => ({ ...of, args: of.args.map((own, j) => (i === j ? value : own)) })));
}

function simpler(value: Value): readonly Value[] {
  switch (value.k) {
    case 'number': {
      const n = Number(value.v);
      if (n === 0) return [];
      const tries = [0, 1, -1, Math.trunc(n / 2), Math.trunc(n), n - Math.sign(n)].filter((m) => Number.isFinite(m) && (Math.abs(m) < Math.abs(n) || (Number.isInteger(m) && !Number.isInteger(n)) || !Number.isFinite(n)));
      return [...new Set(tries)].map((m) => ({ k: 'number', v: String(m) }));
    }
    case 'string': {
      const { v } = value;
      const half = Math.floor(v.length / 2);
      return v === '' ? [] : [...new Set(['', v.slice(0, half), v.slice(half), v.slice(1), v.slice(0, -1)])].filter((text) => text.length < v.length).map((text) => ({ k: 'string', v: text }));
    }
    case 'array': case 'set': {
      const { items } = value;
      const half = Math.floor(items.length / 2);
      const shorter = items.length > 1 ? [items.slice(0, half), items.slice(half)] : [];
      const without = items.length <= 12 ? items.map((_, i) => items.filter((__, j) => i !== j)) : [];
      const inside = items.length <= 6 ? items.flatMap((item, i) => simpler(item).slice(0, 4).map((other) => items.map((own, j) => (i === j ? other : own)))) : [];
      return [...shorter, ...without, ...inside].map((list) => ({ ...value, items: list }));
    }
    case 'object': return value.entries.flatMap(([key, item], i) => simpler(item).slice(0, 4).map((other): Value => ({ ...value, entries: value.entries.map((own, j) => (i === j ? [key, other] : own)) })));
    case 'map': return value.entries.map((_, i): Value => ({ ...value, entries: value.entries.filter((__, j) => i !== j) }));
    case 'bigint': return value.v === '0' ? [] : [{ k: 'bigint', v: '0' }, { k: 'bigint', v: String(BigInt(value.v) / 2n) }];
    default: return [];
  }
}
