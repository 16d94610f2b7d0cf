/** From options, domain and effects to policies: what is repeated, and what never is. */
import ts from 'typescript';
import { makeDefaults } from '../transformer/config/index.ts';
import { readPolicy, type PolicyReading } from '../transformer/policy.ts';
import { planAll } from './plan-targets.ts';

const DECLARE = `
declare const db: { find(id: string): Promise<string>; insert(row: object): Promise<void>; remove(id: string): Promise<void> };
`;

function policyOf(text: string, params = '{"schema":1,"parameters":{}}', config = makeDefaults()): PolicyReading {
  const { plans, checker } = planAll(`${DECLARE}${text}\n`);
  return readPolicy(plans[0]!.target, params, checker, { ts, config });
}

const write = (options: string, body: string, parameters = 'id: string', head = 'export async function'): string => `/** @poet ${options} */ ${head} save(${parameters}): Promise<unknown> { ${body} }`;

describe('what is repeated: effect × option', () => {
  it.each<[string, string, 'transient' | 'unconnected' | RegExp]>([
    ['pure', write('retries=2', 'return id.length;'), /pure, and would fail again/],
    ['pure, idempotent', write('retries=2 idempotent=true', 'return id.length;'), 'transient'],
    ['read', write('retries=2', "const { readFile } = await import('node:fs/promises'); return readFile(id);"), /.*/],
    ['one call to the outside', write('retries=2', 'return db.insert({ id });'), 'unconnected'],
    ['a request that may be redirected', write('retries=2', "return fetch('https://example.com/' + id, { method: 'POST' });"), /served and then redirected.*redirect: 'error'/],
    ['a request, by another name, in a helper', `const send = globalThis.fetch;\nasync function put(id: string): Promise<unknown> { return send('https://example.com/' + id); }\n${write('retries=2', 'return put(id);')}`, /redirected/],
    ['a request whose options may say anything', write('retries=2', "return fetch('https://example.com/', { redirect: 'error', ...init });", 'init: { redirect?: "error" | "follow" }'), /redirected/],
    ['a request that may not be redirected', write('retries=2', "return fetch('https://example.com/' + id, { method: 'POST', redirect: 'error' });"), 'unconnected'],
    ['a request that is told of the redirect', write('retries=2', "return fetch('https://example.com/', { ...init, redirect: 'manual' });", 'init: { redirect?: "error" | "follow" }'), 'unconnected'],
    ['one call, whose answer is read', write('retries=2', "const r = await fetch('https://example.com/' + id, { method: 'POST', redirect: 'error' }); if (!r.ok) throw new Error(String(r.status)); return r.json();"), 'unconnected'],
    ['one call, idempotent', write('retries=2 idempotent=true', 'return db.insert({ id });'), 'transient'],
    ['two calls', write('retries=2', 'await db.insert({ id }); return db.remove(id);'), /several effects/],
    ['two calls, idempotent', write('retries=2 idempotent=true', 'await db.insert({ id }); return db.remove(id);'), 'transient'],
    ['one call in a loop', write('retries=2', 'for (const c of id) await db.insert({ c });'), /several effects/],
    ['one call in a callback', write('retries=2', 'return Promise.all([...id].map((c) => db.insert({ c })));'), /several effects/],
    ['one call of a helper with one effect', `async function put(id: string): Promise<void> { await db.insert({ id }); }\n${write('retries=2', 'return put(id);')}`, 'unconnected'],
    ['one call of a helper with two', `async function both(id: string): Promise<void> { await db.insert({ id }); await db.remove(id); }\n${write('retries=2', 'return both(id);')}`, /several effects/],
    ['a helper that calls itself', `async function put(id: string): Promise<void> { if (id) await put(id.slice(1)); else await db.insert({ id }); }\n${write('retries=2', 'return put(id);')}`, /several effects/],
    ['a helper of another class', `class Store { async put(id: string): Promise<void> { await db.insert({ id }); await db.insert({ id }); } }\nconst store = new Store();\n${write('retries=2', 'return store.put(id);')}`, /several effects/],
    ['a change of the module before it', `let n = 0;\n${write('retries=2', 'n++; return db.insert({ id, n });')}`, /several effects/],
    ['a change of an argument', write('retries=2', 'row.seen = true; return db.insert(row);', 'row: { seen?: boolean }'), /changes an argument/],
    ['an iterator', write('retries=2 idempotent=true', 'return db.insert({ ids: [...ids] });', 'ids: Iterable<string>'), /used up/],
    ['a callback', write('retries=2 idempotent=true', 'return db.insert({ id: id() });', 'id: () => string'), /used up/],
    ['a callback inside of options', write('retries=2 idempotent=true', 'return db.insert({ id: options.id });', 'options: { id: string; rows: AsyncIterable<string> }'), /.*/],
    ['what may be anything', write('retries=2 idempotent=true', 'return db.insert({ id });', 'id: unknown'), /used up/],
  ])('%s', (_, text, expected) => {
    const { policy, idle } = policyOf(text);
    if (typeof expected === 'string') expect([policy?.retries, policy?.repeat, idle]).toEqual([2, expected, []]);
    else if (expected.source !== '.*') expect([policy?.retries, policy?.repeat, idle]).toEqual([undefined, undefined, [{ option: 'retries', why: expect.stringMatching(expected) as string }]]);
  });
});

