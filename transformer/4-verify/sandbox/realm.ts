/**
 * Runs inside the candidate's realm, before any of its code: loads modules, builds arguments, calls, and writes down what came of it.
 *
 * Everything that it needs of the library is captured here, first; nothing below calls a method through a prototype that the
 * candidate can change. What leaves is text.
 */
import { DETACHED, type Case, type CaseResult, type Value } from './value.ts';

/* oxlint-disable no-extend-native */
const call = Function.prototype.call;
const uncurry = <T, A extends unknown[], R>(f: (this: T, ...args: A) => R): ((self: T, ...args: A) => R) => call.bind(f) as unknown as (self: T, ...args: A) => R;
const { apply, construct, ownKeys, getOwnPropertyDescriptor, getPrototypeOf, defineProperty, deleteProperty } = Reflect;
const { isFrozen, isSealed, isExtensible, create } = Object;
const isArray = Array.isArray;
const stringify = JSON.stringify;
const parse = JSON.parse;
const MapCtor = Map;
const mapGet = uncurry(Map.prototype.get);
const mapSet = uncurry(Map.prototype.set);
const mapHas = uncurry(Map.prototype.has);
const mapForEach = uncurry(Map.prototype.forEach);
const setForEach = uncurry(Set.prototype.forEach);
const weakGet = uncurry(WeakMap.prototype.get);
const weakSet = uncurry(WeakMap.prototype.set);
const WeakSetCtor = WeakSet;
const weakSetAdd = uncurry(WeakSet.prototype.add);
const weakSetHas = uncurry(WeakSet.prototype.has);
const weakHas = uncurry(WeakMap.prototype.has);
const mapSize = uncurry(getOwnPropertyDescriptor(Map.prototype, 'size')!.get!) as (m: unknown) => number;
const setSize = uncurry(getOwnPropertyDescriptor(Set.prototype, 'size')!.get!) as (s: unknown) => number;
const dateTime = uncurry(Date.prototype.getTime);
const regexpSource = uncurry(getOwnPropertyDescriptor(RegExp.prototype, 'source')!.get!) as (r: unknown) => string;
const regexpFlags = uncurry(getOwnPropertyDescriptor(RegExp.prototype, 'flags')!.get!) as (r: unknown) => string;
const typedTag = uncurry(getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag)!.get!) as (t: unknown) => string | undefined;
const typedLength = uncurry(getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype) as object, 'length')!.get!) as (t: unknown) => number;
const bufferLength = uncurry(getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')!.get!) as (b: unknown) => number;
const typedBuffer = uncurry(getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype) as object, 'buffer')!.get!) as (t: unknown) => ArrayBuffer;
const typedOffset = uncurry(getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype) as object, 'byteOffset')!.get!) as (t: unknown) => number;
const bufferIsView = ArrayBuffer.isView;
const viewBuffer = uncurry(getOwnPropertyDescriptor(DataView.prototype, 'buffer')!.get!) as (v: unknown) => ArrayBuffer;
const viewOffset = uncurry(getOwnPropertyDescriptor(DataView.prototype, 'byteOffset')!.get!) as (v: unknown) => number;
const setTime = uncurry(Date.prototype.setTime);
const setAdd = uncurry(Set.prototype.add) as (set: unknown, item: unknown) => unknown;
const viewLength = uncurry(getOwnPropertyDescriptor(DataView.prototype, 'byteLength')!.get!) as (v: unknown) => number;
const promiseThen = uncurry(Promise.prototype.then);
const charCode = uncurry(String.prototype.charCodeAt);
const slice = uncurry(String.prototype.slice);
const symbolText = uncurry(Symbol.prototype.toString);
const StringOf = String;
const NumberOf = Number;
const BigIntOf = BigInt;
const is = Object.is;
const SymbolIterator = Symbol.iterator;
const SymbolAsyncIterator = Symbol.asyncIterator;
const SymbolToPrimitive = Symbol.toPrimitive;
const { toStringTag } = Symbol;
const floor = Math.floor;
const RealDate = Date;
const RealPromise = Promise;
const RealError = Error;
const Uint8 = Uint8Array;
const global = globalThis as unknown as Record<string, unknown>;
const constructors = create(null) as Record<string, new (...args: never[]) => object>;
for (const name of ['Map', 'Set', 'Date', 'RegExp', 'Error', 'TypeError', 'RangeError', 'SyntaxError', 'EvalError', 'URIError', 'Promise', 'ArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array']) {
  constructors[name] = global[name] as never;
}

type Host = (operation: string, text: string) => string;

/** Each text as it is pushed: array methods and indexed setters belong to the candidate by now. */
interface List<T> { length: number; readonly at: Record<number, T> }
const makeList = <T>(): List<T> => ({ length: 0, at: create(null) as Record<number, T> });
const push = <T>(list: List<T>, item: T): void => { list.at[list.length++] = item; };
const ownArray = (length: number): unknown[] => {
  const array: unknown[] = [];
  if (length > 0) defineProperty(array, 'length', { __proto__: null, value: length } as PropertyDescriptor);
  return array;
};
const put = (target: object, key: PropertyKey, value: unknown): void => { defineProperty(target, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true } as PropertyDescriptor); };

function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math_imul(h ^ charCode(text, i), 0x01000193);
  return h >>> 0;
}
const Math_imul = Math.imul;

const MAX_TEXT = 200_000;
const MAX_DEPTH = 60;
/** Of a case whose arguments are changed. */
const CALLS_BEFORE_CHANGE = 3;
class TooMuch {}

/** Kinds of object that only the engine can tell. */
type Brand = 'ArrayBuffer' | 'Map' | 'Set' | 'Date' | 'none';

