/** What stands between a question and its answer: time, repetition, rate, budget, choice. In virtual time. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { ask, type AskClock, type AskRoom } from '../hosts/generation/ask.ts';
import { Budget } from '../hosts/generation/budget.ts';
import { makeBackground } from '../hosts/generation/fill-misses.ts';
import { takeGenerationLock } from '../hosts/generation/generation-lock.ts';
import { findRetirement, priceOf } from '../hosts/generation/models.ts';
import { describeRun, openProgress } from '../hosts/generation/progress.ts';
import { RateLimit } from '../hosts/generation/rate-limit.ts';
import { describeAsked } from '../hosts/generation/report-asked.ts';
import { chooseProvider, isCi, openProvider } from '../hosts/providers/choose.ts';
import { openOpenaiCompatible } from '../hosts/providers/openai-compatible.ts';
import { TransportFault, withoutKeys, type ModelProvider, type ModelReply } from '../hosts/providers/provider.ts';
import type { Lock } from '../transformer/5-store/index.ts';
import { makeDefaults } from '../transformer/config/index.ts';
import { openBuild, type BuildOptions } from '../transformer/pipeline.ts';
import type { Outcome, Plan } from '../transformer/types.ts';
import { REPO } from './support/temp-project.ts';

/** Sleeps end at once, and time has passed. */
function makeClock(random = 0.5): AskClock & { readonly slept: number[]; pass(ms: number): void } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept, now: () => now, random: () => random, pass: (ms) => { now += ms; },
    timeout: () => new AbortController().signal,
    sleep: (ms) => { slept.push(ms); now += ms; return Promise.resolve(); },
  };
}

const PROMPT = { system: 's'.repeat(400), user: 'u'.repeat(400), hash: '' };
const REPLY: ModelReply = { text: 'x', model: 'm', usage: { inputTokens: 100, outputTokens: 50 } };

