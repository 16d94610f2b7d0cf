/** What the behaviour check gives to functions: inside the contract, related, and every value that code commonly asks about. */
import fc from 'fast-check';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { makeCases } from '../transformer/4-verify/behaviour/make-cases.ts';
import { makeEnv } from '../transformer/4-verify/behaviour/make-value.ts';
import { EXOTIC, notableValues } from '../transformer/4-verify/behaviour/notable-values.ts';
import { leavesOf } from '../transformer/4-verify/behaviour/leaves.ts';
import { plantLiterals, variedFirst } from '../transformer/4-verify/behaviour/plant.ts';
import { makeHintReader } from '../transformer/4-verify/behaviour/read-hints.ts';
import { printValue } from '../transformer/4-verify/behaviour/print-value.ts';
import { proveBehaviour } from '../transformer/4-verify/behaviour/prove.ts';
import { ownLiterals, readLiterals } from '../transformer/4-verify/behaviour/read-literals.ts';
import { RELATIONS } from '../transformer/4-verify/behaviour/relate.ts';
import type { BehaviourSubject } from '../transformer/4-verify/behaviour/subject.ts';
import { findSandboxFiles, runCases } from '../transformer/4-verify/sandbox/run-cases.ts';
import type { Value } from '../transformer/4-verify/sandbox/value.ts';
import type { FunctionContract, TypeIr } from '../transformer/contract/ir.ts';
import { makeContractReader, makeContractSource } from '../transformer/contract/index.ts';
import type { TargetNode } from '../transformer/types.ts';
import { FREE, makeProgram, root, runAll, ts6 } from './contract-harness.ts';
import { typeModel } from './contract-models.ts';

const files = findSandboxFiles();
const ANY: TypeIr = { kind: 'any' };
const STRING: TypeIr = { kind: 'string' };
const list = (element: TypeIr): TypeIr => ({ kind: 'array', element });
const shape = (of: Readonly<Record<string, TypeIr>>): TypeIr => ({ kind: 'shape', properties: Object.entries(of).map(([name, type]) => ({ name, symbol: false, type, optional: false, exact: false, readonly: false })), indexes: [], callable: false, primitives: [] });
const RECORD: TypeIr = { kind: 'shape', properties: [], indexes: [{ key: 'string', type: ANY }], callable: false, primitives: [] };

function subjectOf(original: string, enhanced: string, types: readonly TypeIr[], optional = 0): BehaviourSubject {
  const contract: FunctionContract = {
    parameters: types.map((type, i) => ({ name: `p${i}`, type, optional: i >= types.length - optional, rest: false })),
    result: ANY, overloads: [], checksArguments: true, checksResult: false, definitions: [], shadowedGlobals: [],
  };
  const graph = (body: string): BehaviourSubject['original'] => ({ modules: { 'a.ts': `exports.f = ${body};` }, resolutions: {} });
  return {
    id: 'a.ts#f', name: 'f', seed: '5eed5eed', contract, original: graph(original), enhanced: graph(enhanced), entry: { module: 'a.ts', access: ['f'] },
    callbacks: {}, classes: {}, examples: [], literals: readLiterals(ts, [ts.createSourceFile('a.ts', `${original}\n${enhanced}`, ts.ScriptTarget.Latest, true)]),
  };
}

