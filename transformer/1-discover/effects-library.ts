/** What is known of the standard library: an allow-list, everything else is unknown. */
import type ts from 'typescript';
import type { Ts } from '../types.ts';

/**
 * What a call does and where its result comes from.
 *
 * `source` is the receiver of a method, or all arguments of a free function.
 * `changes`: what is changed, the receiver or the first argument; what is passed is then kept in it.
 * `result`: `value` a primitive; `copy` a new object that holds what the source, the arguments or callbacks hold;
 * `element` something out of the source or from a callback; `same` the receiver or first argument itself.
 */
export interface LibraryUse {
  readonly kind: 'pure' | 'read' | 'write';
  readonly changes?: 'receiver' | 'first';
  readonly result: 'value' | 'copy' | 'element' | 'same';
  readonly isStatic: boolean;
  /** The first argument is iterated. */
  readonly iterates?: boolean;
  /** A regular expression that takes part: its `lastIndex` moves when it is global or sticky. */
  readonly pattern?: 'receiver' | 'first';
}

const names = (text: string): string[] => text.trim().split(/\s+/);

const table = new Map<string, LibraryUse>();

function add(container: string, members: string, use: Partial<LibraryUse> & Pick<LibraryUse, 'result'>): void {
  for (const name of names(members)) table.set(`${container}.${name}`, { kind: 'pure', isStatic: false, ...use });
}

for (const type of ['Array', 'TypedArray']) {
  add(type, 'every forEach includes indexOf join lastIndexOf some toString findIndex findLastIndex', { result: 'value' });
  add(type, 'concat filter flat flatMap map slice entries keys values toReversed toSorted toSpliced with', { result: 'copy' });
  add(type, 'at find findLast reduce reduceRight', { result: 'element' });
  add(type, 'push unshift', { result: 'value', changes: 'receiver' });
  add(type, 'pop shift', { result: 'element', changes: 'receiver' });
  add(type, 'splice', { result: 'copy', changes: 'receiver' });
  add(type, 'sort reverse fill copyWithin', { result: 'same', changes: 'receiver' });
  add(type, 'toLocaleString', { result: 'value', kind: 'read' });
}
add('TypedArray', 'subarray', { result: 'same' });
add('TypedArray', 'set', { result: 'value', changes: 'receiver' });

add('String', `at charAt charCodeAt codePointAt concat endsWith includes indexOf isWellFormed lastIndexOf localeCompare normalize padEnd padStart repeat slice
  startsWith substr substring toLowerCase toString toUpperCase toWellFormed trim trimEnd trimLeft trimRight trimStart valueOf`, { result: 'value' });
add('String', 'replace replaceAll search', { result: 'value', pattern: 'first' });
add('String', 'match', { result: 'copy', pattern: 'first' });
add('String', 'matchAll split', { result: 'copy' });
add('String', 'toLocaleLowerCase toLocaleUpperCase', { result: 'value', kind: 'read' });
for (const type of ['Number', 'BigInt', 'Boolean', 'Symbol']) add(type, 'toExponential toFixed toPrecision toString valueOf', { result: 'value' });
for (const type of ['Number', 'BigInt', 'Date', 'Object']) add(type, 'toLocaleString toLocaleDateString toLocaleTimeString', { result: 'value', kind: 'read' });
add('Object', 'hasOwnProperty isPrototypeOf propertyIsEnumerable toString', { result: 'value' });
add('Object', 'valueOf', { result: 'same' });
add('Error', 'toString', { result: 'value' });

add('RegExp', 'test', { result: 'value', pattern: 'receiver' });
add('RegExp', 'exec', { result: 'copy', pattern: 'receiver' });
add('RegExp', 'toString', { result: 'value' });

add('Date', `getDate getDay getFullYear getHours getMilliseconds getMinutes getMonth getSeconds getTime getTimezoneOffset getUTCDate getUTCDay getUTCFullYear
  getUTCHours getUTCMilliseconds getUTCMinutes getUTCMonth getUTCSeconds getYear toDateString toISOString toJSON toString toTimeString toUTCString valueOf`, { result: 'value' });
add('Date', `setDate setFullYear setHours setMilliseconds setMinutes setMonth setSeconds setTime setUTCDate setUTCFullYear setUTCHours setUTCMilliseconds
  setUTCMinutes setUTCMonth setUTCSeconds`, { result: 'value', changes: 'receiver' });

