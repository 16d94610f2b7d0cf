import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { isEventOf } from '../records/events.ts';
import { isId } from '../records/ids.ts';
import type { ExecutionPayload } from '../records/execution.ts';
import { findFeedbackProblem, makeFeedbackPayload } from '../runtime/feedback-check.ts';
import { feedbackIdentity } from '../runtime/feedback.ts';
import { makeFeedbackId } from '../runtime/node/feedback-store.ts';
import { matchFeedback } from '../runtime/node/match-feedback.ts';
import { readProcessedFeedback } from '../runtime/node/pending-feedback.ts';
import { makeCliProject } from './cli-project.ts';
import { makeRuntimeApp, readAll } from './support/runtime-app.ts';
import type { RuntimeApp } from './support/runtime-app.ts';
import { PLUGIN } from './support/temp-project.ts';

let app: RuntimeApp;
beforeAll(() => { app = makeRuntimeApp(); });
afterAll(() => app.close());

const FN = 'src/a.ts#f';
const inFolder = (root: string, state: string, folder = '@acme+app'): string[] => {
  const dir = join(root, 'feedback', state, folder);
  return existsSync(dir) ? readdirSync(dir) : [];
};
const executions = (root: string): ExecutionPayload[] => readAll(root).filter((event) => isEventOf(event, 'function.execution')).map((event) => event.payload);
const main = (body: string): string => `(async () => { ${body} })().catch((e) => { console.log(e.message); process.exitCode = 9; });`;
const KEYED = `const R = require('./lib/runtime.cjs'); const t = R.openTarget({ id: '${FN}', name: 'f', version: 'v3', hash: 'h', package: '@acme/app', correlateBy: ['id'] });
  const call = (order) => { const x = R.begin(t); R.keyed(t, x, order); R.finish(t, x); };`;

describe('traced', () => {
  const head = `const R = require('./lib/runtime.cjs'); const t = R.openTarget({ id: '${FN}', name: 'f', version: 'v1', hash: 'h', package: '@acme/app' });
    function f(n) { const x = R.begin(t); if (n > 9) { const e = new RangeError('n'); R.failed(t, x, e); throw e; } const r = n > 0 ? f(n - 1) : 0; R.finish(t, x); return r + 1; }
    async function g(n) { const x = R.begin(t); await null; R.finish(t, x); return n; }`;

  it('records that execution under its id, and no other', () => {
    const { root, stdout, stderr } = app.run(`f(1); const { value, executionId } = R.traced(f, 2); f(1); console.log(value, executionId);`, {}, head);
    expect(stderr).toBe('');
    const [value, id] = stdout.trim().split(' ');
    expect(value).toBe('3');
    expect(executions(root).map((payload) => [payload.execution_id, payload.status, payload.counted])).toEqual([[id, 'success', true]]);
    expect(readAll(root).at(-1)?.payload).toMatchObject({ calls: 7 });
  });

  it('keeps concurrent calls apart', () => {
    const { root, stdout } = app.run(main(`const all = Array.from({ length: 20 }, (_, i) => R.traced(g, i)); await Promise.all(all.map((one) => one.value)); console.log(all.map((one) => one.executionId).join());`), {}, head);
    expect(executions(root).map((payload) => payload.execution_id).sort()).toEqual(stdout.trim().split(',').sort());
  });

  it('throws what the function throws, and leaves no trace for the next call', () => {
    const { root, stdout } = app.run(`try { R.traced(f, 10); } catch (e) { console.log(e.name); } try { R.traced(() => { throw new Error('before'); }); } catch {} f(0);`, {}, head);
    expect(stdout).toBe('RangeError\n');
    expect(executions(root).map((payload) => payload.status)).toEqual(['failure']);
  });

  it('says so when nothing was recorded', () => {
    for (const [body, env] of [['R.traced(() => 1)', {}], ['R.traced(f, 0)', { POET_EVENTS: 'off' }]] as const) {
      const { stdout, stderr } = app.run(`console.log(${body}.executionId)`, env, head);
      expect([isId(stdout.trim()), stderr.match(/POET7053/g)]).toEqual([true, ['POET7053']]);
    }
  });

  it('works across the two copies of the runtime', () => {
    const { root } = app.run(`const { spawnSync } = require('child_process'); const O = (() => { const path = require.resolve('./lib/runtime.cjs'); delete require.cache[path]; return require(path); })(); console.log(O !== R, O.traced(f, 0).executionId);`, {}, head);
    expect(executions(root)).toHaveLength(1);
  });
});

