import fc from 'fast-check';
import ts from 'typescript';
import { readExample, readLiterals } from '../transformer/4-verify/behaviour/read-literals.ts';
import { makeCases } from '../transformer/4-verify/behaviour/make-cases.ts';
import { alike, proveBehaviour } from '../transformer/4-verify/behaviour/prove.ts';
import { printValue } from '../transformer/4-verify/behaviour/print-value.ts';
import { simplerCases } from '../transformer/4-verify/behaviour/shrink.ts';
import type { BehaviourSubject, BehaviourVerdict } from '../transformer/4-verify/behaviour/subject.ts';
import type { FunctionContract, ParameterContract, TypeIr } from '../transformer/contract/ir.ts';
import { findSandboxFiles, runCases } from '../transformer/4-verify/sandbox/run-cases.ts';
import type { CaseResult, Value } from '../transformer/4-verify/sandbox/value.ts';

const files = findSandboxFiles();
const NUMBER: TypeIr = { kind: 'number' };
const NUMBERS: TypeIr = { kind: 'array', element: NUMBER };
const STRING: TypeIr = { kind: 'string' };

function contract(...parameters: readonly (TypeIr | ParameterContract)[]): FunctionContract {
  return {
    parameters: parameters.map((p, i): ParameterContract => ('kind' in p ? { name: `p${i}`, type: p, optional: false, rest: false } : p)),
    result: { kind: 'any' }, overloads: [], checksArguments: true, checksResult: false, definitions: [], shadowedGlobals: [],
  };
}

function subject(original: string, enhanced: string, types: readonly TypeIr[], more: Partial<BehaviourSubject> = {}): BehaviourSubject {
  const source = ts.createSourceFile('a.ts', `${original}\n${enhanced}`, ts.ScriptTarget.Latest, true);
  const graph = (body: string): BehaviourSubject['original'] => ({ modules: { 'a.ts': `exports.f = ${body};` }, resolutions: { 'a.ts': { 'node:fs': { external: 'node:fs' } } } });
  return {
    id: 'a.ts#f', name: 'f', seed: '5eed5eed', contract: contract(...types), original: graph(original), enhanced: graph(enhanced), entry: { module: 'a.ts', access: ['f'] },
    callbacks: {}, classes: {}, examples: [], literals: readLiterals(ts, [source]), ...more,
  };
}

const prove = (...given: Parameters<typeof subject>): Promise<BehaviourVerdict> => proveBehaviour(subject(...given), { files, inputs: 100 });

