import type { FunctionShape, Law, Sample } from 'poetc/templates';

const means = (name: RegExp) => (fn: FunctionShape): boolean => name.test(fn.name);
const takesHeaders = (fn: FunctionShape): boolean => fn.parameters[0]?.type.kind === 'instance' || fn.parameters[0]?.type.index !== undefined;
const unitOf = (fn: FunctionShape): number => (/sec(?:ond)?s?$/i.test(fn.name) ? 1_000 : 1);

/** Headers in the form that the function takes, with names in some case. */
function makeHeaders(fn: FunctionShape, sample: Sample, entries: Readonly<Record<string, string>>): unknown {
  if (fn.parameters[0]?.type.kind === 'instance') return { get: (key: string): string | null => entries[key.toLowerCase()] ?? null };
  const change = sample.pick([(t: string) => t, (t: string) => t.toUpperCase(), (t: string) => t.replace(/\b[a-z]/g, (c) => c.toUpperCase())]);
  return Object.fromEntries(Object.entries(entries).map(([name, value]) => [change(name), value]));
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

const isRetryAfter = means(/retry.?after/i);
const isRateLimit = means(/rate.?limit/i);
const isNextPage = means(/next.?(?:page|cursor|url|link)/i);
const isRedaction = means(/redact/i);
const isKey = means(/idempotency.?key/i);

/** Some time of this century, milliseconds. */
const someTime = (sample: Sample): number => sample.integer(1_000_000_000, 4_000_000_000) * 1_000;

export const laws: readonly Law[] = [
  {
    name: 'retry-after in seconds is waited for in full',
    why: 'a client that comes back too early is counted against its limit again',
    applies: isRetryAfter,
    property(run, sample, fn) {
      const seconds = sample.integer(0, 100_000);
      check(run(sample.pick([String(seconds), ` ${seconds} `]), someTime(sample)) === (seconds * 1_000) / unitOf(fn), `expected the wait for ${seconds} seconds`);
    },
  },
  {
    name: 'retry-after as a date is waited for in full, and never longer than a second more',
    why: 'dates are half of the standard (RFC 9110, 10.2.3)',
    applies: (fn) => isRetryAfter(fn) && fn.parameters.length > 1,
    property(run, sample, fn) {
      const now = someTime(sample) + sample.integer(0, 999);
      const until = now - (now % 1_000) + sample.pick([sample.integer(-100_000, -1), sample.integer(0, 100_000)]) * 1_000;
      const wait = Number(run(new Date(until).toUTCString(), now)) * unitOf(fn);
      const expected = Math.max(0, until - now);
      check(wait >= expected && wait < expected + 1_000, `expected about ${expected} ms`);
    },
  },
  {
    name: 'a wait is a number of time that can be waited for',
    why: 'timers take NaN and negative numbers for zero, and the client runs hot',
    applies: (fn) => isRetryAfter(fn) && fn.parameters.length > 1,
    property(run, sample) {
      const wait = run(sample.pick([sample.text(20), '-1', '1e400', '', '0x10', '1.5', 'Infinity', 'Sun, 99 Xxx 1994 08:49:37 GMT', null]), someTime(sample));
      check(wait === null || wait === undefined || (typeof wait === 'number' && wait >= 0 && Number.isFinite(wait)), 'expected a finite number from 0, or nothing');
    },
  },
  {
    name: 'retry-after comes before the rate limit',
    why: 'the server knows better than the arithmetic of its own headers',
    applies: isRateLimit,
    property(run, sample, fn) {
      const seconds = sample.integer(0, 10_000);
      const headers = makeHeaders(fn, sample, { 'retry-after': String(seconds), 'ratelimit-remaining': '0', 'ratelimit-reset': String(sample.integer(10_001, 90_000)) });
      check(run(headers, someTime(sample)) === (seconds * 1_000) / unitOf(fn), `expected the wait for ${seconds} seconds`);
    },
  },
  {
    name: 'nobody waits while calls remain',
    why: 'waiting without need is time that nobody gets back',
    applies: isRateLimit,
    property(run, sample, fn) {
      const headers = makeHeaders(fn, sample, { 'x-ratelimit-remaining': String(sample.integer(1, 5_000)), 'x-ratelimit-reset': String(sample.integer(1, 4_000_000_000)) });
      check(run(headers, someTime(sample)) === 0, 'expected no wait');
    },
  },
  {
    name: 'when nothing remains, the reset is waited for, in seconds from now or since the epoch',
    why: 'a call before the reset is refused, and often punished',
    applies: (fn) => isRateLimit(fn) && fn.parameters.length > 1,
    property(run, sample, fn) {
      const now = someTime(sample);
      const seconds = sample.integer(0, 86_400);
      const reset = sample.boolean() ? seconds : now / 1_000 + seconds;
      const prefix = sample.pick(['', 'x-']);
      const headers = makeHeaders(fn, sample, { [`${prefix}ratelimit-remaining`]: '0', [`${prefix}ratelimit-reset`]: String(reset) });
      check(run(headers, now) === (seconds * 1_000) / unitOf(fn), `expected the wait for ${seconds} seconds`);
    },
  },
  {
    name: 'headers without a limit mean no wait',
    why: 'most answers carry none',
    applies: isRateLimit,
    property(run, sample, fn) {
      const reset = { 'x-ratelimit-reset': String(sample.integer(1, 5_000)) };
      const headers = sample.pick<Readonly<Record<string, string>>>([{}, reset, { ...reset, 'x-ratelimit-remaining': sample.pick(['', 'unlimited', '-']) }, { 'x-ratelimit-remaining': '0' }]);
      check(run(makeHeaders(fn, sample, { 'content-type': 'text/plain', ...headers }), someTime(sample)) === 0, 'expected no wait');
    },
  },
  {
    name: 'the next page is the link with the relation next',
    why: 'following any other link repeats pages, or never ends',
    applies: (fn) => isNextPage(fn) && (fn.parameters[0]?.type.properties ?? []).length === 0,
    property(run, sample, fn) {
      const url = (n: number): string => `https://api.example/items?page=${n}&of=${sample.pick(['a,b', 'a;b', 'rel=next', 'x'])}`;
      const next = url(sample.integer(2, 99));
      const others = sample.list(3, () => `<${url(1)}>; rel="${sample.pick(['prev', 'first', 'last', 'nextish'])}"`);
      const link = sample.pick([`<${next}>; rel="next"`, `<${next}>; rel=next`, `<${next}>;title="a, b" ;  rel="last next"`]);
      const give = (text: string): unknown => run(takesHeaders(fn) ? makeHeaders(fn, sample, { link: text }) : text);
      check(give([...others, link].join(', ')) === next, `expected ${next}`);
      const none = give(others.join(', '));
      check(none === null || none === undefined, 'expected nothing without a next link');
    },
  },
  {
    name: 'the next page is the one that the answer names',
    why: 'an invented page is never the right one, and an empty one is the end',
    applies: (fn) => isNextPage(fn) && (fn.parameters[0]?.type.properties ?? []).length > 0,
    property(run, sample, fn) {
      const name = (fn.parameters[0]?.type.properties ?? []).map((p) => p.name).find((n) => /^next/i.test(n)) ?? 'next';
      const page = `p${sample.integer(1, 99)}`;
      check(run({ [name]: page }) === page, `expected ${page}`);
      const none = run({ [name]: sample.pick(['', null]) });
      check(none === null || none === undefined, 'expected nothing after the last page');
    },
  },
  {
    name: 'no credential can be read after redaction',
    why: 'what is logged once is stored for years, and read by many',
    applies: isRedaction,
    property(run, sample) {
      const secret = `s3cr3t-${sample.integer(1, 1_000_000)}`;
      const name = sample.pick(['authorization', 'Authorization', 'PROXY-AUTHORIZATION', 'cookie', 'Set-Cookie', 'x-api-key', 'X-Auth-Token', 'x-amz-security-token', 'password', 'client_secret', 'X-Session-Id']);
      const out = run({ [name]: secret, accept: 'text/plain' });
      check(!JSON.stringify(out).includes(secret), `expected ${name} to be unreadable`);
      check(typeof out === 'object' && out !== null && name in out, `expected ${name} to be there still`);
    },
  },
  {
    name: 'redaction leaves everything else as it is',
    why: 'a log that shows nothing helps nobody',
    applies: isRedaction,
    property(run, sample) {
      const value = sample.text(20);
      const out = run({ accept: value, 'content-length': '12' }) as Readonly<Record<string, unknown>>;
      check(out['accept'] === value && out['content-length'] === '12' && Object.keys(out).length === 2, 'expected the same names and values');
    },
  },
  {
    name: 'equal requests have equal keys, and others have others',
    why: 'a key that changes books twice, one that is shared loses an order',
    applies: isKey,
    property(run, sample, fn) {
      const amount = sample.integer(1, 1_000_000);
      const note = sample.text(10);
      const rest = fn.parameters.slice(1).map(() => 'x');
      const key = run({ to: 'a', amount, note }, ...rest);
      check(typeof key === 'string' && /^[\x21-\x7e]{16,255}$/.test(key), 'expected 16 to 255 visible ASCII characters');
      check(run({ note, amount, to: 'a' }, ...rest) === key, 'expected the order of properties not to matter');
      check(run({ to: 'a', amount: amount + 1, note }, ...rest) !== key, 'expected another key for another amount');
      check(run({ to: 'a', amount, note: `${note}!` }, ...rest) !== key, 'expected another key for another note');
    },
  },
];
