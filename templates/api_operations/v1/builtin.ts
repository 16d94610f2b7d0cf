import type { BuildAnswer, BuildRequest, FunctionShape, ImplementationText, PolicyDefaults, TemplateExample, TypeShape } from 'poetc/templates';

/** Three attempts, five seconds, half of at least twenty calls in thirty seconds. */
const POLICIES: PolicyDefaults = { retries: 2, timeoutMs: 5_000, breaker: { failureRate: 0.5, minimumCalls: 20, windowMs: 30_000 } };

/** Real bodies keep their meaning: for them the domain only recommends policies. Stubs are written where name and types say what is wanted. */
export function build({ fn, options, stub }: BuildRequest): BuildAnswer {
  const policies = fn.async ? { policies: POLICIES } : {};
  if (!stub) return policies;
  const found = findBody(fn, options.idempotent === true);
  return { ...policies, ...(typeof found === 'string' ? { unrecognised: found } : { body: found }) };
}

function findBody(fn: FunctionShape, idempotent: boolean): ImplementationText | string {
  for (const { name, write } of RECIPES) if (name.test(fn.name)) return write(fn, idempotent);
  return `expected a name like ${RECIPES.map(({ example }) => example).join(', ')}`;
}

interface Recipe {
  readonly name: RegExp;
  readonly example: string;
  /** @returns the body, or what was expected instead */
  write(fn: FunctionShape, idempotent: boolean): ImplementationText | string;
}

const RECIPES: readonly Recipe[] = [
  { name: /retry.?after/i, example: 'parseRetryAfter', write: writeRetryAfter },
  { name: /rate.?limit/i, example: 'rateLimitDelay', write: writeRateLimit },
  { name: /next.?(?:page|cursor|url|link)/i, example: 'nextPage', write: writeNextPage },
  { name: /redact/i, example: 'redact', write: writeRedact },
  { name: /idempotency.?key/i, example: 'idempotencyKey', write: writeIdempotencyKey },
];

function writeRetryAfter({ name, parameters, result }: FunctionShape): ImplementationText | string {
  const [header, now, ...more] = parameters;
  if (!header || header.rest || more.length > 0 || !mayBeText(header.type) || !isClock(now) || !isNumber(result)) {
    return 'expected the form (header: string | null, now?: number) => number, times in milliseconds since the epoch';
  }
  const unit = inSeconds(name) ? 1_000 : 1;
  return {
    recipe: unit === 1 ? 'retry-after, in milliseconds' : 'retry-after, in seconds',
    statements: `return ${unit === 1 ? '' : 'toSeconds('}readRetryAfter(${header.name}, ${clock(now)})${unit === 1 ? '' : ')'} ?? ${noneOf(result) ?? '0'};`,
    functions: unit === 1 ? [READ_RETRY_AFTER] : [READ_RETRY_AFTER, TO_SECONDS],
  };
}

function writeRateLimit({ name, parameters, result }: FunctionShape): ImplementationText | string {
  const [headers, now, ...more] = parameters;
  const reader = headers && findHeaders(headers.type);
  if (!headers || headers.rest || headers.optional || !reader || more.length > 0 || !isClock(now) || !isNumber(result)) {
    return 'expected the form (headers: Headers | Record<string, string>, now?: number) => number, times in milliseconds since the epoch';
  }
  const wait = `waitForLimit(${reader.call(headers.name)}, ${clock(now)})`;
  return {
    recipe: inSeconds(name) ? 'rate limit, in seconds' : 'rate limit, in milliseconds',
    statements: `return ${inSeconds(name) ? `Math.ceil(${wait} / 1000)` : wait};`,
    functions: [WAIT_FOR_LIMIT, READ_RETRY_AFTER, ...reader.functions],
  };
}

/** Names under which answers carry the next page, most telling first. */
const NEXT = ['next', 'nextPage', 'next_page', 'nextUrl', 'next_url', 'nextCursor', 'next_cursor', 'nextPageToken', 'next_page_token', 'nextToken', 'next_token'];

function writeNextPage({ parameters, result }: FunctionShape): ImplementationText | string {
  const [from, ...more] = parameters;
  const none = noneOf(result);
  const expected = `expected the form (link: string | null) => string | null, or an object with a text ${NEXT.slice(0, 3).join(', ')} …, or headers`;
  if (!from || from.rest || more.length > 0 || none === undefined || !mayBeText(result)) return expected;
  if (mayBeText(from.type)) return { recipe: 'next page of a link header', statements: `return readNextLink(${from.name}) ?? ${none};`, functions: [READ_NEXT_LINK] };
  const property = from.optional ? undefined : NEXT.map((name) => from.type.properties?.find((p) => p.name === name)).find((p) => p !== undefined && mayBeText(p.type));
  // An empty text is no page to ask for.
  if (property) return { recipe: `next page out of ${property.name}`, statements: `return ${from.name}.${property.name} || ${none};`, functions: [] };
  const reader = from.optional ? undefined : findHeaders(from.type);
  if (!reader) return expected;
  return { recipe: 'next page of a link header', statements: `return readNextLink(${reader.call(from.name)}('link')) ?? ${none};`, functions: [READ_NEXT_LINK, ...reader.functions] };
}

