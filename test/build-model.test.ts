/** Builds that may ask a model: real compilers and processes, a real wire, answers and faults as they come. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CLI, makeCliProject, type CliProject } from './cli-project.ts';
import { startModelServer, type ModelServer, type Reply } from './support/model-server.ts';
import { PLUGIN, REPO } from './support/temp-project.ts';

const KEY = 'test-key-0123456789-abcdef';
const answer = (name: string): { readonly text: string } => ({ text: readFileSync(join(REPO, 'fixtures/answers', `${name}.txt`), 'utf8') });
const median = (name: string): string => `/**
 * The median of a sample.
 * @poet
 */
export function ${name}(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
`;
const TSCONFIG = JSON.stringify({ compilerOptions: { target: 'ES2022', lib: ['ES2022'], module: 'NodeNext', strict: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: [], plugins: [PLUGIN] }, include: ['src', '.poet/**/stamp.d.ts'] });

let server: ModelServer;
/** Where nobody listens: a port that was free a moment ago. One of the well-known ones would not do, fetch refuses them by itself. */
let nobody: string;
const watchers = new Set<Watcher>();
beforeAll(async () => {
  server = await startModelServer();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  nobody = `http://127.0.0.1:${(taken.address() as AddressInfo).port}`;
  taken.close();
});
// A watcher whose test failed would keep this process for ever.
afterAll(() => { server.close(); for (const watcher of watchers) watcher.kill(); });
jest.setTimeout(300_000);

const env = (): NodeJS.ProcessEnv => ({ CI: '', ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: server.url, OPENAI_API_KEY: KEY });

function makeProject(functions: readonly string[], config: object = {}, model: object = {}): CliProject & { build(more?: NodeJS.ProcessEnv): { code: number | null; out: string; err: string } } {
  const project = makeCliProject({
    'tsconfig.json': TSCONFIG, 'src/stats.ts': functions.map(median).join('\n'),
    'poet.config.json': JSON.stringify({ provider: 'openai-compatible', ...config, model: { name: 'fake', baseUrl: `${server.url}/v1`, ...model } }),
  });
  mkdirSync(join(project.root, 'node_modules/@anthropic-ai'), { recursive: true });
  symlinkSync(join(REPO, 'node_modules/@anthropic-ai/sdk'), join(project.root, 'node_modules/@anthropic-ai/sdk'), 'dir');
  return { ...project, build: (more = {}) => project.node([join(project.root, 'node_modules/ts-patch/bin/tspc.js'), '-p', '.'], { ...env(), ...more }) };
}
const providerOf = (project: CliProject, name: string): string => (JSON.parse(project.read(`.poet/src/stats.ts/${name}/${project.read(`.poet/src/stats.ts/${name}/current`).trim()}/metadata.json`)) as { provider: string }).provider;

