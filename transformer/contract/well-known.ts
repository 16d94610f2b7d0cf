/** Types of the standard library (and of @types/node) that are checked by what they are, not by their members. */
import type { BuiltinName } from './ir.ts';

/** By the name of the interface. `Buffer` is a Uint8Array for everybody who reads it. */
export const BUILTINS: ReadonlyMap<string, BuiltinName> = new Map(
  ([
    'Date', 'RegExp', 'URL', 'ArrayBuffer', 'SharedArrayBuffer', 'ArrayBufferView', 'DataView',
    'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array',
    'Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array',
    'WeakMap', 'WeakSet', 'WeakRef',
  ] as const).map((name) => [name, name]),
);

export const MAPS: ReadonlySet<string> = new Set(['Map', 'ReadonlyMap']);
export const SETS: ReadonlySet<string> = new Set(['Set', 'ReadonlySet']);
export const THENABLES: ReadonlySet<string> = new Set(['Promise', 'PromiseLike']);
export const FUNCTIONS: ReadonlySet<string> = new Set(['Function', 'CallableFunction', 'NewableFunction']);

/** Global interfaces whose values are commonly plain objects or come from other realms: they are checked by their members. */
export const STRUCTURAL: ReadonlySet<string> = new Set([
  'Error', 'AggregateError', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError', 'SuppressedError',
  'Array', 'ReadonlyArray', 'Object', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'Iterator', 'IteratorObject', 'Proxy',
]);

/** Well-known symbols that may be the key of a property. */
export const WELL_KNOWN_SYMBOLS: ReadonlySet<string> = new Set([
  'iterator', 'asyncIterator', 'hasInstance', 'isConcatSpreadable', 'match', 'matchAll', 'replace', 'search', 'species', 'split',
  'toPrimitive', 'toStringTag', 'unscopables',
]);

/** Globals that emitted checks may name; an author's module that declares one of them has the checks write `globalThis.`. */
export const GLOBALS_IN_CHECKS = ['Array', 'Number', 'Object', 'Symbol'] as const;

/** Iteration protocols, of which only the protocol is checked: newer libraries declare methods that older engines lack. */
export const PROTOCOLS: ReadonlySet<string> = new Set([
  'Iterable', 'Iterator', 'IterableIterator', 'IteratorObject', 'Generator', 'ArrayIterator', 'MapIterator', 'SetIterator', 'StringIterator',
  'RegExpStringIterator', 'AsyncIterable', 'AsyncIterator', 'AsyncIterableIterator', 'AsyncIteratorObject', 'AsyncGenerator',
]);
export const PROTOCOL_MEMBERS: ReadonlySet<string> = new Set(['next', 'Symbol.iterator', 'Symbol.asyncIterator']);