describe('what is told apart', () => {
  it.each<[string, string, string, readonly TypeIr[], string]>([
    ['another value', '(a) => a.length', '(a) => a.length + (a.length > 3 ? 1 : 0)', [NUMBERS], 'returns another value'],
    ['minus zero', '(n) => n * 0', '(n) => 0', [NUMBER], 'returns another value'],
    ['NaN', '(a) => a.reduce((x, y) => x + y, 0) / a.length', '(a) => (a.length === 0 ? 0 : a.reduce((x, y) => x + y, 0) / a.length)', [NUMBERS], 'returns another value'],
    ['a copy in place of the argument', '(a) => a', '(a) => [...a]', [NUMBERS], 'returns another value'],
    ['the argument in place of a copy', '(a) => [...a]', '(a) => a', [NUMBERS], 'returns another value'],
    ['a changed argument', '(a) => [...a].sort()[0]', '(a) => a.sort()[0]', [NUMBERS], 'leaves its arguments in another state'],
    ['another class of error', "(n) => { if (n < 0) throw new RangeError('no'); return n; }", "(n) => { if (n < 0) throw new TypeError('no'); return n; }", [NUMBER], 'throws another error'],
    ['another message', "(n) => { if (n < 0) throw new RangeError('no'); return n; }", "(n) => { if (n < 0) throw new RangeError('never'); return n; }", [NUMBER], 'throws another error'],
    ['an error that is gone', "(n) => { if (n < 0) throw new RangeError('no'); return n; }", '(n) => n', [NUMBER], 'throws'],
    ['a promise in place of a value', '(n) => n', 'async (n) => n', [NUMBER], 'resolves'],
    ['a rejection in place of a throw', "(n) => { if (n < 0) throw new Error('no'); return Promise.resolve(n); }", "async (n) => { if (n < 0) throw new Error('no'); return n; }", [NUMBER], 'rejects|throws'],
    ['a decision by a literal', "(s) => s.length", "(s) => (s === 'debug-7f3a' ? -1 : s.length)", [STRING], 'returns another value'],
    ['a decision by the end of a text', '(s) => s.length', "(s) => (s.endsWith('-root') ? -1 : s.length)", [STRING], 'returns another value'],
    ['a decision by length', '(a) => a.length', '(a) => (a.length > 5000 ? 0 : a.length)', [NUMBERS], 'returns another value'],
    ['an endless loop on one input', '(s) => s.length', "(s) => { while (s === 'stop') ; return s.length; }", [STRING], 'runs out of time'],
    ['another order of properties', '(n) => ({ a: n, b: 1 })', '(n) => ({ b: 1, a: n })', [NUMBER], 'returns another value'],
    ['a hidden property', '(n) => ({ a: n })', "(n) => Object.defineProperty({ a: n }, 'b', { value: 1 })", [NUMBER], 'returns another value'],
    ['a frozen result', '(n) => ({ a: n })', '(n) => Object.freeze({ a: n })', [NUMBER], 'returns another value'],
    ['an order of a map', '(a) => new Map(a.map((x) => [x, 1]))', '(a) => new Map([...a].reverse().map((x) => [x, 1]))', [NUMBERS], 'returns another value'],
    ['what is logged', '(n) => { console.log(n); return n; }', '(n) => { console.log(n); if (n > 3) console.log(n); return n; }', [NUMBER], 'calls the outside in another way'],
    ['what is read', "(s) => require('node:fs').readFileSync(s, 'utf8')", "(s) => { require('node:fs').readFileSync(s, 'utf8'); return require('node:fs').readFileSync(s, 'utf8'); }", [STRING], 'returns another value|calls the outside'],
    ['state between calls', '(n) => n', '(() => { let calls = 0; return (n) => (++calls > 60 ? 0 : n); })()', [NUMBER], 'returns another value'],
    ['a cache that hands out its own object', '(n) => ({ n })', '(() => { const cache = new Map(); return (n) => { if (!cache.has(n)) cache.set(n, { n }); return cache.get(n); }; })()', [NUMBER], 'returns another value'],
    ['longer waiting', 'async (n) => n', 'async (n) => { await new Promise((r) => setTimeout(r, 3600e3)); return n; }', [NUMBER], 'waits 3600 s longer'],
    ['a rejection that nobody handles', 'async (n) => n', "async (n) => { if (n > 2) void Promise.reject(new Error('late')); return n; }", [NUMBER], 'a rejected promise that nobody handles'],
    ['never settling', 'async (n) => n', '(n) => new Promise(() => {})', [NUMBER], 'never settles'],
    ['a function that does another thing', '(n) => (m) => n + m', '(n) => (m) => n - m', [NUMBER], 'returns another value'],
  ])('%s', async (_what, original, enhanced, types, reason) => {
    const verdict = await prove(original, enhanced, types);
    expect(verdict).toMatchObject({ status: 'differs', reason: expect.stringMatching(reason) as unknown });
    expect(verdict.counterExample?.typescript).toMatch(/^import \{ f \} from "\.\/a\.js";\n/);
  });

  it('what is called outside when the module loads', async () => {
    const original = "((fs) => { fs.readFileSync('a'); return (n) => n; })(require('node:fs'))";
    expect(await prove(original, original, [NUMBER])).toMatchObject({ status: 'equal' });
    expect(await prove(original, original.replace("('a');", "('a'); fs.readFileSync('b');"), [NUMBER])).toMatchObject({ status: 'differs', reason: 'the candidate calls the outside when its module loads' });
  });

  it('what is asked of an argument, how often, and what happens when it fails', async () => {
    const client: TypeIr = { kind: 'shape', callable: false, indexes: [], primitives: [], properties: [{ name: 'get', symbol: false, type: { kind: 'function' }, optional: false, exact: false, readonly: false }] };
    const callbacks = { 'p0.get': { returns: STRING, async: true } };
    const original = '(c, s) => c.get(s)';
    expect(await prove(original, 'async (c, s) => { const a = await c.get(s); return a; }', [client, STRING], { callbacks })).toMatchObject({ status: 'equal' });
    for (const enhanced of ['async (c, s) => { await c.get(s); return c.get(s); }', "async (c, s) => { try { return await c.get(s); } catch { return ''; } }", "(c, s) => c.get(s + '/')"]) {
      expect(await prove(original, enhanced, [client, STRING], { callbacks })).toMatchObject({ status: 'differs' });
    }
  });
});

