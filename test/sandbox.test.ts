import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { findLauncher, findSandboxFiles, LIMITS, runCases, type CasesRun } from '../transformer/4-verify/sandbox/run-cases.ts';
import type { Case, Value } from '../transformer/4-verify/sandbox/value.ts';

const files = findSandboxFiles();
const ONE: Case = { args: [{ k: 'number', v: '1' }] };

/** Runs the body of a function of `x` in the sandbox. */
function run(body: string, cases: readonly Case[] = [ONE], limits = LIMITS): Promise<CasesRun> {
  return runCases(files, { modules: { 'a.ts': `exports.f = ${body};` }, resolutions: {} }, { module: 'a.ts', access: ['f'] }, cases, limits);
}
const first = async (body: string): Promise<string> => { const { results: [result], broken } = await run(body); return broken ?? `${result!.how} ${result!.value}`; };

describe('limits of a case', () => {
  it.each([
    ['an endless loop', '(x) => { for (;;); }'],
    ['an endless loop of microtasks', '(x) => { const again = () => Promise.resolve().then(again); again(); return new Promise(() => {}); }'],
    ['recursion without end', '(x) => { const f = () => f() + 1; return f(); }'],
    ['a regular expression without end', '(x) => /^(a+)+$/.test("a".repeat(40) + "b")'],
  ])('%s costs its case, not the others', async (_what, body) => {
    const { results } = await run(`((n) => (x) => (x === 1 ? (${body})(x) : x))()`, [ONE, { args: [{ k: 'number', v: '2' }] }]);
    expect(results.map(({ how }) => how)).toEqual(['limit', 'returned']);
    expect(results[1]!.value).toBe('2');
  });

  it.each([
    ['an allocation bomb', '(x) => { const all = []; for (;;) all.push(new Array(1e5).fill(x)); }'],
    ['a bomb of typed arrays', '(x) => { const all = []; for (;;) all.push(new Uint8Array(1 << 24).fill(1)); }'],
    ['a power of two integers', '(x) => (2n ** 40000000n) ** 40n > 0n'],
    ['a text that doubles', '(x) => { let s = "ab"; for (;;) s = (s + s).split("").join(""); }'],
  ])('%s is killed, and the cases behind it run in another child', async (_what, body) => {
    const { results } = await run(`(x) => (x === 1 ? (${body})(x) : x)`, [ONE, { args: [{ k: 'number', v: '2' }] }]);
    expect(results.map(({ how }) => how)).toEqual(['limit', 'returned']);
  });

  it('finds out what never settles, and lets virtual time pass at once', async () => {
    expect(await first('(x) => new Promise(() => {})')).toBe('hung ');
    expect(await first('(x) => ({ then() {} })')).toMatch(/^returned /);
    expect(await first('async (x) => ({ then() {} })')).toBe('hung ');
    const { results: [waited] } = await run('async (x) => { await new Promise((r) => setTimeout(r, 3600e3)); return Date.now() - 1.7e12; }');
    expect(waited).toMatchObject({ how: 'resolved', value: '3600000', waitedMs: 3_600_000 });
  });
});

