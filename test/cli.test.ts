import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { checkOutput } from '../cli/check-output.ts';
import { CliFault } from '../cli/cli-fault.ts';
import { findFunction } from '../cli/find-function.ts';
import { lineDiff } from '../cli/setup/line-diff.ts';
import pc from 'picocolors';
import { CLI, makeCliProject, makeReadyProject, MANIFEST, packageOf, STATS, TSCONFIG } from './cli-project.ts';

const ESCAPE = '\u001b[';

describe('manners', () => {
  const project = makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': TSCONFIG, 'src/stats.ts': STATS });

  it('help and version go to stdout and exit with 0', () => {
    for (const args of [['--help'], ['--version'], ['gc', '--help']]) {
      const { code, out, err } = project.poet(...args);
      expect([code, err]).toEqual([0, '']);
      expect(out.length).toBeGreaterThan(3);
    }
    expect(project.poet('--version').out.trim()).toBe((JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string }).version);
  });

  it.each([[[]], [['stats']], [['status', '--nope']], [['show']], [['show', 'a', 'b']], [['gc', '--keep', 'x']], [['gc', '--keep', '0']], [['check', '-p', 'nowhere']]])('wrong usage %j exits with 2 and says so on stderr only', (args) => {
    const { code, out, err } = project.poet(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(args.length === 0 ? /Usage: poet/ : /error POET\d{4}[\s\S]*→ /);
  });

  it('suggests the command that was meant', () => expect(project.poet('genrate').err).toContain('Did you mean generate?'));

  it('an error has code, place, expected, found and what to do, also as JSON', () => {
    const { code, out, err } = project.poet('check');
    expect(code).toBe(1);
    expect(out).toBe('missing\tsrc/stats.ts#load\tsrc/stats.ts:12:23\nmissing\tsrc/stats.ts#mean\tsrc/stats.ts:5:17\n');
    expect(err).toContain("error POET8110 src/stats.ts#mean: expected a version for today's source in .poet/, found none\n  at src/stats.ts:5:17\n  → run: poet generate, and commit .poet/\n");
    expect(project.json('check')).toMatchObject({ code: 1, ok: false, problems: [{ code: 'POET8110' }, { code: 'POET8110' }] });
  });

  it('colours only on a terminal that wants them', () => {
    expect(project.poet('status').out + project.poet('check').err).not.toContain(ESCAPE);
    const { screen } = project.onTerminal(['status']);
    expect(screen).toContain(ESCAPE);
    // Escapes take no room in a column.
    expect(stripVTControlCharacters(screen).split(/\r?\n/)[0]).toBe('state    version  function           effects  domain  provider');
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }, { CI: 'true' }]) expect(project.onTerminal(['status'], '', env).screen).not.toContain(ESCAPE);
    expect(project.poetWith({ FORCE_COLOR: '1' }, 'status').out).toContain(ESCAPE);
  });

  it('survives a reader that goes away', () => {
    const out = execFileSync('sh', ['-c', `'${process.execPath}' '${CLI}' --help | head -1; echo "done"`], { cwd: project.root, encoding: 'utf8' });
    expect(out).toContain('done');
  });

  it('says what is missing around it', () => {
    const bare = makeCliProject({});
    expect(bare.json('status').problems[0]?.code).toBe('POET8101');
    rmSync(join(bare.root, 'package.json'));
    expect(bare.json('init').problems[0]?.code).toBe('POET8121');
    const broken = makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': '{ "extends": "./none.json" }', 'src/a.ts': '' });
    expect(broken.json('status')).toMatchObject({ code: 1, problems: [{ code: 'POET8106', file: expect.stringContaining('tsconfig.json') }] });
  });
});