function writeRedact({ parameters, result }: FunctionShape): ImplementationText | string {
  const [headers, ...more] = parameters;
  if (!headers || headers.rest || headers.optional || more.length > 0 || !isRecord(headers.type) || !isRecord(result)) {
    return 'expected the form (headers: Record<string, string>) => Record<string, string>';
  }
  return {
    recipe: 'redaction of credentials',
    statements: `return redactCredentials(${headers.name});`,
    functions: [REDACT],
  };
}

function writeIdempotencyKey({ parameters, result }: FunctionShape, idempotent: boolean): ImplementationText | string {
  if (!idempotent) return 'expected the option idempotent=true: a key makes servers treat two calls as one, which only you can want';
  if (parameters.length === 0 || parameters.some((p) => p.rest) || result.kind !== 'string') return 'expected the form (request: …) => string';
  return {
    recipe: 'idempotency key',
    statements: `return makeKey([${parameters.map((p) => p.name).join(', ')}]);`,
    functions: [MAKE_KEY],
  };
}

function mayBeText(type: TypeShape): boolean {
  return type.kind === 'string' || (type.kind === 'union' && type.members?.every((m) => ['string', 'null', 'undefined'].includes(m.kind)) === true && type.members.some((m) => m.kind === 'string'));
}

function isNumber(type: TypeShape): boolean {
  return type.kind === 'number' || (type.kind === 'union' && type.members?.every((m) => ['number', 'null', 'undefined'].includes(m.kind)) === true && type.members.some((m) => m.kind === 'number'));
}

function isClock(now: FunctionShape['parameters'][number] | undefined): boolean {
  return now === undefined || (!now.rest && isNumber(now.type));
}

/** Without a time the clock is read: the wait until a date is a duration. */
function clock(now: FunctionShape['parameters'][number] | undefined): string {
  if (now === undefined) return 'Date.now()';
  return now.optional || now.type.kind === 'union' ? `${now.name} ?? Date.now()` : now.name;
}

function noneOf(result: TypeShape): 'null' | 'undefined' | undefined {
  const kinds = result.members?.map((m) => m.kind) ?? [];
  return kinds.includes('undefined') ? 'undefined' : kinds.includes('null') ? 'null' : undefined;
}

function isRecord(type: TypeShape): boolean {
  return type.kind === 'shape' && (type.properties ?? []).length === 0 && type.index?.kind === 'string';
}

function inSeconds(name: string): boolean {
  return /sec(?:ond)?s?$/i.test(name);
}

function findHeaders(type: TypeShape): { call(name: string): string; readonly functions: readonly string[] } | undefined {
  if (type.kind === 'instance' && type.name === 'Headers') return { call: (name) => `((key: string) => ${name}.get(key))`, functions: [] };
  const isTexts = type.kind === 'shape' && type.index !== undefined && mayBeText(type.index);
  return isTexts ? { call: (name) => `((key: string) => readHeader(${name}, key))`, functions: [READ_HEADER] } : undefined;
}

const READ_HEADER = `/** Names of headers are the same in any case. */
function readHeader(headers: { readonly [name: string]: string | null | undefined }, key: string): string | null | undefined {
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() === key) return headers[name];
  }
  return undefined;
}`;

const READ_RETRY_AFTER = `/** Milliseconds that a retry-after value asks for: seconds, or a date (RFC 9110, 10.2.3) from \`at\` on; undefined for anything else. */
function readRetryAfter(value: string | null | undefined, at: number): number | undefined {
  const text = (value ?? '').trim();
  if (/^\\d{1,10}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Z][a-z]{2}, \\d{2} [A-Z][a-z]{2} \\d{4} \\d{2}:\\d{2}:\\d{2} GMT$/.test(text)) return undefined;
  const delay = Date.parse(text) - at;
  return Number.isNaN(delay) ? undefined : Math.max(0, delay);
}`;

const TO_SECONDS = `/** Whole seconds, rather too long than too short. */
function toSeconds(delay: number | undefined): number | undefined {
  return delay === undefined ? undefined : Math.ceil(delay / 1000);
}`;

const WAIT_FOR_LIMIT = `/** Milliseconds until the next call is welcome: what retry-after says, else until the limit is reset when nothing remains of it. */
function waitForLimit(read: (key: string) => string | null | undefined, at: number): number {
  const asked = readRetryAfter(read('retry-after'), at);
  if (asked !== undefined) return asked;
  const remaining = (read('ratelimit-remaining') ?? read('x-ratelimit-remaining') ?? '').trim();
  const reset = (read('ratelimit-reset') ?? read('x-ratelimit-reset') ?? '').trim();
  if (!/^\\d+$/.test(remaining) || Number(remaining) > 0 || !/^\\d{1,10}$/.test(reset)) return 0;
  // Small numbers are seconds from now, large ones seconds since the epoch: servers do both.
  const seconds = Number(reset);
  return seconds < 1000000000 ? seconds * 1000 : Math.max(0, seconds * 1000 - at);
}`;

