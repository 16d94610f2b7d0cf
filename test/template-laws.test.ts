import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { build, examples } from '../templates/api_operations/v1/builtin.ts';
import { laws } from '../templates/api_operations/v1/laws.ts';
import type { FunctionShape, ImplementationText, Law, TypeShape } from '../templates/format.ts';
import { runLaws, show, type LawResult } from '../templates/run-laws.ts';
import { readAuthorExamples } from '../transformer/4-verify/author-examples.ts';
import { compileModule, makeBuiltinModule, makeTrialModule, runOwnModule } from '../transformer/template-module.ts';

const TEMPLATES = join(__dirname, '../templates');
const scripts = {
  laws: compileModule(ts, readFileSync(join(TEMPLATES, 'api_operations/v1/laws.ts'), 'utf8')),
  driver: compileModule(ts, readFileSync(join(TEMPLATES, 'run-laws.ts'), 'utf8')),
};

const TEXT: TypeShape = { kind: 'string', text: 'string' };
const MAYBE: TypeShape = { kind: 'union', text: 'string | null', members: [{ kind: 'null', text: 'null' }, TEXT] };
const NUMBER: TypeShape = { kind: 'number', text: 'number' };
const HEADERS: TypeShape = { kind: 'instance', text: 'Headers', name: 'Headers' };
const RECORD: TypeShape = { kind: 'shape', text: 'Record<string, string>', properties: [], index: TEXT };
const PAGE: TypeShape = { kind: 'shape', text: 'Page', properties: [{ name: 'next_cursor', type: MAYBE, optional: true }] };
const ORDER: TypeShape = { kind: 'shape', text: 'Order', properties: [{ name: 'to', type: TEXT, optional: false }] };

function fn(name: string, parameters: Readonly<Record<string, TypeShape>>, result: TypeShape): FunctionShape {
  return { name, async: false, result, parameters: Object.entries(parameters).map(([key, type]) => ({ name: key, type, optional: false, rest: false })) };
}

const FORMS: Readonly<Record<string, FunctionShape>> = {
  retryAfter: fn('parseRetryAfter', { header: MAYBE, now: NUMBER }, NUMBER),
  retryAfterSeconds: fn('retryAfterSeconds', { value: MAYBE, now: NUMBER }, NUMBER),
  rateLimit: fn('rateLimitDelay', { headers: RECORD, now: NUMBER }, NUMBER),
  rateLimitOfHeaders: fn('rateLimitSeconds', { headers: HEADERS, now: NUMBER }, NUMBER),
  nextLink: fn('nextPage', { link: MAYBE }, MAYBE),
  nextOfHeaders: fn('nextPageUrl', { headers: HEADERS }, MAYBE),
  nextOfPage: fn('nextCursor', { page: PAGE }, MAYBE),
  redact: fn('redactHeaders', { headers: RECORD }, RECORD),
  key: fn('idempotencyKey', { order: ORDER, scope: TEXT }, TEXT),
};

function write(form: FunctionShape): ImplementationText {
  const { body, unrecognised } = build({ fn: form, options: { perceive: 'correct', idempotent: true }, effects: 'pure', stub: true });
  if (!body) throw new Error(unrecognised);
  return body;
}

function judge(form: FunctionShape, body: ImplementationText): readonly LawResult[] {
  return runOwnModule(makeTrialModule(ts, scripts, body, form.parameters.map((p) => p.name)), 'checkLaws', [form, 7, 100]) as readonly LawResult[];
}