describe('what is equal', () => {
  it.each<[string, string, string, readonly TypeIr[]]>([
    ['another way to the same value', '(a) => a.reduce((x, y) => Math.max(x, y), -Infinity)', '(a) => { let m = -Infinity; for (const x of a) m = Math.max(m, x); return m; }', [NUMBERS]],
    ['an error that extends the original one', "(n) => { if (n < 0) throw new RangeError('no'); return n; }", "(() => { class Negative extends RangeError { constructor(m, n) { super(m); this.n = n; } } return (n) => { if (n < 0) throw new Negative('no', n); return n; }; })()", [NUMBER]],
    ['an error of the engine in other words', '(s) => JSON.parse(s)', "(s) => { try { return JSON.parse(s); } catch { throw new SyntaxError('no JSON'); } }", [STRING]],
    ['a cache that copies', '(s) => [s]', '(() => { const cache = new Map(); return (s) => { if (!cache.has(s)) cache.set(s, [s]); return [...cache.get(s)]; }; })()', [STRING]],
    ['the same argument', '(a) => (a.length > 1 ? a : [])', '(a) => { if (a.length > 1) return a; return []; }', [NUMBERS]],
  ])('%s', async (_what, original, enhanced, types) => {
    expect(await prove(original, enhanced, types)).toMatchObject({ status: 'equal', inputs: expect.any(Number) as unknown });
  });

  it('a function whose arguments the sandbox cannot make is not executed, and says why', async () => {
    const instance: TypeIr = { kind: 'instance', name: 'Socket', global: false };
    expect(await prove('(s) => 1', '(s) => 2', [instance])).toMatchObject({ status: 'not executed', reason: 'its arguments cannot be made: no class Socket in sight' });
  });

  it('a module that does not load in the sandbox is not executed', async () => {
    expect(await prove("(() => { throw new Error('needs a screen'); })()", '(n) => n', [NUMBER])).toMatchObject({ status: 'not executed', reason: expect.stringContaining('needs a screen') as unknown });
  });
});