function makeRoom(answers: readonly (TransportFault | ModelReply)[], more: Partial<AskRoom> & { readonly clock?: ReturnType<typeof makeClock> } = {}): AskRoom & { readonly clock: ReturnType<typeof makeClock>; asked(): number } {
  let asked = 0;
  const clock = more.clock ?? makeClock();
  const provider: ModelProvider = {
    name: 'p', model: 'm',
    complete() {
      const answer = answers[Math.min(asked++, answers.length - 1)]!;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { provider, budget: new Budget({ maxCostUsd: undefined, maxTokens: undefined }, undefined), limits: { timeoutMs: 60_000, retries: 4 }, rate: new RateLimit(1_000, clock), stop: new AbortController().signal, ...more, clock, asked: () => asked };
}
const fault = (facts: ConstructorParameters<typeof TransportFault>[1]): TransportFault => new TransportFault('it failed', facts);

describe('one question', () => {
  it('is repeated with growing, jittered pauses, as often as allowed', async () => {
    const room = makeRoom([fault({ isTransient: true })]);
    await expect(ask(room, PROMPT, 50)).rejects.toThrow('it failed');
    expect(room.asked()).toBe(5);
    expect(room.clock.slept).toEqual([1_000, 1_750, 2_875, 4_562.5]);
    const early = makeRoom([fault({ isTransient: true }), REPLY], { clock: makeClock(0) });
    await ask(early, PROMPT, 50);
    expect(early.clock.slept).toEqual([500]); // the first pause, too, is another one for each
  });
  it('waits as long as the server wants, and so does everybody else', async () => {
    const room = makeRoom([fault({ isTransient: true, retryAfterMs: 7_000 }), REPLY]);
    expect(await ask(room, PROMPT, 50)).toEqual(REPLY);
    expect(room.clock.now()).toBe(7_000);
    const other = makeRoom([fault({ isTransient: true, retryAfterMs: 9_000 })], { limits: { timeoutMs: 60_000, retries: 0 } });
    await expect(ask(other, PROMPT, 50)).rejects.toThrow('it failed');
    const before = other.clock.now();
    await expect(ask({ ...other, provider: makeRoom([REPLY]).provider }, PROMPT, 50)).resolves.toEqual(REPLY);
    expect(other.clock.now() - before).toBe(9_000);
  });
  it('ends when the server wants more time than there is: for all', async () => {
    const room = makeRoom([fault({ isTransient: true, retryAfterMs: 3_600_000 })]);
    await expect(ask(room, PROMPT, 50)).rejects.toMatchObject({ isForAll: true, message: 'it failed; it wants to be asked again in 3600 s' });
    expect([room.asked(), room.clock.now()]).toEqual([1, 0]);
  });
  it('is not repeated beyond its time', async () => {
    const room = makeRoom([fault({ isTransient: true })], { limits: { timeoutMs: 1_200, retries: 20 } });
    await expect(ask(room, PROMPT, 50)).rejects.toThrow('it failed');
    expect(room.asked()).toBe(2);
  });
  it('is not repeated where that cannot help', async () => {
    const room = makeRoom([fault({ isTransient: false })]);
    await expect(ask(room, PROMPT, 50)).rejects.toThrow('it failed');
    expect(room.asked()).toBe(1);
  });
});

it('no minute sees more requests than allowed', async () => {
  const clock = makeClock();
  const rate = new RateLimit(3, clock);
  const at: number[] = [];
  for (let i = 0; i < 8; i++) {
    expect(await rate.turn(Infinity, new AbortController().signal)).toBe(true);
    at.push(clock.now());
    clock.pass(5_000);
  }
  expect(at).toEqual([0, 5_000, 10_000, 60_000, 65_000, 70_000, 120_000, 125_000]);
  expect(await rate.turn(Infinity, new AbortController().signal)).toBe(true);
  expect(await rate.turn(clock.now() + 1_000, new AbortController().signal)).toBe(false);
});

describe('the budget', () => {
  const price = { inputUsdPerMillion: 3, outputUsdPerMillion: 15 };
  it('counts repetitions, and what was used before a fault', async () => {
    const budget = new Budget({ maxCostUsd: undefined, maxTokens: 400 }, undefined);
    const room = makeRoom([fault({ isTransient: true, usage: { inputTokens: 100, outputTokens: 30 } })], { budget });
    await expect(ask(room, PROMPT, 50)).rejects.toThrow('the budget of 400 tokens is spent');
    expect([room.asked(), budget.used]).toEqual([2, { input: 200, output: 60, costUsd: undefined }]);
  });
  it('makes room for what a model thinks', async () => {
    const { provider } = makeRoom([{ ...REPLY, usage: { inputTokens: 500, outputTokens: 400 } }]);
    const room = makeRoom([], { budget: new Budget({ maxCostUsd: undefined, maxTokens: 5_000 }, undefined), provider: { ...provider, thinkingTokens: 4_000 } });
    expect([await ask(room, PROMPT, 50).then(() => 'asked'), await ask(room, PROMPT, 50).catch((error: Error) => error.message)]).toEqual(['asked', 'the budget of 5000 tokens is spent']);
  });
  it('holds for many at once: what is on its way counts, and its end is waited for', async () => {
    const budget = new Budget({ maxCostUsd: 0.01, maxTokens: undefined }, price);
    const expected = { inputTokens: 1_000, outputTokens: 100 }; // $0.0045
    const ended: (string | undefined)[] = [];
    const rooms = Array.from({ length: 4 }, (_, i) => budget.reserve({ ...expected }).then((room) => { ended[i] = 'problem' in room ? room.problem : 'room'; return room; }));
    const settle = async (i: number, used: typeof expected): Promise<void> => {
      const room = await rooms[i]!;
      if ('settle' in room) { room.settle(used); room.settle(expected); } // once is enough
      await new Promise((resolve) => { setImmediate(resolve); });
    };
    await settle(0, expected);
    expect([...ended]).toEqual(['room', 'room']);
    await settle(1, { inputTokens: 0, outputTokens: 0 });
    expect([...ended]).toEqual(['room', 'room', 'room']);
    await settle(2, expected);
    expect([...ended, budget.used.input]).toEqual(['room', 'room', 'room', 'the budget of $0.01 is spent', 2_000]);
  });
  it('counts what no server has counted: the question, and the answer by its length', async () => {
    const nothing = { inputTokens: 0, outputTokens: 0 };
    const used = async (answer: TransportFault | ModelReply, more: Partial<AskRoom> = {}): Promise<object> => {
      const budget = new Budget({ maxCostUsd: undefined, maxTokens: undefined }, undefined);
      const room = makeRoom([answer], { budget, limits: { timeoutMs: 60_000, retries: 0 } });
      const usage = await ask({ ...room, provider: { ...room.provider, ...more.provider } }, PROMPT, 50).then((reply) => reply.usage, (error: TransportFault) => error.usage);
      expect(usage).toEqual({ inputTokens: budget.used.input, outputTokens: budget.used.output });
      return usage!;
    };
    expect(await used({ ...REPLY, text: 'x'.repeat(40), usage: nothing })).toEqual({ inputTokens: 200, outputTokens: 10 });
    expect(await used({ ...REPLY, usage: nothing }, { provider: { isFree: true } as ModelProvider })).toEqual(nothing);
    expect(await used(fault({ isTransient: true, isSent: true }))).toEqual({ inputTokens: 200, outputTokens: 50 });
    expect(await used(fault({ isTransient: true }))).toEqual(nothing);
  });
  it('is not waited for beyond the time of a question', async () => {
    const budget = new Budget({ maxCostUsd: undefined, maxTokens: 600 }, undefined);
    const room = makeRoom([fault({ isTransient: true }), REPLY], { budget });
    // Leaves in the pause before the second attempt, and comes back when its time is up.
    const { sleep } = room.clock;
    const other: { settle?(used: ModelReply['usage']): void } = {};
    const clock = { ...room.clock, async sleep(ms: number, signal: AbortSignal) {
      await sleep(ms, signal);
      Object.assign(other, await budget.reserve({ inputTokens: 400, outputTokens: 0 }));
      setImmediate(() => { room.clock.pass(60_000); other.settle!({ inputTokens: 1, outputTokens: 0 }); });
    } };
    await expect(ask({ ...room, clock, rate: new RateLimit(1_000, clock) }, PROMPT, 50)).rejects.toThrow('no answer in time');
    expect([room.asked(), budget.used.input]).toEqual([1, 1]);
  });
  it('what repetitions cost belongs to the answer', async () => {
    const room = makeRoom([fault({ isTransient: true, usage: { inputTokens: 70, outputTokens: 7 } }), REPLY]);
    expect((await ask(room, PROMPT, 50)).usage).toEqual({ inputTokens: 170, outputTokens: 57 });
  });
});

describe('who is asked', () => {
  const config = makeDefaults();
  const empty = realpathSync(mkdtempSync(join(tmpdir(), 'poetc-choose-')));
  const withSdk = realpathSync(mkdtempSync(join(tmpdir(), 'poetc-choose-')));
  mkdirSync(join(withSdk, 'node_modules/@anthropic-ai'), { recursive: true });
  symlinkSync(join(REPO, 'node_modules/@anthropic-ai/sdk'), join(withSdk, 'node_modules/@anthropic-ai/sdk'), 'dir');
  const env = { ANTHROPIC_API_KEY: 'a-key-of-some-length' };

  it('flag, environment, configuration, what is there: in this order', () => {
    const own = { ...config, provider: 'replay' as const };
    expect(chooseProvider(withSdk, own, { provider: 'builtin' }, { ...env, POET_PROVIDER: 'openai-compatible' })).toEqual({ name: 'builtin', why: undefined });
    expect(chooseProvider(withSdk, own, {}, { ...env, POET_PROVIDER: 'openai-compatible' })).toEqual({ name: 'openai-compatible', why: undefined });
    expect(chooseProvider(withSdk, own, {}, { ...env, POET_PROVIDER: '' })).toEqual({ name: 'replay', why: undefined });
    expect(chooseProvider(withSdk, config, {}, env)).toMatchObject({ name: 'anthropic', why: expect.stringContaining('ANTHROPIC_API_KEY is set') as string });
    expect(chooseProvider(empty, config, {}, env)).toEqual({ name: 'builtin', why: 'none is configured, and @anthropic-ai/sdk is not installed' });
    expect(chooseProvider(withSdk, config, {}, {})).toEqual({ name: 'builtin', why: 'none is configured, and ANTHROPIC_API_KEY is not set' });
  });
  it('prices are known, or given, or a limit is an error', () => {
    const open = (model: object): ReturnType<typeof openProvider> => openProvider(withSdk, { ...config, provider: 'anthropic', model: { ...config.model, ...model } }, {}, env);
    expect(open({ name: 'claude-opus-4-6', maxCostUsd: 1 })?.price).toEqual({ inputUsdPerMillion: 5, outputUsdPerMillion: 25 });
    expect(['claude-sonnet-5-5', 'claude-opus-5', 'claude-opus-5-5', 'claude-fable-5-1', 'claude-haiku-5-5'].map((name) => priceOf(name)?.outputUsdPerMillion)).toEqual([10, 25, 20, 50, undefined]);
    expect(open({ name: 'claude-opus-4-6', inputUsdPerMillion: 1, outputUsdPerMillion: 2 })?.price).toEqual({ inputUsdPerMillion: 1, outputUsdPerMillion: 2 });
    expect(() => open({ name: 'claude-unheard-of', maxCostUsd: 1 })).toThrow('a limit in dollars needs prices');
    expect(() => open({})).toThrow('no model is pinned');
    expect(priceOf('gpt-4')).toBeUndefined();
  });
  it('models end', () => {
    expect(findRetirement('claude-sonnet-4-5-20250929', Date.parse('2026-11-01'))).toBe('it is deprecated and ends on 2026-11-30');
    expect(findRetirement('claude-sonnet-4-5', Date.parse('2027-01-01'))).toBe('it was retired on 2026-11-30');
    expect(findRetirement('claude-sonnet-4-20250514', Date.parse('2026-11-01'))).toBe('it was retired on 2026-06-15');
    expect(findRetirement('claude-sonnet-4-6', Date.parse('2027-01-01'))).toBeUndefined();
    expect(openProvider(withSdk, { ...config, provider: 'anthropic', model: { ...config.model, name: 'claude-3-opus-20240229' } }, {}, env)?.retirement).toMatch(/^it was retired/);
  });
  it('CI', () => expect([{}, { CI: '' }, { CI: 'false' }, { CI: '0' }, { CI: 'true' }, { CI: 'woodpecker' }].map(isCi)).toEqual([false, false, false, false, true, true]));
});

it('a server that wants another name for the limit of an answer is given it, from then on', async () => {
  const names: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += String(chunk); });
    request.on('end', () => {
      const name = ['max_tokens', 'max_completion_tokens'].find((each) => each in (JSON.parse(body) as object))!;
      names.push(name);
      response.writeHead(name === 'max_tokens' ? 400 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(name === 'max_tokens' ? { error: { message: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead." } } : { model: 'm', choices: [{ finish_reason: 'stop', message: { content: 'x' } }], usage: {} }));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    const provider = openOpenaiCompatible(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, 'm', {});
    const { signal } = new AbortController();
    expect([(await provider.complete(PROMPT, signal)).text, (await provider.complete(PROMPT, signal)).text]).toEqual(['x', 'x']);
    expect(names).toEqual(['max_tokens', 'max_completion_tokens', 'max_completion_tokens']);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

it('keys are taken out of what a provider says, and are never sent', async () => {
  const key = 'sk-0123456789';
  const echo = (answer: Promise<ModelReply>): ModelProvider => withoutKeys({ name: 'p', model: 'm', complete: () => answer }, [key, undefined]);
  const signal = new AbortController().signal;
  await expect(echo(Promise.reject(new TransportFault(`bad ${key}`, { isTransient: true, retryAfterMs: 3 }))).complete(PROMPT, signal)).rejects.toMatchObject({ message: 'bad [key]', isTransient: true, retryAfterMs: 3 });
  await expect(echo(Promise.reject(new Error(`oh ${key}`))).complete(PROMPT, signal)).rejects.toThrow('oh [key]');
  expect((await echo(Promise.resolve({ ...REPLY, text: `// ${key}` })).complete(PROMPT, signal)).text).toBe('// [key]');
  await expect(echo(Promise.resolve(REPLY)).complete({ ...PROMPT, user: `const k = '${key}'` }, signal)).rejects.toThrow('its source holds the key');
});

describe('what a server says', () => {
  /** Longer than what is quoted of a message. */
  const key = `sk-proj-${Array.from({ length: 156 }, (_, i) => String.fromCharCode(97 + ((i * 7) % 26))).join('')}`;
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'poetc-said-')));
  mkdirSync(join(root, 'node_modules/@anthropic-ai'), { recursive: true });
  symlinkSync(join(REPO, 'node_modules/@anthropic-ai/sdk'), join(root, 'node_modules/@anthropic-ai/sdk'), 'dir');
  let answer: { readonly status: number; readonly type: string; readonly body: string };
  const headers: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    headers.push(JSON.stringify(request.headers));
    response.writeHead(answer.status, { 'content-type': answer.type });
    response.end(answer.body);
  });
  beforeAll(() => new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); }));
  afterAll(() => { server.close(); server.closeAllConnections(); });

  const says = (status: number, message: string): typeof answer => ({ status, type: 'application/json', body: JSON.stringify({ type: 'error', error: { type: 'x', message } }) });
  const breaksOff = (message: string): typeof answer => ({ status: 200, type: 'text/event-stream', body: `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'x', message } })}\n\n` });
  const completionOf = (model: string, text: string): typeof answer => ({ status: 200, type: 'application/json', body: JSON.stringify({ model, choices: [{ finish_reason: 'stop', message: { content: text } }], usage: {} }) });
  const streamOf = (model: string, text: string, usage: object = {}): typeof answer => {
    const events = [
      { type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1, ...usage } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }, { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } }, { type: 'message_stop' },
    ];
    return { status: 200, type: 'text/event-stream', body: events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('') };
  };
  const complete = (name: 'anthropic' | 'openai-compatible', what: typeof answer, secret = key, more: NodeJS.ProcessEnv = {}): Promise<ModelReply> => {
    answer = what;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const config = makeDefaults();
    return openProvider(root, { ...config, provider: name, model: { ...config.model, name: 'm', baseUrl: `${url}/v1` } }, {}, { ANTHROPIC_API_KEY: secret, OPENAI_API_KEY: `${secret}\n`, ANTHROPIC_BASE_URL: url, ...more })!
      .provider.complete(PROMPT, new AbortController().signal);
  };
  const messageOf = (asked: Promise<ModelReply>): Promise<string> => asked.then(() => 'no fault', (error: TransportFault) => error.message);

  it.each(['anthropic', 'openai-compatible'] as const)('%s: no part of a key that is cut off, by the server or by us', async (name) => {
    for (const echo of [key, key.slice(0, 100)]) {
      for (const before of [0, 80, 180, 250]) {
        const message = await messageOf(complete(name, says(400, `${'no '.repeat(before / 2)}${echo}`)));
        expect([message.startsWith('400: '), message.length <= 300, message.includes(key.slice(0, 8))]).toEqual([true, true, false]);
      }
    }
    expect(await messageOf(complete(name, says(400, `${key} and ${key.slice(0, 9)}`)))).toBe('400: [key] and [key]');
  });
  it('nor the token that the SDK reads by itself, which is not sent either', async () => {
    const token = 'token-of-some-other-account';
    process.env['ANTHROPIC_AUTH_TOKEN'] = token;
    try {
      expect(await messageOf(complete('anthropic', says(400, `what is ${token}?`), key, { ANTHROPIC_AUTH_TOKEN: token }))).toBe('400: what is [key]?');
    } finally {
      delete process.env['ANTHROPIC_AUTH_TOKEN'];
    }
    expect([headers.at(-1)!.includes(token), headers.at(-1)!.includes(key)]).toEqual([false, true]);
  });
  it('nor where a stream breaks off', async () => {
    expect(await messageOf(complete('anthropic', breaksOff(`stream ${'x'.repeat(150)} ${key}`)))).toBe(`the answer broke off: stream ${'x'.repeat(150)} [key]`);
  });
  it.each(['anthropic', 'openai-compatible'] as const)('%s: steers no terminal and forges no line', async (name) => {
    const evil = 'bad \u001b[2J\u001b]0;owned\u0007 \n error POET9999 forged\u2028line\u2029\u009b2K\u007f';
    expect(await messageOf(complete(name, says(400, evil)))).toBe('400: bad  [2J ]0;owned    error POET9999 forged line 2K ');
    expect(await messageOf(complete('anthropic', breaksOff(`stream ${evil}`)))).toMatch(/^[ -~]+$/);
    const text = '{"code":"x"}';
    const named = async (model: string): Promise<string> => (await complete(name, name === 'anthropic' ? streamOf(model, text) : completionOf(model, text))).model;
    expect(await named(evil)).toMatch(/^[ -~]+$/);
    // The store itself reads no text that is longer than 10,000 characters.
    expect(await named('x'.repeat(10_001))).toBe('x'.repeat(200));
    expect(await named(`${'x'.repeat(150)}${key}`)).toBe(`${'x'.repeat(150)}[key]`);
  });
  it('anthropic: what is written to its cache costs more than input, what is read from it no less', async () => {
    const { usage } = await complete('anthropic', streamOf('m', 'x', { input_tokens: 10, cache_read_input_tokens: 100, cache_creation_input_tokens: 1_001 }));
    // 10 + 100 + 1,251.25, rounded up.
    expect(usage).toEqual({ inputTokens: 1_362, outputTokens: 1 });
  });
  it('of two keys that begin alike none is left over', async () => {
    const [one, other] = [`${key.slice(0, 20)}-one`, `${key.slice(0, 20)}-other`];
    const provider: ModelProvider = { name: 'p', model: 'm', complete: () => Promise.reject(new TransportFault(`${other} ${one}`, { isTransient: false })) };
    for (const keys of [[one, other], [other, one]]) expect(await messageOf(withoutKeys(provider, keys).complete(PROMPT, new AbortController().signal))).toBe('[key] [key]');
  });
});