describe('the realm', () => {
  it.each([
    ['process', 'typeof process.exit + typeof process.binding + typeof process.mainModule', 'function'],
    ['require', 'typeof require("fs").readFileSync("/etc/passwd")', 'not a file'],
  ])('offers a fake of %s only', async (_what, expression) => {
    const said = await first(`(x) => ${expression}`);
    expect(said).not.toContain('root:');
  });

  it.each([
    ['eval', '(x) => eval("1+1")'],
    ['Function', '(x) => new Function("return 1")()'],
    ['a constructor chain', '(x) => x.constructor.constructor("return process")()'],
    ['the constructor chain of the global', '(x) => globalThis.constructor.constructor("return process")()'],
    ['the constructor chain of an async function', '(x) => (async () => {}).constructor("return 1")()'],
    ['the error of a failed import', '(x) => import("node:fs").catch((e) => e.constructor.constructor("return process")().exit(0))'],
  ])('compiles no text: %s', async (_what, body) => {
    expect(await first(body)).toMatch(/^(?:threw|rejected) \w*Error/);
  });

  it('is not ended by exit, unhandled rejections or throwing timers', async () => {
    const { results } = await run('(x) => { try { process.exit(0); } catch {} Promise.reject(new Error("nobody")); setTimeout(() => { throw new Error("late"); }, 1); return x; }', [ONE, { args: [{ k: 'number', v: '2' }] }]);
    expect(results.map(({ how, value }) => `${how} ${value}`)).toEqual(['returned 1', 'returned 2']);
  });

  it.each([
    ['a call later on', '(f) => { setTimeout(() => { f(2); }, 1000); return f(1); }', ['f(1)', 'f(2)']],
    ['a call in a promise that nobody waits for', 'async (f) => { void Promise.resolve().then(() => new Promise((r) => setTimeout(r, 50))).then(() => f(2)); return f(1); }', ['f(1)', 'f(2)']],
    ['what a late timer throws', '(f) => { setTimeout(() => { throw new RangeError("late"); }, 5); return f(1); }', ['f(1)', 'uncaught RangeError("late"){}']],
  ])('waits for %s, after the result is there', async (_what, body, calls) => {
    const { results: [result] } = await run(body, [{ args: [{ k: 'function', name: 'f', mode: 'first', results: [] }] }]);
    expect(result).toMatchObject({ calls, waitedMs: 0 });
  });

  it('is through with a function that goes on for ever', async () => {
    const { results } = await run('(x) => { setInterval(() => {}, 1); const again = () => setTimeout(again, 1); again(); return x; }', [ONE, ONE]);
    expect(results.map(({ how, value }) => `${how} ${value}`)).toEqual(['returned 1 with timers that never end', 'returned 1 with timers that never end']);
  });

  it('says what a later change makes of the result', async () => {
    expect(await first('(x) => { const all = [x]; setTimeout(() => { all.push(2); }, 1); return all; }')).toBe('returned [1] later [1, 2]');
  });

  it.each([
    ['a text in the encoding that is named', "new TextDecoder('latin1').decode(new Uint8Array([233]))", '"é"'],
    ['the bytes of a text that is not at its end', "(() => { const d = new TextDecoder(); return d.decode(new Uint8Array([195]), { stream: true }) + d.decode(new Uint8Array([169])); })()", '"é"'],
    ['a text that is no text', "(() => { try { return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])); } catch (e) { return e.code; } })()", '"ERR_ENCODING_INVALID_ENCODED_DATA"'],
    ['an encoding that nobody knows', "(() => { try { new TextDecoder('none'); } catch (e) { return e.code; } })()", '"ERR_ENCODING_NOT_SUPPORTED"'],
    ['what kind of object it is', "['' + Object.prototype.toString.call(new TextEncoder()), '' + Object.keys(new TextDecoder()).length, typeof setTimeout(() => {}, 1)].join()", '"[object TextEncoder],0,object"'],
    ['a value of a name in a query', "['a', 'b'].map((v) => new URLSearchParams('k=a').has('k', v)).join()", '"true,false"'],
    ['a day without a zone', "Date.parse('2024-01-01T00:00:00') === Date.parse('2024-01-01T00:00:00Z')", 'false'],
  ])('does what Node does with %s', async (_what, expression, expected) => {
    expect(await first(`() => ${expression}`)).toBe(`returned ${expected}`);
  });

  it('calls with the same objects after they were changed', async () => {
    const list: Value = { k: 'array', items: [{ k: 'number', v: '1' }] };
    const { results } = await run('(() => { const seen = new WeakMap(); return (x) => { if (!seen.has(x)) seen.set(x, x[0]); return [seen.get(x), x[0]]; }; })()', [{ args: [list], changed: true }]);
    expect(results[0]).toMatchObject({ how: 'returned', value: '[1, 2]', after: '[2, 2]' });
  });

  it.each([
    ['functions in an object', '(x) => { let n = x; return { next: () => ++n }; }', /^returned \{"next": function\} \.next called: 2; 3; /],
    ['what a generator yields', '(x) => (function* () { yield x; return 7; })()', /^returned .* yields: 1, done 7$/],
    ['whose memory a view looks at', '(x) => { const all = new Uint8Array([1, 2, 3]); return [all.subarray(1), new DataView(all.buffer, 1)]; }', /^returned \[Uint8Array\[2, 3\], DataViewUint8Array\[2, 3\]\]$/],
    ['that nothing can be added', '(x) => Object.seal({ x })', /<sealed>$/],
  ])('tells %s', async (_what, body, expected) => {
    expect(await first(body)).toMatch(expected);
  });

  it('tells a view of an argument from a copy', async () => {
    const bytes: Case = { args: [{ k: 'typed', name: 'Uint8Array', items: ['1', '2', '3'] }] };
    expect((await run('(x) => x.subarray(1)', [bytes])).results[0]!.value).toBe('Uint8Array[2, 3] over argument 1.buffer from 1');
    expect((await run('(x) => x.slice(1)', [bytes])).results[0]!.value).toBe('Uint8Array[2, 3]');
  });

  it('counts how far an iterable was read, which can be done once', async () => {
    const items: Case = { args: [{ k: 'iterable', items: [{ k: 'number', v: '1' }, { k: 'number', v: '2' }] }] };
    const { results: [once] } = await run('(x) => [[...x], [...x]]', [items]);
    expect(once).toMatchObject({ value: '[[1, 2], []]', after: 'iterable(asked 4 times)' });
    const { results: [part] } = await run('(x) => { for (const n of x) return n; }', [items]);
    expect(part).toMatchObject({ value: '1', after: 'iterable(asked 1 times, closed)' });
  });

  it('runs two calls at the same time, and one call many times', async () => {
    const shared = '((held) => async (x) => { held.n = x; await null; return held.n; })({ n: 0 })';
    const { results } = await run(shared, [{ ...ONE, beside: { args: [{ k: 'number', v: '2' }] } }, ONE]);
    expect(results.map(({ value }) => value)).toEqual(['2 beside resolved 2', '1']);
    const { results: [often] } = await run('((n) => (x) => ++n)(0)', [{ ...ONE, times: 5_000 }]);
    expect(often).toMatchObject({ how: 'returned', value: '5000' });
  });

  it('moves the clock with each reading when asked to', async () => {
    const { results } = await run('(x) => { const t = Date.now(); return Date.now() - t; }', [ONE, { ...ONE, clockMs: 25 }]);
    expect(results.map(({ value }) => value)).toEqual(['0', '25']);
  });

  it('listens to the functions of a sample', async () => {
    const body = `(client, wait) => { client.get('a'); return wait(1); }; exports.samples = () => [[{ get: (id) => id }, async (n) => n]]`;
    const { results: [result] } = await run(body, [{ args: [], from: { name: 'samples', index: 0 } }]);
    expect(result!.calls).toEqual(['argument 1.get("a")', 'argument 2(1)']);
  });

  it('writes down the truth whatever the candidate does to the library', async () => {
    const poison = `
      Array.prototype[Symbol.iterator] = function* () {}; Array.prototype.push = () => 0; Array.prototype.map = () => [];
      JSON.stringify = () => '"forged"'; JSON.parse = () => ({}); Object.keys = () => []; Reflect.ownKeys = () => [];
      Map.prototype.get = () => 'forged'; String.prototype.charCodeAt = () => 0; Promise.prototype.then = () => {};
      Object.defineProperty(Array.prototype, '0', { set() {}, get: () => 'forged', configurable: true });
      Object.defineProperty(Object.prototype, 'value', { value: 'forged', configurable: true }); Object.prototype.get = () => 'forged';`;
    const { results } = await run(`(x) => { if (x === 1) { ${poison} } return { a: [x, 2], b: 'c' }; }`, [ONE, { args: [{ k: 'number', v: '3' }] }]);
    expect(results.map(({ how, value }) => `${how} ${value}`)).toEqual(['returned {"a": [1, 2], "b": "c"}', 'returned {"a": [3, 2], "b": "c"}']);
  });

  it('runs no code of what was returned while it is written down', async () => {
    expect(await first('(x) => ({ get secret() { throw new Error("run"); }, toJSON() { return "forged"; }, valueOf() { return 7; }, [Symbol.toPrimitive]() { return 7; } })'))
      .toMatch(/^returned \{"secret": <accessor>, "toJSON": function, "valueOf": function, Symbol\(Symbol\.toPrimitive\): function\} \.toJSON called: /);
    expect(await first('(x) => new Proxy({}, { ownKeys() { throw new Error("trap"); } })')).toBe('returned  <cannot be read> <cannot be called>');
  });

  it('pins clocks, randomness and locale', async () => {
    const body = '(x) => [Date.now(), new Date().getTimezoneOffset(), Math.random(), crypto.randomUUID(), performance.now(), Intl.DateTimeFormat().resolvedOptions().timeZone]';
    const [a, b] = [await first(body), await first(body)];
    expect(a).toBe(b);
    expect(a).toContain('1700000000000, -660, ');
    expect(a).toContain('"Australia/Lord_Howe"');
  });
});

