import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pullFiles } from '../cli/pull/pull-files.ts';
import { openFolder, openSite } from '../cli/pull/source.ts';
import { matchFeedback } from '../runtime/node/match-feedback.ts';
import { readProcessedFeedback } from '../runtime/node/pending-feedback.ts';
import { makeCliProject } from './cli-project.ts';
import { makeRuntimeApp, readAll } from './support/runtime-app.ts';
import type { RuntimeApp } from './support/runtime-app.ts';

let app: RuntimeApp;
beforeAll(() => { app = makeRuntimeApp(); });
afterAll(() => app.close());

const event = (id: string, extra: object = {}): string => `${JSON.stringify({ id, type: 't', timestamp: 1, metadata: { version: '', environment: '', service: '' }, payload: {}, ...extra })}\n`;
const MB = 1_000_000;

/** A run-time root with what two packages of one process recorded, and feedback about one of them. */
function makeProduction(): string {
  const { root, status, stderr } = app.run(`const u = R.openTarget({ id: 'src/b.ts#g', name: 'g', module: 'src/b.ts', version: 'v1', hash: 'h', package: 'other' }); const n = R.openTarget({ id: 'c.ts#h', name: 'h', module: 'c.ts', version: 'v1', hash: 'h' });
    call(new Error('a')); for (const each of [u, n]) R.failed(each, R.begin(each), new Error(each.spec.name));
    const { executionId } = R.traced(() => R.finish(t, R.begin(t))); R.feedback('f', { executionId, rating: 3 }).then(() => R.feedback('g', { key: 'k', label: 'l' }));`);
  expect([status, stderr]).toEqual([0, '']);
  return root;
}
function lay(root: string, files: Readonly<Record<string, string | Buffer>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}
const ids = (root: string): string[] => readAll(root).map((each) => each.id).sort();