describe('what is said', () => {
  const asked = (id: string, result: 'accepted' | 'no answer' | 'not asked' | 'put off', because: string): Parameters<typeof describeAsked>[0][number] => ({ id, key: '', result, because: [because], usage: { inputTokens: 0, outputTokens: 0 } });
  it('one line a reason, and the alert beyond the threshold', () => {
    const failed = ['a', 'b', 'c', 'd'].map((id) => asked(id, 'no answer', '401'));
    const lines = describeAsked([...failed, asked('e', 'accepted', ''), asked('f', 'not asked', 'a secret'), asked('g', 'put off', 'the budget of 3 tokens is spent')], 'm', 0.5);
    expect(lines.map(({ code, text }) => `${code} ${text}`)).toEqual([
      'POET3022 4 functions (a, b, c and 1 more): no version from m: 401',
      'POET3022 f: no version from m: not asked: a secret',
      'POET3022 g: no version from m: the budget of 3 tokens is spent',
      'POET3024 ALERT: 4 of 5 functions got no version from m: 80 %, more than 50 %',
    ]);
    expect(describeAsked([...failed, asked('e', 'accepted', '')], 'm', 0.8)).toHaveLength(1);
    expect(describeAsked(failed.slice(0, 3), 'm', 0.5)).toHaveLength(1);
  });
  it('a steady line on a terminal, a line now and then elsewhere', () => {
    const progress = { model: 'm', functions: 3, accepted: 1, failed: 1, waiting: 1, tokens: 1_234, costUsd: 0.5 };
    expect(describeRun(progress, 61_000)).toBe('poetc: m: 1 of 3 accepted, 1 failed, 1 asked; 61 s, 1234 tokens, $0.5000');
    let now = 0;
    const lines: string[] = [];
    const plain = openProgress(undefined, (line) => lines.push(line), () => now);
    for (; now <= 20_000; now += 500) plain.show(progress);
    expect(lines).toHaveLength(3);
    plain.end();
    plain.end();
    expect(lines).toHaveLength(4);
    const idle = openProgress(undefined, (line) => lines.push(line), () => 0);
    idle.show({ ...progress, functions: 0 });
    idle.end();
    expect(lines).toHaveLength(4);
    const drawn: (string | undefined)[] = [];
    const steady = openProgress((text) => drawn.push(text), (line) => lines.push(line), () => 0);
    steady.show(progress);
    steady.end();
    expect([drawn.length, drawn.at(-1), lines.length]).toEqual([2, undefined, 5]);
  });
});