describe('which policies are on', () => {
  const RECOMMENDED = JSON.stringify({ schema: 1, policies: { retries: 2, timeoutMs: 5_000, breaker: { failureRate: 0.5, minimumCalls: 20, windowMs: 30_000 } }, parameters: {} });
  const body = "return fetch('https://example.com/' + id, { redirect: 'error' });";

  it('no retries of a client that follows redirects in its own way', () => {
    const axios = 'export declare function post(url: string, body: unknown): Promise<{ status: number }>;';
    const { plans, checker } = planAll({ 'src/a.ts': `import { post } from 'axios';\n${write('retries=2', "return post('https://example.com/', id);")}\n`, 'node_modules/axios/index.d.ts': axios });
    expect(readPolicy(plans[0]!.target, '{"schema":1,"parameters":{}}', checker, { ts, config: makeDefaults() })).toMatchObject({ policy: undefined, idle: [{ option: 'retries', why: expect.stringContaining('redirected') as string }] });
  });
  it('says why retries that the domain recommends do not happen, though its author asked for none', () => {
    const post = write('', "return fetch('https://example.com/' + id, { method: 'POST' });");
    expect(policyOf(post, RECOMMENDED)).toMatchObject({ policy: { timeoutMs: 5_000 }, idle: [], unrepeated: expect.stringMatching(/redirected/) as string });
    expect(policyOf(write('retries=0', body), RECOMMENDED)).not.toHaveProperty('unrepeated');
    expect(policyOf(write('', body), RECOMMENDED)).not.toHaveProperty('unrepeated');
  });
  it('none, unless somebody asks', () => expect(policyOf(write('', body))).toEqual({ policy: undefined, signal: undefined, idle: [] }));
  it('those of the domain', () => expect(policyOf(write('', body), RECOMMENDED).policy).toEqual({ retries: 2, repeat: 'unconnected', timeoutMs: 5_000, breaker: { failureRate: 0.5, minimumCalls: 20, windowMs: 30_000 } }));
  it('those of the author over those of the domain', () => {
    expect(policyOf(write('timeoutMs=100 breaker=false retries=0', body), RECOMMENDED)).toMatchObject({ policy: { timeoutMs: 100 }, idle: [] });
    expect(policyOf(write('breaker=true', body)).policy).toEqual({ breaker: { failureRate: 0.5, minimumCalls: 20, windowMs: 30_000 } });
  });
  it('a limit of each attempt, and of the calls at once, as options or for the whole project', () => {
    expect(policyOf(write('attemptMs=200 concurrent=4 queue=9', body)).policy).toEqual({ attemptMs: 200, bulkhead: { concurrent: 4, queue: 9 } });
    expect(policyOf(write('concurrent=4', body)).policy).toEqual({ bulkhead: { concurrent: 4, queue: 0 } });
    expect(policyOf(write('attemptMs=200 timeoutMs=200', body))).toMatchObject({ policy: { attemptMs: 200, timeoutMs: 200 }, idle: [{ option: 'attemptMs', why: expect.stringMatching(/timeoutMs is 200/) as string }] });
    expect(policyOf(write('queue=3', body))).toMatchObject({ policy: undefined, idle: [{ option: 'queue', why: expect.stringMatching(/concurrent is not set/) as string }] });
  });
  it('a breaker with the numbers of the project over those of the domain', () => {
    const config = { ...makeDefaults(), breaker: { failureRate: 0.2, minimumCalls: undefined, windowMs: 60_000, openMs: 5_000, probes: 3, consecutive: 5, slowMs: 800, slowRate: 0.7 } };
    expect(policyOf(write('breaker=true', body), undefined, config).policy).toEqual({ breaker: { failureRate: 0.2, minimumCalls: 20, windowMs: 60_000, openMs: 5_000, probes: 3, consecutive: 5, slowMs: 800, slowRate: 0.7 } });
    expect(policyOf(write('', body), RECOMMENDED, { ...config, breaker: { ...config.breaker, failureRate: undefined, slowMs: undefined } }).policy?.breaker).toEqual({ failureRate: 0.5, minimumCalls: 20, windowMs: 60_000, openMs: 5_000, probes: 3, consecutive: 5 });
    expect(policyOf(write('', body), undefined, config).policy).toBeUndefined();
  });
  it('none for synchronous functions', () => expect(policyOf('/** @poet retries=2 breaker=true */ export function save(id: string): number { return id.length; }')).toEqual({ policy: undefined, signal: undefined, idle: [{ option: 'breaker', why: 'the function is synchronous' }] }));
  it('none for functions that may answer without a promise, which is said', () => {
    expect(policyOf('/** @poet timeoutMs=10 breaker=true */ export function save(id: string): string | Promise<string> { return id; }')).toMatchObject({ policy: undefined, idle: [{ option: 'timeoutMs' }, { option: 'breaker' }] });
  });
});

describe('where the signal goes', () => {
  it.each<[string, string, unknown]>([
    ['a parameter', 'id: string, signal?: AbortSignal', { parameter: 'signal', inOptions: false }],
    ['a part of options', 'id: string, init: { signal?: AbortSignal | null; retry?: number } = {}', { parameter: 'init', inOptions: true }],
    ['options by name', 'id: string, init?: RequestInit', { parameter: 'init', inOptions: true }],
    ['nowhere', 'id: string', undefined],
  ])('%s', (_, parameters, expected) => {
    const { policy, signal } = policyOf(write('timeoutMs=100', 'return fetch(id);', parameters));
    expect(signal).toEqual(expected);
    expect(policy?.signal).toBe(expected === undefined ? undefined : true);
  });
  it('is not asked for without a time limit', () => expect(policyOf(write('breaker=true', 'return fetch(id);', 'id: string, signal?: AbortSignal')).signal).toBeUndefined());
});