describe('business keys', () => {
  it('every execution of such a target is recorded with its key, and correlates by it', () => {
    const { root } = app.run(`call({ id: 'A' }); call({ id: 7 }); call({ id: 8n }); call({}); call(null); call({ get id() { throw new Error(); } }); call({ id: {} }); call({ id: '' });`, {}, KEYED);
    expect(executions(root).map((payload) => payload.key)).toEqual(['A', '7', '8']);
    expect(readAll(root).map((event) => event.correlation_id).slice(0, 3)).toEqual(['A', '7', '8']);
  });

  it.each([
    ['an argument', 'order.id', '{ order: { id: "A7", total: 3 } }', 'export function sell(order: { id: string; total: number }): number { return order.total; }', '{ id: "A7", total: 3 }'],
    ['a parameter itself', 'id', '', 'export async function sell(id: string): Promise<number> { return id.length; }', '"A7"'],
    ['the result', 'receipt.no', '', 'export function sell(total: number): { receipt: { no: string }; total: number } { return { receipt: { no: "A7" }, total }; }', '3'],
    ['the result of a promise', 'no', '', 'export function sell(total: number): Promise<{ no: string }> { return Promise.resolve({ no: "A7" }); }', '3'],
  ])('compiled code finds it in %s', (_where, path, _shape, source, argument) => {
    const project = makeCliProject({
      'package.json': '{"name":"shop","version":"1.0.0","type":"module"}',
      'tsconfig.json': JSON.stringify({ compilerOptions: { target: 'es2022', module: 'nodenext', strict: true, outDir: 'dist', rootDir: 'src', types: ['node'], plugins: [PLUGIN] }, include: ['src'] }),
      'src/a.ts': `/** @poet correlateBy="${path}" */\n${source}\n`,
      'main.mjs': `import { sell } from './dist/a.js'; await sell(${argument});`,
    });
    const built = project.tspc();
    expect([built.code, built.out, built.err.includes('POET2102')]).toEqual([0, '', false]);
    const root = join(project.root, 'runtime');
    expect(project.node(['main.mjs'], { POET_RUNTIME_DIR: root, NODE_ENV: '' })).toMatchObject({ code: 0, err: '' });
    expect(executions(root).map((payload) => [payload.function_name, payload.key])).toEqual([['src/a.ts#sell', 'A7']]);
    project.remove();
  });
});