describe('poet pull', () => {
  it('brings events and feedback of all packages home, twice with the same result, and feedback finds its execution there', async () => {
    const production = makeProduction();
    expect(readdirSync(join(production, 'events/pending')).sort()).toEqual(['@acme+app', '_', 'other']);
    const project = makeCliProject({ 'package.json': '{"name":"home"}' });
    const first = project.json<{ segments: number; feedback: number; events: number }>('pull', production);
    expect(first).toMatchObject({ code: 0, segments: 3, feedback: 2, problems: [] });
    const home = join(project.root, '.poet');
    expect(ids(home)).toEqual(ids(production));
    expect(readFileSync(join(home, 'events/.gitignore'), 'utf8')).toBe('*\n');
    expect(project.json('pull', production)).toMatchObject({ code: 0, segments: 0, feedback: 0, events: 0, known: 5 });
    const { matched, waiting } = await matchFeedback(home);
    expect([matched.length, waiting.length]).toEqual([1, 1]);
    expect(project.json('pull', production)).toMatchObject({ code: 0, segments: 0, feedback: 0, known: 5 });
    expect(project.poet('pull', home)).toMatchObject({ code: 2, err: expect.stringContaining('POET8146') });
    expect(project.poet('pull', 'nowhere')).toMatchObject({ code: 2, err: expect.stringContaining('POET8146') });
    expect(project.poet('pull', production, '--max-mb', '0')).toMatchObject({ code: 2, err: expect.stringContaining('POET8140') });
    project.remove();
  });

  it('brings feedback by key once, and again where it is about another execution', async () => {
    const env = { POET_RUNTIME_DIR: app.newRoot() };
    const home = app.newRoot();
    const month = (n: number): string => `const now = Date.now; Date.now = () => now() + ${n} * 2592e6; R.keyed(k, x = R.begin(k), { id: 'A' }); R.finish(k, x); R.feedback('k', { key: 'A', label: false });`;
    for (const n of [0, 1]) {
      app.run(`let x; const k = R.openTarget({ id: 'k.ts#k', name: 'k', version: 'v1', hash: 'h', package: '@acme/app', correlateBy: ['id'] }); ${month(n)}`, env);
      expect(await pullFiles(openFolder(env.POET_RUNTIME_DIR), home, MB)).toMatchObject({ feedback: 1, known: n * 2, refused: [] });
      expect((await matchFeedback(home)).matched).toHaveLength(1);
      expect(await pullFiles(openFolder(env.POET_RUNTIME_DIR), home, MB)).toMatchObject({ feedback: 0, refused: [] });
    }
    expect(new Set([...readProcessedFeedback(home)].map(({ payload }) => payload.execution_id)).size).toBe(2);
  });

  it('completes a segment that was open then, and unpacks one that was compressed', async () => {
    const from = lay(app.newRoot(), { 'events/pending/p/1.ndjson.open': `${event('a')}{"half`, 'events/processed/p/2.ndjson.gz': gzipSync(event('z')) });
    const to = app.newRoot();
    expect(await pullFiles(openFolder(from), to, MB)).toMatchObject({ segments: 2, events: 2, refused: [] });
    writeFileSync(join(from, 'events/pending/p/1.ndjson.open'), event('a') + event('b'));
    expect(await pullFiles(openFolder(from), to, MB)).toMatchObject({ segments: 1, events: 1, known: 1, refused: [] });
    expect(ids(to)).toEqual(['a', 'b', 'z']);
  });

  it('refuses what is not ours, contradicts what is here, or is too large', async () => {
    const to = lay(app.newRoot(), { 'events/pending/p/1.ndjson': event('mine') });
    const from = lay(app.newRoot(), {
      'events/pending/p/1.ndjson': event('forged') + event('more'),
      'events/pending/p/2.ndjson': `nonsense\n${event('good')}${event('bad', { timestamp: 'x' })}`,
      'events/pending/p/evil.sh': 'x', 'events/pending/.hidden/3.ndjson': event('c'), 'events/pending/P/4.ndjson': event('d'),
      'events/pending/p/bomb.ndjson.gz': gzipSync(Buffer.alloc(65 * MB)), 'events/pending/p/broken.ndjson.gz': 'x',
      [`feedback/pending/p/${'a'.repeat(32)}.json`]: '{}', [`feedback/pending/p/${'b'.repeat(32)}.json`]: `"${'x'.repeat(MB)}"`, 'feedback/pending/p/x.json': '{}',
    });
    symlinkSync('/etc/passwd', join(from, 'events/pending/p/5.ndjson'));
    symlinkSync('/etc', join(from, 'events/pending/linked'));
    const report = await pullFiles(openFolder(from), to, 100 * MB);
    expect(report).toMatchObject({ segments: 1, events: 1, feedback: 0 });
    expect(report.refused.map(({ path }) => path.split('/').slice(2).join('/')).sort()).toEqual([
      '.hidden/3.ndjson', 'P/4.ndjson', `p/${'a'.repeat(32)}.json`, `p/${'b'.repeat(32)}.json`, 'p/1.ndjson', 'p/2.ndjson', 'p/bomb.ndjson.gz', 'p/broken.ndjson.gz', 'p/evil.sh', 'p/x.json',
    ].sort());
    expect(ids(to)).toEqual(['good', 'mine']);
    expect((await pullFiles(openFolder(lay(app.newRoot(), { 'events/pending/p/6.ndjson': event('e'.repeat(2000)) })), to, 1000)).refused).toHaveLength(1);
  });

  it('refuses a file that cannot be written anew, or whose like here is damaged, and goes on', async () => {
    const deep = event('deep', { payload: { x: 1 } }).replace('"x":1', `"x":${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    const to = lay(app.newRoot(), { 'events/pending/p/1.ndjson.gz': 'damaged', 'events/pending/p/2.ndjson/folder': '' });
    const from = lay(app.newRoot(), {
      'events/pending/p/1.ndjson': event('a'), 'events/pending/p/2.ndjson': event('b'), 'events/pending/p/3.ndjson': deep + event('c'), 'events/pending/p/4.ndjson': event('d'),
      [`feedback/pending/p/${'a'.repeat(32)}.json`]: JSON.stringify({ target: 'a.ts#f', key: 'k', label: true }).replace('true', '['.repeat(100_000) + ']'.repeat(100_000)),
    });
    const { segments, events, refused } = await pullFiles(openFolder(from), to, MB);
    expect([segments, events, refused.map(({ path, problem }) => [path.split('/').pop(), problem.replace(/ read: .*/, '')])]).toEqual([2, 2, [
      ['1.ndjson', 'the segment of that name that is here cannot be'], ['2.ndjson', 'the segment of that name that is here cannot be'], ['3.ndjson', '1 of its lines are no events; the others were taken'], [`${'a'.repeat(32)}.json`, expect.stringContaining('label must be')],
    ]]);
  });

  it('takes no room from what is recorded here', async () => {
    const from = lay(app.newRoot(), { 'events/pending/@acme+app/1.ndjson': event('a', { payload: { x: 'x'.repeat(900_000) } }), 'events/pending/@acme+app/2.ndjson': event('b', { payload: { x: 'x'.repeat(900_000) } }) });
    const to = app.newRoot();
    expect(await pullFiles(openFolder(from), to, 10 * MB)).toMatchObject({ segments: 2 });
    expect(app.run('call(new Error());', { POET_RUNTIME_DIR: to, POET_EVENTS_MAX_MB: '1' }).stderr).toBe('');
    // One that is here already, and grows, stays where it is.
    const grown = lay(app.newRoot(), { 'events/pending/p/3.ndjson': event('c') });
    lay(from, { 'events/processed/p/3.ndjson': event('c') + event('d') });
    await pullFiles(openFolder(from), grown, 10 * MB);
    expect(ids(grown)).toEqual(expect.arrayContaining(['c', 'd']));
  });

  it('gets further with each pull, whatever may come at once', async () => {
    const from = lay(app.newRoot(), Object.fromEntries(['a', 'b', 'c'].map((id) => [`events/pending/p/${id}.ndjson`, event(id, { payload: { x: 'x'.repeat(1000) } })])));
    const to = app.newRoot();
    for (const seen of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
      await pullFiles(openFolder(from), to, 1500);
      expect(ids(to)).toEqual(seen);
    }
    expect(await pullFiles(openFolder(from), to, 1500)).toMatchObject({ known: 3, refused: [] });
  });

  it('brings what others have dropped there, once each time that it was given', async () => {
    const from = app.newRoot();
    const to = app.newRoot();
    const label = JSON.stringify({ target: 'a.ts#f', key: 'k', label: true });
    for (const [i, name] of ['january.json', 'february.json'].entries()) {
      lay(from, { [`feedback/pending/${name}`]: label });
      utimesSync(join(from, 'feedback/pending', name), 1e9, 1e9 + i * 3e6);
      expect(await pullFiles(openFolder(from), to, MB)).toMatchObject({ feedback: 1, known: i, refused: [] });
    }
    lay(from, { 'feedback/pending/notes.txt': '', 'feedback/pending/half.json': '{"tar' });
    expect((await pullFiles(openFolder(from), to, MB)).refused).toMatchObject([{ path: 'feedback/pending/half.json' }]);
    expect((await matchFeedback(to)).waiting.map(({ timestamp }) => timestamp).sort()).toEqual([1e12, 1.003e12]);
  });

  it('sends its token only where nobody else can read it', () => {
    const project = makeCliProject({ 'package.json': '{"name":"home"}' });
    expect(project.poet('pull', 'http://poet.invalid/root')).toMatchObject({ code: 1, err: expect.stringContaining('POET8146') });
    process.env['POET_PULL_TOKEN'] = 'secret';
    try {
      expect(project.poet('pull', 'http://poet.invalid/root')).toMatchObject({ code: 2, err: expect.stringMatching(/POET8147 .*\n.*https/) });
      for (const here of ['http://localhost:1', 'http://127.0.0.1:1', 'http://[::1]:1', 'https://poet.invalid']) expect(project.poet('pull', here)).toMatchObject({ code: 1, err: expect.stringContaining('POET8146') });
    } finally {
      delete process.env['POET_PULL_TOKEN'];
      project.remove();
    }
  });

  describe('from a web server', () => {
    let server: Server;
    let base: URL;
    let answer: (path: string, authorization: string | undefined) => { status?: number; body?: string | Buffer; location?: string };
    beforeAll(async () => {
      server = createServer((request, response) => {
        const { status = 200, body = '', location } = answer(decodeURIComponent(request.url ?? ''), request.headers.authorization);
        response.writeHead(status, location === undefined ? {} : { location }).end(body);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/root`);
    });
    afterAll(() => { server.closeAllConnections(); server.close(); });

    it('reads the index that poet wrote, and the files that it names', async () => {
      const production = makeProduction();
      const project = makeCliProject({ 'package.json': '{"name":"home"}' });
      expect(project.poet('pull', production, '--write-index').code).toBe(0);
      project.remove();
      const seen: (string | undefined)[] = [];
      answer = (path, authorization) => { seen.push(authorization); const file = join(production, path.replace('/root/', '')); return existsSync(file) ? { body: readFileSync(file) } : { status: 404 }; };
      const to = app.newRoot();
      expect(await pullFiles(openSite(base, 'secret'), to, MB)).toMatchObject({ segments: 3, feedback: 2, refused: [] });
      expect(ids(to)).toEqual(ids(production));
      expect(new Set(seen)).toEqual(new Set(['Bearer secret']));
    });

    it('asks for each below the address, with its query, and for no drop whose time nobody knows', async () => {
      const asked: string[] = [];
      const drop = JSON.stringify({ target: 'a.ts#f', key: 'k', label: true });
      answer = (path) => {
        asked.push(path);
        return { body: path.includes('index.json') ? JSON.stringify({ schema: 1, files: ['events/pending/p/1.ndjson', 'feedback/pending/x.json'] }) : path.includes('x.json') ? drop : event('a') };
      };
      const report = await pullFiles(openSite(new URL('?sig=a%2Fb', base), undefined), app.newRoot(), MB);
      expect(asked).toEqual(['/root/poet-index.json?sig=a/b', '/root/events/pending/p/1.ndjson?sig=a/b', '/root/feedback/pending/x.json?sig=a/b']);
      expect(report).toMatchObject({ segments: 1, feedback: 0, refused: [{ problem: 'nobody knows when it was given' }] });
    });

    it('takes no path out of the folder, no endless answer, no redirect, and no index that is none', async () => {
      const files = ['../../etc/passwd', '/etc/passwd', 'events/pending/../x/1.ndjson', 'events/pending/p/large.ndjson', 'events/pending/p/moved.ndjson', 'events/pending/p/gone.ndjson', 'events\\pending\\p\\1.ndjson', 7, 'events/pending/p/1.ndjson'];
      const asked: string[] = [];
      answer = (path) => {
        asked.push(path);
        if (path.endsWith('index.json')) return { body: JSON.stringify({ schema: 1, files }) };
        if (path.endsWith('large.ndjson')) return { body: Buffer.alloc(200_000, 32) };
        if (path.endsWith('moved.ndjson')) return { status: 302, location: 'http://127.0.0.1:1/' };
        return path.endsWith('/p/1.ndjson') ? { body: event('a') } : { status: 404 };
      };
      const to = app.newRoot();
      const report = await pullFiles(openSite(base, undefined), to, 100_000);
      expect(asked.filter((path) => !path.startsWith('/root/'))).toEqual([]);
      expect(asked).toHaveLength(5);
      expect([report.segments, report.refused.length, ids(to)]).toEqual([1, 7, ['a']]);
      for (const body of ['', '[]', '{"schema":2,"files":[]}', '{"schema":1}']) {
        answer = () => ({ body });
        await expect(pullFiles(openSite(base, undefined), to, MB)).rejects.toThrow('poet-index.json');
      }
    });
  });
});