for (const type of ['Map', 'Set', 'WeakMap', 'WeakSet']) {
  add(type, 'has forEach', { result: 'value' });
  add(type, 'get', { result: 'element' });
  add(type, 'keys values entries', { result: 'copy' });
  add(type, 'set add', { result: 'same', changes: 'receiver' });
  add(type, 'delete clear', { result: 'value', changes: 'receiver' });
}
for (const type of ['ArrayBuffer', 'SharedArrayBuffer']) add(type, 'slice', { result: 'copy' });
add('DataView', `getBigInt64 getBigUint64 getFloat32 getFloat64 getInt16 getInt32 getInt8 getUint16 getUint32 getUint8`, { result: 'value' });
add('DataView', `setBigInt64 setBigUint64 setFloat32 setFloat64 setInt16 setInt32 setInt8 setUint16 setUint32 setUint8`, { result: 'value', changes: 'receiver' });
for (const type of ['Promise', 'PromiseLike']) add(type, 'then catch finally', { result: 'copy' });
for (const type of ['Iterator', 'IteratorObject', 'IterableIterator', 'ArrayIterator', 'MapIterator', 'SetIterator', 'StringIterator', 'RegExpStringIterator', 'Generator']) {
  add(type, 'next return', { result: 'copy', changes: 'receiver' });
  add(type, 'map filter take drop flatMap toArray', { result: 'copy', changes: 'receiver' });
  add(type, 'some every forEach', { result: 'value', changes: 'receiver' });
  add(type, 'find reduce', { result: 'element', changes: 'receiver' });
}
add('URLSearchParams', 'get has toString', { result: 'value' });
add('URLSearchParams', 'getAll keys values entries', { result: 'copy' });
add('URLSearchParams', 'append delete set sort', { result: 'value', changes: 'receiver' });
add('URL', 'toString toJSON', { result: 'value' });
add('TextEncoder', 'encode', { result: 'copy' });
add('TextDecoder', 'decode', { result: 'value', changes: 'receiver' });
add('PlatformPath', 'basename dirname extname isAbsolute join normalize', { result: 'value', isStatic: true });

add('Math', `abs acos acosh asin asinh atan atan2 atanh cbrt ceil clz32 cos cosh exp expm1 f16round floor fround hypot imul log log10 log1p log2 max min pow
  round sign sin sinh sqrt tan tanh trunc`, { result: 'value', isStatic: true });
add('Math', 'random', { result: 'value', isStatic: true, kind: 'read' });
add('NumberConstructor', 'isFinite isInteger isNaN isSafeInteger parseFloat parseInt', { result: 'value', isStatic: true });
add('StringConstructor', 'fromCharCode fromCodePoint raw', { result: 'value', isStatic: true });
add('BigIntConstructor', 'asIntN asUintN', { result: 'value', isStatic: true });
add('SymbolConstructor', 'for keyFor', { result: 'value', isStatic: true });
add('ArrayConstructor', 'isArray', { result: 'value', isStatic: true });
for (const type of ['ArrayConstructor', 'TypedArrayConstructor']) {
  add(type, 'from', { result: 'copy', isStatic: true, iterates: true });
  add(type, 'of', { result: 'copy', isStatic: true });
}
add('ArrayBufferConstructor', 'isView', { result: 'value', isStatic: true });
add('ObjectConstructor', 'is isExtensible isFrozen isSealed hasOwn', { result: 'value', isStatic: true });
add('ObjectConstructor', 'keys values entries create getOwnPropertyDescriptor getOwnPropertyDescriptors getOwnPropertyNames getOwnPropertySymbols', { result: 'copy', isStatic: true });
add('ObjectConstructor', 'fromEntries groupBy', { result: 'copy', isStatic: true, iterates: true });
add('MapConstructor', 'groupBy', { result: 'copy', isStatic: true, iterates: true });
add('ObjectConstructor', 'getPrototypeOf', { result: 'element', isStatic: true });
add('ObjectConstructor', 'assign defineProperties defineProperty freeze preventExtensions seal setPrototypeOf', { result: 'same', isStatic: true, changes: 'first' });
add('JSON', 'stringify', { result: 'value', isStatic: true });
add('JSON', 'parse', { result: 'copy', isStatic: true });
add('DateConstructor', 'UTC parse', { result: 'value', isStatic: true });
add('DateConstructor', 'now', { result: 'value', isStatic: true, kind: 'read' });
add('PromiseConstructor', 'all allSettled any race', { result: 'copy', isStatic: true, iterates: true });
add('PromiseConstructor', 'resolve reject withResolvers', { result: 'copy', isStatic: true });
add('ErrorConstructor', 'captureStackTrace', { result: 'value', isStatic: true, changes: 'first' });
add('Reflect', 'has', { result: 'value', isStatic: true });
add('Reflect', 'ownKeys getOwnPropertyDescriptor', { result: 'copy', isStatic: true });
add('Performance', 'now', { result: 'value', isStatic: true, kind: 'read' });
add('Crypto', 'randomUUID', { result: 'value', isStatic: true, kind: 'read' });
add('Console', 'debug error info log table trace warn dir group groupEnd count time timeEnd timeLog assert', { result: 'value', isStatic: true, kind: 'write' });
add('', 'parseInt parseFloat isNaN isFinite encodeURI encodeURIComponent decodeURI decodeURIComponent atob btoa', { result: 'value', isStatic: true });
add('', 'String Number Boolean BigInt Symbol', { result: 'value', isStatic: true });
add('', 'structuredClone Array Error TypeError RangeError SyntaxError EvalError ReferenceError URIError RegExp', { result: 'copy', isStatic: true });