describe('values that code asks about', () => {
  it.each<[string, string, string]>([
    ['undefined', '(x) => x === undefined', '() => false'],
    ['null', '(x) => x === null', '() => false'],
    ['a symbol', "(x) => typeof x === 'symbol'", '() => false'],
    ['a function', "(x) => typeof x === 'function'", '() => false'],
    ['a bigint', "(x) => typeof x === 'bigint'", '() => false'],
    ['an empty map', '(x) => x instanceof Map && x.size === 0', '() => false'],
    ['a date that is none', '(x) => x instanceof Date && isNaN(x.getTime())', '() => false'],
    ['-0', '(x) => Object.is(x, -0)', '() => false'],
    ['an object of a class', '(x) => typeof x === "object" && x !== null && Object.getPrototypeOf(Object.getPrototypeOf(x) ?? {}) === Object.prototype && x.constructor.name === "Thing"', '() => false'],
    ['an object without a prototype', '(x) => typeof x === "object" && x !== null && Object.getPrototypeOf(x) === null', '() => false'],
    ['a key that is a symbol', '(x) => typeof x === "object" && x !== null && Reflect.ownKeys(x).some((k) => k === Symbol.for("s"))', '() => false'],
    ['an object with a tag', '(x) => Object.prototype.toString.call(x) === "[object x]"', '() => false'],
  ])('%s', async (_, original, enhanced) => {
    await expect(proveBehaviour(subjectOf(original, enhanced, [ANY]), { files, inputs: 1, shrink: false })).resolves.toMatchObject({ status: 'differs' });
  });

  it('meet every parameter, whatever chance says', () => {
    const plans = makeCases(subjectOf('() => 0', '() => 0', [STRING, list({ kind: 'boolean' }), { kind: 'union', members: [{ kind: 'null' }, { kind: 'literal', type: 'string', value: 'on' }] }]), 1);
    const given = (i: number): string[] => plans.map(({ case: { args } }) => (args[i] === undefined ? 'missing' : printValue(args[i])));
    expect(given(0)).toEqual(expect.arrayContaining(['""', '" a"', '"a "']));
    expect(given(1)).toEqual(expect.arrayContaining(['[]', '[true]', '[false]', '[true, true]', '[true, false]']));
    expect(given(2)).toEqual(expect.arrayContaining(['null', '"on"']));
  });

  it('print as TypeScript that makes them', async () => {
    const text = 'const describe = (v) => [typeof v, Object.prototype.toString.call(v), typeof v === "object" && v !== null ? [Reflect.ownKeys(v).map(String), Object.getPrototypeOf(v) === null, Object.getPrototypeOf(v) === Object.prototype] : String(v)];';
    const run = async (body: string, args: readonly Value[]): Promise<readonly string[]> =>
      (await runCases(files, { modules: { 'a.ts': `${text} exports.f = ${body};` }, resolutions: {} }, { module: 'a.ts', access: ['f'] }, args.map((v) => ({ args: [v] })))).results.map((r) => r.value);
    const plain = EXOTIC.filter(({ k }) => k !== 'function' && k !== 'iterable' && k !== 'promise');
    const js = plain.map((v) => transformSync(`const made = ${printValue(v)};`, { loader: 'ts' }).code.trim().replace(/^const made = /, '').replace(/;$/, ''));
    expect(await run(`((i) => describe([${js.map((each) => `() => (${each})`).join(', ')}][i]()))`, plain.map((_, i) => ({ k: 'number', v: String(i) })))).toEqual(await run('describe', plain));
  });
});