describe('a watcher', () => {
  const plan = (id: string, key: string): Plan => ({ target: { id }, key }) as Plan;
  it('runs one process, then one for the latest of what was missed meanwhile, and asks once for each text', () => {
    const started: string[][] = [];
    const ends: (() => void)[] = [];
    const background = makeBackground();
    const take = (...plans: Plan[]): string[] => [...background.take({ root: '/', configFile: '/tsconfig.json' }, plans, (some, over) => { started.push(some.map(({ key }) => key)); ends.push(over); })].map(({ key }) => key);
    expect(take(plan('a', '1'), plan('b', '1'))).toEqual(['1', '1']);
    expect(take(plan('a', '2'), plan('b', '1'))).toEqual(['2', '1']);
    expect(take(plan('a', '3'), plan('b', '1'))).toEqual(['3', '1']);
    expect(started).toEqual([['1', '1']]);
    ends[0]!();
    expect(started).toEqual([['1', '1'], ['3']]);
    ends[1]!();
    // Asked for, and still missing: nothing came of it, and the builtin provider has to do.
    expect(take(plan('a', '3'))).toEqual([]);
    expect(started).toHaveLength(2);
  });
  it('of several projects keeps what waits of each, and replaces only what waits of the same', () => {
    const started: string[] = [];
    const ends: (() => void)[] = [];
    const background = makeBackground();
    const take = (project: string, ...plans: Plan[]): number => background.take({ root: '/', configFile: project }, plans, (some, over) => { started.push(`${project}: ${some.map(({ target, key }) => `${target.id} ${key}`).join(', ')}`); ends.push(over); }).size;
    expect([take('a', plan('f', '1')), take('b', plan('f', '0')), take('c', plan('g', '1')), take('b', plan('f', '2'), plan('h', '1'))]).toEqual([1, 1, 1, 2]);
    for (let i = 0; i < ends.length; i++) ends[i]!();
    expect(started).toEqual(['a: f 1', 'b: f 2, h 1', 'c: g 1']);
    // All have been asked for, and nothing waits any more.
    expect([take('b', plan('f', '2')), take('c', plan('g', '1'))]).toEqual([0, 0]);
    expect(take('c', plan('g', '2'))).toBe(1);
    expect(started).toHaveLength(4);
  });
  it('asks once for a file of two projects, and for each of two files of one name', () => {
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const background = makeBackground();
    const take = (root: string, configFile: string): number => background.take({ root, configFile }, [plan('f', '1')], (some, over) => { started.push(some.length); ends.push(over); }).size;
    background.take({ root: '/r', configFile: 'z' }, [plan('other', '1')], (_, over) => { ends.push(over); });
    expect([take('/r', 'a'), take('/r', 'b'), take('/s', 'c')]).toEqual([1, 1, 1]);
    for (let i = 0; i < ends.length; i++) ends[i]!();
    expect(started).toEqual([1, 1]);
  });
});