describe('generate, status, show', () => {
  const project = makeReadyProject();

  it('a second generate does nothing', () => {
    const before = project.files();
    expect(project.json('generate')).toMatchObject({ code: 0, generated: [], unchanged: 2 });
    expect(project.files()).toEqual(before);
  });

  it('status lists each function', () => {
    expect(project.json('status')).toMatchObject({
      code: 0, orphans: [],
      targets: [{ id: 'src/stats.ts#load', state: 'current', version: 'v1', provider: 'builtin' }, { id: 'src/stats.ts#mean', state: 'current' }],
    });
    expect(project.poet('status').out.split('\n')[0]).toMatch(/^state +version +function/);
  });

  it('show prints code that a program can read, by any name', () => {
    for (const name of ['mean', 'stats.ts#mean', 'src/stats.ts#mean']) {
      expect(project.poet('show', name).out).toContain('export function operatePrime(');
    }
    expect(project.poet('show', 'mean').out).not.toContain('header ends');
    expect(project.poet('show', 'mean', '--contract').out).toContain('export function acceptsArguments(');
    expect(JSON.parse(project.poet('show', 'mean', '--params').out)).toMatchObject({ schema: 1 });
    expect(project.json('show', 'mean')).toMatchObject({ version: 'v1', current: true, metadata: { target: 'src/stats.ts#mean' } });
    expect(project.json('show', 'men')).toMatchObject({ code: 2, problems: [{ code: 'POET8104', hint: 'did you mean mean?' }] });
    expect(project.json('show', 'mean', '--at', 'v7')).toMatchObject({ code: 2, problems: [{ text: expect.stringContaining('one of v1') }] });
  });
});