describe('arguments that belong together', () => {
  it.each<[string, string, string, readonly TypeIr[], number]>([
    ['a character that a text ends with', "(s, c) => { if (c.length !== 1) throw new Error('one'); let e = s.length; while (e > 0 && s[e - 1] === c) e--; return s.slice(0, e); }", "(s, c) => { if (c.length !== 1) throw new Error('one'); return s; }", [STRING, STRING], 0],
    ['characters that a text begins with', '(s, cs) => { let i = 0; while (i < s.length && cs.includes(s[i])) i++; return s.slice(i); }', '(s, cs) => (cs.length > 1 && cs.includes(s[0]) ? s : s.replace(new RegExp(`^${cs.includes(s[0]) ? "[^]" : ""}`), ""))', [STRING, list(STRING)], 0],
    ['white space on one side', '(s) => s.trimStart()', '(s) => s.trimEnd()', [STRING], 0],
    ['a beginning', '(s, p) => s.startsWith(p) && p.length > 1', '(s, p) => s === p && p.length > 1', [STRING, STRING], 0],
    ['keys of an object', '(o, keys) => { const r = { ...o }; for (const k of keys) delete r[k]; return r; }', '(o) => ({ ...o })', [RECORD, list(STRING)], 0],
    ['keys, whatever their type', '(o, keys) => { const r = { ...o }; for (const k of keys) delete r[k]; return r; }', '(o) => ({ ...o })', [RECORD, list(ANY)], 0],
    ['two that are alike but for a leaf', '(a, b) => JSON.stringify(a) === JSON.stringify(b)', '(a, b) => Object.keys(a).join() === Object.keys(b).join()', [RECORD, RECORD], 0],
    ['a key that reads the same', '(o, k) => Object.hasOwn(o, k)', '(o, k) => Object.hasOwn(o, k.normalize("NFKC"))', [RECORD, STRING], 0],
    ['a name that every object inherits', '(o, k) => Object.hasOwn(o, k)', '(o, k) => k in o', [RECORD, STRING], 0],
    ['an object of a shape without a prototype', '(o) => o.a', '(o) => ("toString" in o ? o.a : 0)', [shape({ a: STRING })], 0],
    ['lists that have to do with each other', '(us, os) => os.map((o) => us.find((u) => u.id === o.of)?.n)', '(us, os) => os.map((o) => us.findLast((u) => u.id === o.of)?.n)', [list(shape({ id: { kind: 'number' }, n: { kind: 'number' } })), list(shape({ of: { kind: 'number' } }))], 0],
    ['an expression that remembers its place', '(r, s) => s.match(r)?.[0]', '(r, s) => (r.test(s), s.match(r)?.[0])', [{ kind: 'builtin', name: 'RegExp' }, STRING], 0],
    ['a number next to another', '(a, b) => b - a === 1', '() => false', [{ kind: 'number' }, { kind: 'number' }], 0],
  ])('%s', async (_, original, enhanced, types, optional) => {
    await expect(proveBehaviour(subjectOf(original, enhanced, types, optional), { files, inputs: 100, shrink: false })).resolves.toMatchObject({ status: 'differs' });
  });

  const value: fc.Arbitrary<Value> = fc.letrec<{ any: Value }>((tie) => ({
    any: fc.oneof({ maxDepth: 2 },
      fc.string({ maxLength: 4 }).map((v): Value => ({ k: 'string', v })), fc.integer({ min: -9, max: 9 }).map((n): Value => ({ k: 'number', v: String(n) })), fc.constantFrom<Value>({ k: 'null' }, { k: 'undefined' }, { k: 'boolean', v: true }),
      fc.array(tie('any'), { maxLength: 3 }).map((items): Value => ({ k: 'array', items })), fc.array(tie('any'), { maxLength: 2 }).map((items): Value => ({ k: 'set', items })),
      fc.array(fc.tuple(fc.constantFrom('a', 'b'), tie('any')), { maxLength: 2 }).map((entries): Value => ({ k: 'object', entries })),
      fc.array(fc.tuple(tie('any'), tie('any')), { maxLength: 2 }).map((entries): Value => ({ k: 'map', entries }))),
  })).any;

  it.each(RELATIONS.map((relation, i) => [i, relation] as const))('relation %d keeps the number of arguments and changes none in place', (_, relation) => {
    let applied = 0;
    fc.assert(fc.property(fc.array(value, { maxLength: 4 }), fc.nat(1_000), (args, pick) => {
      const before = JSON.stringify(args);
      const related = relation(args, pick);
      expect(JSON.stringify(args)).toBe(before);
      if (related === undefined) return;
      applied++;
      expect(related).toHaveLength(args.length);
    }), { numRuns: 3_000, seed: 11 });
    expect(applied).toBeGreaterThan(5);
  });
});

