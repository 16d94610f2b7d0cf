/** `poetc/otel` with the real SDK: functions compiled by tspc, spans and metrics read back from its in-memory exporters. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempProject, PLUGIN, REPO } from './support/temp-project.ts';

const APP = `
import { trace } from '@opentelemetry/api';
const tracer = trace.getTracer('app');
export const own = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => tracer.startActiveSpan(name, async (span) => { try { return await work(); } finally { span.end(); } });
let down = 0;
export const fail = (times: number): void => { down = times; };
const ask = async (): Promise<string> => { if (down-- > 0) throw Object.assign(new Error('connection reset'), { code: 'ECONNRESET' }); return 'ok'; };
/** @poet retries=3 idempotent=true */
export async function fetchUser(id: string): Promise<string> { return own('GET', async () => \`\${await ask()} \${id}\`); }
/** @poet breaker=true */
export async function guarded(id: string): Promise<string> { await ask(); return id; }
/** @poet timeoutMs=20 */
export async function slow(id: string): Promise<string> { await (late.work = own('waiting', () => new Promise((go) => setTimeout(go, 60)))); return id; }
export const late: { work?: Promise<unknown> } = {};
/** @poet */
export async function page(id: string): Promise<string> { await null; return own('render', () => fetchUser(id)); }
/** @poet */
export function price(amounts: number[]): number { tracer.startSpan('sum').end(); return amounts.reduce((a, b) => a + b, 0); }
/** @poet */
export function first<T>(list: T[]): T { tracer.startSpan('pick').end(); return list[0]!; }
export class Cart {
  readonly #items = [1, 2];
  /** @poet */
  total(times: number): number { tracer.startSpan('add').end(); return this.#items.reduce((a, b) => a + b, 0) * times; }
}
`;

const MAIN = `
import { context, trace, metrics } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { fail, fetchUser, first, guarded, late, own, page, price, slow, Cart } from './app.js';
const spans = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
trace.setGlobalTracerProvider(tracerProvider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

/** What ended since the last time, as a tree. */
const tree = () => {
  const all = spans.getFinishedSpans().map((s) => ({ id: s.spanContext().spanId, parent: s.parentSpanContext?.spanId, name: s.name, attributes: s.attributes, status: s.status, events: s.events.map((e) => [e.name, e.attributes]), at: s.startTime }));
  spans.reset();
  const under = (parent) => all.filter((s) => s.parent === parent).sort((a, b) => a.at[0] - b.at[0] || a.at[1] - b.at[1]).map(({ id, parent: _, at: __, ...s }) => ({ ...s, inside: under(id) }));
  return all.filter((s) => !all.some((o) => o.id === s.parent)).flatMap((root) => under(root.parent).filter((s) => s.name === root.name)).filter((s, i, list) => list.findIndex((o) => JSON.stringify(o) === JSON.stringify(s)) === i);
};
const say = async (call) => { try { return await call(); } catch (error) { return error.code ?? error.name; } };
const out = {};
const { registerOtel } = await import('poetc/otel');
await price([1]);
out.before = tree().map((s) => s.name);
const stop = registerOtel();
fail(2); out.retried = [await own('request', () => fetchUser('u1')), tree()];
fail(9); out.exhausted = [await say(() => fetchUser('u2')), tree()];
fail(0); out.nested = [await page('u3'), tree()];
fail(99); for (let i = 0; i < 20; i++) await say(() => guarded('a'));
const guards = tree(); out.opened = guards.at(-1);
out.refused = [await say(() => guarded('a')), tree()];
out.slow = [await say(() => slow('a')), tree()];
await late.work; // what the time limit has given up on ends later
tree();
out.sync = [price([1, 2]), tree()];
out.generic = [first(['a']), tree()];
out.method = [new Cart().total(2), tree()];
out.corrected = [price([1, '2']), tree()];
out.rejected = [await say(() => price(['my secret', 2])), tree()];
await reader.forceFlush();
out.metrics = Object.fromEntries(measured.getMetrics().at(-1).scopeMetrics.flatMap((s) => s.metrics).map((m) => [m.descriptor.name, m.dataPoints.map((p) => [p.attributes, typeof p.value === 'number' ? p.value : p.value.count])]));
stop();
price([1]);
out.after = tree().map((s) => s.name);
console.log(JSON.stringify(out));
await reader.shutdown();
`;

interface Node { readonly name: string; readonly attributes: Record<string, string | number | undefined>; readonly status: { readonly code: number; readonly message?: string }; readonly events: readonly (readonly [string, Record<string, unknown>])[]; readonly inside: readonly Node[] }
interface Found {
  readonly before: string[]; readonly after: string[]; readonly opened: Node; readonly metrics: Record<string, [Record<string, unknown>, number][]>;
  readonly retried: [unknown, Node[]]; readonly exhausted: [unknown, Node[]]; readonly nested: [unknown, Node[]]; readonly refused: [unknown, Node[]]; readonly slow: [unknown, Node[]];
  readonly sync: [unknown, Node[]]; readonly generic: [unknown, Node[]]; readonly method: [unknown, Node[]]; readonly corrected: [unknown, Node[]]; readonly rejected: [unknown, Node[]];
}

const project = makeTempProject(undefined, {
  'package.json': '{ "name": "calls", "version": "1.0.0", "type": "module" }',
  'tsconfig.json': JSON.stringify({ compilerOptions: { target: 'ES2022', module: 'NodeNext', strict: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: ['node'], allowJs: true, plugins: [PLUGIN] }, include: ['src/app.ts'] }),
  'src/app.ts': APP, 'dist/main.js': MAIN,
});
symlinkSync(join(REPO, 'node_modules/@opentelemetry'), join(project.root, 'node_modules/@opentelemetry'), 'dir');
const built = project.tspc('-p', '.');
afterAll(() => project.remove());

function run(env: Record<string, string>): Found {
  const { out, err } = project.node(['dist/main.js'], { NODE_ENV: 'production', ...env });
  if (out === '') throw new Error(err);
  return JSON.parse(out) as Found;
}

/** `name[: error.type]` of each span, indented by its depth. */
const shape = (nodes: readonly Node[], depth = 0): string[] => nodes.flatMap(({ name, attributes, inside }) => [`${'  '.repeat(depth)}${name}${attributes['error.type'] === undefined ? '' : `: ${attributes['error.type']}`}`, ...shape(inside, depth + 1)]);
const [UNSET, ERROR] = [0, 2];

it('compiles', () => expect([built.code, built.out]).toEqual([0, '']));

describe.each([['events on', { POET_RUNTIME_DIR: join(project.root, '.poet-run') }], ['events off', { POET_EVENTS: 'off' }]])('with %s', (_, env) => {
  const found = run(env);

  it('a call that was repeated has a span for each attempt, and the function\'s own spans lie inside', () => {
    const [value, tree] = found.retried;
    expect(value).toBe('ok u1');
    expect(shape(tree)).toEqual(['request', '  fetchUser', '    fetchUser attempt: ECONNRESET', '      GET', '    fetchUser attempt: ECONNRESET', '      GET', '    fetchUser attempt', '      GET']);
    const call = tree[0]!.inside[0]!;
    expect(call).toMatchObject({ status: { code: UNSET }, attributes: { 'code.function.name': 'fetchUser', 'code.file.path': 'src/app.ts', 'poetc.version': 'v1', 'poetc.execution.id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string } });
    expect(call.inside.map(({ attributes, status }) => [attributes['poetc.attempt'], status.code, status.message])).toEqual([[1, ERROR, 'connection reset'], [2, ERROR, 'connection reset'], [3, UNSET, undefined]]);
    expect(call.events.map(([name, facts]) => [name, facts['poetc.attempt'], facts['poetc.fault']])).toEqual([['operate.retried', 1, 'transient'], ['operate.retried', 2, 'transient']]);
  });
  it('one that failed in the end says so, with the exception', () => {
    const [code, tree] = found.exhausted;
    expect([code, shape(tree).filter((line) => !line.includes('GET'))]).toEqual(['ECONNRESET', ['fetchUser: ECONNRESET', ...Array<string>(4).fill('  fetchUser attempt: ECONNRESET')]]);
    expect(tree[0]).toMatchObject({ status: { code: ERROR, message: 'connection reset' } });
    expect(tree[0]!.events.at(-1)).toEqual(['exception', expect.objectContaining({ 'exception.type': 'Error', 'exception.message': 'connection reset', 'exception.stacktrace': expect.stringMatching(/^\s+at /) as string })]);
  });
  it('context goes through functions without policies, through awaits, synchronous and generic ones and methods', () => {
    expect([found.nested[0], shape(found.nested[1])]).toEqual(['ok u3', ['page', '  render', '    fetchUser', '      fetchUser attempt', '        GET']]);
    expect([found.sync[0], shape(found.sync[1])]).toEqual([3, ['price', '  sum']]);
    expect([found.generic[0], shape(found.generic[1])]).toEqual(['a', ['first', '  pick']]);
    expect([found.method[0], shape(found.method[1])]).toEqual([6, ['Cart.total', '  add']]);
  });
  it('policies that end a call are named: an open breaker, a time limit', () => {
    expect(found.opened.events.map(([name]) => name)).toEqual(['breaker.opened', 'exception']);
    expect([found.refused[0], shape(found.refused[1]), found.refused[1][0]!.attributes['poetc.policy']]).toEqual(['POET7002', ['guarded: POET7002'], 'breaker']);
    expect([found.slow[0], shape(found.slow[1]).slice(0, 1), found.slow[1][0]!.attributes['poetc.policy']]).toEqual(['POET7002', ['slow: POET7002'], 'timeout']);
  });
  it('what Perceive corrects or refuses is an event; values are not shown', () => {
    expect(found.corrected[1][0]!.events).toEqual([['perceive.corrected', { 'poetc.count': 1, 'poetc.corrections': ['$input.amounts[1]'] }]]);
    const [code, [span]] = found.rejected;
    expect([code, span!.attributes['error.type'], span!.events.map(([name]) => name)]).toEqual(['POET7001', 'POET7001', ['perceive.rejected', 'exception']]);
    expect(JSON.stringify(found)).not.toContain('my secret');
  });
  it('measures durations, and counts what happened', () => {
    const calls = new Map(found.metrics['poetc.call.duration']!.map(([{ 'code.function.name': name, 'error.type': error }, count]) => [[name, error].filter(Boolean).join(' '), count]));
    expect(Object.fromEntries(calls)).toEqual({ 'fetchUser': 2, 'fetchUser ECONNRESET': 1, 'page': 1, 'guarded ECONNRESET': 20, 'guarded POET7002': 1, 'slow POET7002': 1, 'price': 2, 'price POET7001': 1, 'first': 1, 'Cart.total': 1 });
    expect(found.metrics['poetc.call.retries']).toEqual([[expect.objectContaining({ 'code.function.name': 'fetchUser', 'poetc.fault': 'transient' }), 5]]);
    expect(found.metrics['poetc.breaker.changes']).toEqual([[expect.objectContaining({ 'poetc.breaker.state': 'open' }), 1]]);
    expect(found.metrics['poetc.contract.findings']!.map(([facts, n]) => [facts['poetc.phase'], facts['poetc.finding'], n])).toEqual([['perceive', 'corrected', 1], ['perceive', 'rejected', 1]]);
  });
  it('does nothing before it is registered, nor after it is ended', () => expect([found.before, found.after]).toEqual([['sum'], ['sum']]));
});

it('a process whose events are off writes none, although its calls are followed', () => {
  expect(project.exists('.poet')).toBe(true); // versions
  expect(project.exists('.poet/events')).toBe(false);
});
