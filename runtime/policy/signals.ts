import { isPlain } from '../check.ts';

/** What the policies use of AbortSignal and AbortController; platforms may lack them. */
export interface Signal { readonly aborted: boolean }
export interface Controller { readonly signal: Signal; abort(reason: unknown): void }

/** A signal of the caller's. */
interface Followed extends Signal {
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
}

interface Platform {
  readonly AbortController?: new () => Controller;
  readonly AbortSignal?: { any?(signals: readonly Signal[]): Signal };
  readonly FinalizationRegistry?: new <T>(gone: (held: T) => void) => { register(value: object, held: T): void };
}

const platform = globalThis as Platform;

export function makeController(): Controller | undefined {
  return platform.AbortController && new platform.AbortController();
}

/**
 * Of a caller's signal. `AbortSignal.any` leaves something behind in each signal that it joins (in Node 20 for as long as that lives), and a
 * caller's may live as long as the process: so calls follow a relay of their caller's signal, and after so many the next one.
 */
class Relay {
  readonly controller: Controller;
  readonly relays: Set<Relay>;
  joins = 0;
  alive = 0;

  constructor(controller: Controller, relays: Set<Relay>) {
    this.controller = controller;
    this.relays = relays;
    relays.add(this);
  }
}

const MAX_JOINS = 1_000;

const newest = new WeakMap<object, Relay>();
const gone = /* @__PURE__ */ watchJoined();

function watchJoined(): { register(joined: object, relay: Relay): void } | undefined {
  const { FinalizationRegistry: Registry } = platform;
  return Registry && new Registry<Relay>((relay) => { if (--relay.alive === 0 && relay.joins === MAX_JOINS) relay.relays.delete(relay); });
}

/** @param Maker of controllers */
function findRelay(own: Followed, Maker: new () => Controller): Relay {
  const known = newest.get(own);
  if (known !== undefined && known.joins < MAX_JOINS) return known;
  let relays = known?.relays;
  if (relays === undefined) {
    const all = (relays = new Set<Relay>());
    own.addEventListener('abort', () => { for (const { controller } of all) controller.abort(own.reason); });
  }
  const relay = new Relay(new Maker(), relays);
  newest.set(own, relay);
  return relay;
}

/**
 * A caller's signal and that of a time limit, as one: also when the call has ended, because what the function has begun may go on.
 * Where the platform cannot join them, the caller's counts.
 */
export function joinSignals<S>(own: S, limit: unknown): S {
  if (limit === undefined) return own;
  if (own === null || own === undefined) return limit as S;
  const { AbortController: Maker, AbortSignal: Any } = platform;
  const followed = own as unknown as Followed;
  if (Any?.any === undefined || Maker === undefined || typeof followed.addEventListener !== 'function') return own;
  if (followed.aborted) return own;
  const relay = findRelay(followed, Maker);
  const joined = Any.any([relay.controller.signal, limit as Signal]);
  relay.joins++;
  relay.alive++;
  gone?.register(joined, relay);
  return joined as S;
}

/**
 * The same for an options object that carries the signal, in a copy of it. Without a limit it is the caller's own object, and so is one that has a
 * class: a copy has no private fields, and nobody can see whether there are any. Its function is not told then when its time is up.
 */
export function withSignal<O>(options: O, limit: unknown): O {
  if (limit === undefined) return options;
  if (options === null || options === undefined) return { signal: limit } as O;
  if (typeof options !== 'object' || !isPlain(options)) return options;
  const signal = joinSignals((options as { readonly signal?: unknown }).signal, limit);
  return Object.getPrototypeOf(options) === null ? { __proto__: null, ...options, signal } : { ...options, signal };
}
