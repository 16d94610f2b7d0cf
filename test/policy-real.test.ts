/** Policies where they count: compiled by tspc, against a real server on a real socket. */
import { makeTempProject, PLUGIN } from './support/temp-project.ts';

const APP = `
export type Init = { signal?: AbortSignal; method?: string };
/**
 * Reads a page; asking twice does no harm.
 * @poet retries=3 idempotent=true
 */
export async function page(url: string): Promise<string> {
  const response = await fetch(url);
  return response.text();
}
/** @poet retries=3 */
export async function insert(url: string): Promise<string> {
  const response = await fetch(url, { method: 'POST', redirect: 'error' });
  return response.text();
}
/** @poet retries=2 */
export async function order(url: string): Promise<string> {
  const response = await fetch(url, { method: 'POST', body: 'one' });
  return response.text();
}
/** @poet timeoutMs=150 */
export async function slow(url: string, init: Init = {}): Promise<string> {
  const response = await fetch(url, init);
  return response.text();
}
/** @poet breaker=true */
export async function guarded(url: string): Promise<string> {
  const response = await fetch(url);
  return response.text();
}
/** @poet attemptMs=150 retries=2 idempotent=true */
export async function patient(url: string, signal?: AbortSignal): Promise<string> {
  const response = await fetch(url, signal ? { signal } : {});
  return response.text();
}
/** @poet concurrent=1 queue=1 */
export async function alone(url: string): Promise<string> {
  const response = await fetch(url);
  return response.text();
}
/** Repeats itself, and calls one that does.
 * @poet retries=2 idempotent=true */
export async function outer(url: string): Promise<string> {
  try { return await page(url); } catch (error) { throw new Error('outer failed', { cause: error }); }
}
/** @poet retries=1 idempotent=true */
export async function walk(url: string, depth: number): Promise<string> { return depth > 0 ? walk(url, depth - 1) : (await fetch(url)).text(); }
/** @poet domain=api_operations */
export async function recommended(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'manual' });
  return response.text();
}
/** @poet retries=2 */
export async function shout(text: string): Promise<string> { return text.toUpperCase(); }
export class Client {
  readonly #base: string;
  constructor(base: string) { this.#base = base; }
  /** @poet timeoutMs=150 */
  async get(path: string, signal?: AbortSignal): Promise<string> { return (await fetch(this.#base + path, signal ? { signal } : {})).text(); }
}
`;

const MAIN = `
import http from 'node:http';
import { page, insert, order, slow, guarded, patient, alone, outer, walk, recommended, Client } from './app.js';
import { onEvent } from 'poetc/runtime';
const events = [];
onEvent((e) => { events.push(e); });
const seen = {};
let closed = 0;
const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://x');
  seen[pathname] = (seen[pathname] ?? 0) + 1;
  if (pathname === '/flaky' && seen[pathname] < 3) { request.socket.destroy(); return; }
  if (pathname.startsWith('/reset')) { request.socket.destroy(); return; }
  if (pathname === '/late' && seen[pathname] === 1) { response.on('close', () => { closed++; }); return; }
  if (pathname === '/never') { response.on('close', () => { closed++; }); return; }
  if (pathname === '/sent-on') { response.writeHead(303, { location: nobody + '/receipt' }); response.end(); return; }
  response.end('ok ' + pathname);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const base = 'http://127.0.0.1:' + server.address().port;
const gone = http.createServer();
await new Promise((done) => gone.listen(0, '127.0.0.1', done));
const nobody = 'http://127.0.0.1:' + gone.address().port;
await new Promise((done) => gone.close(done));
const say = async (call) => { try { return await call(); } catch (error) { return error.policy ?? error.cause?.code ?? error.message; } };
const attempts = () => events.filter((e) => e.type === 'operate.retried').length;
const out = {};
out.flaky = [await say(() => page(base + '/flaky')), seen['/flaky']];
out.reset = [await say(() => insert(base + '/reset')), seen['/reset']];
let before = attempts();
out.refused = [await say(() => insert(nobody + '/x')), attempts() - before];
out.order = [await say(() => order(base + '/sent-on')), seen['/sent-on']];
const started = Date.now();
out.slow = [await say(() => slow(base + '/never')), Date.now() - started < 5_000];
out.method = await say(() => new Client(base).get('/never'));
const own = new AbortController();
const stopped = say(() => slow(base + '/never', { signal: own.signal }));
own.abort(new Error('the caller stops'));
out.stopped = await stopped;
out.fine = await say(() => slow(base + '/fine'));
for (let i = 0; i < 20; i++) await say(() => guarded(base + '/reset'));
const asked = seen['/reset'];
out.breaker = [await say(() => guarded(base + '/fine')), seen['/reset'] === asked, events.filter((e) => e.type === 'breaker.opened').length];
out.patient = [await say(() => patient(base + '/late')), seen['/late']];
out.alone = await Promise.all([1, 2, 3].map(() => say(() => alone(base + '/fine'))));
out.outer = [await say(() => outer(base + '/reset/outer')), seen['/reset/outer']];
out.walk = [await say(() => walk(base + '/reset/walk', 3)), seen['/reset/walk'], events.filter((e) => e.type === 'function.execution' && e.payload.function_name.endsWith('#walk')).length];
before = attempts();
out.recommended = [await say(() => recommended(nobody + '/x')), attempts() - before];
await new Promise((done) => setTimeout(done, 50));
out.closed = closed;
const failed = events.filter((e) => e.type === 'function.execution' && e.payload.attempts > 1);
out.recorded = failed.map((e) => [e.payload.function_name.split('#')[1], e.payload.attempts, e.payload.status]);
console.log(JSON.stringify(out));
server.closeAllConnections();
server.close();
`;