describe('check', () => {
  it('tells missing, stale and refused apart, and writes nothing', () => {
    const project = makeReadyProject();
    project.write('src/stats.ts', `${STATS.replace('(sum / xs.length)', '(sum / xs.length + 0)')}\n/** @poet */ export const third = (x: number): number => x / 3;\n`);
    project.write('.poet/src/stats.ts/load/v1/code.ts', project.read('.poet/src/stats.ts/load/v1/code.ts').replace('return { id }', 'return { id: "" }'));
    const before = project.files();
    const { code, targets, problems } = project.json<{ targets: { id: string; state: string }[] }>('check');
    expect(code).toBe(1);
    expect(targets.map(({ id, state }) => `${state} ${id}`)).toEqual(['refused src/stats.ts#load', 'stale src/stats.ts#mean', 'missing src/stats.ts#third']);
    expect(problems.map((problem) => problem.code).sort()).toEqual(['POET5009', 'POET8110', 'POET8110']);
    expect(project.files()).toEqual(before);
    expect(project.json('status')).toMatchObject({ code: 0, targets: [{ state: 'refused' }, { state: 'stale' }, { state: 'missing' }] });
    expect(project.json('generate')).toMatchObject({ code: 1, generated: [{ id: 'src/stats.ts#mean', version: 'v2' }, { id: 'src/stats.ts#third', version: 'v1' }], original: [{ id: 'src/stats.ts#load' }] });
  });

  it('fails for a wrong stamp, which doctor --fix writes again', () => {
    const project = makeReadyProject();
    project.write('.poet/src/stats.ts/mean/stamp.d.ts', 'declare global { var x: any }\nexport {};\n');
    expect(project.json('check')).toMatchObject({ code: 1, problems: [{ code: 'POET5019' }] });
    expect(project.json('doctor').code).toBe(1);
    expect(project.json('doctor', '--fix')).toMatchObject({ code: 0, fixed: [{ did: 'wrote the stamp of v1' }] });
    expect(project.poet('check').code).toBe(0);
  });

  it('--dist proves that the output is that of the versions', () => {
    const project = makeReadyProject();
    expect(project.json('check', '--dist', 'dist')).toMatchObject({ code: 2, problems: [{ code: 'POET8119' }] });
    expect(project.tspc('-p', '.').code).toBe(0);
    expect(project.poet('check', '--dist', 'dist').code).toBe(0);
    const enhanced = project.read('dist/stats.js');
    expect(project.tsc('-p', '.').code).toBe(0);
    expect(project.json('check', '--dist', 'dist')).toMatchObject({ code: 1, problems: [{ code: 'POET8111' }, { code: 'POET8111' }] });
    project.write('dist/cjs/stats.cjs', enhanced.replace(/(#mean@v1:)/, '#mean@v9:'));
    project.write('dist/stats.js', enhanced);
    expect(project.json('check', '--dist', 'dist').problems).toMatchObject([{ code: 'POET8111', text: expect.stringContaining('v9') }]);
  });
});

describe('packages with functions of the same name', () => {
  const project = makeCliProject({
    'package.json': '{"name":"root","private":true}', 'tsconfig.json': JSON.stringify({ files: [], references: [{ path: 'packages/a' }, { path: 'packages/b' }] }),
    ...packageOf('packages/a', '/** @poet */\nexport const one = (x: number): number => x + 1;\n'),
    ...packageOf('packages/b', '/** @poet */\nexport const one = (x: number): number => x * 2;\n'),
  });
  const code = 'packages/a/.poet/src/stats.ts/one/v1/code.ts';
  beforeAll(() => expect(project.json('generate')).toMatchObject({ code: 0, generated: [{ id: 'src/stats.ts#one' }, { id: 'src/stats.ts#one' }] }));
  afterAll(() => project.remove());

  it('status lists each, and says whose it is', () => {
    expect(project.poet('status').out).toMatch(/packages\/a\/src\/stats\.ts#one .*\n.* packages\/b\/src\/stats\.ts#one /);
    expect(project.json('status')).toMatchObject({ targets: [{ place: expect.stringContaining('packages/a/') }, { place: expect.stringContaining('packages/b/') }], orphans: [] });
  });
  it('check proves each, and --dist finds each', () => {
    expect(project.json('check')).toMatchObject({ code: 0, targets: [{ state: 'current' }, { state: 'current' }], behaviour: [{ status: 'equal' }, { status: 'equal' }] });
    expect(project.json('verify')).toMatchObject({ code: 0, functions: [{ version: 'v1' }, { version: 'v1' }] });
    for (const each of ['packages/a', 'packages/b']) expect(project.tspc('-p', each).code).toBe(0);
    expect(project.json('check', '--dist', 'packages')).toMatchObject({ code: 0, problems: [] });
    expect(project.json('check', '--dist', 'packages/b/dist')).toMatchObject({ code: 1, problems: [{ code: 'POET8111' }] });
  });
  it('check fails when one of them is damaged or missing', () => {
    const whole = project.read(code);
    project.write(code, whole.replace('x + 1', 'x + 2'));
    expect(project.json('check')).toMatchObject({ code: 1, targets: [{ state: 'refused' }, { state: 'current' }], problems: [{ code: 'POET5009' }] });
    project.write(code, whole);
    rmSync(join(project.root, 'packages/a/.poet'), { recursive: true });
    expect(project.json('check')).toMatchObject({ code: 1, targets: [{ state: 'missing' }, { state: 'current' }], problems: [{ code: 'POET8110' }] });
    expect(project.json('generate')).toMatchObject({ code: 0, generated: [{ version: 'v1' }], unchanged: 1 });
  });
  it('a name that is in several is told apart by the package', () => {
    expect(project.json('why', 'one')).toMatchObject({ code: 2, problems: [{ code: 'POET8105', hint: expect.stringContaining('--project') }] });
    expect(project.json('why', 'one', '-p', 'packages/a')).toMatchObject({ code: 0, id: 'src/stats.ts#one' });
  });
});

describe('scan', () => {
  it('says what exported functions would gain, and changes nothing', () => {
    const project = makeCliProject({
      'package.json': MANIFEST, 'tsconfig.json': TSCONFIG,
      'src/a.ts': [
        '/** Halves. @param x a number */',
        'export const half = (x: number, rest: unknown): number => x / 2;',
        'export function* gen(n: number) { yield n; }',
        'function hidden(n: number): number { return n; }',
        'function late(n: number): number { return hidden(n); }',
        'export { late as renamed };',
        'export class Shop { sell(name: string): void {} private keep(n: number): void {} #own(): void {} }',
        'export default function (n: string) { return n; }',
        '/** @poet */ export function marked(n: string): string { return n; }',
      ].join('\n'),
    });
    const before = project.files();
    const found = project.json<{ functions: { id: string; place: string; checked: string[]; result: boolean }[]; refused: { code: string; place: string }[]; marked: number }>('scan');
    expect(found.code).toBe(0);
    expect(found.functions.map(({ id, place }) => `${id} ${place}`)).toEqual([
      'src/a.ts#Shop.sell src/a.ts:7:21', 'src/a.ts#default src/a.ts:8:1', 'src/a.ts#half src/a.ts:2:21', 'src/a.ts#late src/a.ts:5:10',
    ].map((line) => expect.stringContaining(line.split(' ')[0]!)));
    expect(found.functions.map(({ place }) => place.split(':')[1])).toEqual(['7', '8', '2', '5']);
    expect(found.functions.find(({ id }) => id.endsWith('#half'))).toMatchObject({ checked: ['x'], result: true });
    expect(found.refused).toMatchObject([{ code: 'POET1004', place: expect.stringMatching(/^src\/a\.ts:3:/) }]);
    expect(found.marked).toBe(1);
    expect(project.files()).toEqual(before);
    expect(project.poet('scan').out).toContain('1 of 2 checked');
  });
});

describe('eject', () => {
  it('turns one function into source that compiles and behaves the same, and leaves the others marked', () => {
    const project = makeReadyProject();
    expect(project.poet('eject', 'mean', '--dry-run').code).toBe(0);
    expect(project.read('src/stats.ts')).toBe(STATS);
    const { code, out, err } = project.poet('eject', 'mean');
    expect([code, err]).toEqual([0, expect.stringContaining('ordinary source')]);
    expect(out).toContain('-  * @poet');
    const text = project.read('src/stats.ts');
    expect(text).toContain('/**\n * The mean of a sample.\n */\nexport function mean(');
    expect(text).toContain('/** @poet */\nexport async function load');
    expect(text).not.toContain('poetc:src');
    expect(project.exists('.poet/src/stats.ts/mean')).toBe(false);
    expect(project.json('status')).toMatchObject({ targets: [{ id: 'src/stats.ts#load', state: 'current' }] });
    const built = project.tspc('-p', '.');
    expect([built.code, built.out]).toEqual([0, '']);
    expect(project.read('dist/stats.d.ts')).toMatch(/mean\(xs: number\[\], weight\?: number( \| undefined)?\): number/);
    const run = (code: string): string => project.node(['-e', `const { mean } = require('./dist/stats.js'); try { console.log(${code}) } catch (e) { console.log(e.name) }`], { POET_EVENTS: 'off' }).out.trim();
    expect([run('mean([1, 2, 3])'), run('mean([1, 2, 3], 2)'), run('mean.length'), run('mean(["1", 3])'), run('mean("x")')]).toEqual(['2', '4', '1', '2', 'PerceiveError']);
  });

  it('refuses what has no verified version', () => {
    const project = makeReadyProject();
    project.write('.poet/src/stats.ts/mean/v1/code.ts', 'x');
    const before = project.files();
    expect(project.json('eject', 'mean')).toMatchObject({ code: 1, problems: [{ code: 'POET5013' }, { code: 'POET8117' }] });
    expect(project.files()).toEqual(before);
  });
});

describe('gc', () => {
  it('removes old versions, and orphans when told to', () => {
    const project = makeReadyProject();
    for (const n of [1, 2, 3]) {
      project.write('src/stats.ts', STATS.replace('let sum = 0', `let sum = 0 * ${n}`));
      expect(project.poet('generate').code).toBe(0);
    }
    expect(project.json('gc', '--keep', '2', '--dry-run')).toMatchObject({ code: 0, removed: ['.poet/src/stats.ts/mean/v1', '.poet/src/stats.ts/mean/v2'] });
    expect(project.exists('.poet/src/stats.ts/mean/v1')).toBe(true);
    expect(project.poet('gc', '--keep', '2')).toMatchObject({ code: 0, out: '.poet/src/stats.ts/mean/v1\n.poet/src/stats.ts/mean/v2\n' });
    expect(project.exists('.poet/src/stats.ts/mean/v1')).toBe(false);
    project.write('src/stats.ts', STATS.replace('/** @poet */', ''));
    expect(project.json('status')).toMatchObject({ orphans: ['src/stats.ts#load'], problems: [{ code: 'POET8126' }] });
    expect(project.json('gc')).toMatchObject({ removed: [] });
    expect(project.json('gc', '--orphans')).toMatchObject({ removed: ['.poet/src/stats.ts/load'] });
    expect(project.exists('.poet/src/stats.ts/load')).toBe(false);
  });
});

describe('doctor --fix', () => {
  it('settles two branches that both made v2', () => {
    const project = makeReadyProject();
    const git = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', '-c', 'init.defaultBranch=main', ...args], { cwd: project.root, encoding: 'utf8', stdio: 'pipe' });
    project.write('.gitignore', 'node_modules\n');
    const commit = (): void => { git('add', '-A'); git('commit', '-qm', 'x'); };
    const branch = (change: string): void => {
      project.write('src/stats.ts', STATS.replace('let sum = 0', change));
      expect(project.poet('generate').code).toBe(0);
      commit();
    };
    git('init', '-q');
    commit();
    git('checkout', '-qb', 'other');
    branch('let sum = 0 * 1');
    git('checkout', '-q', 'main');
    branch('let sum = 0 * 2');
    expect(() => git('merge', 'other')).toThrow();
    git('checkout', '--theirs', 'src/stats.ts');
    expect(project.json('check')).toMatchObject({ code: 1, targets: [{ state: 'current' }, { state: 'refused' }] });
    const { code, fixed } = project.json<{ fixed: { did: string }[] }>('doctor', '--fix');
    expect(code).toBe(0);
    expect(fixed.map(({ did }) => did)).toContain('v2 held two versions: one stays, the other is now v3');
    expect(fixed.map(({ did }) => did)).toContain("current is now v3, which today's source wants");
    expect(project.poet('check').code).toBe(0);
    git('checkout', '--ours', 'src/stats.ts');
    expect(project.json('check')).toMatchObject({ code: 0, targets: [{ version: 'v1' }, { version: 'v2' }] });
  });
});

describe('parts', () => {
  it('a function is found by any ending of its name that is its own', () => {
    const ids = ['src/a.ts#mean', 'src/b.ts#mean', 'src/b.ts#Shop.sell', 'src/b.ts#sell'];
    expect(findFunction('src/a.ts#mean', ids)).toBe('src/a.ts#mean');
    expect(findFunction('a.ts#mean', ids)).toBe('src/a.ts#mean');
    expect(findFunction('sell', ids)).toBe('src/b.ts#sell');
    expect(findFunction('Shop.sell', ids)).toBe('src/b.ts#Shop.sell');
    expect(() => findFunction('mean', ids)).toThrow(/found 2 called mean/);
    expect(() => findFunction('x', [])).toThrow(CliFault);
  });

  it('the diff of two texts has every line of both, and no other', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '{', '}'), { minLength: 1, maxLength: 12 });
    fc.assert(fc.property(text, text, (a, b) => {
      const lines = lineDiff('x', a.join('\n'), b.join('\n'), pc.createColors(false)).split('\n').slice(1, -1).filter((line) => line !== '  ...');
      const of = (sign: string): string[] => lines.filter((line) => line[2] === sign).map((line) => line.slice(4));
      const count = (list: readonly string[], word: string): number => list.filter((each) => each === word).length;
      for (const word of ['a', 'b', 'c', '{', '}']) {
        expect(count(b, word) - count(a, word)).toBe(count(of('+'), word) - count(of('-'), word));
      }
      expect(lines.every((line) => ['+', '-', ' '].includes(line[2]!))).toBe(true);
      if (a.join('\n') === b.join('\n')) expect(lines).toEqual([]);
    }));
  });

  it('tags are found in minified and escaped output, and not in node_modules', () => {
    const folder = mkdtempSync(join(tmpdir(), 'poetc-dist-'));
    const id = 'src/@types/caf\u00e9.ts#f';
    const expected = [{ id, version: 'v1', hash: '0123abcd' }];
    const check = (text: string): number => {
      writeFileSync(join(folder, 'a.mjs'), text);
      return checkOutput('/', folder, expected).length;
    };
    expect(check(`x({tag:"poetc:${id}@v1:0123abcd"})`)).toBe(0);
    expect(check('x("poetc:src/@types/caf\\xE9.ts#f@v1:0123abcd")')).toBe(0);
    expect(check("x('poetc:src/@types/caf\\u00e9.ts#f@v1:0123abcd')")).toBe(0);
    expect(check(`x("poetc:${id}@v1:0123abce")`)).toBe(1);
    expect(check('')).toBe(1);
    cpSync(join(folder, 'a.mjs'), join(folder, 'node_modules/x/a.mjs'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/x/a.mjs'), `x("poetc:${id}@v1:0123abcd")`);
    expect(check('')).toBe(1);
  });
});