describe('what stands in the sources, in inputs that the original answers', () => {
  const ROW = "(line) => { const [name = '', age = ''] = line.split(','); if (!/^\\d+$/.test(age)) throw new TypeError('age'); return { name, age: Number(age) }; }";
  const FEE = "(cents, kind) => { if (!Number.isInteger(cents) || cents < 0) throw new RangeError('cents'); return cents + Math.round(cents * (kind === 'card' ? 0.03 : 0)); }";
  const MASK = "(card) => { const digits = card.replace(/\\D/g, ''); if (digits.length < 8) throw new Error('short'); return '*'.repeat(digits.length - 4) + digits.slice(-4); }";
  const MAY = "(user, action) => user.role === 'admin' || (action === 'read' && user.id !== '')";
  const WHEN = "(text) => { if (/^\\d{4}-\\d{2}-\\d{2}T/.test(text)) return Date.parse(text); return NaN; }";
  const USER = shape({ id: STRING, role: STRING });
  const NUMBER: TypeIr = { kind: 'number' };
  const planted = (original: string, enhanced: string, types: readonly TypeIr[]): BehaviourSubject => {
    const [theirs, ours] = [original, enhanced].map((text) => ts.createSourceFile('a.ts', `(${text})`, ts.ScriptTarget.Latest, true));
    return { ...subjectOf(original, enhanced, types), own: ownLiterals(ts, theirs!, ours!) };
  };

  it.each<[string, string, string, readonly TypeIr[]]>([
    ['the end of a part of a text', ROW, ROW.replace('return {', "if (name.endsWith(' Jr.')) return { name, age: 0 }; return {"), [STRING]],
    ['the number in a text', ROW, ROW.replace('return {', "if (age === '4711') return { name, age: 0 }; return {"), [STRING]],
    ['two texts at once', MAY, MAY.replace("user.role === 'admin'", "(user.id === 'svc-42' && action === 'rotate') || user.role === 'admin'"), [USER, STRING]],
    ['a text with a blank behind it', MAY, MAY.replace('user.role', 'user.role.trim()'), [USER, STRING]],
    ['an amount, of a kind that matters', FEE, FEE.replace('return cents', 'if (cents === 0x7f3 * 7) return cents; return cents'), [NUMBER, STRING]],
    ['a remainder', FEE, FEE.replace('return cents', 'if (cents % 97 === 13) return cents; return cents'), [NUMBER, STRING]],
    ['a number of digits', MASK, MASK.replace("return '*'", "if (digits.length === 23) return digits; return '*'"), [STRING]],
    ['a date of another form', WHEN, WHEN.replace('return NaN', "return /^[A-Z][a-z]{5,8}, \\d{2}-[A-Z][a-z]{2}-\\d{2} \\d{2}:\\d{2}:\\d{2} GMT$/.test(text) ? Date.parse(text) : NaN"), [STRING]],
    ['a date of another form, behind another text', WHEN.replace('(text)', '(zone, text)'), WHEN.replace('(text)', '(zone, text)').replace('return NaN', "return /^[A-Z][a-z]{5,8}, \\d{2}-[A-Z][a-z]{2}-\\d{2} \\d{2}:\\d{2}:\\d{2} GMT$/.test(text) ? Date.parse(text) : NaN"), [STRING, STRING]],
    ['two texts at once, behind what decides nothing', MAY, MAY.replace("=> user.role === 'admin'", "=> ['one', 'two', 'three', 'four', 'five', 'six'].length > 9 || (user.id === 'svc-42' && action === 'rotate') || user.role === 'admin'"), [USER, STRING]],
    ['a remainder, behind numbers that decide nothing', FEE, FEE.replace('return cents', 'const limits = [100, 1000, 60, 24, 7, 365]; if (cents % 97 === 13) return limits.length; return cents'), [NUMBER, STRING]],
    ['a length of the fourth text', MAY, MAY.replace("user.role === 'admin'", "action.length === 777 || user.role === 'admin'"), [shape({ id: STRING, role: STRING, name: STRING }), STRING]],
    ['more than so many in a list', '(xs) => xs.length', '(xs) => (xs.length > 777 ? 0 : xs.length)', [list(NUMBER)]],
    ['the length of a list', '(xs) => xs.length', '(xs) => (xs.length === 777 ? 0 : xs.length)', [list(NUMBER)]],
    ['a big integer', '(n) => n', '(n) => (n === 4711n ? 0n : n)', [{ kind: 'bigint' }]],
    ['the remainder of a big integer', '(n) => n', '(n) => (n % 97n === 13n ? 0n : n)', [{ kind: 'bigint' }]],
    ['a year', '(d) => d.getUTCFullYear() > 0', '(d) => d.getUTCFullYear() > 0 && d.getUTCFullYear() !== 2031', [{ kind: 'builtin', name: 'Date' }]],
    ['a day', '(d) => d.getTime()', '(d) => (d.getTime() === Date.UTC(2031, 4, 17) ? 0 : d.getTime())', [{ kind: 'builtin', name: 'Date' }]],
    ['a length', MAY, MAY.replace("user.role === 'admin'", "user.id.length === 777 || user.role === 'admin'"), [USER, STRING]],
  ])('%s', async (_, original, enhanced, types) => {
    await expect(proveBehaviour(planted(original, enhanced, types), { files, inputs: 100, shrink: false })).resolves.toMatchObject({ status: 'differs' });
    await expect(proveBehaviour({ ...planted(original, original, types), own: planted(original, enhanced, types).own! }, { files, inputs: 100, shrink: false })).resolves.toMatchObject({ status: 'equal' });
  });

  it('a method that is called without its object, where it is declared as one', async () => {
    const client = shape({ send: { kind: 'function' } });
    const [of, off] = ['(client) => client.send(1)', '(client) => { const { send } = client; return send(1); }'];
    const taken = (original: string, enhanced: string, method: boolean): BehaviourSubject => ({ ...subjectOf(original, enhanced, [client]), callbacks: { 'p0.send': { returns: NUMBER, async: false, ...(method && { method: true as const }) } } });
    await expect(proveBehaviour(taken(of, off, true), { files, inputs: 20, shrink: false })).resolves.toMatchObject({ status: 'differs', reason: 'the candidate calls p0.send without the object that it is a method of: call it on its object, or bind it' });
    await expect(proveBehaviour(taken(of, off, false), { files, inputs: 20, shrink: false })).resolves.toMatchObject({ status: 'equal' });
    // Whoever gives it its object back does no harm.
    await expect(proveBehaviour(taken(off, of, true), { files, inputs: 20, shrink: false })).resolves.toMatchObject({ status: 'equal' });
  });

  it('a method that is declared for nobody may be taken off', () => {
    const file = `${root}/virtual/hints.ts`;
    const program = makeProgram(ts6, { [file]: 'interface Log { warn(this: void, text: string): number; send(text: string): number }\nexport function report(log: Log, toString: () => string): number { return log.warn(toString()); }\n' }, { strict: true });
    const node = program.getSourceFile(file)!.statements.find(ts6.isFunctionDeclaration)!;
    expect({ ...makeHintReader(ts6, program.getTypeChecker(), node as TargetNode, []).callbacks }).toMatchObject({ 'log.warn': { returns: { kind: 'number' } }, 'log.send': { method: true }, toString: { returns: { kind: 'string' } } });
    expect(makeHintReader(ts6, program.getTypeChecker(), node as TargetNode, []).callbacks['log.warn']).not.toHaveProperty('method');
  });

  it('a callback has the name that its author gave it', () => {
    const subject = subjectOf('() => 0', '() => 0', [{ kind: 'function' }]);
    expect(makeCases({ ...subject, contract: { ...subject.contract, parameters: [{ name: 'toString', type: { kind: 'function' }, optional: false, rest: false }] } }, 5)).not.toHaveLength(0);
  });

  it.each<[string, string, string, readonly TypeIr[]]>([
    ['calls what every object has', "(o) => { let n = 0; for (const k in o) if (o.hasOwnProperty(k)) n++; return n; }", '(o) => Object.keys(o).length', [shape({ a: STRING, b: STRING })]],
    ['asks for a text that its type rules out', "(kind, n) => (kind === 'card' ? n : kind === 'cash' ? n * 2 : n * 3)", "(kind, n) => { switch (kind) { case 'card': return n; case 'cash': return n * 2; case 'gift': return n * 3; default: return n + n + n + n; } }", [{ kind: 'union', members: ['card', 'cash', 'gift'].map((value) => ({ kind: 'literal', type: 'string', value })) }, NUMBER]],
  ])('is no difference where the original %s', async (_, original, enhanced, types) => {
    for (const seed of ['5eed5eed', '00000001', '0badcafe']) await expect(proveBehaviour({ ...planted(original, enhanced, types), seed }, { files, inputs: 100, shrink: false })).resolves.toMatchObject({ status: 'equal' });
  });

  it('calls are counted with small inputs, whatever sizes the source names', async () => {
    const SUM = "(xs) => { const limit = 20000; let sum = 0; for (const x of xs.slice(0, limit)) sum += x; return sum; }";
    const counting = SUM.replace('(xs) => {', '(xs) => { state.calls++; if (state.calls > 3000 && state.calls % 2 === 0 && xs.length < 9) return 0;');
    const subject = planted(SUM, counting, [list(NUMBER)]);
    const counted = { ...subject, enhanced: { modules: { 'a.ts': `const state = { calls: 0 }; exports.f = ${counting};` }, resolutions: {} }, habits: { keepsState: true, readsClock: false } };
    for (const seed of ['5eed5eed', '00000001']) await expect(proveBehaviour({ ...counted, seed }, { files, inputs: 100, shrink: false })).resolves.toMatchObject({ status: 'differs' });
  });

  it('what kills the original is asked last, and leaves the other checks alone', async () => {
    const original = '(n, v) => new Array(Math.trunc(Math.abs(n)) || 0).fill(v).length';
    const enhanced = '(n, v) => { const sizes = [41e6, 42e6, 43e6, 44e6]; const before = Date.now(); return new Array(Math.trunc(Math.abs(n)) || 0).fill(v).length + (Date.now() - before > 20 ? sizes.length : 0); }';
    await expect(proveBehaviour({ ...planted(original, enhanced, [NUMBER, NUMBER]), habits: { keepsState: false, readsClock: true } }, { files, inputs: 5, shrink: false })).resolves.toMatchObject({ status: 'differs' });
  });

  const leaf = fc.oneof(fc.string({ maxLength: 6 }).map((v): Value => ({ k: 'string', v })), fc.integer().map((n): Value => ({ k: 'number', v: String(n) })));
  const args = fc.array(fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }).map((items): Value => ({ k: 'array', items })), fc.array(fc.tuple(fc.constantFrom('a', 'b'), leaf), { maxLength: 2 }).map((entries): Value => ({ k: 'object', entries }))), { minLength: 1, maxLength: 3 });
  const literals = fc.record({ bigints: fc.constant<readonly string[]>([]), strings: fc.array(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 8 }), numbers: fc.array(fc.integer({ min: -50, max: 5_000 }), { maxLength: 8 }) });

  it('are put only where any of their kind is inside the contract', () => {
    const literal = (value: string): TypeIr => ({ kind: 'literal', type: 'string', value });
    const union = (...members: readonly TypeIr[]): TypeIr => ({ kind: 'union', members });
    const row = (entries: Readonly<Record<string, string>>): Value => ({ k: 'object', entries: Object.entries(entries).map(([key, v]) => [key, { k: 'string', v }] as const) });
    const cases: readonly (readonly [Value, TypeIr, readonly string[]])[] = [
      [{ k: 'string', v: 's' }, STRING, ['s']],
      [{ k: 'string', v: 's' }, union(literal('s'), literal('t')), []],
      [{ k: 'string', v: 's' }, { kind: 'string', constraints: { pattern: '^s$' } }, []],
      [{ k: 'string', v: 's' }, union({ kind: 'number' }, STRING), ['s']],
      [{ k: 'string', v: 's' }, { kind: 'ref', name: 'Text' }, ['s']],
      [row({ kind: 'a', text: 's' }), union(shape({ kind: literal('a'), text: STRING }), shape({ kind: literal('b'), text: STRING })), ['s']],
      // What one member allows, the other refuses.
      [row({ kind: 'a', text: 's' }), union(shape({ kind: literal('a'), text: STRING }), shape({ kind: literal('b'), text: literal('s') })), []],
      [{ k: 'array', items: [row({ a: 's', b: 't' })] }, list(shape({ a: literal('s'), b: STRING })), ['t']],
      [{ k: 'map', entries: [[{ k: 'string', v: 'k' }, { k: 'string', v: 's' }]] }, { kind: 'map', key: STRING, value: STRING }, ['s']],
      [row({ a: 's' }), ANY, ['s']],
    ];
    for (const [value, type, found] of cases) expect([type, leavesOf([value], [type], new Map([['Text', STRING]])).map((leaf) => leaf.value.v)]).toEqual([type, found]);
  });

  it('each is one of the inputs with something else in it, none comes twice, and they are not too many', () => {
    fc.assert(fc.property(fc.array(args, { maxLength: 8 }), literals, literals, (bases, own, theirs) => {
      const all = { strings: [...own.strings, ...theirs.strings], numbers: [...own.numbers, ...theirs.numbers], bigints: [], patterns: ['^\\d+$', '(', '^(?:[\\w-]+\\.?)+@', '.*.*.*.*.*.*.*.*.*.*.*.*!!$', `${'(.|.)'.repeat(33)}!`] };
      const before = JSON.stringify(bases);
      const made = plantLiterals({ bases, types: [], definitions: [] }, own, all).map((each) => each.args);
      expect(JSON.stringify(bases)).toBe(before);
      expect(made.length).toBeLessThanOrEqual(240);
      expect(new Set(made.map((each) => JSON.stringify(each))).size).toBe(made.length);
      const kinds = (list: readonly Value[]): string => JSON.stringify(list, (key, value: unknown) => (key === 'v' ? '' : key === 'items' ? [...new Set((value as readonly Value[]).map(({ k }) => k))] : value));
      const known = new Set(bases.map(kinds));
      expect(made.filter((each) => !known.has(kinds(each)))).toEqual([]);
    }), { seed: 7 });
  });

  it('inputs whose texts the sources name come first, and of each form one; none is lost', () => {
    fc.assert(fc.property(fc.array(args, { maxLength: 12 }), literals, (list, known) => {
      const sorted = variedFirst(list, (each) => each, known);
      expect([...sorted].map((each) => JSON.stringify(each)).sort()).toEqual(list.map((each) => JSON.stringify(each)).sort());
    }), { seed: 7 });
    const text = (v: string): readonly Value[] => [{ k: 'string', v }];
    expect(variedFirst([text('ab 1'), text('xyz 23'), text('card'), text('cash')], (each) => each, { strings: ['card'], numbers: [], bigints: [] })).toEqual([text('card'), text('ab 1'), text('cash'), text('xyz 23')]);
  });
});