describe('a build', () => {
  it('asks nobody and stores nothing when it only checks types', () => {
    server.scriptEach({ one: [answer('good')] });
    const project = makeProject(['one']);
    const { code, out, err } = project.node([join(project.root, 'node_modules/ts-patch/bin/tspc.js'), '-p', '.', '--noEmit'], env());
    expect([code, out, err, server.requests().length, project.exists('.poet/src/stats.ts/one')]).toEqual([0, '', '', 0, false]);
    expect([project.build().code, server.requests().length, providerOf(project, 'one')]).toEqual([0, 1, 'openai-compatible']);
  });

  it('asks for all that is missing in one process, emits what verified, and never asks for it again', () => {
    server.scriptEach({ one: [answer('good')], two: [answer('almost-right')] });
    const project = makeProject(['one', 'two'], { provider: 'anthropic' });
    const { code, out, err } = project.build();
    expect([code, out]).toEqual([0, '']);
    expect(err).toMatch(/poetc: fake: 0 of 2 accepted/);
    expect(err).toMatch(/poetc: fake: 1 of 2 accepted, 1 failed; \d+ s, 4800 tokens/);
    expect(err).toMatch(/fallback POET3022: src\/stats\.ts#two: no version from fake: nothing that it wrote holds: POET4040 /);
    expect([providerOf(project, 'one'), providerOf(project, 'two')]).toEqual(['anthropic', 'builtin']);
    expect(project.read('dist/stats.js')).toContain('xs.slice()');
    expect(server.requests()).toHaveLength(4);
    server.scriptEach({});
    expect(project.build()).toEqual({ code: 0, out: '', err: '' });
    expect(server.connections()).toBe(0);
    expect(Object.values(project.files()).filter((text) => text.includes(KEY))).toEqual([]);
    project.remove();
  });
});

/** What goes wrong with one function's answer; the others of the build are asked all the same. */
const FAULTS: Readonly<Record<string, { readonly replies: readonly Reply[]; readonly model: boolean; readonly line?: RegExp }>> = {
  'a good answer': { replies: [answer('good')], model: true },
  'prose around the code': { replies: [answer('prose-around')], model: true },
  'a markdown fence': { replies: [answer('fence-alone')], model: true },
  'JSON in a fence': { replies: [answer('json-in-fence')], model: true },
  'two versions to choose from': { replies: [answer('two-versions')], model: false, line: /expected one block of code, found 2/ },
  'a question in return': { replies: [answer('chat-only')], model: false, line: /found neither/ },
  'JSON that is none': { replies: [answer('wrong-json')], model: false, line: /found neither/ },
  'a missing export': { replies: [answer('missing-export')], model: false, line: /POET4004/ },
  'a renamed function': { replies: [answer('renamed-function')], model: false, line: /POET4004/ },
  'an invented import': { replies: [answer('invented-import')], model: false, line: /POET4005/ },
  'truncated code': { replies: [answer('truncated')], model: false, line: /cut off/ },
  'almost right': { replies: [answer('almost-right')], model: false, line: /POET4040/ },
  'a changed argument': { replies: [answer('sorts-in-place')], model: false, line: /POET4020/ },
  'a call home': { replies: [answer('phones-home')], model: false, line: /POET4020/ },
  'wrong, then right': { replies: [answer('almost-right'), answer('good')], model: true },
  'stop_reason max_tokens': { replies: [{ stop: 'max_tokens', ...answer('good') }], model: false, line: /cut off at \d+ tokens/ },
  'stop_reason refusal': { replies: [{ stop: 'refusal', text: 'I cannot.' }], model: false, line: /refused to answer/ },
  'malformed JSON in valid HTTP': { replies: [{ raw: 'event: message_start\ndata: {"type":"message_st\n\n' }], model: false, line: /broke off|no JSON/ },
  'wrong content type': { replies: [{ raw: '<html><body>Sign in to the proxy</body></html>', contentType: 'text/html' }], model: false, line: /broke off|no JSON/ },
  '400': { replies: [{ status: 400 }], model: false, line: /400: / },
  '413': { replies: [{ status: 413 }], model: false, line: /413: / },
  '429 without retry-after': { replies: [{ status: 429 }], model: false, line: /429: / },
  '429 with retry-after, then good': { replies: [{ status: 429, retryAfter: '0.01' }, answer('good')], model: true },
  '500': { replies: [{ status: 500 }], model: false, line: /500: / },
  '502': { replies: [{ status: 502 }], model: false, line: /502: / },
  '503, then good': { replies: [{ status: 503 }, answer('good')], model: true },
  '529': { replies: [{ status: 529 }], model: false, line: /529: / },
  'a reset in the middle': { replies: [{ reset: true, ...answer('good') }], model: false, line: /broke off/ },
};

/** Faults that all functions of a build share, and those whose only end is a limit: a run for each. */
const FOR_ALL: Readonly<Record<string, { readonly replies: readonly Reply[]; readonly line: RegExp; readonly requests: number; readonly at?: 'nobody' | 'https'; readonly more?: NodeJS.ProcessEnv; readonly config?: object; readonly model?: object }>> = {
  '401': { replies: [{ status: 401 }], requests: 1, line: /401, the key in (?:ANTHROPIC|OPENAI)_API_KEY was not accepted/ },
  '403': { replies: [{ status: 403 }], requests: 1, line: /403, the key in (?:ANTHROPIC|OPENAI)_API_KEY may not do this/ },
  '404': { replies: [{ status: 404 }], requests: 1, line: /404, no such model or address/ },
  '429 with a retry-after that is too long': { replies: [{ status: 429, retryAfter: '3600' }], requests: 1, line: /429: .*asked again in 3600 s/ },
  'connection refused': { replies: [], requests: 0, at: 'nobody', line: /no connection: ECONNREFUSED/ },
  'TLS error': { replies: [], requests: 0, at: 'https', line: /no connection: (?:ERR_SSL|EPROTO|.*SSL|.*ssl)/ },
  'a byte every 10 s': { replies: [{ slow: 'drip', ...answer('good') }], requests: 1, model: { timeoutMs: 1_000, retries: 0 }, line: /no answer in time/ },
  'a start that never comes': { replies: [{ slow: 'start' }], requests: 1, model: { timeoutMs: 1_000, retries: 0 }, line: /no answer in time/ },
  'no key': { replies: [], requests: 0, more: { ANTHROPIC_API_KEY: '' }, line: /POET3020: the provider anthropic cannot be asked: ANTHROPIC_API_KEY is not set/ },
  'no such provider': { replies: [], requests: 0, more: { POET_PROVIDER: 'antrophic' }, line: /POET3020: the provider antrophic cannot be asked: there is no such provider/ },
  'a limit in dollars without a price': { replies: [], requests: 0, model: { maxCostUsd: 1 }, line: /POET3020: .* a limit in dollars needs prices/ },
};
const nameOf = (fault: string): string => `f_${fault.replaceAll(/\W+/g, '_')}`;
const functions = Object.keys(FAULTS).map(nameOf);
const scriptFaults = (): void => server.scriptEach(Object.fromEntries(Object.entries(FAULTS).map(([fault, { replies }]) => [nameOf(fault), replies])));
const urlFor = (fault: string): string => ({ nobody, https: server.url.replace('http:', 'https:') })[FOR_ALL[fault]!.at as string] ?? server.url;
const LIMITS = { retries: 1, concurrency: 50 };

/** Fault → what the user sees, column by column. */
const seen = new Map<string, Record<string, string>>();
const note = (fault: string, column: string, text: string): void => { seen.set(fault, { ...seen.get(fault), [column]: text }); };
afterAll(() => {
  if (seen.size === 0) return;
  const columns = ['generate, build', 'generate, watch', 'original', 'error'];
  const rows = [...seen].map(([fault, cells]) => [fault, ...columns.map((column) => cells[column] ?? '')]);
  const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((row) => Math.min(row[i]!.length, 40)), (['fault', ...columns][i] ?? '').length));
  const lines = [['fault', ...columns], ...rows].map((row) => row.map((cell, i) => (i === 4 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ').trimEnd());
  process.stdout.write(`${lines.join('\n')}\n`);
});

const lineAbout = (err: string, name: string): string => err.split('\n').filter((line) => /POET\d{4}/.test(line) && line.includes(`#${name}`)).join('\n');
const short = (line: string): string => /POET\d{4}: .*?: no version from fake: (.*?)(?:; the builtin|$)/.exec(line)?.[1]?.slice(0, 70) ?? line.slice(0, 70);

function expectCells(project: CliProject, err: string, column: string): void {
  const emitted = project.read('dist/stats.js');
  for (const [fault, { model, line }] of Object.entries(FAULTS)) {
    const name = nameOf(fault);
    expect([fault, emitted.includes(`stats.ts#${name}@v1`), providerOf(project, name)]).toEqual([fault, true, model ? 'anthropic' : 'builtin']);
    const said = lineAbout(err, name);
    expect([fault, said.split('\n').length, said]).toEqual([fault, 1, model ? '' : expect.stringMatching(line!) as string]);
    note(fault, column, model ? "the model's version" : `builtin; ${short(said)}`);
  }
  // Every fault above befell one of the others' neighbours, too: more than half failed, and the build says so.
  expect(err).toMatch(/warning POET3024: ALERT: \d+ of \d+ functions got no version from fake/);
  const verified = project.poet('verify');
  expect([verified.code, verified.err]).toEqual([0, expect.stringContaining(`${functions.length} proven by running`)]);
  expect(Object.entries(project.files()).filter(([, text]) => text.includes(KEY))).toEqual([]);
  expect(err).not.toContain(KEY);
}

describe('every fault of an answer', () => {
  const config = { provider: 'anthropic' };

  it('generate, build: the build waits, exits 0, and has the right fallback', () => {
    scriptFaults();
    const project = makeProject(functions, config, LIMITS);
    const { code, out, err } = project.build();
    expect([code, out]).toEqual([0, '']);
    expectCells(project, err, 'generate, build');
    // The neighbours' functions and the prompts hold no key; one whole request is enough to know where it is.
    for (const { user, system, key } of server.requests()) expect([key, `${user}${system}`.includes(KEY)]).toEqual([`Bearer ${KEY}`, false]);
    project.remove();
  });

  it('generate, watch: the originals at once, then what verified', async () => {
    scriptFaults();
    const project = makeProject(functions, config, LIMITS);
    const watcher = new Watcher(project.root, env());
    await watcher.until(() => project.exists('dist/stats.js'));
    expect(project.read('dist/stats.js')).not.toContain('poetc:');
    expect(watcher.text).toMatch(new RegExp(`poetc: anthropic is asked for ${functions.length} functions while you work; the originals are emitted until then`));
    await watcher.until(() => functions.every((name) => project.read('dist/stats.js').includes(`stats.ts#${name}@v1`)));
    watcher.kill();
    expectCells(project, watcher.text, 'generate, watch');
    project.remove();
  });

  it.each(['original', 'error'] as const)('%s: nobody is asked, in builds and in watchers', async (onMiss) => {
    scriptFaults();
    const project = makeProject(functions, { ...config, onMiss }, LIMITS);
    const { code, out, err } = project.build(GUARDED(project));
    const text = `${out}${err}`;
    for (const fault of Object.keys(FAULTS)) {
      const line = text.split('\n').filter((each) => each.includes(`#${nameOf(fault)}:`));
      expect(line).toEqual([expect.stringContaining(onMiss === 'error' ? 'POET3010' : 'POET3011')]);
      note(fault, onMiss, onMiss === 'error' ? 'exit 2, POET3010' : 'original, POET3011');
    }
    expect(code).toBe(onMiss === 'error' ? 2 : 0);
    const watcher = new Watcher(project.root, { ...env(), ...GUARDED(project) });
    await watcher.until((printed) => onMiss === 'original' || printed.includes('POET3010'));
    watcher.kill();
    expect([project.exists('.poet'), server.connections(), project.exists('sockets.log')]).toEqual([false, 0, false]);
    if (onMiss === 'original') expect(project.poet('verify').code).toBe(0);
    project.remove();
  });
});

describe('faults that all functions of a build share', () => {
  let verified: { readonly stored: unknown; readonly code: number | null } | undefined;
  const start = (fault: string): { project: ReturnType<typeof makeProject>; environment: NodeJS.ProcessEnv } => {
    const { replies, more = {}, config = {}, model = {} } = FOR_ALL[fault]!;
    server.script(...replies);
    const project = makeProject(['one', 'two'], { provider: 'anthropic', ...config }, { retries: 1, concurrency: 1, ...model });
    return { project, environment: { ...env(), ANTHROPIC_BASE_URL: urlFor(fault), ...more } };
  };
  const expectFallback = (fault: string, column: string, project: CliProject, err: string): void => {
    const { line, requests } = FOR_ALL[fault]!;
    const said = err.split('\n').filter((each) => /POET\d{4}/.test(each));
    expect([fault, said]).toEqual([fault, [expect.stringMatching(line)]]);
    expect([providerOf(project, 'one'), providerOf(project, 'two'), server.requests().length]).toEqual(['builtin', 'builtin', requests]);
    expect([err.includes(KEY), Object.values(project.files()).some((text) => text.includes(KEY))]).toEqual([false, false]);
    note(fault, column, `builtin; ${short(said[0]!)}`);
  };

  it.each(Object.keys(FOR_ALL))('%s, build', (fault) => {
    const { project, environment } = start(fault);
    const { code, err } = project.build(environment);
    expect(code).toBe(0);
    expectFallback(fault, 'generate, build', project, err);
    expect(project.read('dist/stats.js')).toContain('stats.ts#two@v1');
    // Every one of them leaves the same behind, which verifies.
    const stored = Object.entries(project.files()).filter(([file]) => /^\.poet\/src.*(?:code|contract)\.ts$/.test(file));
    verified ??= { stored, code: project.poet('verify').code };
    expect(verified).toEqual({ stored, code: 0 });
    project.remove();
  });

  it('the same while a watcher goes on', async () => {
    const watched = async (faults: readonly string[], more: NodeJS.ProcessEnv): Promise<void> => {
      const project = makeProject(['one', 'two'], { provider: 'builtin' });
      const watcher = new Watcher(project.root, { ...env(), ANTHROPIC_API_KEY: '', ...more });
      await watcher.until(() => project.exists('dist/stats.js') && project.read('dist/stats.js').includes('stats.ts#two@v1'));
      for (const [i, fault] of faults.entries()) {
        const { replies, line, requests, model = {} } = FOR_ALL[fault]!;
        server.script(...replies);
        const baseUrl = `${urlFor(fault)}/v1`;
        project.write('poet.config.json', JSON.stringify({ provider: fault === 'no key' ? 'anthropic' : 'openai-compatible', model: { name: 'fake', baseUrl, retries: 1, concurrency: 1, ...model } }));
        const from = watcher.text.length;
        project.write('src/stats.ts', ['one', 'two'].map((name) => median(name).replace('const middle', `const step = ${i};\n  void step;\n  const middle`)).join('\n'));
        await watcher.until(() => ['one', 'two'].every((name) => project.read('dist/stats.js').includes(`stats.ts#${name}@v${i + 2}`)));
        const said = watcher.text.slice(from).split('\n').filter((each) => /POET\d{4}/.test(each));
        expect([fault, said]).toEqual([fault, [expect.stringMatching(line)]]);
        expect([fault, providerOf(project, 'one'), providerOf(project, 'two'), server.requests().length]).toEqual([fault, 'builtin', 'builtin', requests]);
        note(fault, 'generate, watch', `builtin; ${short(said[0]!)}`);
      }
      watcher.kill();
      expect([watcher.text.includes(KEY), Object.values(project.files()).some((text) => text.includes(KEY)), project.poet('verify').code]).toEqual([false, false, 0]);
      project.remove();
    };
    await watched(Object.keys(FOR_ALL).filter((fault) => fault !== 'no such provider'), {});
    await watched(['no such provider'], { POET_PROVIDER: 'antrophic' });
  });

  it.each(['original', 'error'] as const)('%s: none of them is met', (onMiss) => {
    server.script({ status: 401 });
    const project = makeProject(['one', 'two'], { provider: 'anthropic', onMiss });
    for (const more of [{}, { ANTHROPIC_API_KEY: '' }, { POET_PROVIDER: 'antrophic' }]) {
      const { code, err } = project.build({ ...more, ...GUARDED(project) });
      expect([code, err.includes('POET3020'), project.exists('.poet'), project.exists('sockets.log'), server.connections()]).toEqual([onMiss === 'error' ? 2 : 0, false, false, false, 0]);
    }
    for (const fault of Object.keys(FOR_ALL)) note(fault, onMiss, onMiss === 'error' ? 'exit 2, POET3010' : 'original, POET3011');
    project.remove();
  });
});

describe('who may be asked', () => {
  it.each<[string, NodeJS.ProcessEnv, object, number]>([
    ['CI', { CI: 'true' }, {}, 0],
    ['POET_FROZEN', { POET_FROZEN: '1' }, {}, 2],
    ['onMiss original', {}, { onMiss: 'original' }, 0],
    ['onMiss error', {}, { onMiss: 'error' }, 2],
    ['no configuration and no key', { ANTHROPIC_API_KEY: '' }, { provider: undefined }, 0],
  ])('%s: no socket is opened, and nothing is started that could', (_, more, config, exit) => {
    server.script(answer('good'));
    const project = makeProject(['one'], { provider: 'anthropic', ...config });
    const guard = GUARDED(project);
    expect(project.build({ ...more, ...guard }).code).toBe(exit);
    expect([server.connections(), project.exists('sockets.log')]).toEqual([0, false]);
    // The guard sees what it is there for.
    if (exit === 0 && more['CI'] !== undefined) {
      project.write('src/stats.ts', median('two'));
      project.build({ ...guard, CI: '' });
      expect(project.read('sockets.log')).toMatch(/generate\.cjs[^]*socket/);
    }
    project.remove();
  });

  it('a key and the SDK choose anthropic, and one line says so', () => {
    server.script(answer('good'));
    const project = makeProject(['one'], { provider: undefined }, { name: undefined, baseUrl: undefined });
    const { code, err } = project.build();
    expect(code).toBe(0);
    expect(err).toMatch(/info POET3026: provider: anthropic, because none is configured, ANTHROPIC_API_KEY is set, and @anthropic-ai\/sdk is installed; no model is pinned: claude-sonnet-5-5/);
    expect(providerOf(project, 'one')).toBe('anthropic');
    project.remove();
  });
});

it('a process that ends early is one line, and the builtin provider does its work', () => {
  server.script(answer('good'));
  const project = makeProject(['one'], { provider: 'anthropic' }, { name: 'claude-3-opus-20240229' });
  project.write('node_modules/crash.cjs', "if ((process.argv[1] ?? '').endsWith('generate.cjs')) process.exit(7);\n");
  const { code, err } = project.build({ NODE_OPTIONS: `--require ${join(project.root, 'node_modules/crash.cjs')}` });
  expect([code, err.split('\n').filter((line) => line.includes('POET'))]).toEqual([0, [expect.stringMatching(/fallback POET3025: generation ended early \(exit code 7\)/)]]);
  expect(providerOf(project, 'one')).toBe('builtin');
  // The next one is asked, and told that nobody should be for long.
  project.write('src/stats.ts', median('two'));
  expect(project.build().err).toMatch(/warning POET3023: model claude-3-opus-20240229: it was retired on 2026-02-19/);
  project.remove();
});

describe('two at once', () => {
  it('pay once: the second waits, and finds what the first has made', async () => {
    server.script(answer('good'));
    const project = makeProject(['one'], { provider: 'anthropic' });
    const build = (): Promise<{ code: number | null; err: string }> => new Promise((resolve) => {
      const child = spawn(process.execPath, [join(project.root, 'node_modules/ts-patch/bin/tspc.js'), '-p', '.'], { cwd: project.root, env: { ...process.env, NODE_OPTIONS: '', POET_CACHE_DIR: join(project.root, 'node_modules/.cache-poetc'), ...env() } });
      let err = '';
      child.stderr.on('data', (data: Buffer) => { err += data.toString(); });
      child.on('close', (code) => resolve({ code, err }));
    });
    const both = await Promise.all([build(), build()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(server.requests()).toHaveLength(1);
    expect([providerOf(project, 'one'), project.exists('.poet/src/stats.ts/one/v2')]).toEqual(['anthropic', false]);
    project.remove();
  });
});

describe('Ctrl-C', () => {
  it('ends it at once; what was accepted until then is stored, and .poet/ is whole', async () => {
    server.scriptEach({ one: [answer('good')], two: [{ slow: 'start' }] });
    const project = makeProject(['one', 'two'], { provider: 'anthropic' });
    const child = spawn(process.execPath, [CLI, 'generate'], { cwd: project.root, env: { ...process.env, NODE_OPTIONS: '', POET_CACHE_DIR: join(project.root, 'node_modules/.cache-poetc'), ...env() } });
    const ended = new Promise<number | null>((resolve) => { child.on('close', (code) => resolve(code)); });
    // The builtin version is there first; the model's appears beside it while the other answer never comes.
    await new Promise<void>((resolve) => { const timer = setInterval(() => { if (project.exists('.poet/src/stats.ts/one/v2/metadata.json')) { clearInterval(timer); resolve(); } }, 50); });
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect([providerOf(project, 'one'), providerOf(project, 'two'), project.exists('.poet/src/stats.ts/two/v2')]).toEqual(['anthropic', 'builtin', false]);
    expect(project.poet('verify').code).toBe(0);
    project.remove();
  });
});

it('Ctrl-C in a build: what nobody answered stays missing, and the next build asks for it', async () => {
  server.scriptEach({ one: [answer('good')], two: [{ slow: 'start' }] });
  const project = makeProject(['one', 'two'], { provider: 'anthropic' });
  const child = spawn(process.execPath, [join(project.root, 'node_modules/ts-patch/bin/tspc.js'), '-p', '.'], { cwd: project.root, detached: true, env: { ...process.env, NODE_OPTIONS: '', POET_CACHE_DIR: join(project.root, 'node_modules/.cache-poetc'), ...env() } });
  // Closed by the last of both processes.
  const ended = new Promise<void>((resolve) => { child.stderr.resume().on('close', resolve); });
  await new Promise<void>((resolve) => { const timer = setInterval(() => { if (project.exists('.poet/src/stats.ts/one/v1/metadata.json')) { clearInterval(timer); resolve(); } }, 50); });
  process.kill(-child.pid!, 'SIGINT');
  await ended;
  expect([providerOf(project, 'one'), project.exists('.poet/src/stats.ts/two')]).toEqual(['anthropic', false]);
  server.scriptEach({ two: [answer('good')] });
  expect([project.build().code, server.requests().length, providerOf(project, 'two')]).toEqual([0, 1, 'anthropic']);
  project.remove();
});

it('the budget is that of the build: the projects of tspc -b share it', () => {
  server.scriptEach({ one: [answer('good')], two: [answer('good')] });
  const project = makeProject([], {}, { maxTokens: 2_000 });
  for (const name of ['one', 'two']) {
    project.write(`${name}/src/stats.ts`, median(name));
    project.write(`${name}/tsconfig.json`, TSCONFIG.replace('"rootDir":"src"', '"rootDir":"src","composite":true'));
  }
  project.write('tsconfig.json', '{ "files": [], "references": [{ "path": "one" }, { "path": "two" }] }');
  const { code, err } = project.node([join(project.root, 'node_modules/ts-patch/bin/tspc.js'), '-b'], env());
  expect([code, server.requests().length, err]).toEqual([0, 1, expect.stringMatching(/two\/src\/stats\.ts#two: no version from fake: the budget of 2000 tokens is spent/)]);
  project.remove();
});

describe('the process that asks', () => {
  const ask = (project: CliProject, misses: readonly { readonly id: string; readonly key: string }[], isBackground: boolean): { readonly status: number | null; readonly stderr: string } => spawnSync(process.execPath, [join(REPO, 'dist/generate.cjs')], {
    encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '', POET_CACHE_DIR: join(project.root, 'node_modules/.cache-poetc'), ...env() },
    input: JSON.stringify({ folder: project.root, rootNames: [join(project.root, 'src/stats.ts')], options: { target: 9, module: 199, strict: true, types: [], skipLibCheck: true, configFilePath: join(project.root, 'tsconfig.json') }, provider: 'openai-compatible', misses, used: { inputTokens: 0, outputTokens: 0 }, isBackground }),
  });
  it('makes nothing in the background of what was saved since: the next one asks for it', () => {
    server.scriptEach({ one: [answer('good')], two: [answer('good')] });
    const project = makeProject(['one', 'two']);
    expect(ask(project, [{ id: 'src/stats.ts#one', key: 'of an earlier text' }], true)).toMatchObject({ status: 0, stderr: '' });
    expect([server.requests().length, project.exists('.poet/src/stats.ts/one'), project.exists('.poet/src/stats.ts/two')]).toEqual([0, false, false]);
    project.remove();
  });
  it('asks for nothing that another has had refused while it waited', () => {
    server.scriptEach({ one: [{ text: 'I would rather not.' }] });
    const project = makeProject(['one']);
    project.build();
    const { key } = JSON.parse(project.read('.poet/src/stats.ts/one/v1/metadata.json')) as { readonly key: string };
    expect(server.requests()).toHaveLength(3);
    rmSync(join(project.root, '.poet'), { recursive: true });
    expect(ask(project, [{ id: 'src/stats.ts#one', key }], false).status).toBe(0);
    expect(server.requests()).toHaveLength(3);
    project.remove();
  });
});

it('a key that a server echoes reaches no message and no file', () => {
  server.script({ raw: JSON.stringify({ error: { message: `invalid key ${KEY}` } }) }, { text: JSON.stringify({ code: `// ${KEY}\n` }) });
  const project = makeProject(['one'], {}, { retries: 1 });
  const { code, err } = project.build();
  expect([code, err.includes(KEY), Object.values(project.files()).some((text) => text.includes(KEY))]).toEqual([0, false, false]);
  project.remove();
});

/** A guard in every process that inherits the environment: whoever opens a socket, or starts the program that may, is written down. */
const GUARD = `const net = require('node:net'), child = require('node:child_process'), fs = require('node:fs');
const note = (what) => fs.appendFileSync(process.env.SOCKETS_LOG, what + '\\n');
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) { note('socket'); return connect.apply(this, args); };
for (const name of ['spawn', 'spawnSync']) { const real = child[name]; child[name] = (file, args, ...rest) => { if (String(args).includes('generate.cjs')) note('generate.cjs'); return real(file, args, ...rest); }; }
`;
function GUARDED(project: CliProject): NodeJS.ProcessEnv {
  project.write('node_modules/guard.cjs', GUARD);
  return { NODE_OPTIONS: `--require ${join(project.root, 'node_modules/guard.cjs')}`, SOCKETS_LOG: join(project.root, 'sockets.log') };
}

/** A running `tspc --watch`: resolves when a round is over after which a condition holds. */
class Watcher {
  text = '';
  #wake: (() => void) | undefined;
  readonly #process: ChildProcess;

  constructor(root: string, more: NodeJS.ProcessEnv) {
    watchers.add(this);
    this.#process = spawn(process.execPath, [join(root, 'node_modules/ts-patch/bin/tspc.js'), '--watch', '--preserveWatchOutput', '-p', '.'], { cwd: root, env: { ...process.env, NODE_OPTIONS: '', POET_CACHE_DIR: join(root, 'node_modules/.cache-poetc'), ...more } });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) stream.on('data', (data: Buffer) => { this.text += data.toString(); this.#wake?.(); });
  }

  async until(holds: (printed: string) => boolean): Promise<void> {
    while (!/Found \d+ errors?\. Watching for file changes\./.test(this.text) || !holds(this.text)) await new Promise<void>((resolve) => { this.#wake = resolve; });
  }

  kill(): void { this.#process.kill(); }
}
