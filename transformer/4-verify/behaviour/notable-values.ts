/** Values of a type that code asks about: each is given to the function at least once, whatever chance says. */
import type { TypeIr } from '../../contract/ir.ts';
import { number, string, type Value } from '../sandbox/value.ts';
import type { ValueEnv } from './make-value.ts';

const MAX_OF_TYPE = 48;
const UNDEFINED: Value = { k: 'undefined' };
const NULL: Value = { k: 'null' };
const callable: Value = { k: 'function', name: 'value', mode: 'first', results: [] };

/** One of each kind that code asks about: `typeof`, `instanceof`, `Array.isArray`, prototypes. */
export const EXOTIC: readonly Value[] = [
  UNDEFINED, NULL, { k: 'boolean', v: true }, { k: 'boolean', v: false }, number(NaN), number(0), string(''), { k: 'bigint', v: '3' }, { k: 'symbol', v: 's' }, callable,
  { k: 'object', entries: [] }, { k: 'object', entries: [], bare: true }, { k: 'object', entries: [['a', number(1)]], bare: true }, { k: 'object', entries: [['a', callable]] },
  { k: 'object', entries: [['a', number(1)]], made: 'by a class' }, { k: 'object', entries: [['a', number(1)]], symbols: [['s', number(1)]] }, { k: 'object', entries: [], symbols: [['Symbol.toStringTag', string('x')]] }, { k: 'object', entries: [['length', number(1)], ['0', string('a')]] },
  { k: 'array', items: [] }, { k: 'array', items: [number(1), { k: 'symbol', v: 's' }] }, { k: 'array', items: [string('a'), UNDEFINED] },
  { k: 'date', v: '0' }, { k: 'date', v: 'NaN' }, { k: 'regexp', source: 'a+', flags: 'g' },
  { k: 'map', entries: [] }, { k: 'map', entries: [[string('a'), number(1)]] }, { k: 'set', items: [] }, { k: 'set', items: [number(1)] },
  { k: 'typed', name: 'Uint8Array', items: ['1', '2'] }, { k: 'typed', name: 'Float64Array', items: [] }, { k: 'typed', name: 'BigInt64Array', items: ['1'] },
  { k: 'typed', name: 'ArrayBuffer', items: ['1'] }, { k: 'typed', name: 'DataView', items: ['1', '2'] },
  { k: 'error', name: 'Error', message: 'e' }, { k: 'error', name: 'TypeError', message: '' }, { k: 'promise', of: number(1) }, { k: 'iterable', items: [number(1)] },
  { k: 'url', v: 'https://example.com/' }, { k: 'instance', name: 'WeakMap', args: [] }, { k: 'instance', name: 'WeakSet', args: [] },
  number(1), number(-1), number(0.5), number(-0), number(Infinity), string('a'), string('1'),
];

/** Types with constraints have none: what is notable there, the generator knows better. */
export function notableValues(type: TypeIr, env: ValueEnv, depth = 0): readonly Value[] {
  if (depth > 3 || ('constraints' in type && type.constraints !== undefined)) return [];
  const few = (t: TypeIr, count: number): readonly Value[] => notableValues(t, env, depth + 1).slice(0, count);
  const { numbers, strings } = env.subject.literals;
  const all = ((): readonly Value[] => {
    switch (type.kind) {
      case 'any': return EXOTIC;
      case 'present': return EXOTIC.filter(({ k }) => k !== 'undefined' && k !== 'null');
      case 'undefined': return [UNDEFINED];
      case 'null': return [NULL];
      case 'boolean': return [{ k: 'boolean', v: true }, { k: 'boolean', v: false }];
      case 'number': return [0, 1, -1, 2, -0, 0.5, NaN, Infinity, -Infinity, ...numbers.slice(0, 6).flatMap((n) => [n, n + 1, n - 1])].map(number);
      case 'bigint': return ['0', '1', '-1', '2', '9007199254740993', '-9007199254740993'].map((v) => ({ k: 'bigint', v }));
      case 'string': return ['', 'a', ' ', 'ab', ' a', 'a ', 'Ab', 'aa', ...strings.slice(0, 10), 'toString', '__proto__'].map(string);
      case 'literal': return type.type === 'string' ? [string(String(type.value))] : type.type === 'boolean' ? [{ k: 'boolean', v: type.value === true }] : type.type === 'number' ? [number(Number(type.value))] : [];
      case 'union': return type.members.flatMap((member) => few(member, 10));
      case 'array': {
        const items = few(type.element, depth === 0 ? MAX_OF_TYPE : 4);
        const list = (...of: readonly Value[]): Value => ({ k: 'array', items: of });
        // A list of one, and of two alike: neighbours, doubles, and what is left when they are gone.
        return [list(), ...items.map((item) => list(item)), ...items.slice(0, 4).map((item) => list(item, item)), ...(items.length > 1 ? [list(items[0]!, items[1]!), list(items[1]!, items[0]!)] : [])];
      }
      case 'map': return [{ k: 'map', entries: [] }];
      case 'set': return [{ k: 'set', items: [] }, ...few(type.element, 6).map((item): Value => ({ k: 'set', items: [item] }))];
      case 'ref': {
        const definition = env.definitions.get(type.name);
        return definition === undefined ? [] : few(definition, 16);
      }
      default: return [];
    }
  })();
  return all.slice(0, MAX_OF_TYPE);
}