/** Constructors that only make an object out of their arguments; true: the first argument is iterated. */
const CONSTRUCTORS = new Map<string, boolean>([
  ...names(`Object Date RegExp Error TypeError RangeError SyntaxError EvalError ReferenceError URIError Number String Boolean
    ArrayBuffer DataView Promise URL TextEncoder TextDecoder WeakRef Array`).map((name) => [name, false] as const),
  ...names('Map Set WeakMap WeakSet AggregateError URLSearchParams TypedArray').map((name) => [name, true] as const),
]);

const TYPED_ARRAY = /^(?:Big)?(?:Ui|I)nt(?:8|16|32|64)(?:Clamped)?Array|^Float(?:16|32|64)Array/;

/** Names of the global scope that may be read: they are the same everywhere and always. */
export const STEADY_GLOBALS: ReadonlySet<string> = new Set(names(`undefined NaN Infinity Math Number String Boolean BigInt Symbol Object Array JSON Date RegExp Map Set
  WeakMap WeakSet WeakRef Promise Error TypeError RangeError SyntaxError EvalError ReferenceError URIError AggregateError Reflect Intl ArrayBuffer DataView
  Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array
  URL URLSearchParams TextEncoder TextDecoder console performance crypto Iterator`));

/** Types whose iteration runs no code of anybody's. */
const PLAIN_ITERABLES = new Set(names('Array ReadonlyArray Map ReadonlyMap Set ReadonlySet String'));

export function isPlainIterable(name: string): boolean {
  return PLAIN_ITERABLES.has(name) || TYPED_ARRAY.test(name);
}

/** Whether a declaration is the standard library's, or of the types that Node adds to it. */
export function isLibrary(ts: Ts, declaration: ts.Node): boolean {
  const { fileName } = declaration.getSourceFile();
  if (!/(^|\/)lib\.[\w.]+\.d\.ts$/.test(fileName) && !/\/node_modules\/(typescript|@typescript\/[^/]+|@types\/node)\//.test(fileName)) return false;
  return ts.isMethodSignature(declaration) || ts.isPropertySignature(declaration) || ts.isFunctionDeclaration(declaration) || ts.isVariableDeclaration(declaration)
    || ts.isInterfaceDeclaration(declaration) || ts.isModuleDeclaration(declaration) || ts.isAccessor(declaration) || ts.isClassDeclaration(declaration)
    || ts.isMethodDeclaration(declaration) || ts.isPropertyDeclaration(declaration);
}

/** What is known of a library function by its declaration; undefined: nothing. */
export function findLibraryUse(ts: Ts, declaration: ts.Node, name: string): LibraryUse | undefined {
  if (!isLibrary(ts, declaration)) return undefined;
  const container = readContainer(ts, declaration);
  return container === undefined ? undefined : table.get(`${container}.${name}`);
}

/** @returns whether the constructor iterates its first argument; undefined for one that is not known */
export function findLibraryConstructor(name: string): boolean | undefined {
  return CONSTRUCTORS.get(TYPED_ARRAY.test(name) ? 'TypedArray' : name);
}

function readContainer(ts: Ts, declaration: ts.Node): string | undefined {
  const { parent } = declaration;
  if (ts.isInterfaceDeclaration(parent) || ts.isClassDeclaration(parent)) return normalise(parent.name?.text ?? '');
  if (ts.isModuleBlock(parent)) {
    const { name } = parent.parent;
    if (ts.isStringLiteral(name)) return undefined;
    return name.text === 'global' ? '' : name.text;
  }
  return '';
}

function normalise(name: string): string {
  const plain = name.replace(/^Readonly(?=Array$|Map$|Set$)/, '');
  if (TYPED_ARRAY.test(plain)) return plain.endsWith('Constructor') ? 'TypedArrayConstructor' : 'TypedArray';
  return plain === 'ConcatArray' ? 'Array' : plain;
}