const project = makeTempProject(undefined, {
  'package.json': '{ "name": "calls", "version": "1.0.0", "type": "module" }',
  'tsconfig.json': JSON.stringify({ compilerOptions: { target: 'ES2022', module: 'NodeNext', strict: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: ['node'], allowJs: true, plugins: [PLUGIN] }, include: ['src'] }),
  'src/app.ts': APP, 'src/main.js': MAIN,
});
const built = project.tspc('-p', '.');
afterAll(() => project.remove());

interface Found { flaky: unknown; reset: unknown; refused: unknown; order: unknown; slow: unknown; method: unknown; stopped: unknown; fine: unknown; breaker: unknown; recommended: unknown; patient: unknown; alone: unknown; outer: unknown; walk: unknown; closed: number; recorded: unknown }
const run = (environment: Record<string, string> = {}): Found => {
  const { out, err } = project.node(['dist/main.js'], { POET_RUNTIME_DIR: `${project.root}/.poet-run`, ...environment });
  if (out === '') throw new Error(err);
  return JSON.parse(out) as Found;
};

describe('a compiled program', () => {
  it('compiles, and is told which option comes to nothing', () => {
    expect(built.code).toBe(0);
    expect(built.err.trim().split('\n')).toEqual([
      expect.stringMatching(/^src\/app\.ts\(\d+,23\): warning POET2121: src\/app\.ts#order: retries has no effect: its request may have been served and then redirected/),
      expect.stringMatching(/^src\/app\.ts\(\d+,23\): warning POET2121: src\/app\.ts#shout: retries has no effect: it is pure, and would fail again; leave the option out/),
    ]);
  });

  describe('with its policies', () => {
    const found = run();
    it('tries again what only reads', () => expect(found.flaky).toEqual(['ok /flaky', 3]));
    it('never repeats a request that may have arrived', () => expect(found.reset).toEqual([expect.stringMatching(/UND_ERR_SOCKET|ECONNRESET/), 1]));
    it('repeats one that cannot have arrived', () => expect(found.refused).toEqual(['ECONNREFUSED', 3]));
    it('never repeats a request that was served before it was redirected to where nobody answers', () => expect(found.order).toEqual(['ECONNREFUSED', 1]));
    it('ends what takes too long, and tells the function', () => {
      expect([found.slow, found.method, found.closed]).toEqual([['timeout', true], 'timeout', 4]);
    });
    it('leaves the caller\'s own signal its meaning', () => expect([found.stopped, found.fine]).toEqual(['the caller stops', 'ok /fine']));
    it('stops asking a server that fails', () => expect(found.breaker).toEqual(['breaker', true, 1]));
    it('ends an attempt that takes too long, tells the function, and tries again', () => expect(found.patient).toEqual(['ok /late', 2]));
    it('lets so many run at once, so many wait, and refuses the rest', () => expect(found.alone).toEqual(['ok /fine', 'ok /fine', 'bulkhead']));
    it('attempts of functions that call each other do not multiply: 1 + 3, not 4 × 3', () => expect(found.outer).toEqual(['outer failed', 4]));
    it('a function that calls itself calls its own code: one execution, two attempts', () => expect(found.walk).toEqual([expect.stringMatching(/UND_ERR_SOCKET|ECONNRESET/), 2, 1]));
    it('takes what the domain recommends', () => expect(found.recommended).toEqual(['ECONNREFUSED', 2]));
    it('records how many attempts it took', () => expect(found.recorded).toEqual([['insert', 4, 'failure'], ['page', 4, 'failure'], ['walk', 2, 'failure'], ['recommended', 3, 'failure']]));
  });

  it('runs without any of it when poetc is switched off', () => {
    const found = run({ POET_DISABLE: 'page,insert,guarded,recommended' });
    expect([found.flaky, found.refused, found.breaker]).toEqual([[expect.stringMatching(/UND_ERR_SOCKET|ECONNRESET/), 1], ['ECONNREFUSED', 0], ['ok /fine', true, 0]]);
  });
});