describe('feedback', () => {
  it('is on disk when it resolves, once however often it is given', () => {
    const { root, stdout } = app.run(main(`
      const said = { executionId: 'x', rating: 4, metrics: { b: 1, a: 2 }, comments: 'fine' };
      const first = await R.feedback('f', said);
      const again = await R.feedback(t.spec.id, { metrics: { a: 2, b: 1 }, comments: 'fine', rating: 4, executionId: 'x' });
      const both = await Promise.all([R.feedback('f', { ...said, rating: 5 }), R.feedback('f', { ...said, rating: 5 })]);
      console.log(first.isNew, again.isNew, first.id === again.id, new Set(both.map((b) => b.id)).size);
      process.kill(process.pid, 'SIGKILL');`));
    expect(stdout).toBe('true false true 1\n');
    expect(inFolder(root, 'pending')).toHaveLength(2);
  });

  it.each([
    [`'f', {}`, 'executionId or key'], [`'f', { executionId: 'x' }`, 'says nothing'], [`'f', { executionId: 'x', type: 'error' }`, 'says nothing'], [`'f', { executionId: 'x', rating: NaN }`, 'rating must be'], [`'f', { key: '', rating: 1 }`, 'key must be'],
    [`'f', { key: 'k', cost: -1 }`, 'cost must be'], [`'f', { key: 'k', label: {} }`, 'label must be'], [`'f', { key: 'k', raiting: 1 }`, 'unknown field "raiting"'], [`'f', { key: 'k', type: 'rumour', rating: 1 }`, 'type must be'],
    [`'f', { key: 'k', comments: 'x'.repeat(10001) }`, 'comments must be'], [`'f', { key: 'k', metrics: { a: '1' } }`, 'metrics must be'], [`'f', { key: 'k', suggestions: Array(101).fill('x') }`, 'suggestions must be'], [`'g', { key: 'k', rating: 1 }`, 'no function "g"'], [`'f', null`, 'expected an object'],
  ])('refuses %s', (args, problem) => {
    const { root, stdout, status } = app.run(main(`await R.feedback(${args});`));
    expect([status, stdout, existsSync(join(root, 'feedback'))]).toEqual([9, expect.stringMatching(`^POET7050 .*${problem}`), false]);
  });

  it('takes an id of a function that never ran here, and the function itself', () => {
    const { root } = app.run(main(`function f() {} await R.feedback(f, { key: 'k', rating: 1 }); await R.feedback('lib/b.ts#g', { key: 'k', rating: 1 });`));
    expect([inFolder(root, 'pending').length, readdirSync(join(root, 'feedback/pending'))]).toEqual([2, ['@acme+app']]);
  });

  it('is limited in rate, loudly, and taken again later', () => {
    const { root, stdout } = app.run(main(`R.configure({ feedbackPerMinute: 3 }); const now = performance.now.bind(performance); let ok = 0; const problems = [];
      const give = (n) => R.feedback('f', { key: 'k' + n, rating: 1 }).then(() => ok++, (e) => problems.push(e.message.slice(0, 8)));
      for (let i = 0; i < 5; i++) await give(i);
      Date.now = () => 864e13; await give(5); performance.now = () => now() + 21000; await give(6); await give(7);
      console.log(ok, problems.join());`));
    expect(stdout).toBe('4 POET7051,POET7051,POET7051,POET7051\n');
    expect(inFolder(root, 'pending')).toHaveLength(4);
  });

  it('is kept while events are off, and refused with a reason where there is no root or no room', () => {
    const give = main(`console.log((await R.feedback('f', { key: 'k', rating: 1 })).isNew);`);
    const off = app.run(give, { POET_EVENTS: 'off' });
    expect([off.stdout, inFolder(off.root, 'pending').length, existsSync(join(off.root, 'events'))]).toEqual(['true\n', 1, false]);
    expect(app.run(give, { POET_RUNTIME_DIR: '', NODE_ENV: 'production' }).stdout).toMatch(/^POET7052 .*no run-time folder/);
    const file = join(app.dir, 'a-file');
    writeFileSync(file, '');
    expect(app.run(give, { POET_RUNTIME_DIR: file })).toMatchObject({ status: 9, stdout: expect.stringMatching(/ENOTDIR|EEXIST/) });
  });

  it('leaves no half file behind when the disk is full', () => {
    const { root, stdout } = app.run(main(`await R.feedback('f', { key: 'k', rating: 1 });`), {}, `
      const p = require('fs/promises'); const { open } = p; p.open = async (...a) => { const h = await open(...a); if (String(a[0]).endsWith('.tmp')) h.sync = async () => { throw Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' }); }; return h; };
      const R = require('./lib/runtime.cjs'); const t = R.openTarget({ id: '${FN}', name: 'f', module: 'm', version: 'v1', hash: 'h', package: '@acme/app' });`);
    expect(stdout).toContain('ENOSPC');
    expect(inFolder(root, 'pending')).toEqual([]);
  });

  it('takes secrets out of its texts', () => {
    const texts: readonly (readonly [string, string])[] = [
      ['my password: hunter2, sorry\nsigned', 'my password: [redacted]\nsigned'], ['token = "x y" ok, api_key=abc def', 'token = [redacted] ok, api_key=[redacted]'], ['Authorization: Bearer abcdefghijk', 'Authorization: [redacted]'],
      ['{"secret":"s"}', '{"secret":[redacted]}'], ['it is sk-abcdefghijklmnop', 'it is [redacted]'], ['all is well: yes', 'all is well: yes'], ['a note: the password: x y', 'a note: the password: [redacted]'],
      ['Authorization: Token 9f8e7d6c\r\nHost: a', 'Authorization: [redacted]\r\nHost: a'], ['cookie: a=b; sid=c', 'cookie: [redacted]'], ['password: correct horse battery staple', 'password: [redacted]'], ['password: "a"b c', 'password: [redacted]'],
      ['{"password":"a\\"b c","n":1}', '{"password":[redacted],"n":1}'], ['"{\\"password\\":\\"a b\\"}"', '"{\\"password\\":[redacted]'], ["token='it''s'", 'token=[redacted]'], ['password:', 'password:[redacted]'], ['password: sk-abcdefghijklmnop x', 'password: [redacted]'],
      ['see postgres://admin:p/w@db/x or redis://:pw@db', 'see postgres://admin:[redacted]@db/x or redis://:[redacted]@db'], ['http://db:5432/x', 'http://db:5432/x'], ['Bearer abcdefghijk and so on', 'Bearer [redacted] and so on'],
    ];
    // What is read again is redacted again.
    for (const [given, kept] of texts) for (const text of [given, kept]) expect(makeFeedbackPayload(FN, { key: 'k', comments: text }).comments).toBe(kept);
    expect(makeFeedbackPayload(FN, { key: 'k', label: 'token=1', suggestions: ['cookie: c'] })).toMatchObject({ label: 'token=[redacted]', suggestions: ['cookie: [redacted]'] });
  });

  it('has one identity for the same content in any order, another for any other', () => {
    const given = fc.record({ key: fc.constantFrom('a', 'b'), rating: fc.integer({ min: 0, max: 2 }), label: fc.constantFrom('1', 1, true, 'true'), metrics: fc.dictionary(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 2 }), { minKeys: 1 }) }, { requiredKeys: ['key', 'rating'] });
    const shuffled = (value: object): object => Object.fromEntries(Object.entries(value).reverse());
    fc.assert(fc.property(given, given, (a, b) => {
      expect(findFeedbackProblem(a)).toBeUndefined();
      const [pa, pb] = [makeFeedbackPayload(FN, a), makeFeedbackPayload(FN, b)];
      expect(feedbackIdentity({ ...(shuffled(pa) as typeof pa) })).toBe(feedbackIdentity(pa));
      expect(makeFeedbackId(pa) === makeFeedbackId(pb)).toBe(JSON.stringify(sortKeys(pa)) === JSON.stringify(sortKeys(pb)));
    }), { numRuns: 500 });
  });
});

