/** Models behind one port. */
import type { Prompt } from '../../transformer/prompt.ts';

export interface Usage {
  /** As they are paid for: what costs more than input, as a cache that is written does, counts for more. */
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ModelReply {
  readonly text: string;
  /** As the provider names it, on one line; it may have been an alias that was asked for. */
  readonly model: string;
  readonly usage: Usage;
}

export interface ModelProvider {
  readonly name: string;
  /** As it is asked for. */
  readonly model: string;
  /** Answers cost nothing: recorded ones. */
  readonly isFree?: boolean;
  /** What it writes beside an answer, about: it thinks. Room for that is made before it is asked. */
  readonly thinkingTokens?: number;
  /** @throws TransportFault */
  complete(prompt: Prompt, signal: AbortSignal): Promise<ModelReply>;
}

/** Why an answer did not come, on one line; says nothing about its content. Never holds a key. */
export class TransportFault extends Error {
  /** Whether asking again may help. */
  readonly isTransient: boolean;
  /** What the server asked for. */
  readonly retryAfterMs: number | undefined;
  /** What was used all the same. */
  readonly usage: Usage | undefined;
  /** The question may have been worked on, though nothing says how much that was. */
  readonly isSent: boolean;
  /** Every other question of the run would end the same way: a key, an address, a server that is not there. */
  readonly isForAll: boolean;

  constructor(message: string, { isTransient, retryAfterMs, usage, isSent, isForAll }: FaultFacts) {
    super(onOneLine(message));
    this.name = 'TransportFault';
    this.isTransient = isTransient;
    this.retryAfterMs = retryAfterMs;
    this.usage = usage;
    this.isSent = isSent ?? false;
    this.isForAll = isForAll ?? false;
  }
}

export interface FaultFacts {
  readonly isTransient: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly usage?: Usage | undefined;
  readonly isSent?: boolean;
  readonly isForAll?: boolean;
}

/** What a server says is printed: it must not steer a terminal, nor forge a line of its own. */
const onOneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');

/** A name or an address may well have fewer characters in common with a key. */
const MIN_KEY = 8;
/** More says nothing more to whoever reads a line. */
const MAX_SAID = 300;
/** Far below what the store reads of a text. */
const MAX_MODEL = 200;

/** Of the environment: what a provider, or its SDK, takes for a key. */
export const KEY_NAMES = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'OPENAI_API_KEY'] as const;

/** The same provider, of which nothing that it says or answers holds a key, whatever a server echoes, and whose model has a name of one line. Cut here and nowhere before: a key that was cut would not be known again. */
export function withoutKeys(provider: ModelProvider, keys: readonly (string | undefined)[]): ModelProvider {
  // Headers lose the white space around a key: servers echo it without.
  const secrets = keys.flatMap((key) => (key !== undefined && key.trim().length >= MIN_KEY ? [key.trim()] : [])).sort((a, b) => b.length - a.length);
  const clean = (text: string): string => secrets.reduce((left, key) => left.replaceAll(key, '[key]'), text);
  const say = (text: string): string => maskKeys(text, secrets).slice(0, MAX_SAID);
  return {
    ...provider,
    async complete(prompt, signal) {
      if (secrets.some((key) => prompt.system.includes(key) || prompt.user.includes(key))) throw new TransportFault('its source holds the key of the provider', { isTransient: false });
      try {
        const reply = await provider.complete(prompt, signal);
        return { ...reply, text: clean(reply.text), model: maskKeys(onOneLine(reply.model), secrets).slice(0, MAX_MODEL) };
      } catch (error) {
        if (!(error instanceof TransportFault)) throw new TransportFault(say(error instanceof Error ? error.message : String(error)), { isTransient: false });
        throw new TransportFault(say(error.message), error);
      }
    },
  };
}

/** Connections that broke after the question had left. */
const SENT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
export const wasSent = (code: string | undefined): boolean => code !== undefined && SENT.has(code);

/** Also the beginning of a key, since servers cut what they echo; of two keys that begin alike the one that goes on. */
function maskKeys(text: string, keys: readonly string[]): string {
  let masked = '';
  for (let at = 0; at < text.length; ) {
    const length = Math.max(0, ...keys.map((key) => sharedLength(key, text, at)));
    const isKey = length >= MIN_KEY;
    masked += isKey ? '[key]' : text[at]!;
    at += isKey ? length : 1;
  }
  return masked;
}

function sharedLength(key: string, text: string, at: number): number {
  let length = 0;
  while (length < key.length && text[at + length] === key[length]) length++;
  return length;
}

/** What a status means, for whoever has to do something about it. */
export function faultOfStatus(status: number, said: string, retryAfter: string | null | undefined, keyVariable: string): TransportFault {
  const detail = said === '' ? '' : `: ${said}`;
  if (status === 401) return new TransportFault(`401, the key in ${keyVariable} was not accepted`, { isTransient: false, isForAll: true });
  if (status === 403) return new TransportFault(`403, the key in ${keyVariable} may not do this${detail}`, { isTransient: false, isForAll: true });
  if (status === 404) return new TransportFault(`404, no such model or address${detail}`, { isTransient: false, isForAll: true });
  const isTransient = status === 408 || status === 409 || status === 429 || status >= 500;
  return new TransportFault(`${status}${detail}`, { isTransient, retryAfterMs: readRetryAfter(retryAfter) });
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
export function readRetryAfter(value: string | null | undefined, nowMs = Date.now()): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (/^\d{1,6}(?:\.\d+)?$/.test(value.trim())) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