describe('api_operations', () => {
  it.each(Object.entries(FORMS))('%s: its laws hold for what the builtin writes', (_, form) => {
    const results = judge(form, write(form));
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter((result) => result.broken !== undefined)).toEqual([]);
  });

  it('has no law without a form that it speaks of', () => {
    expect(laws.filter((law) => !Object.values(FORMS).some((form) => law.applies(form))).map((law) => law.name)).toEqual([]);
  });

  // Each mistake is one that people make; the law that notices it is named.
  it.each<[string, keyof typeof FORMS, [string, string], RegExp]>([
    ['seconds taken for milliseconds', 'retryAfter', ['Number(text) * 1000', 'Number(text)'], /in seconds is waited for/],
    ['milliseconds where seconds are wanted', 'retryAfterSeconds', ['Math.ceil(delay / 1000)', 'delay'], /in seconds is waited for/],
    ['dates are not read', 'retryAfter', ['const delay = Date.parse(text) - at;', 'const delay = NaN;'], /as a date is waited for/],
    ['dates are rounded down', 'retryAfterSeconds', ['Math.ceil', 'Math.floor'], /as a date is waited for/],
    ['a date in the past', 'retryAfter', ['Math.max(0, delay)', 'delay'], /as a date is waited for/],
    ['garbage becomes NaN', 'retryAfter', [' GMT$/.test(text)) return undefined;', ' GMT$/.test(text)) return NaN;'], /number of time/],
    ['negative seconds', 'retryAfter', ['^\\d{1,10}$', '^-?\\d{1,10}$'], /number of time/],
    ['too large for a number', 'retryAfter', ['/^\\d{1,10}$/.test(text)', 'text !== "" && Number(text) > 10'], /number of time/],
    ['retry-after is ignored', 'rateLimit', ['if (asked !== undefined) return asked;', ''], /retry-after comes before/],
    ['waits though calls remain', 'rateLimit', ['|| Number(remaining) > 0', ''], /while calls remain/],
    ['only one spelling of the header', 'rateLimit', ["read('ratelimit-reset') ?? ", ''], /the reset is waited for/],
    ['an epoch taken for a duration', 'rateLimit', ['seconds < 1000000000 ?', 'seconds > 0 ?'], /the reset is waited for/],
    ['names of headers in one case only', 'rateLimit', ['name.toLowerCase() === key', 'name === key'], /waited for|retry-after comes before/],
    ['a missing header is a limit', 'rateLimit', ["!/^\\d+$/.test(remaining)", 'false'], /without a limit|while calls remain/],
    ['the first link, whatever it is', 'nextLink', ["names.includes('next')", 'names.length > 0'], /relation next/],
    ['a relation that only begins so', 'nextLink', ["names.includes('next')", "names.join(' ').includes('next')"], /relation next/],
    ['split at commas', 'nextLink', ["const text = header ?? '';", "const text = (header ?? '').split(',')[0] ?? '';"], /relation next/],
    ['an empty cursor is a page', 'nextOfPage', ['||', '??'], /the answer names/],
    ['an invented cursor', 'nextOfPage', ['page.next_cursor ||', "(page.next_cursor ?? 'p1') ||"], /the answer names/],
    ['cookies are shown', 'redact', ['|cookie', ''], /no credential/],
    ['only lower case', 'redact', ['/i;', '/;'], /no credential/],
    ['headers are dropped', 'redact', ['return Object.fromEntries(Object.keys(headers)', 'return Object.fromEntries(Object.keys(headers).filter((name) => !secret.test(name))'], /no credential/],
    ['everything is hidden', 'redact', ['secret.test(name)', 'true'], /everything else/],
    ['the order of properties matters', 'key', ['.sort(([a], [b]) => (a < b ? -1 : 1))', ''], /equal requests/],
    ['one key for all', 'key', ['printStable(values);', "'';"], /equal requests/],
    ['another key each time', 'key', ['mixText(text, 1)', 'mixText(text + Math.random(), 1)'], /equal requests/],
  ])('notices: %s', (_, name, [right, wrong], law) => {
    const form = FORMS[name]!;
    const body = write(form);
    const swap = (text: string): string => text.replace(right, () => wrong);
    const planted = { ...body, statements: swap(body.statements), functions: body.functions.map(swap) };
    expect(planted).not.toEqual(body);
    const broken = judge(form, planted).filter((result) => result.broken !== undefined);
    expect(broken.map((result) => result.law).join('; ')).toMatch(law);
  });

  it('notices an implementation that changes its arguments', () => {
    const [first] = judge(FORMS['redact']!, { recipe: '', statements: "headers['authorization'] = ''; return headers;", functions: [] });
    expect(first?.broken).toMatch(/not extensible|read only/);
  });

  it('covers every law by a mistake that it notices', () => {
    // A constant is always wrong somewhere: the stub itself breaks every law that speaks of it, or the law says nothing.
    const constants = ['return undefined;', 'return 1;', "return 'x';", 'return {};', 'return 0;', 'return null;'];
    const broken = new Set(Object.values(FORMS).flatMap((form) => constants.flatMap((statements) => judge(form, { recipe: '', statements, functions: [] }).filter((r) => r.broken !== undefined).map((r) => r.law))));
    expect(laws.map((law) => law.name).filter((law) => !broken.has(law))).toEqual([]);
  });

  it.each([
    ['an unknown name', fn('fetchItems', { id: TEXT }, TEXT), /name like parseRetryAfter/],
    ['another form', fn('parseRetryAfter', { header: NUMBER }, NUMBER), /\(header: string \| null/],
    ['no way to say that there is no page', fn('nextPage', { link: MAYBE }, TEXT), /link: string \| null/],
  ])('leaves %s alone and says why', (_, form, why) => {
    const answer = build({ fn: form, options: { perceive: 'correct' }, effects: 'pure', stub: true });
    expect(answer.body).toBeUndefined();
    expect(answer.unrecognised).toMatch(why);
  });

  it('writes keys only where the option asks for them', () => {
    expect(build({ fn: FORMS['key']!, options: { perceive: 'correct' }, effects: 'pure', stub: true }).unrecognised).toMatch(/idempotent=true/);
  });

  it('writes no body for a real function, and policies for those that can wait', () => {
    expect(build({ fn: FORMS['redact']!, options: { perceive: 'correct' }, effects: 'pure', stub: false })).toEqual({});
    expect(build({ fn: { ...FORMS['redact']!, async: true }, options: { perceive: 'correct' }, effects: 'unknown', stub: false })).toEqual({
      policies: { retries: 2, timeoutMs: 5_000, breaker: { failureRate: 0.5, minimumCalls: 20, windowMs: 30_000 } },
    });
  });

  it('keeps its worked examples', () => {
    for (const { fn: form, calls } of examples) {
      const source = makeTrialModule(ts, scripts, write(form), form.parameters.map((p) => p.name));
      expect(runOwnModule(source, 'runCalls', [calls.map(({ args }) => args)])).toEqual(calls.map(({ result }) => show(result)));
    }
  });
});