const sortKeys = (value: unknown): unknown => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sortKeys(v)])) : value);

describe('matching', () => {
  it('finds every execution of three processes over a clock that moved ten days, in whatever order they speak', async () => {
    const root = app.newRoot();
    const env = { POET_RUNTIME_DIR: root };
    const TEN_DAYS = `const now = Date.now; Date.now = () => now() + 864000000;`;
    // The labels of half of the keys come first, from a process that never runs the function; the clock of the last one is ten days ahead.
    app.run(main(`for (let i = 0; i < 20; i += 2) await R.feedback('${FN}', { key: 'k' + i, label: i });`), env, `const R = require('./lib/runtime.cjs');`);
    expect((await matchFeedback(root)).waiting).toHaveLength(10);
    app.run(`for (let i = 0; i < 20; i++) call({ id: 'k' + i });`, env, KEYED);
    app.run(main(`${TEN_DAYS} call({ id: 'late' }); for (let i = 1; i < 20; i += 2) await R.feedback('f', { key: 'k' + i, label: i }); await R.feedback('f', { key: 'late', label: true });`), env, KEYED);
    const byKey = new Map(executions(root).map((payload) => [payload.key, payload.execution_id]));
    const { matched, waiting, rejected } = await matchFeedback(root);
    expect([matched.length, waiting, rejected]).toEqual([21, [], []]);
    for (const { feedback, execution } of matched) {
      expect(feedback.payload).toMatchObject({ execution_id: byKey.get(feedback.payload.key), version: 'v3' });
      expect(feedback.causation_id).toBe(execution.id);
    }
    expect([...readProcessedFeedback(root)]).toHaveLength(21);
    expect(readdirSync(join(root, 'feedback/pending')).flatMap((folder) => inFolder(root, 'pending', folder))).toEqual([]);
    expect(await matchFeedback(root)).toEqual({ matched: [], waiting: [], rejected: [], unread: [] });
  });

  it('what was processed is not taken a second time', async () => {
    const { root } = app.run(main(`call({ id: 'A' }); await R.feedback('f', { key: 'A', rating: 1 });`), {}, KEYED);
    await matchFeedback(root);
    app.run(main(`await R.feedback('f', { key: 'A', rating: 1 });`), { POET_RUNTIME_DIR: root }, KEYED);
    expect(await matchFeedback(root)).toEqual({ matched: [], waiting: [], rejected: [], unread: [] });
    expect([inFolder(root, 'pending'), inFolder(root, 'processed').length]).toEqual([[], 1]);
    const [id] = executions(root).map((payload) => payload.execution_id);
    expect(app.run(main(`for (let i = 0; i < 2; i++) { console.log((await R.feedback('f', { executionId: '${id}', rating: 1 })).isNew); await require('./lib/events.cjs').matchFeedback('${root}'); }`), { POET_RUNTIME_DIR: root }, KEYED).stdout).toBe('true\nfalse\n');
  });

  it.each([['matched in between', true], ['matched at the end', false]])('by key the same may be said about each execution, %s', async (_, between) => {
    const root = app.newRoot();
    const month = (n: number): string => `const now = Date.now; Date.now = () => now() + ${n} * 2592e6; call({ id: 'A' }); const give = () => R.feedback('f', { key: 'A', label: false });`;
    for (const n of [0, 1]) {
      expect(app.run(`${month(n)} ${main(`console.log((await give()).isNew, (await give()).isNew);`)}`, { POET_RUNTIME_DIR: root }, KEYED).stdout).toBe('true false\n');
      if (between) await matchFeedback(root);
    }
    await matchFeedback(root);
    const told = (): (string | undefined)[] => [...readProcessedFeedback(root)].map((event) => event.payload.execution_id).sort();
    expect(told()).toEqual(executions(root).map((payload) => payload.execution_id).sort());
    // As a file, and as one that somebody drops again and again.
    for (let i = 0; i < 2; i++) {
      mkdirSync(join(root, 'feedback/pending'), { recursive: true });
      writeFileSync(join(root, 'feedback/pending/again.json'), JSON.stringify({ target: FN, key: 'A', label: false }));
      expect((await matchFeedback(root)).matched).toEqual([]);
    }
    expect(told()).toHaveLength(2);
  });

  it('by key it is an execution of its own package, else of the only one that has any', async () => {
    const two = (rest: string): string => `const R = require('./lib/runtime.cjs'); const [a, b] = ['@acme/app', 'other'].map((name) => R.openTarget({ id: '${FN}', name: 'f', version: 'v1', hash: 'h', package: name, correlateBy: ['id'] })); const call = (t, id) => { const x = R.begin(t); R.keyed(t, x, { id }); R.finish(t, x); }; ${rest}`;
    const { root, stdout } = app.run(main(`call(a, 'A'); call(a, 'B'); call(b, 'A');
      for (const target of ['${FN}', 'f', function f() {}]) await R.feedback(target, { key: 'A', rating: 1 }).catch((e) => console.log(e.message)); console.log((await R.feedback('f', { executionId: 'x', rating: 1 })).isNew);`), {}, two(''));
    expect(stdout.match(/^POET7050 .*"f" may be src\/a\.ts#f of @acme\/app or src\/a\.ts#f of other; say which execution by its id$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/true\n$/);
    const [ofA] = executions(root);
    app.run(main(`await R.feedback('f', { key: 'A', rating: 2 });`), { POET_RUNTIME_DIR: root }, KEYED);
    for (const key of ['A', 'B']) writeFileSync(join(root, `feedback/pending/${key}.json`), JSON.stringify({ target: FN, key, rating: 3 }));
    const { matched, waiting } = await matchFeedback(root);
    // Whose key "A" the dropped file means nobody knows.
    expect(matched.map(({ feedback, execution }) => [feedback.payload.key, feedback.payload.rating, execution.payload.key]).sort()).toEqual([['A', 2, 'A'], ['B', 3, 'B']]);
    expect(matched.map(({ execution }) => execution.payload.execution_id)).toContain(ofA!.execution_id);
    expect(waiting.map(({ payload }) => payload.rating).sort()).toEqual([1, 3]);
  });

  it('tells an execution once what came by two doors', async () => {
    const { root } = app.run(main(`call({ id: 'A' }); await R.feedback('f', { key: 'A', label: true });`), {}, KEYED);
    const project = makeCliProject({ 'package.json': '{"name":"labels"}' });
    const give = ['feedback', FN, '--root', root, '--key', 'A', '--type', 'user', '--label', 'true'];
    expect(project.json(...give)).toMatchObject({ code: 0 });
    expect((await matchFeedback(root)).matched).toHaveLength(1);
    expect(project.json(...give)).toMatchObject({ code: 0 });
    expect(await matchFeedback(root)).toEqual({ matched: [], waiting: [], rejected: [], unread: [] });
    expect([...readProcessedFeedback(root)]).toHaveLength(1);
    project.remove();
  });

  it('does not go through all executions under a key for each of them', async () => {
    const count = 2_000;
    const root = app.newRoot();
    const event = (i: number): string => JSON.stringify({ id: `e${i}`, type: 'function.execution', timestamp: i, metadata: { version: '', environment: '', service: '' }, payload: { function_name: FN, version: 'v1', execution_id: `x${i}`, key: 'A', start_time: i, end_time: i, status: 'success', metrics: { duration_ms: 0 } } });
    mkdirSync(join(root, 'events/processed/p'), { recursive: true });
    mkdirSync(join(root, 'feedback/pending'), { recursive: true });
    writeFileSync(join(root, 'events/processed/p/1.ndjson'), `${Array.from({ length: count }, (_, i) => event(i)).join('\n')}\n`);
    writeFileSync(join(root, 'feedback/pending/a.json'), JSON.stringify({ target: FN, key: 'A', rating: 1 }));
    let copied = 0;
    const iterate = Array.prototype[Symbol.iterator];
    Array.prototype[Symbol.iterator] = function (this: unknown[]) {
      copied += this.length;
      return iterate.call(this);
    };
    const { matched } = await matchFeedback(root).finally(() => { Array.prototype[Symbol.iterator] = iterate; });
    expect([matched[0]?.execution.payload.execution_id, copied < (count * count) / 4]).toEqual([`x${count - 1}`, true]);
  });

  it('by key it is the last execution before the feedback; by id it must be the same function', async () => {
    const { root } = app.run(main(`const now = Date.now(); let at = now; Date.now = () => at; R.configure({ durability: 'immediate' });
      call({ id: 'A' }); at += 1000; call({ id: 'A' }); at += 1000; await R.feedback('f', { key: 'A', rating: 1 }); at += 1000; call({ id: 'A' });`), {}, KEYED);
    const ids = executions(root).map((payload) => payload.execution_id);
    expect(app.run(main(`await R.feedback('other.ts#g', { executionId: '${ids[0]}', rating: 1 });`), { POET_RUNTIME_DIR: root }).stdout).toBe('');
    const { matched, waiting } = await matchFeedback(root);
    expect(matched.map(({ execution }) => execution.payload.execution_id)).toEqual([ids[1]]);
    expect(waiting).toMatchObject([{ payload: { function_name: 'other.ts#g' } }]);
  });

  it('takes files that others drop, keeps what is wrong with its reason, and leaves what is being written', async () => {
    const { root } = app.run(`call({ id: 'A' });`, {}, KEYED);
    const drop = (name: string, text: string, ageMs = 0): void => {
      const file = join(root, 'feedback/pending', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      utimesSync(file, new Date(Date.now() - ageMs), new Date(Date.now() - ageMs));
    };
    drop('good.json', JSON.stringify({ target: FN, key: 'A', label: 'spam', comments: 'token: abc' }));
    drop('same.json', JSON.stringify({ label: 'spam', comments: 'token: abc', key: 'A', target: FN }));
    drop('being-written.json', '{"target": "src/a');
    drop('damaged.json', '{"target": "src/a', 120_000);
    drop('wrong.json', JSON.stringify({ target: FN, key: 'A', stars: 5 }));
    drop('nameless.json', JSON.stringify({ target: '../etc', key: 'A', rating: 5 }));
    drop('large.json', `"${'x'.repeat(1_000_001)}"`);
    drop('notes.txt', 'x');
    symlinkSync('/etc/passwd', join(root, 'feedback/pending/link.json'));
    const { matched, waiting, rejected } = await matchFeedback(root);
    expect(matched.map(({ feedback }) => feedback.payload)).toMatchObject([{ label: 'spam', comments: 'token: [redacted]' }]);
    expect([...readProcessedFeedback(root)]).toHaveLength(1);
    expect(waiting).toEqual([]);
    expect(rejected.map(({ file }) => file.split('/').pop()).sort()).toEqual(['damaged.json', 'large.json', 'link.json', 'nameless.json', 'wrong.json']);
    const [wrong, reason] = readdirSync(join(root, 'feedback/rejected')).filter((name) => name.includes('-wrong.json'));
    expect([wrong, reason]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}-wrong\.json$/), `${wrong}.reason.txt`]);
    expect(readFileSync(join(root, 'feedback/rejected', reason!), 'utf8')).toContain('unknown field "stars"');
    expect(readdirSync(join(root, 'feedback/pending')).filter((name) => name.includes('.'))).toEqual(['being-written.json', 'notes.txt']);
  });
});

