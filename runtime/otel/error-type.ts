/** `error.type`: a code where the error has one, as system errors and ours do, else its class. Never throws. */
export function findErrorType(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null) return typeof error;
    const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)) return code;
    return typeof name === 'string' && /^[\w$.]{1,100}$/.test(name) ? name : '_OTHER';
  } catch {
    return '_OTHER'; // a getter or a proxy of the caller's
  }
}

/** The policy that ended a call: `timeout`, `breaker`, `bulkhead`. */
export function findPolicy(error: unknown): string | undefined {
  try {
    const policy = (error as { readonly policy?: unknown } | null | undefined)?.policy;
    return (error as { readonly isPoetError?: unknown } | null | undefined)?.isPoetError === true && typeof policy === 'string' ? policy : undefined;
  } catch {
    return undefined; // as above
  }
}