describe('where code of a template runs', () => {
  const run = (text: string, name = 'build', args: readonly unknown[] = []): unknown => runOwnModule(makeBuiltinModule(ts, text), name, args);

  it.each(['process', 'require', 'fetch', 'globalThis.process', 'setTimeout', 'module'])('has no %s', (name) => {
    expect(run(`export function build() { return typeof ${name}; }`)).toBe('undefined');
  });
  it('makes no code out of text', () => expect(() => run("export function build() { return new Function('return 1')(); }")).toThrow(/Code generation/));
  it('hands out text alone', () => {
    expect(run('export function build(x: { y: number[] }) { return { z: x.y.map((n) => n + 1), f: () => 1 }; }', 'build', [{ y: [1, 2] }])).toEqual({ z: [2, 3] });
    expect(run('export function build() { return undefined; }')).toBeUndefined();
  });
});

describe('the judge of laws', () => {
  const law = (property: Law['property']): Law => ({ name: 'a law', why: 'reasons', applies: () => true, property });
  const form = fn('f', { x: NUMBER }, NUMBER);

  it('is the same for the same seed, and tries other samples for another', () => {
    const tried = (seed: number): string[] => {
      const seen: string[] = [];
      runLaws([law((_, sample) => { seen.push(show([sample.integer(-5, 5), sample.text(8), sample.boolean(), sample.list(3, () => sample.pick(['a', 'b']))])); })], form, () => 0, seed, 20);
      return seen;
    };
    expect(tried(1)).toEqual(tried(1));
    expect(tried(1)).not.toEqual(tried(2));
    expect(new Set(tried(1)).size).toBeGreaterThan(15);
  });
  it('says what was called and what came of it', () => {
    const [result] = runLaws([law((run) => { if (run([1], 'a') !== 2) throw new Error('expected 2'); })], form, () => ({ b: 1, a: Number.NaN }), 1, 5);
    expect(result).toEqual({ law: 'a law', why: 'reasons', runs: 1, broken: 'expected 2; f([1], "a") returned {"a": NaN, "b": 1}' });
  });
  it('passes laws over that speak of something else', () => expect(runLaws([{ ...law(() => undefined), applies: () => false }], form, () => 0, 1, 5)).toEqual([]));
});

describe("the author's examples", () => {
  const read = (text: string): ReturnType<typeof readAuthorExamples> => readAuthorExamples(ts, [text], 'f');
  it.each<[string, readonly unknown[], unknown]>([
    ['f(1, "a", [true, null]) // => -2.5', [1, 'a', [true, null]], -2.5],
    ['f({ a: 1, "b-c": [] }); // => { x: "y" }', [{ a: 1, 'b-c': [] }], { x: 'y' }],
    ['f() // => undefined', [], undefined],
    ['f(0) // → NaN', [0], Number.NaN],
  ])('%s', (text, args, result) => expect(read(text)).toEqual({ examples: [{ text, args, result }], notRun: [] }));
  it.each(['f(x) // => 1', 'g(1) // => 1', 'f(1) // => new Date(0)', 'f(NaN) // => 1', 'f([undefined]) // => 1', 'f(1, // => 2'])('does not run %s', (text) => {
    expect(read(text)).toEqual({ examples: [], notRun: [text] });
  });
  it('passes prose over', () => expect(read('const a = 1;\nUse it like so:')).toEqual({ examples: [], notRun: [] }));
});