describe('one file', () => {
  const lay = (root: string, name: string, text: string): void => {
    mkdirSync(join(root, 'feedback', name, '..'), { recursive: true });
    writeFileSync(join(root, 'feedback', name), text);
  };
  const dropped = (more: object = {}): string => JSON.stringify({ id: 'x', type: 'function.feedback', timestamp: 1, metadata: { version: '', environment: '', service: '' }, payload: { function_name: FN, version: 'v1', key: 'k', feedback_type: 'user', label: true, ...more } });

  // Root reads everything, so that the fault is made in the process.
  it('that cannot be read for a moment is reported, and stays', () => {
    const { root, stdout } = app.run(main(`await R.feedback('f', { key: 'A', rating: 1 }); const fs = require('fs'); const { readFileSync } = fs; const E = require('./lib/events.cjs');
      const told = async () => { const { waiting, rejected, unread } = await E.matchFeedback(process.env.POET_RUNTIME_DIR); console.log(waiting.length, rejected.length, unread.map((each) => each.problem).join()); };
      fs.readFileSync = (file, ...rest) => { if (String(file).includes('feedback')) throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' }); return readFileSync(file, ...rest); };
      await told(); fs.readFileSync = readFileSync; await told();`));
    expect(stdout).toBe('0 0 EMFILE: too many open files\n1 0 \n');
    expect([inFolder(root, 'pending').length, existsSync(join(root, 'feedback/rejected'))]).toEqual([1, false]);
  });

  it('under a name that was rejected before, or one that is a folder, is kept beside the other', async () => {
    const root = app.newRoot();
    for (const day of ['monday', 'tuesday']) {
      lay(root, 'pending/labels.json', JSON.stringify({ target: FN, key: day, lable: true }));
      lay(root, 'pending/shop/x.json/a', '');
      expect((await matchFeedback(root)).rejected).toHaveLength(2);
    }
    const kept = readdirSync(join(root, 'feedback/rejected')).filter((name) => name.endsWith('-labels.json'));
    expect(kept.map((name) => readFileSync(join(root, 'feedback/rejected', name), 'utf8').includes('monday'))).toEqual([true, false]);
  });

  it('that cannot be moved away keeps no other one from being matched', () => {
    const { root, stdout } = app.run(main(`call({ id: 'A' }); await R.feedback('f', { key: 'A', rating: 1 }); R.flushEvents(); const fs = require('fs'); const path = require('path'); const root = process.env.POET_RUNTIME_DIR;
      fs.writeFileSync(path.join(root, 'feedback/pending/x.json'), '{}'); fs.writeFileSync(path.join(root, 'feedback/rejected'), '');
      const { matched, rejected, unread } = await require('./lib/events.cjs').matchFeedback(root); console.log(matched.length, rejected.length, unread[0].file, unread[0].problem);`), {}, KEYED);
    expect(stdout).toMatch(/^1 0 feedback\/pending\/x\.json id: missing; .*(?:EEXIST|ENOTDIR)/);
    expect(inFolder(root, 'processed')).toHaveLength(1);
  });

  it('in the form of an event passes the same checks, and keeps only what is known', async () => {
    const root = app.newRoot();
    lay(root, 'pending/deep.json', dropped().replace('"label":true', `"label":true,"x":${'['.repeat(100_000)}${']'.repeat(100_000)}`));
    lay(root, 'pending/secret.json', dropped({ comments: 'password: hunter2' }));
    for (const [name, more] of Object.entries({ long: { comments: 'x'.repeat(10_001) }, many: { metrics: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`m${i}`, i])) }, nameless: { function_name: '../etc' }, mute: { label: undefined } })) lay(root, `pending/${name}.json`, dropped(more));
    lay(root, 'pending/late.json', dropped().replace('"timestamp":1', '"timestamp":1e300'));
    const { waiting, rejected } = await matchFeedback(root);
    expect(waiting.map(({ payload }) => payload)).toMatchObject([{ label: true }, { comments: 'password: [redacted]' }]);
    expect(waiting.some(({ payload }) => 'x' in payload)).toBe(false);
    expect(rejected.map(({ file }) => file.split('/').pop())).toEqual(['late.json', 'long.json', 'many.json', 'mute.json', 'nameless.json']);
  });

  it('that strays into feedback/processed is no feedback', async () => {
    const { root } = app.run(main(`call({ id: 'A' }); await R.feedback('f', { key: 'A', rating: 1 });`), {}, KEYED);
    lay(root, 'processed/.DS_Store', '');
    lay(root, 'processed/shop/x.json/a', '');
    expect((await matchFeedback(root)).matched).toHaveLength(1);
    expect([...readProcessedFeedback(root)]).toHaveLength(1);
  });

  it('whose text redaction has made longer than it may be is read again', async () => {
    const { root } = app.run(main(`await R.feedback('f', { key: 'A', comments: 'token:1,'.repeat(1250), label: 'token:1,'.repeat(125) });`));
    expect(await matchFeedback(root)).toMatchObject({ waiting: [{ payload: { key: 'A' } }], rejected: [] });
  });
});