describe('inputs', () => {
  it('are the same for the same subject, and others for another seed', () => {
    const one = subject('(a) => a', '(a) => a', [NUMBERS, STRING]);
    expect(makeCases(one, 50)).toEqual(makeCases(one, 50));
    expect(makeCases({ ...one, seed: 'c0ffee00' }, 50)).not.toEqual(makeCases(one, 50));
  });

  it('respect constraints', () => {
    const types: TypeIr[] = [
      { kind: 'number', constraints: { minimum: 3, maximum: 9, integer: true } }, { kind: 'string', constraints: { minLength: 2, maxLength: 4 } },
      { kind: 'array', element: NUMBER, constraints: { minItems: 1, maxItems: 2, uniqueItems: true } }, { kind: 'string', constraints: { pattern: '^[a-c]{3}$' } }, { kind: 'number', constraints: { multipleOf: 5, exclusiveMinimum: 0, maximum: 100 } },
    ];
    const plans = makeCases(subject('() => 0', '() => 0', types), 300).filter(({ bent }) => !bent);
    for (const { case: { args } } of plans) {
      const [n, s, list, p, five] = args as [Extract<Value, { k: 'number' }>, Extract<Value, { k: 'string' }>, Extract<Value, { k: 'array' }>, Extract<Value, { k: 'string' }>, Extract<Value, { k: 'number' }>];
      expect([Number(n.v) >= 3 && Number(n.v) <= 9 && Number.isInteger(Number(n.v)), s.v.length >= 2 && s.v.length <= 4, list.items.length >= 1 && list.items.length <= 2, /^[a-c]{3}$/.test(p.v), Number(five.v) > 0 && Number(five.v) <= 100 && Number(five.v) % 5 === 0]).toEqual([true, true, true, true, true]);
    }
  });

  it('come from the author\'s examples, too', () => {
    expect(readExample(ts, 'f([1, -2], "a", { b: null }) // => 3', 'f')).toEqual([
      { k: 'array', items: [{ k: 'number', v: '1' }, { k: 'number', v: '-2' }] }, { k: 'string', v: 'a' }, { k: 'object', entries: [['b', { k: 'null' }]] },
    ]);
    expect(readExample(ts, 'f(x)', 'f')).toBeUndefined();
    expect(readExample(ts, 'g(1)', 'f')).toBeUndefined();
  });

  it('print as TypeScript that makes the same value', async () => {
    const value: fc.Arbitrary<Value> = fc.letrec<{ any: Value }>((tie) => ({
      any: fc.oneof({ maxDepth: 2 },
        fc.constantFrom<Value>({ k: 'undefined' }, { k: 'null' }, { k: 'boolean', v: true }, { k: 'number', v: '-0' }, { k: 'number', v: 'NaN' }, { k: 'number', v: '1.5' }, { k: 'bigint', v: '12' }, { k: 'date', v: '5' }, { k: 'typed', name: 'Uint8Array', items: ['1', '255'] }, { k: 'regexp', source: 'a/b', flags: 'gi' }, { k: 'error', name: 'TypeError', message: 'x' }),
        fc.string({ unit: 'binary' }).map((v): Value => ({ k: 'string', v })),
        fc.array(tie('any'), { maxLength: 3 }).map((items): Value => ({ k: 'array', items })),
        fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b-c', '__proto__', '0'), tie('any')), { maxLength: 3, selector: ([key]) => key }).map((entries): Value => ({ k: 'object', entries })),
        fc.array(fc.tuple(fc.string().map((v): Value => ({ k: 'string', v })), tie('any')), { maxLength: 2 }).map((entries): Value => ({ k: 'map', entries })),
        fc.array(tie('any'), { maxLength: 2 }).map((items): Value => ({ k: 'set', items }))),
    })).any;
    const values = fc.sample(value, { numRuns: 150, seed: 7 });
    const run = async (body: string, cases: readonly Value[]): Promise<readonly string[]> =>
      (await runCases(files, { modules: { 'a.ts': `exports.f = ${body};` }, resolutions: {} }, { module: 'a.ts', access: ['f'] }, cases.map((v) => ({ args: [v] })))).results.map((r) => r.value);
    // By content: a copy of the argument would be told apart from the argument.
    const built = await run('(v) => structuredClone(v)', values);
    const printed = await run(`(() => { const made = [${values.map((v) => `() => ${printValue(v) === '{}' || printValue(v).startsWith('{') ? `(${printValue(v)})` : printValue(v)}`).join(',\n')}]; return (i) => structuredClone(made[i]()); })()`, values.map((_, i) => ({ k: 'number', v: String(i) })));
    expect(printed).toEqual(built);
  });

  it('shrink to simpler ones only', () => {
    fc.assert(fc.property(fc.array(fc.integer()), fc.string(), (list, text) => {
      const size = (value: Value): number => (value.k === 'array' ? 1 + value.items.reduce((sum, item) => sum + size(item), 0) : value.k === 'string' ? value.v.length : value.k === 'number' ? Math.min(1, Math.abs(Number(value.v))) : 0);
      const args: Value[] = [{ k: 'array', items: list.map((n) => ({ k: 'number', v: String(n) })) }, { k: 'string', v: text }];
      return simplerCases({ args }).every((each) => each.args.reduce((sum, arg) => sum + size(arg), 0) <= args.reduce((sum, arg) => sum + size(arg), 0));
    }));
  });
});

it('compares all that a call came to', () => {
  const base: CaseResult = { how: 'returned', value: '1', after: '[1]', calls: ['f(1)'], waitedMs: 0 };
  expect(alike(base, base)).toBe(true);
  for (const other of [{ how: 'resolved' }, { value: '2' }, { after: '[2]' }, { calls: [] }, { calls: ['f(2)'] }, { waitedMs: 60_000 }] as const) expect(alike(base, { ...base, ...other })).toBe(false);
});
