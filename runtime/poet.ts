import type { PoetOptions } from '../records/options.ts';
import { fillText, UNENHANCED } from './codes.ts';
import { readEnvironment } from './platform.ts';
import { warnOnce } from './warn.ts';

/**
 * What `@poet(…)` is: a decorator of methods, standard or legacy, and of function declarations.
 * One type for all, so that it checks under either decorator mode.
 */
export interface PoetDecorator {
  /** Standard (TC39) method decorator. */
  <M extends AnyFunction>(method: M, context: MethodContext): void;
  /** Legacy (`experimentalDecorators`) method decorator. */
  <M extends AnyFunction>(prototype: object, name: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
}

/** The part of `ClassMethodDecoratorContext` that is read; it fits methods of every class. */
interface MethodContext {
  readonly kind: 'method';
  readonly name: string | symbol;
}

type AnyFunction = (...args: never[]) => unknown;

export interface Poet {
  /** Wraps a function: `export const f = poet({ domain: "base" }, async (id: string) => …)`. The type stays the function's own. */
  // This constraint, unlike `Function`, has the inner function inferred exactly as it would be on its own: `() => "a"` is `() => string`.
  <F extends AnyFunction>(options: PoetOptions, fn: F): F;
  /** Decorates a method or a function declaration: `@poet()`, `@poet({ domain: "ml_monitoring" })`. */
  (options?: PoetOptions): PoetDecorator;
}

/**
 * Marks a function for poetc. The compiler removes every mark that it has seen; one that still runs was compiled
 * without poetc. The function is then left as it is, which is said once per process on stderr.
 * `POET_UNENHANCED` decides: `allow` is silent, `warn` is the default, `error` throws and is the default under `NODE_ENV=production`.
 *
 * @throws Error POET7010
 */
export const poet: Poet = poetUnenhanced;

function poetUnenhanced<F extends AnyFunction>(options: PoetOptions, fn: F): F;
function poetUnenhanced(options?: PoetOptions): PoetDecorator;
function poetUnenhanced<F extends AnyFunction>(_options?: PoetOptions, fn?: F): F | PoetDecorator {
  if (fn === undefined) return leaveMethod;
  reportUnenhanced(fn.name || 'function');
  return fn;
}

/** Returns nothing: in both decorator modes the method stays what it is. */
function leaveMethod(_target: object, context: MethodContext | string | symbol): void {
  reportUnenhanced(String(typeof context === 'object' ? context.name : context));
}

function reportUnenhanced(fn: string): void {
  const variable = readEnvironment('POET_UNENHANCED');
  const isKnown = variable === 'allow' || variable === 'warn' || variable === 'error';
  const mode = isKnown ? variable : readEnvironment('NODE_ENV') === 'production' ? 'error' : 'warn';
  if (mode === 'error') throw new Error(`${fillText(UNENHANCED, { fn })}\n  hint: ${UNENHANCED.hint}`);
  if (mode === 'warn') warnOnce(UNENHANCED, { fn });
}