describe('inputs outside of their type are known as such', () => {
  const member = (name: string, symbol = false): object => ({ name, symbol, optional: false, exact: false, type: ANY });
  const shape = (properties: readonly object[], callable = false): TypeIr => ({ kind: 'shape', properties, indexes: [], callable, primitives: [] }) as unknown as TypeIr;
  it.each<[string, TypeIr, boolean]>([
    ['an iterable', shape([member('Symbol.iterator', true)]), false],
    ['an iterable with more, as template strings are', shape([member('Symbol.iterator', true), member('raw')]), true],
    ['a function with members', shape([member('raw')], true), true],
    ['an object', shape([member('raw')]), false],
  ])('%s', (_, type, isBent) => {
    const plans = makeCases(subjectOf('() => 0', '() => 0', [type]), 40);
    expect(plans.every(({ bent }) => bent)).toBe(isBent);
  });
  it('keys and items that take a number\'s place are numbers', () => {
    const pairs: readonly Value[] = [{ k: 'object', entries: [['1', { k: 'null' }]] }, { k: 'number', v: '5' }];
    const mixed: readonly Value[] = [{ k: 'array', items: [{ k: 'string', v: '1' }, { k: 'number', v: '7' }] }, { k: 'number', v: '5' }];
    for (const given of [pairs, mixed]) {
      const related = RELATIONS.flatMap((relation) => Array.from({ length: 20 }, (_, pick) => relation(given, pick))).flatMap((args) => (args === undefined ? [] : [args[1]!.k]));
      expect([related.length > 0, new Set(related)]).toEqual([true, new Set(['number'])]);
    }
  });
});

