/** What the policies use of AbortSignal and AbortController; platforms may lack them. */
export interface Signal { readonly aborted: boolean }
export interface Controller { readonly signal: Signal; abort(reason: unknown): void }

interface Platform {
  readonly AbortController?: new () => Controller;
  readonly AbortSignal?: { any?(signals: readonly Signal[]): Signal };
}

const platform = globalThis as Platform;

export function makeController(): Controller | undefined {
  return platform.AbortController && new platform.AbortController();
}

/** A caller's signal and that of a time limit, as one. Where the platform cannot join them, the caller's counts. */
export function joinSignals<S>(own: S, limit: unknown): S {
  if (limit === undefined) return own;
  if (own === null || own === undefined) return limit as S;
  return (platform.AbortSignal?.any?.([own, limit] as unknown as readonly Signal[]) ?? own) as S;
}

/** The same for an options object that carries the signal; without a limit it is the caller's own object. */
export function withSignal<O>(options: O, limit: unknown): O {
  if (limit === undefined) return options;
  const own = (options as { readonly signal?: unknown } | null | undefined)?.signal;
  return { ...options, signal: joinSignals(own, limit) };
}
