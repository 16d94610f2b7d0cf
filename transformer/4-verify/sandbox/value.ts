/** Values as data: made by the generator, built inside the sandbox, printed as TypeScript. */
export type Value =
  | { readonly k: 'undefined' } | { readonly k: 'null' }
  | { readonly k: 'boolean'; readonly v: boolean }
  /** `-0`, `NaN`, `Infinity` do not survive JSON as numbers. */
  | { readonly k: 'number'; readonly v: string }
  | { readonly k: 'bigint'; readonly v: string }
  | { readonly k: 'string'; readonly v: string }
  | { readonly k: 'symbol'; readonly v: string }
  | { readonly k: 'array'; readonly items: readonly Value[] }
  /** `bare`: without a prototype; `made`: with that of a class of its own; `symbols`: properties whose keys are registered symbols, or `Symbol.toStringTag`. */
  | { readonly k: 'object'; readonly entries: readonly (readonly [string, Value])[]; readonly bare?: true; readonly made?: 'by a class'; readonly symbols?: readonly (readonly [string, Value])[] }
  | { readonly k: 'map'; readonly entries: readonly (readonly [Value, Value])[] }
  | { readonly k: 'set'; readonly items: readonly Value[] }
  | { readonly k: 'date'; readonly v: string }
  | { readonly k: 'regexp'; readonly source: string; readonly flags: string }
  | { readonly k: 'url'; readonly v: string }
  /** `name` of a typed array, or `ArrayBuffer`, `DataView` (of bytes). */
  | { readonly k: 'typed'; readonly name: string; readonly items: readonly string[] }
  | { readonly k: 'error'; readonly name: string; readonly message: string }
  | { readonly k: 'promise'; readonly of: Value }
  /** An object that can be iterated, once. */
  | { readonly k: 'iterable'; readonly items: readonly Value[]; readonly async?: true }
  /** A recorded function; what it returns follows from its arguments. */
  | { readonly k: 'function'; readonly name: string; readonly results: readonly Value[]; readonly mode: 'hash' | 'first' | 'compare' | 'ordinal'; readonly async?: true; readonly method?: true; readonly fault?: { readonly at: number; readonly code: string } }
  /** An instance of a class that the module of the subject can see, made with `new`, or from its prototype where arguments are unknown. */
  | { readonly k: 'instance'; readonly name: string; readonly args: readonly Value[] }
  /** The very object that an earlier argument is. */
  | { readonly k: 'same'; readonly argument: number };

export const number = (n: number): Value => ({ k: 'number', v: Object.is(n, -0) ? '-0' : String(n) });
export const string = (v: string): Value => ({ k: 'string', v });

/** Behind the record of a call of a method that was taken off its object. */
export const DETACHED = ' without its object';

/** One call. */
export interface Case {
  readonly args: readonly Value[];
  readonly self?: Value;
  /** The arguments are the n-th item of what the module's function of that name returns, instead of `args`. */
  readonly from?: { readonly name: string; readonly index: number };
  /** Change what was returned once it is recorded: a cache that hands out its own object shows in the next call. */
  readonly spoil?: true;
  /** The n-th call to the outside fails, counted from 0. */
  readonly fault?: number;
  /** Called so often before the call that is looked at: what counts calls shows. */
  readonly times?: number;
  /** Called before with these very arguments, which were changed since: what is remembered by the identity of an object shows. */
  readonly changed?: true;
  /** A second call that begins before the first one, a promise, has settled. */
  readonly beside?: Case;
  /** Each reading of the clock moves it by so much. */
  readonly clockMs?: number;
}

/** What a call came to, as text: two sides behave alike where their texts are equal. */
export interface CaseResult {
  /** `returned`, `threw`, `resolved`, `rejected`: how; `hung`: nothing is left to run and nothing came; `limit`: out of time, memory or depth. */
  readonly how: 'returned' | 'threw' | 'resolved' | 'rejected' | 'hung' | 'limit' | 'unmade';
  readonly value: string;
  /** What was thrown, taken apart, when it is an error. */
  readonly error?: ThrownError;
  /** The arguments (and `this`) afterwards. */
  readonly after: string;
  /** Calls to the outside, in order. */
  readonly calls: readonly string[];
  /** Milliseconds of virtual time that went by. */
  readonly waitedMs: number;
  /** Rejected promises that nobody handles, when there are any. */
  readonly unhandled?: number;
  /** Processor time of the call, microseconds; noise on a small scale. */
  readonly cpuUs?: number;
}

export interface ThrownError {
  /** Made by the engine, not by code: its message differs between versions of Node. */
  readonly engine: boolean;
  /** Names of its class and of those that the class extends, without what renaming put before them. */
  readonly classes: readonly string[];
  readonly name: string;
  readonly message: string;
  /** Own properties, as text, by name. */
  readonly properties: Readonly<Record<string, string>>;
}