describe('the lock of a project', () => {
  const makeRoot = (): { readonly root: string; readonly folder: string } => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'poetc-lock-')));
    return { root, folder: join(root, '.poet/.tmp/generate.lock') };
  };
  const take = async (root: string, waiting = (_: number): void => undefined): Promise<Lock> => {
    const clock = makeClock();
    const stop = new AbortController();
    // In virtual time it would look again and again for ever.
    const sleep = (ms: number, signal: AbortSignal): Promise<void> => { if (clock.slept.length >= 20) stop.abort(); return clock.sleep(ms, signal); };
    const taken = await takeGenerationLock(root, { ...clock, sleep }, stop.signal, waiting);
    if (taken === undefined || !('release' in taken)) throw new Error('it can be had');
    return taken;
  };
  afterEach(() => { jest.useRealTimers(); });

  it('is touched while it is held: nobody takes a long run for dead', async () => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    const { root, folder } = makeRoot();
    const lock = await take(root);
    const path = join(folder, readdirSync(folder)[0]!);
    utimesSync(path, 0, 0);
    jest.advanceTimersByTime(5 * 60_000);
    expect(statSync(path).mtimeMs).toBeGreaterThan(0);
    lock.release();
    expect([readdirSync(folder), jest.getTimerCount()]).toEqual([[], 0]);
  });
  it('is not waited for when whoever left it cannot be asked, and has not touched it for long', async () => {
    const { root, folder } = makeRoot();
    (await take(root)).release();
    const lock = await take(root);
    const path = join(folder, readdirSync(folder)[0]!);
    // As an older poetc writes it, and as it lies there after the machine was switched off: the number is of somebody who lives.
    writeFileSync(path, '');
    const seen: number[] = [];
    const other = await take(root, (pid) => { seen.push(pid); utimesSync(path, 0, 0); });
    expect([seen, readdirSync(folder).length]).toEqual([[process.pid], 1]);
    lock.release();
    other.release();
  });
});