export function open(host: Host): (command: string) => string {
  // ---- the world that the candidate sees

  let calls = makeList<string>();
  let callCount = 0;
  let faultAt = -1;
  let seed = 1;
  const START_MS = 1_700_000_000_000;
  let nowMs = START_MS;
  let readings = 0;
  /** By how much each reading moves the clock. */
  let readingMs = 0;
  interface Timer { id: number; delay: number; at: number; run: () => void; every: number | undefined }
  let timers = create(null) as Record<number, Timer | undefined>;
  let timerCount = 0;
  let ordinals = new MapCtor<string, number>();

  const random = (): number => {
    seed = (Math_imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    let t = seed ^ (seed >>> 12);
    t = Math_imul(t, 0x297a2d39);
    return ((t ^ (t >>> 15)) >>> 0) / 4294967296;
  };
  const now = (): number => {
    if (readingMs > 0) nowMs += readingMs;
    return nowMs + floor(readings++ / 10_000);
  };
  const record = (text: string): void => { if (calls.length < 10_000) push(calls, text); };

  let urlHref: (value: object) => string | undefined = () => undefined;
  const expose = (name: string, value: unknown): void => { defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true }); };
  const hide = (name: string): void => { deleteProperty(globalThis, name); };
  for (const name of ['WebAssembly', 'SharedArrayBuffer', 'Atomics']) hide(name);

  const addTimer = (callback: unknown, ms: unknown, every: boolean, args: readonly unknown[]): number => {
    const delay = NumberOf(ms) >= 1 ? NumberOf(ms) : every ? 1 : 0;
    const id = ++timerCount;
    timers[id] = { id, delay, at: nowMs + delay, every: every ? delay : undefined, run: () => { if (typeof callback === 'function') apply(callback as () => void, undefined, args as unknown[]); } };
    return id;
  };
  /** Node's timers are objects that stand for a number. */
  class Timeout {
    readonly #id: number;
    constructor(id: number) { this.#id = id; }
    ref(): this { return this; }
    unref(): this { return this; }
    hasRef(): boolean { return true; }
    refresh(): this { const timer = timers[this.#id]; if (timer !== undefined) timer.at = nowMs + timer.delay; return this; }
    close(): this { timers[this.#id] = undefined; return this; }
    [SymbolToPrimitive](): number { return this.#id; }
  }
  expose('setTimeout', function setTimeout(callback: unknown, ms?: unknown, ...args: unknown[]) { return new Timeout(addTimer(callback, ms, false, args)); });
  expose('setInterval', function setInterval(callback: unknown, ms?: unknown, ...args: unknown[]) { return new Timeout(addTimer(callback, ms, true, args)); });
  expose('setImmediate', function setImmediate(callback: unknown, ...args: unknown[]) { return new Timeout(addTimer(callback, 0, false, args)); });
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) expose(name, (id: unknown) => { if (id instanceof Timeout) id.close(); else timers[NumberOf(id)] = undefined; });
  expose('queueMicrotask', function queueMicrotask(callback: () => void) { void promiseThen(new RealPromise<void>((resolve) => { resolve(); }), () => callback()); });

  const pinned = function Date(this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new RealDate(now()).toString();
    return construct(RealDate, args.length === 0 ? [now()] : args, new.target === (pinned as unknown) ? RealDate : new.target);
  } as unknown as DateConstructor;
  defineProperty(pinned, 'length', { value: 7 });
  defineProperty(pinned, 'prototype', { value: RealDate.prototype, writable: false });
  put(pinned, 'now', () => now());
  put(pinned, 'parse', RealDate.parse);
  put(pinned, 'UTC', RealDate.UTC);
  defineProperty(RealDate.prototype, 'constructor', { value: pinned, writable: true, configurable: true });
  expose('Date', pinned);
  put(Math, 'random', random);
  expose('performance', { now: () => now() - START_MS, timeOrigin: START_MS, mark: () => undefined, measure: () => undefined });

  /** Errors that code made; the others are the engine's own. */
  const madeByCode = new WeakSetCtor<object>();
  for (const name of ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'EvalError', 'URIError', 'ReferenceError']) {
    const real = global[name] as ErrorConstructor;
    const wrapper = function (...args: unknown[]): unknown {
      const error = construct(real, args, new.target === undefined || new.target === (wrapper as unknown) ? real : new.target) as object;
      weakSetAdd(madeByCode, error);
      return error;
    };
    defineProperty(wrapper, 'name', { value: name });
    defineProperty(wrapper, 'length', { value: 1 });
    defineProperty(wrapper, 'prototype', { value: real.prototype, writable: false });
    Object.setPrototypeOf(wrapper, getPrototypeOf(real));
    if (name === 'Error') put(wrapper, 'captureStackTrace', () => undefined);
    defineProperty(real.prototype, 'constructor', { value: wrapper, writable: true, configurable: true });
    expose(name, wrapper);
  }
  const consoleObject = {};
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'table', 'dir', 'group', 'groupEnd', 'time', 'timeEnd', 'count', 'assert']) {
    put(consoleObject, name, (...args: unknown[]) => { record(`console.${name}(${describeAll(args)})`); });
  }
  expose('console', consoleObject);

  const bytesOf = (text: string): number[] => {
    const out: number[] = ownArray(0) as number[];
    let n = 0;
    const add = (byte: number): void => { put(out, n++, byte); };
    for (let i = 0; i < text.length; i++) {
      let code = charCode(text, i);
      if (code >= 0xd800 && code < 0xdc00 && i + 1 < text.length) {
        const low = charCode(text, i + 1);
        if (low >= 0xdc00 && low < 0xe000) { code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00); i++; } else code = 0xfffd;
      } else if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
      if (code < 0x80) add(code);
      else if (code < 0x800) { add(0xc0 | (code >> 6)); add(0x80 | (code & 63)); }
      else if (code < 0x10000) { add(0xe0 | (code >> 12)); add(0x80 | ((code >> 6) & 63)); add(0x80 | (code & 63)); }
      else { add(0xf0 | (code >> 18)); add(0x80 | ((code >> 12) & 63)); add(0x80 | ((code >> 6) & 63)); add(0x80 | (code & 63)); }
    }
    return out;
  };
  expose('TextEncoder', class TextEncoder {
    get encoding(): string { return 'utf-8'; }
    get [toStringTag](): string { return 'TextEncoder'; }
    encode(text = ''): Uint8Array { return new Uint8(bytesOf(StringOf(text))); }
    encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
      let read = 0;
      let written = 0;
      while (read < text.length) {
        const code = charCode(text, read);
        const size = code >= 0xd800 && code < 0xdc00 && charCode(text, read + 1) >= 0xdc00 && charCode(text, read + 1) < 0xe000 ? 2 : 1;
        const bytes = bytesOf(slice(text, read, read + size));
        if (written + bytes.length > typedLength(into)) break;
        for (let i = 0; i < bytes.length; i++) into[written++] = bytes[i]!;
        read += size;
      }
      return { read, written };
    }
  });
  expose('TextDecoder', class TextDecoder {
    readonly #encoding: string;
    readonly #fatal: boolean;
    readonly #ignoreBOM: boolean;
    /** Of a text that is not at its end: its bytes so far, and how much of it was handed out. */
    #bytes = '';
    #told = 0;
    constructor(label: unknown = 'utf-8', options?: { readonly fatal?: unknown; readonly ignoreBOM?: unknown }) {
      const encoding = parse(host('encoding', stringify(StringOf(label)))) as string | null;
      if (encoding === null) {
        const error = new RangeError(`The "${StringOf(label)}" encoding is not supported`);
        put(error, 'code', 'ERR_ENCODING_NOT_SUPPORTED');
        throw error;
      }
      this.#encoding = encoding;
      this.#fatal = options?.fatal === true;
      this.#ignoreBOM = options?.ignoreBOM === true;
    }
    get encoding(): string { return this.#encoding; }
    get fatal(): boolean { return this.#fatal; }
    get ignoreBOM(): boolean { return this.#ignoreBOM; }
    get [toStringTag](): string { return 'TextDecoder'; }
    decode(bytes?: ArrayBufferView | ArrayBuffer, options?: { readonly stream?: unknown }): string {
      const view = bytes === undefined ? new Uint8(0) : typedTag(bytes) === undefined ? new Uint8(bytes as ArrayBuffer) : new Uint8((bytes as Uint8Array).buffer, (bytes as Uint8Array).byteOffset, (bytes as Uint8Array).byteLength);
      let list = this.#bytes;
      for (let i = 0; i < typedLength(view); i++) list += `${list === '' ? '' : ','}${view[i]!}`;
      const stream = options?.stream === true;
      const text = parse(host('decode', stringify({ encoding: this.#encoding, fatal: this.#fatal, ignoreBOM: this.#ignoreBOM, stream, bytes: list }))) as string | null;
      const told = this.#told;
      this.#bytes = stream ? list : '';
      this.#told = stream && text !== null ? text.length : 0;
      if (text === null) {
        const error = new TypeError(`The encoded data was not valid for encoding ${this.#encoding}`);
        put(error, 'code', 'ERR_ENCODING_INVALID_ENCODED_DATA');
        throw error;
      }
      return slice(text, told);
    }
  });
  const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  expose('btoa', function btoa(value: unknown) {
    const text = StringOf(value);
    let out = '';
    for (let i = 0; i < text.length; i += 3) {
      const [a, b, c] = [charCode(text, i), charCode(text, i + 1), charCode(text, i + 2)];
      if (a > 255 || b > 255 || c > 255) { const error = new RealError('Invalid character'); put(error, 'name', 'InvalidCharacterError'); throw error; }
      out += BASE64[a >> 2]! + BASE64[((a & 3) << 4) | ((b || 0) >> 4)]! + (is(b, NaN) ? '=' : BASE64[((b & 15) << 2) | ((c || 0) >> 6)]!) + (is(c, NaN) ? '=' : BASE64[c & 63]!);
    }
    return out;
  });
  expose('atob', function atob(value: unknown) {
    const text = parse(host('atob', stringify(StringOf(value)))) as string | null;
    if (text === null) throw new RealError('The string to be decoded is not correctly encoded.');
    return text;
  });
  expose('structuredClone', function structuredClone(value: unknown) { return cloneOf(value, new MapCtor()); });
  const uuid = (): string => {
    let out = '';
    for (let i = 0; i < 36; i++) out += i === 8 || i === 13 || i === 18 || i === 23 ? '-' : i === 14 ? '4' : '0123456789abcdef'[floor(random() * 16)]!;
    return out;
  };
  expose('crypto', {
    randomUUID: uuid,
    getRandomValues: (array: Uint8Array) => { for (let i = 0; i < typedLength(array); i++) array[i] = floor(random() * 256); return array; },
  });
  expose('process', { env: makeOutside('process.env'), platform: 'linux', version: 'v20.0.0', versions: create(null), argv: [], nextTick: global['queueMicrotask'], hrtime: makeOutside('process.hrtime'), cwd: () => '/', uptime: () => (now() - START_MS) / 1000, memoryUsage: makeOutside('process.memoryUsage') });
  expose('fetch', makeOutside('fetch'));
  expose('global', globalThis);
  expose('Buffer', undefined);
  hide('Buffer');
  installUrl();

  function installUrl(): void {
    type Parts = Record<'href' | 'origin' | 'protocol' | 'username' | 'password' | 'host' | 'hostname' | 'port' | 'pathname' | 'search' | 'hash', string>;
    const inner = new WeakMap<object, Parts>();
    const ask = (request: object): Parts => {
      const answer = parse(host('url', stringify(request))) as { readonly parts?: Parts };
      if (answer.parts === undefined) {
        const error = new TypeError('Invalid URL');
        put(error, 'code', 'ERR_INVALID_URL');
        throw error;
      }
      return answer.parts;
    };
    class URLSearchParams {
      #pairs: [string, string][] = [];
      #changed: (() => void) | undefined;
      constructor(init?: unknown, changed?: () => void) {
        if (typeof init === 'string') this.#pairs = parse(host('query', stringify(init))) as [string, string][];
        else if (init instanceof URLSearchParams) this.#pairs = [...init.entries()];
        else if (typeof init === 'object' && init !== null) {
          const entries = (SymbolIterator in init ? [...(init as Iterable<[string, string]>)] : Object.entries(init as Record<string, string>)) as [string, string][];
          this.#pairs = entries.map(([name, value]): [string, string] => [StringOf(name), StringOf(value)]);
        }
        if (typeof changed === 'function') this.#changed = changed;
      }
      get [toStringTag](): string { return 'URLSearchParams'; }
      get size(): number { return this.#pairs.length; }
      get(name: string): string | null { return this.#pairs.find(([n]) => n === name)?.[1] ?? null; }
      getAll(name: string): string[] { return this.#pairs.filter(([n]) => n === name).map(([, v]) => v); }
      has(name: string, value?: string): boolean { return this.#pairs.some(([n, v]) => n === name && (value === undefined || v === StringOf(value))); }
      set(name: string, value: string): void {
        const at = this.#pairs.findIndex(([n]) => n === name);
        this.#pairs = this.#pairs.filter(([n], i) => n !== name || i === at);
        if (at === -1) this.#pairs.push([StringOf(name), StringOf(value)]); else this.#pairs[this.#pairs.findIndex(([n]) => n === name)]![1] = StringOf(value);
        this.#changed?.();
      }
      append(name: string, value: string): void { this.#pairs.push([StringOf(name), StringOf(value)]); this.#changed?.(); }
      delete(name: string, value?: string): void { this.#pairs = this.#pairs.filter(([n, v]) => n !== name || (value !== undefined && v !== StringOf(value))); this.#changed?.(); }
      sort(): void { this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); this.#changed?.(); }
      forEach(f: (value: string, name: string) => void): void { for (const [n, v] of this.#pairs) f(v, n); }
      *entries(): Generator<[string, string]> { for (const [n, v] of this.#pairs) yield [n, v]; }
      *keys(): Generator<string> { for (const [n] of this.#pairs) yield n; }
      *values(): Generator<string> { for (const [, v] of this.#pairs) yield v; }
      [SymbolIterator](): Generator<[string, string]> { return this.entries(); }
      toString(): string { return parse(host('format', stringify(this.#pairs))) as string; }
    }
    class URL {
      readonly searchParams: URLSearchParams;
      constructor(href: unknown, base?: unknown) {
        const parts = ask({ href: StringOf(href), ...(base !== undefined && { base: StringOf(base) }) });
        weakSet(inner, this, parts);
        const params = new URLSearchParams(parts.search, () => { (this as unknown as Parts).search = params.toString(); });
        this.searchParams = params;
        defineProperty(this, 'searchParams', { enumerable: false });
      }
      get [toStringTag](): string { return 'URL'; }
      toString(): string { return weakGet(inner, this)!.href; }
      toJSON(): string { return weakGet(inner, this)!.href; }
      static canParse(href: unknown, base?: unknown): boolean { try { void new URL(href, base); return true; } catch { return false; } }
    }
    for (const name of ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] as const) {
      defineProperty(URL.prototype, name, {
        configurable: true, enumerable: true,
        get(this: object) { return weakGet(inner, this)?.[name]; },
        set(this: object, value: unknown) { weakSet(inner, this, ask({ href: weakGet(inner, this)!.href, name, value: StringOf(value) })); },
      });
    }
    expose('URL', URL);
    expose('URLSearchParams', URLSearchParams);
    urlHref = (value) => (weakHas(inner, value) ? weakGet(inner, value)!.href : undefined);
  }

  // ---- what lies outside: recorded, and answered by (name, arguments, ordinal)

  function fail(code: string): Error {
    const error = new RealError(`${code}: injected`);
    put(error, 'code', code);
    return error;
  }

  /** Something of a package, or of Node: it can be called, constructed, and asked for members. */
  function makeOutside(name: string, depth = 0): unknown {
    const members = create(null) as Record<string, unknown>;
    const f = function outside(this: unknown, ...args: unknown[]): unknown { return answer(name, args, new.target !== undefined, depth); };
    return new Proxy(f, {
      get(target, key) {
        if (typeof key === 'symbol') return key === SymbolIterator || key === SymbolAsyncIterator ? undefined : (target as unknown as Record<symbol, unknown>)[key];
        if (key === 'then' || key === 'prototype' || key === 'toJSON') return key === 'prototype' ? target.prototype : undefined;
        if (key === '__esModule') return true;
        if (name === 'process.env' && key.indexOf('POET_') === 0) return undefined; // the runtime's own, not the function's
        if (name === 'process.env') { record(`process.env.${key}`); return hashText(key) % 2 === 0 ? undefined : `env-${key}`; }
        if (key === 'default' && depth === 0) return (members[key] ??= makeOutside(name, depth));
        return (members[key] ??= makeOutside(`${name}.${key}`, depth + 1));
      },
      set(_target, key, value) { record(`${name}.${StringOf(key)} = ${describe(value)}`); return true; },
      has: () => true,
      ownKeys: (target) => ownKeys(target),
    });
  }

  function answer(name: string, args: readonly unknown[], isNew: boolean, depth: number): unknown {
    const text = `${isNew ? 'new ' : ''}${name}(${describeAll(args)})`;
    record(text);
    if (callCount++ === faultAt) throw fail('ECONNREFUSED');
    if (isNew) return makeOutside(`${name}#`, depth + 1);
    const ordinal = next(text);
    // Callbacks of Node's kind: (error, result).
    for (let i = args.length - 1; i >= 0; i--) {
      const callback = args[i];
      if (typeof callback === 'function' && i === args.length - 1) { addTimer(() => apply(callback as () => void, undefined, [null, pick(text, ordinal)]), 1, false, []); break; }
    }
    return depth > 3 ? pick(text, ordinal) : makeAnswer(text, ordinal, name, depth);
  }

  /** A value that serves as a text, a number, a promise of one, or an object with members. */
  function makeAnswer(text: string, ordinal: number, name: string, depth: number): unknown {
    const plain = pick(text, ordinal);
    if (/Sync$|^(?:path|node:path|util|node:util|os|node:os|crypto|node:crypto)\b/.test(name)) return plain;
    const result = new RealPromise((resolve) => { addTimer(() => resolve(makeOutsideValue(`${name}()`, plain, depth)), 5, false, []); });
    return result;
  }

  function makeOutsideValue(_name: string, plain: unknown, _depth: number): unknown { return plain; }

  const POOL = ['', 'a', '1', 'a,b\n1,2', '{"a":1,"items":[1,2]}', 0, 1, 42, true, false];
  const pick = (text: string, ordinal: number): unknown => POOL[hashText(`${text}#${ordinal}`) % POOL.length];
  const next = (text: string): number => {
    const ordinal = mapGet(ordinals, text) ?? 0;
    mapSet(ordinals, text, ordinal + 1);
    return ordinal;
  };

  // ---- building values

  /** A class that nobody knows. */
  class Thing {}
  const symbolFor = Symbol.for;
  const symbolOf = (key: string): symbol => (key === 'Symbol.toStringTag' ? toStringTag : symbolFor(key));
  let made: unknown[] = [];
  let moduleScope: object = {};

  function build(value: Value): unknown {
    switch (value.k) {
      case 'undefined': return undefined;
      case 'null': return null;
      case 'boolean': return value.v;
      case 'number': return value.v === '-0' ? -0 : NumberOf(value.v);
      case 'bigint': return BigIntOf(value.v);
      case 'string': return value.v;
      case 'symbol': return Symbol.for(value.v);
      case 'array': return buildList(value.items);
      case 'object': {
        const out = value.bare === true ? (create(null) as object) : value.made === undefined ? {} : new Thing();
        for (let i = 0; i < value.entries.length; i++) put(out, value.entries[i]![0], build(value.entries[i]![1]));
        for (let i = 0; value.symbols !== undefined && i < value.symbols.length; i++) put(out, symbolOf(value.symbols[i]![0]), build(value.symbols[i]![1]));
        return out;
      }
      case 'map': {
        const out = new (constructors['Map'] as MapConstructor)();
        for (let i = 0; i < value.entries.length; i++) mapSet(out, build(value.entries[i]![0]), build(value.entries[i]![1]));
        return out;
      }
      case 'set': return new (constructors['Set'] as SetConstructor)(buildList(value.items));
      case 'date': return new RealDate(NumberOf(value.v));
      case 'regexp': return new RegExp(value.source, value.flags);
      case 'url': return construct(global['URL'] as never, [value.v]);
      case 'typed': return buildTyped(value.name, value.items);
      case 'error': return construct(constructors[value.name] ?? RealError, [value.message]);
      case 'promise': { const of = build(value.of); return new RealPromise((resolve) => { resolve(of); }); }
      case 'iterable': return buildIterable(buildList(value.items), value.async === true);
      case 'function': return buildFunction(value);
      case 'instance': return buildInstance(value.name, buildList(value.args));
      case 'same': return made[value.argument];
    }
  }

  function buildList(items: readonly Value[]): unknown[] {
    const out = ownArray(0);
    for (let i = 0; i < items.length; i++) put(out, i, build(items[i]!));
    return out;
  }

  function buildTyped(name: string, items: readonly string[]): unknown {
    const big = name === 'BigInt64Array' || name === 'BigUint64Array';
    const numbers = ownArray(0);
    for (let i = 0; i < items.length; i++) put(numbers, i, big ? BigIntOf(items[i]!) : NumberOf(items[i]!));
    if (name === 'ArrayBuffer' || name === 'DataView') {
      const { buffer } = new Uint8(numbers as number[]);
      return name === 'ArrayBuffer' ? buffer : new DataView(buffer);
    }
    return construct(constructors[name]!, [numbers]);
  }

  /** Can be gone through once, like a generator; how far anybody went is seen afterwards. */
  interface Consumed { nexts: number; returns: number }
  const consumed = new WeakMap<object, Consumed>();
  function buildIterable(items: unknown[], isAsync: boolean): unknown {
    const state: Consumed = { nexts: 0, returns: 0 };
    const answer_ = (value: unknown, done: boolean): unknown => {
      const step = {};
      put(step, 'value', value);
      put(step, 'done', done);
      return isAsync ? new RealPromise((resolve) => { resolve(step); }) : step;
    };
    const own = {};
    let closed = false;
    put(own, isAsync ? SymbolAsyncIterator : SymbolIterator, function iterate(this: unknown) { return own; });
    put(own, 'next', () => {
      const at = state.nexts++;
      return closed || at >= items.length ? answer_(undefined, true) : answer_(items[at], false);
    });
    put(own, 'return', (value: unknown) => { state.returns++; closed = true; return answer_(value, true); });
    weakSet(consumed, own, state);
    return own;
  }

  function buildFunction(spec: Extract<Value, { k: 'function' }>): unknown {
    let count = 0;
    return function given(this: unknown, ...args: unknown[]): unknown {
      const text = `${spec.name}(${describeAll(args)})`;
      record(spec.method === true && (typeof this !== 'object' || this === null) ? `${text}${DETACHED}` : text);
      const at = callCount++;
      const failing = at === faultAt || (spec.fault !== undefined && count === spec.fault.at);
      count++;
      if (failing) {
        const error = fail(spec.fault?.code ?? 'ECONNREFUSED');
        if (spec.async === true) return new RealPromise((_, reject) => { addTimer(() => reject(error), 1, false, []); });
        throw error;
      }
      const result = choose(spec, args, text);
      return spec.async === true ? new RealPromise((resolve) => { addTimer(() => resolve(result), 1, false, []); }) : result;
    };
  }

  function choose(spec: Extract<Value, { k: 'function' }>, args: readonly unknown[], text: string): unknown {
    if (spec.mode === 'first') return args[0];
    if (spec.mode === 'compare') {
      const [a, b] = [args[0], args[1]] as [never, never];
      return a < b ? -1 : a > b ? 1 : 0;
    }
    if (spec.results.length === 0) return undefined;
    const ordinal = spec.mode === 'ordinal' ? next(text) : 0;
    return build(spec.results[hashText(`${text}#${ordinal}`) % spec.results.length]!);
  }

  function buildInstance(name: string, args: unknown[]): unknown {
    const found = findClass(name);
    if (found === undefined) throw new Unmade(`no class ${name} in sight`);
    return construct(found, args);
  }
  class Unmade { constructor(readonly reason: string) {} }
  function findClass(name: string): (new (...args: never[]) => object) | undefined {
    const scope = moduleScope as Record<string, unknown>;
    const own = scope[`$class$${name}`] ?? scope[name] ?? global[name];
    return typeof own === 'function' ? (own as new () => object) : undefined;
  }

  // ---- describing values

  /** Objects that the caller made, by the path that leads to them. */
  let known = new MapCtor<unknown, string>();

  function nameArguments(value: unknown, path: string, depth: number): void {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || mapHas(known, value) || depth > 6 || mapSize(known) > 2_000) return;
    mapSet(known, value, path);
    if (typedTag(value) !== undefined) {
      const buffer = typedBuffer(value);
      if (!mapHas(known, buffer)) mapSet(known, buffer, `${path}.buffer`);
    }
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length && i < 100; i++) {
      const key = keys[i]!;
      if (typeof key !== 'string') continue;
      const descriptor = getOwnPropertyDescriptor(value, key);
      if (descriptor !== undefined && 'value' in descriptor) nameArguments(descriptor.value, `${path}.${key}`, depth + 1);
    }
    if (isMap(value)) { let i = 0; mapForEach(value as Map<unknown, unknown>, (v, k) => { nameArguments(k, `${path}.key(${i})`, depth + 1); nameArguments(v, `${path}.value(${i++})`, depth + 1); }); }
    if (isSet(value)) { let i = 0; setForEach(value as Set<unknown>, (v) => nameArguments(v, `${path}.item(${i++})`, depth + 1)); }
  }

  const probe = (test: () => unknown): boolean => { try { test(); return true; } catch { return false; } };
  const brands = new WeakMap<object, Brand>();
  const isMap = (value: unknown): boolean => hasBrand(value, 'Map');
  const isSet = (value: unknown): boolean => hasBrand(value, 'Set');
  const isDate = (value: unknown): boolean => hasBrand(value, 'Date');
  const isView = (value: unknown): boolean => bufferIsView(value) && probe(() => viewLength(value));
  const hasBrand = (value: unknown, brand: Brand): boolean => typeof value === 'object' && value !== null && brandOf(value) === brand;

  /** What an object is in the engine's eyes, whatever its prototype says. It stays that: asked once, because the engine says no by throwing. */
  function brandOf(value: object): Brand {
    const asked = weakGet(brands, value) as Brand | undefined;
    if (asked !== undefined) return asked;
    // A stack for each no takes longer than all else here. Nothing of the candidate's runs until they are collected again.
    const limit = getOwnPropertyDescriptor(RealError, 'stackTraceLimit');
    const isPlain = limit?.writable === true;
    if (isPlain) defineProperty(RealError, 'stackTraceLimit', { __proto__: null, value: 0 } as PropertyDescriptor);
    const brand = probe(() => bufferLength(value)) ? 'ArrayBuffer' : probe(() => mapSize(value)) ? 'Map' : probe(() => setSize(value)) ? 'Set' : probe(() => dateTime(value as Date)) ? 'Date' : 'none';
    if (isPlain) defineProperty(RealError, 'stackTraceLimit', { __proto__: null, value: limit!.value as unknown } as PropertyDescriptor);
    weakSet(brands, value, brand);
    return brand;
  }

  interface Describer { text: string; readonly seen: Map<unknown, number>; readonly identity: boolean }

  function describe(value: unknown, identity = true): string {
    const state: Describer = { text: '', seen: new MapCtor(), identity };
    try {
      write(state, value, 0);
    } catch (error) {
      if (!(error instanceof TooMuch)) return `${state.text} <cannot be read>`;
      return `${slice(state.text, 0, 2_000)}… #${hashText(state.text)}`;
    }
    return state.text;
  }

  function describeAll(values: readonly unknown[]): string {
    let text = '';
    for (let i = 0; i < values.length; i++) text += (i === 0 ? '' : ', ') + describe(values[i]);
    return text;
  }

  function say(state: Describer, text: string): void {
    state.text += text;
    if (state.text.length > MAX_TEXT) throw new TooMuch();
  }

  function write(state: Describer, value: unknown, depth: number): void {
    if (value === null || value === undefined || typeof value === 'boolean') return say(state, StringOf(value));
    if (typeof value === 'number') return say(state, is(value, -0) ? '-0' : StringOf(value));
    if (typeof value === 'string') return say(state, stringify(value));
    if (typeof value === 'bigint') return say(state, `${StringOf(value)}n`);
    if (typeof value === 'symbol') return say(state, symbolText(value));
    if (depth > MAX_DEPTH) throw new TooMuch();
    const back = mapGet(state.seen, value);
    if (back !== undefined) return say(state, `<the same as ${back}>`);
    const argument = state.identity ? mapGet(known, value) : undefined;
    if (argument !== undefined) return say(state, `<${argument}>`);
    mapSet(state.seen, value, mapSize(state.seen));
    writeObject(state, value, depth);
  }

  function writeObject(state: Describer, value: object, depth: number): void {
    const taken = weakGet(consumed, value) as Consumed | undefined;
    if (taken !== undefined) return say(state, `iterable(asked ${taken.nexts} times${taken.returns > 0 ? ', closed' : ''})`);
    const href = urlHref(value);
    if (href !== undefined) return say(state, `URL(${stringify(href)})`);
    const tag = typedTag(value);
    let skip: (key: PropertyKey) => boolean = () => false;
    if (isArray(value)) {
      say(state, prefix(value, 'Array'));
      say(state, '[');
      const length = getOwnPropertyDescriptor(value, 'length')!.value as number;
      for (let i = 0; i < length; i++) {
        if (i > 0) say(state, ', ');
        const descriptor = getOwnPropertyDescriptor(value, i);
        if (descriptor === undefined) say(state, '<hole>');
        else if ('value' in descriptor) write(state, descriptor.value, depth + 1);
        else say(state, '<accessor>');
      }
      say(state, ']');
      skip = (key) => key === 'length' || (typeof key === 'string' && StringOf(NumberOf(key) >>> 0) === key);
    } else if (tag !== undefined) {
      say(state, `${tag}[`);
      for (let i = 0; i < typedLength(value); i++) { if (i > 0) say(state, ', '); write(state, (value as unknown as Record<number, unknown>)[i], depth + 1); }
      say(state, ']');
      writeMemory(state, typedBuffer(value), typedOffset(value));
      skip = (key) => typeof key === 'string' && StringOf(NumberOf(key)) === key;
    } else if (hasBrand(value, 'ArrayBuffer')) {
      say(state, 'ArrayBuffer');
      if (bufferLength(value) > 0) writeObject(state, new Uint8(value as ArrayBuffer), depth + 1);
    } else if (isView(value)) {
      say(state, 'DataView');
      writeObject(state, new Uint8(viewBuffer(value), viewOffset(value), viewLength(value)), depth + 1);
    }
    else if (isMap(value)) {
      say(state, `${prefix(value, 'Map')}Map{`);
      let first = true;
      mapForEach(value as Map<unknown, unknown>, (v, k) => { if (!first) say(state, ', '); first = false; write(state, k, depth + 1); say(state, ' => '); write(state, v, depth + 1); });
      say(state, '}');
    } else if (isSet(value)) {
      say(state, `${prefix(value, 'Set')}Set{`);
      let first = true;
      setForEach(value as Set<unknown>, (v) => { if (!first) say(state, ', '); first = false; write(state, v, depth + 1); });
      say(state, '}');
    } else if (isDate(value)) say(state, `Date(${StringOf(dateTime(value as Date))})`);
    else if (typeof value === 'function') {
      say(state, 'function');
      skip = (key) => key === 'length' || key === 'name' || key === 'prototype' || key === 'arguments' || key === 'caller';
    } else if (getPrototypeOf(value) === RegExp.prototype && probe(() => regexpSource(value))) {
      say(state, `/${regexpSource(value)}/${regexpFlags(value)}`);
    } else if (isError(value)) {
      say(state, `${nameOfError(value)}(${stringify(textOf(value, 'message'))})`);
      skip = (key) => key === 'stack' || key === 'message';
    } else say(state, prefix(value, 'Object'));
    const keys = ownKeys(value);
    let first = true;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (skip(key)) continue;
      const descriptor = getOwnPropertyDescriptor(value, key);
      if (descriptor === undefined) continue;
      say(state, first ? '{' : ', ');
      first = false;
      say(state, `${descriptor.enumerable === true ? '' : '<hidden> '}${typeof key === 'symbol' ? symbolText(key) : stringify(key)}: `);
      if ('value' in descriptor) write(state, descriptor.value, depth + 1);
      else say(state, '<accessor>');
    }
    if (!first) say(state, '}');
    else if (!isArray(value) && tag === undefined && typeof value === 'object' && !isView(value) && !isDate(value) && !isMap(value) && !isSet(value)) say(state, '{}');
    if (typeof value === 'object' && (keys.length > 0 || isArray(value)) && tag === undefined && !isExtensible(value)) say(state, isFrozen(value) ? '<frozen>' : isSealed(value) ? '<sealed>' : '<not extensible>');
  }

  /** Whose memory an array looks at: a view and a copy are equal until somebody writes. */
  function writeMemory(state: Describer, buffer: object, offset: number): void {
    const owner = state.identity ? mapGet(known, buffer) : undefined;
    if (owner !== undefined) say(state, ` over ${owner} from ${offset}`);
  }

  /** Name of the class, where it is not the plain one. */
  function prefix(value: object, plain: string): string {
    const prototype = getPrototypeOf(value);
    if (prototype === null) return '<null>';
    const maker = getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown;
    const name = typeof maker === 'function' ? getOwnPropertyDescriptor(maker, 'name')?.value as unknown : undefined;
    return typeof name !== 'string' || name === plain || name === 'Object' ? '' : name;
  }

  const isError = (value: object): boolean => {
    for (let at: object | null = value; at !== null; at = getPrototypeOf(at)) if (at === RealError.prototype) return true;
    return false;
  };
  const textOf = (value: object, key: string): string => {
    for (let at: object | null = value; at !== null; at = getPrototypeOf(at)) {
      const descriptor = getOwnPropertyDescriptor(at, key);
      if (descriptor !== undefined) return 'value' in descriptor ? (typeof descriptor.value === 'string' ? descriptor.value : describe(descriptor.value)) : '<accessor>';
    }
    return '';
  };
  const nameOfError = (value: object): string => {
    const name = textOf(value, 'name');
    const made_ = prefix(value, 'Error');
    return made_ === '' || made_ === name ? name : `${made_} ${name}`;
  };

  function takeApart(value: unknown): string | undefined {
    if (typeof value !== 'object' || value === null || !isError(value)) return undefined;
    let classes = '';
    for (let at = getPrototypeOf(value); at !== null && at !== RealError.prototype; at = getPrototypeOf(at)) {
      const name = prefix(create(at) as object, 'Object');
      if (name !== '') classes += `${stringify(name)},`;
    }
    classes += '"Error"';
    let properties = '';
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      const descriptor = getOwnPropertyDescriptor(value, key);
      if (typeof key !== 'string' || key === 'stack' || key === 'message' || key === 'name' || descriptor === undefined) continue;
      properties += `${properties === '' ? '' : ','}${stringify(key)}:${stringify('value' in descriptor ? describe(descriptor.value) : '<accessor>')}`;
    }
    return `{"engine":${weakSetHas(madeByCode, value) ? 'false' : 'true'},"classes":[${classes}],"name":${stringify(textOf(value, 'name'))},"message":${stringify(textOf(value, 'message'))},"properties":{${properties}}}`;
  }

  function cloneOf(value: unknown, seen: Map<unknown, unknown>): unknown {
    if (typeof value === 'function' || typeof value === 'symbol') {
      const error = new RealError(`${StringOf(typeof value)} could not be cloned.`);
      put(error, 'name', 'DataCloneError');
      throw error;
    }
    if (typeof value !== 'object' || value === null) return value;
    if (mapHas(seen, value)) return mapGet(seen, value);
    const keep = <T>(copy: T): T => { mapSet(seen, value, copy); return copy; };
    if (isDate(value)) return keep(new RealDate(dateTime(value as Date)));
    if (isMap(value)) { const copy = keep(new (constructors['Map'] as MapConstructor)()); mapForEach(value as Map<unknown, unknown>, (v, k) => { mapSet(copy, cloneOf(k, seen), cloneOf(v, seen)); }); return copy; }
    if (isSet(value)) { const items = ownArray(0); let n = 0; setForEach(value as Set<unknown>, (v) => { put(items, n++, cloneOf(v, seen)); }); return keep(new (constructors['Set'] as SetConstructor)(items)); }
    if (typedTag(value) !== undefined) return keep(construct((value as { constructor: new (a: unknown) => object }).constructor, [value]));
    if (probe(() => bufferLength(value))) return keep((value as ArrayBuffer).slice(0));
    if (isError(value)) return keep(construct(constructors[nameOfError(value)] ?? RealError, [textOf(value, 'message')]));
    if (probe(() => regexpSource(value)) && getPrototypeOf(value) === RegExp.prototype) return keep(new RegExp(regexpSource(value), regexpFlags(value)));
    const copy = keep(isArray(value) ? ownArray((value as unknown[]).length) : {});
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (typeof key !== 'string' || (key === 'length' && isArray(value)) || getOwnPropertyDescriptor(value, key)?.enumerable !== true) continue;
      put(copy, key, cloneOf((value as Record<string, unknown>)[key], seen));
    }
    return copy;
  }

  // ---- modules

  type Factory = (exports: object, require: (name: string) => unknown, module: { exports: unknown }, file: string) => void;
  const loaded = create(null) as Record<string, { exports: unknown } | undefined>;

  /** `factories` are functions of this realm, compiled from text outside. */
  function load(path: string, factories: Record<string, Factory>, resolutions: Record<string, Record<string, string | { external: string }>>): unknown {
    const there = loaded[path];
    if (there !== undefined) return there.exports;
    const module: { exports: unknown } = { exports: {} };
    loaded[path] = module;
    const factory = factories[path];
    if (factory === undefined) throw new RealError(`no module ${path}`);
    const require = (name: string): unknown => {
      const to = resolutions[path]?.[name];
      if (typeof to === 'string') return load(to, factories, resolutions);
      return (outside[to?.external ?? name] ??= makeOutside(to?.external ?? name));
    };
    factory(module.exports as object, require, module, path);
    return module.exports;
  }
  const outside = create(null) as Record<string, unknown>;

  // ---- commands

  let subject: ((...args: unknown[]) => unknown) | undefined;
  let holder: unknown;
  let selfKind: 'instance' | 'static' | undefined;
  interface Outcome { readonly how: CaseResult['how']; readonly value: unknown }
  interface Second { readonly args: unknown[]; outcome: Outcome | undefined }
  /** `settled`: what it said, and when, while timers are still waiting. */
  interface Running { args: unknown[]; self: unknown; outcome: Outcome | undefined; startMs: number; spoil: boolean; second: Second | undefined; settled: { readonly text: string; readonly atMs: number } | undefined }
  let current: Running | undefined;

  function begin(next_: Case): void {
    calls = makeList();
    callCount = 0;
    faultAt = next_.fault ?? -1;
    timers = create(null) as Record<number, Timer | undefined>;
    ordinals = new MapCtor();
    readings = 0;
    seed = 1;
    made = ownArray(0);
    known = new MapCtor();
    readingMs = next_.clockMs ?? 0;
    const mine: Running = { args: made, self: undefined, outcome: undefined, startMs: nowMs, spoil: next_.spoil === true, second: undefined, settled: undefined };
    current = mine;
    try {
      buildArguments(next_, made);
      if (selfKind === 'static') mine.self = holder;
      else if (selfKind === 'instance') mine.self = next_.self === undefined ? undefined : build(next_.self);
      for (let i = 0; i < made.length; i++) nameArguments(made[i], `argument ${i + 1}`, 0);
      if (selfKind === 'instance') nameArguments(mine.self, 'this', 0);
      for (let n = 1; n < (next_.times ?? 1); n++) repeat(next_, mine.self);
      if (next_.changed === true) {
        for (let n = 0; n < CALLS_BEFORE_CHANGE; n++) start(mine.self, made, () => undefined);
        for (let i = 0; i < made.length; i++) change(made[i], 0);
      }
      if (next_.times !== undefined) { calls = makeList(); callCount = 0; }
    } catch (error) {
      mine.outcome = { how: 'unmade', value: error instanceof Unmade ? error.reason : describe(error) };
      return;
    }
    const isPromise = start(mine.self, made, (outcome) => { mine.outcome ??= outcome; });
    if (!isPromise || next_.beside === undefined) return;
    // Another call before this one is through: what they share shows.
    const second: Second = { args: ownArray(0), outcome: undefined };
    mine.second = second;
    try {
      made = second.args;
      buildArguments(next_.beside, second.args);
    } catch (error) {
      second.outcome = { how: 'unmade', value: error instanceof Unmade ? error.reason : describe(error) };
      return;
    }
    for (let i = 0; i < second.args.length; i++) nameArguments(second.args[i], `second argument ${i + 1}`, 0);
    start(mine.self, second.args, (outcome) => { second.outcome ??= outcome; });
  }

  /** Every number, text and truth value inside an object is another one afterwards, and a list is longer. */
  function change(value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null || depth > 3 || isFrozen(value)) return;
    // By another amount at each place: what is compared with its neighbour changes, too.
    const other = (item: unknown, place: number): unknown => (typeof item === 'number' ? item + [1, 1_000, 1_000_000][place % 3]! : typeof item === 'string' ? `${item}a` : typeof item === 'boolean' ? !item : item);
    if (isMap(value)) { mapForEach(value as Map<unknown, unknown>, (item, key) => { mapSet(value, key, other(item, 0)); change(item, depth + 1); }); return; }
    if (isDate(value)) { setTime(value as Date, dateTime(value as Date) + 86_400_000); return; }
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length && i < 100; i++) {
      const descriptor = getOwnPropertyDescriptor(value, keys[i]!);
      if (keys[i] === 'length' || descriptor === undefined || !('value' in descriptor) || descriptor.writable !== true) continue;
      change(descriptor.value, depth + 1);
      descriptor.value = other(descriptor.value, i);
      defineProperty(value, keys[i]!, descriptor);
    }
    if (isArray(value) && value.length > 0 && isExtensible(value)) put(value, value.length, value[0]);
  }

  function buildArguments(of: Case, into: unknown[]): void {
    if (of.from === undefined) { for (let i = 0; i < of.args.length; i++) put(into, i, build(of.args[i]!)); return; }
    const lists = (moduleScope as Record<string, () => unknown[][]>)[of.from.name]?.();
    const list = lists?.[of.from.index];
    if (list === undefined) throw new Unmade('there is no such sample');
    for (let i = 0; i < list.length; i++) put(into, i, listenTo(list[i], `argument ${i + 1}`, 0));
  }

  /** Functions in a sample are the outside, too: those of objects, and those that answer with a promise. */
  function listenTo(value: unknown, path: string, depth: number): unknown {
    if (typeof value === 'function') return depth > 0 || !isClass(value) ? listener(value as (...args: unknown[]) => unknown, path, depth > 0) : value;
    if (typeof value !== 'object' || value === null || depth > 2 || isFrozen(value)) return value;
    const prototype = getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return value;
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length && i < 50; i++) {
      const key = keys[i]!;
      const descriptor = getOwnPropertyDescriptor(value, key);
      if (typeof key !== 'string' || key === 'then' || descriptor === undefined || !('value' in descriptor) || descriptor.writable !== true) continue;
      const heard = listenTo(descriptor.value, `${path}.${key}`, depth + 1);
      if (heard !== descriptor.value) { descriptor.value = heard; defineProperty(value, key, descriptor); }
    }
    return value;
  }
  const isClass = (value: unknown): boolean => getOwnPropertyDescriptor(value as object, 'prototype')?.writable === false;
  function listener(f: (...args: unknown[]) => unknown, path: string, always: boolean): unknown {
    const heard = function (this: unknown, ...args: unknown[]): unknown {
      if (new.target !== undefined) return construct(f, args, new.target === heard ? f : new.target);
      const text = `${path}(${describeAll(args)})`;
      if (always) record(text);
      const result = apply(f, this, args);
      if (!always && typeof result === 'object' && result !== null && result instanceof RealPromise) record(text);
      return result;
    };
    const { name, length } = f;
    defineProperty(heard, 'name', { __proto__: null, value: name, configurable: true } as PropertyDescriptor);
    defineProperty(heard, 'length', { __proto__: null, value: length, configurable: true } as PropertyDescriptor);
    return heard;
  }

  /** Calls the function; false when it answered at once. */
  function start(self: unknown, args: unknown[], settle: (outcome: Outcome) => void): boolean {
    let value: unknown;
    try {
      value = apply(subject!, self, args);
    } catch (error) {
      settle({ how: 'threw', value: error });
      return false;
    }
    const isPromise = typeof value === 'object' && value !== null && probe(() => promiseThen(value as Promise<unknown>, (v) => { settle({ how: 'resolved', value: v }); }, (e) => { settle({ how: 'rejected', value: e }); }));
    if (!isPromise) settle({ how: 'returned', value });
    return isPromise;
  }

  /** One of many calls whose result nobody looks at. */
  function repeat(of: Case, self: unknown): void {
    const args = ownArray(0);
    const keep = made;
    made = args;
    buildArguments(of, args);
    made = keep;
    start(self, args, () => undefined);
    if (calls.length > 1_000) calls = makeList();
  }

  /** Runs the next timer; false when there is none. */
  function advance(): boolean {
    let best: Timer | undefined;
    for (const key in timers) {
      const timer = timers[key];
      if (timer !== undefined && (best === undefined || timer.at < best.at || (timer.at === best.at && timer.id < best.id))) best = timer;
    }
    if (best === undefined) return false;
    if (best.every === undefined) timers[best.id] = undefined; else best.at += best.every;
    nowMs = best.at > nowMs ? best.at : nowMs;
    // What a timer throws, nobody catches: it ends the process.
    try { best.run(); } catch (error) { record(`uncaught ${describe(error)}`); }
    return true;
  }

  const hasTimers = (): boolean => { for (const key in timers) if (timers[key] !== undefined) return true; return false; };

  /** `pending` when something was left to happen: it is let happen, and this asked once more. */
  function finish(how: CaseResult['how'] | undefined): string {
    const { outcome, args, self, startMs, spoil, second } = current!;
    const value = outcome?.value;
    const settled = how ?? outcome?.how ?? 'hung';
    const isUnmade = outcome?.how === 'unmade' || second?.outcome?.how === 'unmade';
    const tell = (): string => {
      if (how !== undefined || outcome === undefined) return '';
      if (outcome.how === 'unmade') return StringOf(value);
      return describe(value) + (second === undefined ? '' : ` beside ${second.outcome?.how ?? 'hung'} ${describe(second.outcome?.value)}`);
    };
    if (how === undefined && !isUnmade && current!.settled === undefined && hasTimers()) {
      current!.settled = { text: tell(), atMs: nowMs };
      return 'pending';
    }
    const earlier = current!.settled;
    let text = tell();
    if (earlier !== undefined && earlier.text !== text) text = `${earlier.text} later ${text}`;
    const endMs = earlier?.atMs ?? nowMs;
    if (earlier !== undefined && hasTimers()) text += ' with timers that never end';
    if (how === undefined && !isUnmade) {
      // It may be a proxy, whose traps are the candidate's.
      try { text += probeFunctions(value, '', 0, { left: MAX_PROBED, seen: new WeakSetCtor() }); } catch { text += ' <cannot be called>'; }
    }
    nowMs = endMs;
    const names = known;
    // What the arguments hold now, by content; the names are for the result.
    let after = '';
    for (let i = 0; i < args.length; i++) after += `${i === 0 ? '' : ', '}${describe(args[i], false)}`;
    for (let i = 0; second !== undefined && i < second.args.length; i++) after += `${i === 0 ? ' beside ' : ', '}${describe(second.args[i], false)}`;
    if (selfKind === 'instance') after += ` this: ${describe(self, false)}`;
    known = names;
    let list = '';
    for (let i = 0; i < calls.length; i++) list += `${i === 0 ? '' : ','}${stringify(calls.at[i])}`;
    const error = settled === 'threw' || settled === 'rejected' ? takeApart(value) : undefined;
    if (spoil) spoilValue(value, args, 0);
    return `{${error === undefined ? '' : `"error":${error},`}"how":${stringify(isUnmade ? 'unmade' : settled)},"value":${stringify(text)},"after":${stringify(after)},"calls":[${list}],"waitedMs":${endMs - startMs}}`;
  }

  const MAX_PROBED = 8;
  /** Functions in what came back, and what it yields. */
  function probeFunctions(value: unknown, path: string, depth: number, state: { left: number; readonly seen: WeakSet<object> }): string {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || state.left <= 0 || depth > 3 || mapHas(known, value) || weakSetHas(state.seen, value)) return '';
    weakSetAdd(state.seen, value);
    if (typeof value === 'function') { state.left--; return `${path === '' ? '' : ` ${path}`}${probeFunction(value as (...a: unknown[]) => unknown)}`; }
    let text = '';
    if (depth === 0 && !isArray(value) && !isMap(value) && !isSet(value) && typedTag(value) === undefined) {
      const iterate: unknown = (value as unknown as Record<symbol, unknown>)[SymbolIterator];
      if (typeof iterate === 'function') { state.left--; text += probeIterator(value, iterate as () => unknown); }
    }
    if (typedTag(value) !== undefined) return text;
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length && i < 40 && state.left > 0; i++) {
      const key = keys[i]!;
      const descriptor = getOwnPropertyDescriptor(value, key);
      if (typeof key === 'string' && descriptor !== undefined && 'value' in descriptor) text += probeFunctions(descriptor.value, `${path}.${key}`, depth + 1, state);
    }
    return text;
  }

  function probeIterator(value: object, iterate: () => unknown): string {
    // What was read of the arguments before anybody asked for the first item.
    let text = ' before: ';
    for (let i = 0; i < current!.args.length; i++) text += `${describe(current!.args[i], false)} `;
    text += 'yields: ';
    try {
      const iterator = apply(iterate, value, []) as { next(): { done?: boolean; value: unknown } };
      const { next: advance_ } = iterator;
      for (let i = 0; i < 50; i++) {
        const step = apply(advance_, iterator, []);
        text += step.done === true ? `done ${describe(step.value)}` : `${describe(step.value)}, `;
        if (step.done === true) break;
      }
    } catch (error) { text += `threw ${describe(error)}`; }
    return text;
  }

  /** A function that comes back is called, so that it counts what it does. */
  function probeFunction(f: (...args: unknown[]) => unknown): string {
    let text = '';
    const probes: unknown[][] = [[], [1], [2, 3], ['a'], [[1, 2]], [{ a: 1 }], [null]];
    for (let i = 0; i < probes.length; i++) {
      text += i === 0 ? ' called: ' : '; ';
      try { text += describe(apply(f, undefined, probes[i]!)); } catch (error) { text += `threw ${describe(error)}`; }
    }
    return text;
  }

  /** Only what was made anew: changing what the caller gave would say nothing. */
  function spoilValue(value: unknown, args: readonly unknown[], depth: number): void {
    if (typeof value !== 'object' || value === null || depth > 3 || mapHas(known, value)) return;
    for (let i = 0; i < args.length; i++) if (args[i] === value) return;
    try {
      if (isError(value)) { put(value, 'message', 'spoilt'); return; }
      const keys = typedTag(value) === undefined ? ownKeys(value) : ownArray(0) as PropertyKey[];
      for (let i = 0; i < keys.length && i < 20; i++) {
        const inner = getOwnPropertyDescriptor(value, keys[i]!);
        if (inner !== undefined && 'value' in inner) spoilValue(inner.value, args, depth + 1);
      }
      if (isFrozen(value)) return;
      if (isArray(value)) { put(value, value.length, 'spoilt'); if (value.length > 1) put(value, 0, 'spoilt'); }
      else if (isMap(value)) mapSet(value as Map<unknown, unknown>, 'spoilt', 'spoilt');
      else if (isSet(value)) setAdd(value, 'spoilt');
      else if (isDate(value)) setTime(value as Date, 1);
      else if (typedTag(value) !== undefined) { if (typedLength(value) > 0) put(value, 0, typedTag(value)![0] === 'B' ? 99n : 99); }
      else { if (keys.length > 0 && typeof keys[0] === 'string') put(value, keys[0], 'spoilt'); put(value, 'spoilt', true); }
    } catch { /* sealed: nothing to spoil */ }
  }

  const MAX_DRAIN_MS = 3_600_000;
  const isThrough = (): boolean => current!.outcome !== undefined && (current!.second === undefined || current!.second.outcome !== undefined);

  return (command) => {
    const request = parse(command) as { readonly do: string; readonly case?: Case; readonly how?: CaseResult['how'] };
    switch (request.do) {
      case 'open': {
        const { resolutions, entry } = request as unknown as { resolutions: Record<string, Record<string, string | { external: string }>>; entry: { module: string; access: readonly string[]; self?: 'instance' | 'static' } };
        const table = (globalThis as unknown as { $factories: Record<string, Factory> }).$factories;
        hide('$factories');
        moduleScope = load(entry.module, table, resolutions) as object;
        let at: unknown = moduleScope;
        for (let i = 0; i < entry.access.length; i++) { holder = at; at = (at as Record<string, unknown> | undefined)?.[entry.access[i]!]; }
        if (typeof at !== 'function') return '{"ok":false}';
        subject = at as (...args: unknown[]) => unknown;
        selfKind = entry.self;
        return `{"ok":true,"calls":${calls.length}}`;
      }
      case 'begin': begin(request.case!); return isThrough() ? 'settled' : 'waiting';
      case 'drain': return nowMs - current!.startMs > MAX_DRAIN_MS || !advance() ? 'idle' : 'waiting';
      case 'wait': return isThrough() ? 'settled' : nowMs - current!.startMs > 86_400_000 ? 'idle' : advance() ? 'waiting' : 'idle';
      case 'finish': return finish(request.how);
      default: return '';
    }
  };
}
