/** What a failure says about the other side. Reads properties of hostile objects: never throws. */
import { isOperateError } from '../errors.ts';

/**
 * `unconnected`: it failed before a connection existed, so that nothing can have happened; `transient`: it may pass by itself;
 * `other`: everything else, errors of the author's business among them.
 */
export type Fault = 'unconnected' | 'transient' | 'other';

const UNCONNECTED: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);
const TRANSIENT: ReadonlySet<unknown> = new Set([
  'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'EPIPE', 'ENETDOWN', 'ENETUNREACH', 'EHOSTDOWN', 'EHOSTUNREACH', 'EADDRINUSE', 'EBUSY', 'EMFILE', 'ENFILE',
  'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_SOCKET', 'ERR_HTTP2_STREAM_ERROR', 'ERR_HTTP2_GOAWAY_SESSION',
]);
const TRANSIENT_STATUS: ReadonlySet<unknown> = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Errors wrap each other: `fetch failed` has its reason in `cause`. */
const MAX_DEPTH = 5;

export function faultOf(error: unknown): Fault {
  try {
    return read(error, 0);
  } catch {
    return 'other'; // a getter or a proxy of the caller's that throws says nothing
  }
}

interface Failure {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly response?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

function read(error: unknown, depth: number): Fault {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return 'other';
  const { name, code, status, statusCode, response, cause, errors } = error as Failure;
  // Of a nested function: its time limit passes; that its breaker is open or its bulkhead full was its own decision.
  if (isOperateError(error)) return error.policy === 'timeout' ? 'transient' : 'other';
  if (UNCONNECTED.has(code)) return 'unconnected';
  if (TRANSIENT.has(code) || name === 'TimeoutError') return 'transient';
  for (const found of [status, statusCode, typeof response === 'object' && response !== null ? (response as Failure).status : undefined]) {
    if (typeof found === 'number' && found >= 100) return TRANSIENT_STATUS.has(found) ? 'transient' : 'other';
  }
  // Several addresses were tried: only if none was reached did nothing happen.
  if (Array.isArray(errors) && errors.length > 0) return errors.map((each) => read(each, depth + 1)).reduce(worse);
  return cause === undefined ? 'other' : read(cause, depth + 1);
}

function worse(a: Fault, b: Fault): Fault {
  return a === 'other' || b === 'other' ? 'other' : a === 'transient' || b === 'transient' ? 'transient' : 'unconnected';
}