const READ_NEXT_LINK = `/** Target of the first link with the relation next (RFC 8288); undefined where there is none. */
function readNextLink(header: string | null | undefined): string | undefined {
  const links = /<([^<>]*)>((?:\\s*;\\s*[\\w*-]+(?:\\s*=\\s*(?:"[^"]*"|[^\\s",;]+))?)*)/g;
  const text = header ?? '';
  for (let link = links.exec(text); link !== null; link = links.exec(text)) {
    const relation = /;\\s*rel\\s*=\\s*(?:"([^"]*)"|([^\\s",;]+))/i.exec(link[2] ?? '');
    const names = (relation?.[1] ?? relation?.[2] ?? '').toLowerCase().split(/\\s+/);
    if (names.includes('next') && link[1] !== '') return link[1];
  }
  return undefined;
}`;

const REDACT = `/** A copy in which no credential can be read; names stay, so that it can be seen that there was one. */
function redactCredentials(headers: { readonly [name: string]: string }): Record<string, string> {
  const secret = /authori[sz]ation|cookie|token|secret|passw|passphrase|credential|session|signature|(?:api|access|private|auth)[-_]?key/i;
  return Object.fromEntries(Object.keys(headers).map((name) => [name, secret.test(name) ? '[redacted]' : headers[name] ?? '']));
}`;

const MAKE_KEY = `/** A key that depends on the values alone, whatever the order of their properties: 104 bits as hexadecimal digits. */
function makeKey(values: readonly unknown[]): string {
  const text = printStable(values);
  return mixText(text, 1) + mixText(text, 2);

  function printStable(value: unknown): string {
    if (Array.isArray(value)) return \`[\${value.map(printStable).join()}]\`;
    if (typeof value !== 'object' || value === null) return \`\${typeof value}:\${JSON.stringify(String(value))}\`;
    if (value instanceof Date) return \`date:\${value.getTime()}\`;
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
    return \`{\${entries.map(([name, inner]) => \`\${JSON.stringify(name)}=\${printStable(inner)}\`).join()}}\`;
  }

  // cyrb53 (bryc, public domain): spreads well, and is no protection against somebody who looks for collisions.
  function mixText(input: string, seed: number): string {
    let a = 0xdeadbeef ^ seed;
    let b = 0x41c6ce57 ^ seed;
    for (let i = 0; i < input.length; i++) {
      const unit = input.charCodeAt(i);
      a = Math.imul(a ^ unit, 2654435761);
      b = Math.imul(b ^ unit, 1597334677);
    }
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    return (4294967296 * (2097151 & b) + (a >>> 0)).toString(16).padStart(14, '0');
  }
}`;

const TEXT: TypeShape = { kind: 'string', text: 'string' };
const MAYBE_TEXT: TypeShape = { kind: 'union', text: 'string | null', members: [{ kind: 'null', text: 'null' }, TEXT] };
const NUMBER: TypeShape = { kind: 'number', text: 'number' };
const RECORD: TypeShape = { kind: 'shape', text: '{ [key: string]: string }', properties: [], index: TEXT };
const parameter = (name: string, type: TypeShape): FunctionShape['parameters'][number] => ({ name, type, optional: false, rest: false });

export const examples: readonly TemplateExample[] = [
  {
    fn: { name: 'parseRetryAfter', async: false, parameters: [parameter('header', MAYBE_TEXT), parameter('now', NUMBER)], result: NUMBER },
    calls: [
      { args: ['120', 0], result: 120_000 },
      { args: ['Sun, 06 Nov 1994 08:49:37 GMT', 784_111_770_000], result: 7_000 },
      { args: [null, 0], result: 0 },
      { args: ['soon', 0], result: 0 },
    ],
  },
  {
    fn: { name: 'rateLimitDelay', async: false, parameters: [parameter('headers', RECORD), parameter('now', NUMBER)], result: NUMBER },
    calls: [
      { args: [{ 'RateLimit-Remaining': '0', 'RateLimit-Reset': '30' }, 0], result: 30_000 },
      { args: [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1700000060' }, 1_700_000_000_000], result: 60_000 },
      { args: [{ 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': '1700000060' }, 1_700_000_000_000], result: 0 },
    ],
  },
  {
    fn: { name: 'nextPage', async: false, parameters: [parameter('link', MAYBE_TEXT)], result: MAYBE_TEXT },
    calls: [
      { args: ['<https://api.example/items?page=1>; rel="prev", <https://api.example/items?page=3>; rel="next"'], result: 'https://api.example/items?page=3' },
      { args: ['<https://api.example/items?page=1>; rel="first"'], result: null },
      { args: [null], result: null },
    ],
  },
  {
    fn: { name: 'redact', async: false, parameters: [parameter('headers', RECORD)], result: RECORD },
    calls: [{ args: [{ Authorization: 'Bearer abc', Accept: 'application/json' }], result: { Authorization: '[redacted]', Accept: 'application/json' } }],
  },
];