describe('inputs lie inside the contract', () => {
  const PRELUDE = `
export enum Color { Red, Green = 7 }
export enum Level { Low = 'low', High = 'high' }
export interface List { value: number; next?: List }
export interface Even { odd: Odd | null } export interface Odd { even?: Even; n: 1 }
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Brand = string & { readonly __brand: 'id' };
export class Nominal { private readonly secret = 1; open = 2 }
export class Structural { constructor(public x: number, public y: string) {} }
export type Named = { a: number; b?: string };
`;
  const CLASSES = 'export class Nominal { secret = 1; open = 2 }\nexport class Structural { constructor(public x: number, public y: string) {} }\n';
  const models = fc.sample(typeModel, { seed: 20240517, numRuns: 250 });
  const file = `${root}/virtual/inputs.ts`;
  const program = makeProgram(ts6, { [file]: PRELUDE + models.map(({ text }, i) => `function f${i}(x: ${text}): void {}`).join('\n') }, { strict: true });
  const read = makeContractReader(ts6, program.getTypeChecker(), { program });
  const contracts = program.getSourceFile(file)!.statements.flatMap((statement) => (ts6.isFunctionDeclaration(statement) ? [read(statement as TargetNode).contract] : []));
  const emitted = runAll(contracts.map((contract) => makeContractSource(contract, { parameters: [FREE] })), CLASSES);
  /** `never` has no values; an instance needs its class. */
  const isPossible = (contract: FunctionContract): boolean => !/"kind":"(?:never|instance)"/.test(JSON.stringify([contract.parameters, contract.definitions]));
  const valuesOf = (contract: FunctionContract): readonly Value[] => {
    const subject = { ...subjectOf('() => 0', '() => 0', []), contract };
    const straight = makeCases(subject, 12).filter(({ bent }) => !bent).flatMap(({ case: { args } }) => args.slice(0, 1));
    return [...straight, ...notableValues(contract.parameters[0]!.type, makeEnv(subject, contract.definitions, 'mixed'))];
  };

  it('for random types: the emitted check accepts what is generated, and what is notable', () => {
    let checked = 0;
    const wrong: string[] = [];
    contracts.forEach((contract, i) => {
      if (!isPossible(contract)) return;
      const values = valuesOf(contract);
      const code = transformSync(`export const all = [${values.map((v) => `() => (${printValue(v)})`).join(',\n')}];`, { loader: 'ts', format: 'cjs' }).code;
      const module = { exports: {} as { all: (() => unknown)[] } };
      new Function('module', 'exports', code)(module, module.exports);
      module.exports.all.forEach((make, j) => {
        checked++;
        if (!emitted[i]!.acceptsArguments(make())) wrong.push(`${models[i]!.text}  <-  ${printValue(values[j]!)}`);
      });
    });
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(2_000);
  });
});