describe('poet feedback', () => {
  it('records, is idempotent, and matches', () => {
    const { root } = app.run(`call({ id: 'A' });`, {}, KEYED);
    const project = makeCliProject({ 'package.json': '{"name":"@acme/app"}' });
    const give = ['feedback', FN, '--root', root, '--key', 'A', '--type', 'system', '--rating', '4.5', '--label', 'true', '--cost', '0.1', '--metric', 'error_rate=0', 'avg_duration=12', '--comments', 'fine'];
    const first = project.json<{ id: string; isNew: boolean }>(...give);
    expect(first).toMatchObject({ code: 0, isNew: true });
    expect(project.json(...give)).toMatchObject({ code: 0, isNew: false, id: first.id });
    expect(project.poet('feedback', '--root', root)).toMatchObject({ code: 0, out: expect.stringMatching(/^matched\tsrc\/a\.ts#f\t[0-9a-f-]{36}\tsystem\n$/), err: expect.stringContaining('1 execution found; 0 waiting, 0 rejected.') });
    expect([...readProcessedFeedback(root)].map((event) => event.payload)).toMatchObject([{ rating: 4.5, label: true, cost: 0.1, metrics: { error_rate: 0, avg_duration: 12 }, comments: 'fine', key: 'A' }]);
    for (const wrong of [['--key', 'A'], ['--key', 'A', '--rating', 'x'], ['--rating', '1'], ['--key', 'A', '--rating', '1', '--type', 'x'], ['--key', 'A', '--metric', '0.95'], ['--key', 'A', '--metric', '=1']]) {
      expect(project.poet('feedback', FN, '--root', root, ...wrong)).toMatchObject({ code: 2, err: expect.stringMatching(/POET814[02]/) });
    }
    project.remove();
  });
});