describe('the process, with nothing in the way', () => {
  /** A program in place of the child's: it is outside of any realm, and has only the limits of the process. */
  async function outside(program: string, limits = LIMITS): Promise<CasesRun> {
    const folder = mkdtempSync(join(tmpdir(), 'poetc-hostile-'));
    const child = join(folder, 'child.cjs');
    writeFileSync(child, `
      const request = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
      const say = (value) => require('node:fs').writeSync(3, request.token + ' ' + JSON.stringify({ kind: 'result', index: 0, result: { how: 'returned', value: String(value), after: '', calls: [], waitedMs: 0 } }) + '\\n');
      const attempt = (work) => { try { return String(work()); } catch (error) { return 'refused ' + (error.code ?? error.message); } };
      ${program}`);
    try {
      return await runCases({ ...files, child }, { modules: {}, resolutions: {} }, { module: '', access: [] }, [ONE], limits);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const said = async (program: string): Promise<string> => { const { results } = await outside(program); return results[0]!.value; };

  it.each([
    ['read a file', "require('node:fs').readFileSync('/etc/passwd', 'utf8')"],
    ['list a folder', "require('node:fs').readdirSync('/')"],
    ['write a file', "require('node:fs').writeFileSync('/tmp/poetc-was-here', 'x')"],
    ['start a process', "require('node:child_process').execSync('id').toString()"],
    ['fork itself', "require('node:child_process').fork(__filename).pid"],
    ['start a worker', "new (require('node:worker_threads').Worker)('1', { eval: true })"],
    ['compile text', 'new Function("return 1")()'],
    ['load node:sqlite', "require('node:sqlite').DatabaseSync.name"],
    ['open folders to WebAssembly', "new (require('node:wasi').WASI)({ version: 'preview1', preopens: { '/': '/' } }).wasiImport.fd_read.name"],
    ['open the inspector', "require('node:inspector').open(0)"],
  ])('cannot %s', async (_what, expression) => {
    expect(await said(`say(attempt(() => ${expression}));`)).toMatch(/^refused /);
  });

  it('writes nothing through node:sqlite', async () => {
    const target = join(tmpdir(), `poetc-sqlite-${process.pid}.db`);
    await said(`say(attempt(() => { const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(${JSON.stringify(target)}); db.exec('create table t(a)'); return 'wrote'; }));`);
    expect(readdirSync(tmpdir())).not.toContain(target.split('/').at(-1));
  });

  it('sees an environment without secrets, in an empty folder', async () => {
    process.env['POETC_TEST_SECRET'] = 'hunter2';
    try {
      const text = await said('say(JSON.stringify(process.env));');
      expect(text).not.toContain('hunter2');
      expect(Object.keys(JSON.parse(text) as object).sort()).toEqual(['LANG', 'NODE_OPTIONS', 'TZ']);
    } finally {
      delete process.env['POETC_TEST_SECRET'];
    }
  });

  it('reaches nobody over TCP, UDP or DNS', async () => {
    expect(findLauncher(LIMITS.cpuSeconds).network).toBe('removed');
    let heard = 0;
    const tcp = createServer((socket) => { heard++; socket.destroy(); });
    await new Promise<void>((resolve) => { tcp.listen(0, '127.0.0.1', resolve); });
    const udp = createSocket('udp4').on('message', () => { heard++; });
    await new Promise<void>((resolve) => { udp.bind(0, '127.0.0.1', resolve); });
    const [tcpPort, udpPort] = [(tcp.address() as AddressInfo).port, udp.address().port];
    const answer = await said(`
      const results = [];
      const done = (text) => { results.push(text); if (results.length === 3) say(results.sort().join(' ')); };
      require('node:net').connect(${tcpPort}, '127.0.0.1').on('connect', () => done('tcp connected')).on('error', (e) => done('tcp ' + e.code));
      require('node:dgram').createSocket('udp4').send('x', ${udpPort}, '127.0.0.1', (e) => done('udp ' + (e ? e.code : 'sent')));
      require('node:dns').lookup('example.com', (e) => done('dns ' + (e ? 'failed' : 'found')));`);
    tcp.close();
    udp.close();
    expect(heard).toBe(0);
    expect(answer).toMatch(/^dns failed tcp E[A-Z]+ udp /);
  });

  it('cannot signal its parent, or anybody else', async () => {
    expect(await said(`say(attempt(() => process.kill(${process.pid}, 0)) + ', ' + attempt(() => process.kill(process.ppid, 'SIGTERM')));`)).toMatch(/^refused ESRCH, /);
  });

  it.each([
    ['a result without the token', "require('node:fs').writeSync(3, JSON.stringify({ kind: 'result', index: 0, result: { how: 'returned', value: 'forged' } }) + '\\n');"],
    ['a result with another token', "require('node:fs').writeSync(3, 'x'.repeat(48) + ' ' + JSON.stringify({ kind: 'result', index: 0, result: { how: 'returned', value: 'forged' } }) + '\\n');"],
    ['a result of another case', "say; require('node:fs').writeSync(3, request.token + ' ' + JSON.stringify({ kind: 'result', index: 5, result: { how: 'returned', value: 'forged' } }) + '\\n');"],
    ['output on stdout', "console.log(request.token + ' ' + JSON.stringify({ kind: 'result', index: 0, result: { how: 'returned', value: 'forged' } }));"],
  ])('%s counts for nothing', async (_what, program) => {
    const { results, broken } = await outside(program);
    expect(broken ?? results.map(({ how }) => how).join()).not.toContain('returned');
  });

  it('is killed, with all that it started, when it takes too much', async () => {
    const before = spawnSync('pgrep', ['-fc', 'poetc-hostile-'], { encoding: 'utf8' }).stdout.trim();
    const { results, broken } = await outside('const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1));');
    expect(broken ?? results[0]!.value).toMatch(/memory|SIGKILL|ended/);
    expect(spawnSync('pgrep', ['-fc', 'poetc-hostile-'], { encoding: 'utf8' }).stdout.trim()).toBe(before);
  });
});

it('says which limits hold on this machine', async () => {
  const { isolation } = await run('(x) => x');
  expect(isolation).toEqual({ network: 'removed', node: process.versions.node });
  expect(readFileSync(files.child, 'utf8')).not.toContain('require("esbuild")');
});