describe('a build and its misses', () => {
  const open = (options: BuildOptions): { readonly outcomes: readonly Outcome[]; readonly said: readonly string[]; readonly stored: boolean } => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'poetc-misses-'))).replaceAll('\\', '/');
    const file = `${root}/one.ts`;
    writeFileSync(file, '/** @poet */\nexport function twice(n: number): number {\n  return 2 * n;\n}\n');
    const compilerOptions: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, strict: true, types: [], skipLibCheck: true };
    const host = ts.createCompilerHost(compilerOptions);
    const said: string[] = [];
    const build = openBuild({ ts, host, program: ts.createProgram({ rootNames: [file], options: compilerOptions, host }) }, {
      ts, root, config: makeDefaults(), packageName: 'misses', templatesFolder: join(REPO, 'templates'), onMiss: 'generate', now: () => 0, report: ({ code }) => { said.push(code); }, trace: () => undefined,
    }, options);
    return { outcomes: build.outcomes, said, stored: existsSync(join(root, '.poet')) };
  };
  it('that are being made elsewhere: the original, POET3021, and no line for each', () => {
    const missed: string[] = [];
    const { outcomes, said, stored } = open({ onMisses: (misses) => { missed.push(...misses.map(({ target }) => target.id)); return new Set(misses); } });
    expect(missed).toEqual(['one.ts#twice']);
    expect(outcomes.map((outcome) => (outcome.kind === 'original' ? outcome.because.map(({ code }) => code) : outcome.kind))).toEqual([['POET3021']]);
    expect([said.includes('POET3021'), stored]).toEqual([false, false]);
  });
  it('that another build will ask for: made, emitted, and not stored', () => {
    const { outcomes, stored } = open({ isPassing: true });
    expect([outcomes.map(({ kind }) => kind), stored]).toEqual([['enhanced'], false]);
    expect(open({}).stored).toBe(true);
  });
});
