/** Versions side by side: poet diff, pin, rollback, and what status and why tell of how they came to be. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCliProject, type CliProject } from './cli-project.ts';
import { PLUGIN } from './support/temp-project.ts';

const TSCONFIG = JSON.stringify({ compilerOptions: { target: 'ES2022', lib: ['ES2022'], module: 'NodeNext', strict: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: [], plugins: [PLUGIN] }, include: ['src'] });
const SOURCE = `/** @poet */
export function median(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
`;
const phases = (body: string): string => `export function perceive(xs: readonly number[]): [xs: readonly number[]] {
  return acceptsArguments(xs) ? [xs] : correctArguments(xs);
}

export function operatePrime(xs: readonly number[]): number {
${body}
}

export function enforce(result: number): number {
  return acceptsResult(result) ? result : refuseResult(explainResult(result));
}
`;
const written = (name: string): string => phases(`  const ${name} = xs.slice().sort((a, b) => a - b);\n  const half = ${name}.length >> 1;\n  return ${name}.length % 2 === 1 ? ${name}[half]! : (${name}[half - 1]! + ${name}[half]!) / 2;`);
const WRONG = phases('  const sorted = [...xs].sort((a, b) => a - b);\n  return sorted[Math.floor(sorted.length / 2)]!;');

const projects: CliProject[] = [];
afterAll(() => projects.forEach((project) => project.remove()));

function makeProject(source: string, name: string): CliProject & { answer(...codes: string[]): { readonly result: string; readonly because: readonly string[] } } {
  const project = makeCliProject({ 'tsconfig.json': TSCONFIG, 'src/stats.ts': source, 'poet.config.json': JSON.stringify({ provider: 'builtin', model: { replay: 'answers', inputUsdPerMillion: 3, outputUsdPerMillion: 15 } }) });
  projects.push(project);
  mkdirSync(join(project.root, 'answers'));
  return {
    ...project,
    answer(...codes) {
      for (let i = 1; i <= 4; i++) writeFileSync(join(project.root, `answers/${name}.${i}.txt`), codes[i - 1] === undefined ? 'I cannot do that.' : JSON.stringify({ code: codes[i - 1] }));
      return project.json<{ asked: readonly { result: string; because: readonly string[] }[] }>('generate', name, '--force', '--provider', 'replay').asked[0]!;
    },
  };
}

describe('versions of one source', () => {
  const project = makeProject(SOURCE, 'median');
  const ships = (): string => {
    const { code, err } = project.tspc('-p', '.');
    expect([code, err]).toEqual([0, '']);
    // The author's own body stands in the file, too: for POET_DISABLE.
    return /const (one|two|three) = /.exec(project.read('dist/stats.js'))?.[1] ?? 'sorted';
  };
  beforeAll(() => {
    for (const name of ['one', 'two']) expect(project.answer(written(name))).toMatchObject({ result: 'accepted' });
    expect(ships()).toBe('two');
  });

  it('diff shows what the current one does in place of the body', () => {
    const { code, out, err } = project.poet('diff', 'median');
    expect(code).toBe(0);
    expect(out).toMatch(/^--- src\/stats\.ts#median as it is written\n\+\+\+ \.poet\/src\/stats\.ts\/median\/v3\/code\.ts, the operation\n/);
    expect(out).toContain('\n  - const sorted = [...xs].sort((a, b) => a - b);\n');
    expect(out).toContain('\n  + const two = xs.slice().sort((a, b) => a - b);\n');
    expect(out).not.toContain('perceive');
    expect(err).toMatch(/3 lines more, 3 lines less\. Versions: v1, v2, v3 \(current\)\./);
    expect(project.onTerminal(['diff', 'median']).screen).toContain('\u001b[32m+ const two');
  });

  it('diff shows what is different between two, and says when nothing is', () => {
    const { out } = project.poet('diff', 'median', 'v2', 'v3');
    expect(out).toMatch(/^--- .*v2\/code\.ts\n\+\+\+ .*v3\/code\.ts\n/);
    expect(out.match(/^ {2}[-+] /gm)).toHaveLength(6);
    // One name alone is held against the current one.
    expect(project.json('diff', 'median', 'v2')).toMatchObject({ code: 0, equal: false, added: 3, removed: 3, from: expect.stringContaining('/v2/') as string, to: expect.stringContaining('/v3/') as string });
    expect(project.json('diff', 'median', 'v3', 'v3')).toMatchObject({ equal: true, added: 0, removed: 0 });
    const wrong = project.poet('diff', 'median', 'v9');
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('expected one of v1, v2, v3, found v9')]);
  });

  it('rollback ships the one before, also in the builds after it, and can go on to the first', () => {
    expect(project.json('rollback', 'median')).toMatchObject({ code: 0, pinned: 'v2', was: 'v3', ships: true });
    expect(ships()).toBe('one');
    expect(project.json('rollback', 'median')).toMatchObject({ code: 0, pinned: 'v1', was: 'v2', ships: true });
    expect(ships()).toBe('sorted');
    const none = project.poet('rollback', 'median');
    expect([none.code, none.err]).toEqual([1, expect.stringMatching(/POET8150 .*expected a version of today's source before v1, found none\n.*versions of today's source: v1, v2, v3/)]);
    expect(project.poet('check').code).toBe(0);
  });

  it('pin keeps one current, whatever is made after it', () => {
    expect(project.json('pin', 'median', 'v2')).toMatchObject({ code: 0, pinned: 'v2', was: 'v1', ships: true });
    expect(project.answer(written('three'))).toMatchObject({ result: 'accepted' });
    expect(project.exists('.poet/src/stats.ts/median/v4')).toBe(true);
    expect(ships()).toBe('one');
    expect(project.json<{ targets: { version: string; pinned: string }[] }>('status').targets).toMatchObject([{ version: 'v2', pinned: 'v2' }]);
    expect(project.json('pin', 'median', '--off')).toMatchObject({ code: 0, pinned: null, was: 'v2' });
    expect(project.json('pin', 'median', 'v4')).toMatchObject({ code: 0, ships: true });
    expect(ships()).toBe('three');
    expect(project.poet('pin', 'median', 'v7').code).toBe(2);
    // Nobody asks about what somebody has decided, unless it is named.
    expect(project.json<{ asked: unknown[] }>('generate', '--force', '--provider', 'replay').asked).toEqual([]);
  });

  it('stay within one source: another one has its own, and the pin waits', () => {
    project.write('src/stats.ts', SOURCE.replace('Math.floor(sorted.length / 2)', 'sorted.length >> 1'));
    expect(ships()).toBe('sorted');
    const refused = project.poet('pin', 'median', 'v4');
    expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/found v4, which belongs to other sources, options or types/)]);
    project.write('src/stats.ts', SOURCE);
    expect(ships()).toBe('three');
  });

  it('gc leaves the pinned one and the current one', () => {
    expect(project.json('gc', '--keep', '1')).toMatchObject({ code: 0 });
    expect(project.exists('.poet/src/stats.ts/median/v4/code.ts')).toBe(true);
    expect(ships()).toBe('three');
  });

  it('a pin that names nothing is damage, and doctor --fix takes it away', () => {
    project.write('.poet/src/stats.ts/median/pinned', 'v99\n');
    project.write('.poet/src/stats.ts/median/current', '../../x\n');
    expect(project.tspc('-p', '.').err).toMatch(/POET5003/);
    project.poet('doctor', '--fix');
    expect(project.exists('.poet/src/stats.ts/median/pinned')).toBe(false);
    expect(ships()).toBe('three');
  });
});

describe('what ships is not what current names', () => {
  const project = makeProject(SOURCE, 'median');
  const shipping = (): string => project.json<{ targets: { version: string }[] }>('status').targets[0]!.version;
  /** Makes a version of another source, which is current from then on, and takes the source back. */
  const visitAnotherSource = (): void => {
    project.write('src/stats.ts', SOURCE.replace('Math.floor(sorted.length / 2)', 'sorted.length >> 1'));
    expect(project.poet('generate').code).toBe(0);
    project.write('src/stats.ts', SOURCE);
    expect(project.read('.poet/src/stats.ts/median/current')).toBe('v4\n');
  };
  beforeAll(() => {
    for (const name of ['one', 'two']) expect(project.answer(written(name))).toMatchObject({ result: 'accepted' });
  });

  it('rollback goes back from a version that was damaged, and never forward', () => {
    expect(project.poet('pin', 'median', 'v2').code).toBe(0);
    const file = '.poet/src/stats.ts/median/v2/code.ts';
    const whole = project.read(file);
    project.write(file, whole.replace('>> 1', '>> 2'));
    expect(project.json('rollback', 'median')).toMatchObject({ code: 0, pinned: 'v1', ships: true });
    project.write(file, whole);
  });

  it('pin without a version keeps the one that ships', () => {
    visitAnotherSource();
    expect(shipping()).toBe('v1');
    expect(project.json('pin', 'median')).toMatchObject({ code: 0, pinned: 'v1', ships: true });
  });

  it('rollback ships the one before that', () => {
    expect(project.poet('pin', 'median', '--off').code).toBe(0);
    visitAnotherSource();
    expect(shipping()).toBe('v3');
    expect(project.json('rollback', 'median')).toMatchObject({ code: 0, pinned: 'v2', ships: true });
    expect(project.poet('pin', 'median', '--off').code).toBe(0);
    expect(project.json('pin', 'median')).toMatchObject({ code: 0, pinned: 'v2', ships: true });
  });

  it('a pin of another source keeps nobody from being asked', () => {
    const ask = (): unknown => project.json<{ asked: unknown }>('generate', '--force', '--provider', 'replay').asked;
    expect(ask()).toEqual([]);
    project.write('src/stats.ts', SOURCE.replace('Math.floor(sorted.length / 2)', 'sorted.length >> 1'));
    expect(ask()).toMatchObject([{ result: 'accepted' }]);
    expect(project.read('.poet/src/stats.ts/median/pinned')).toBe('v2\n');
    project.write('src/stats.ts', SOURCE);
    expect([shipping(), ask()]).toEqual(['v2', []]);
  });

  it('beside a damaged pin an answer is kept, and nothing ships that did not', () => {
    const markers = '<<<<<<< ours\nv1\n=======\nv2\n>>>>>>> theirs\n';
    expect(project.poet('pin', 'median', 'v2').code).toBe(0);
    project.write('.poet/src/stats.ts/median/pinned', markers);
    // Nobody knows what was decided: nothing is paid for that would not ship.
    expect(project.json('generate', '--force', '--provider', 'replay')).toMatchObject({ code: 0, asked: [], problems: [{ code: 'POET5004' }] });
    expect(project.answer(written('three'))).toMatchObject({ result: 'accepted' });
    expect([shipping(), project.read('.poet/src/stats.ts/median/pinned'), project.exists('.poet/src/stats.ts/median/v6')]).toEqual(['v2', markers, true]);
    project.poet('doctor', '--fix');
    expect(shipping()).toBe('v2');
    expect(project.json('pin', 'median', 'v6')).toMatchObject({ code: 0, ships: true });
  });
});

it('an answer in place of a damaged version mends the run, too', () => {
  const project = makeProject(SOURCE, 'median');
  expect(project.poet('generate').code).toBe(0);
  const file = '.poet/src/stats.ts/median/v1/code.ts';
  project.write(file, project.read(file).replace('length % 2', 'length % 3'));
  expect(project.json('generate')).toMatchObject({ code: 1, original: [{ id: 'src/stats.ts#median' }], problems: [{ code: 'POET5009' }] });
  writeFileSync(join(project.root, 'answers/median.txt'), JSON.stringify({ code: written('one') }));
  const { code, err } = project.poet('generate', '--provider', 'replay');
  expect([code, err]).toEqual([0, expect.stringMatching(/^0 versions made, 0 as they were\.\nreplay: 1 of 1 function accepted;/m)]);
  expect(err).not.toContain('POET5009');
  expect(project.json('status')).toMatchObject({ targets: [{ state: 'current', version: 'v2' }] });
});

it('why tells which policies run around a function, and which one its domain asks for in vain', () => {
  const project = makeCliProject({
    'tsconfig.json': TSCONFIG.replace('"ES2022"],', '"ES2022","DOM"],'),
    'src/api.ts': `/** @poet domain=api_operations */
export async function follow(id: string): Promise<number> {
  return (await fetch('https://example.com/' + id, { method: 'POST' })).status;
}
/** @poet domain=api_operations concurrent=3 attemptMs=500 */
export async function stay(id: string): Promise<number> {
  return (await fetch('https://example.com/' + id, { method: 'POST', redirect: 'manual' })).status;
}
`,
  });
  project.poet('generate');
  expect(project.poet('why', 'follow').out).toMatch(/At run time:\n {2}not tried again: its request may have been served and then redirected [^\n]+\n {2}at most 5000 ms in all\n {2}a breaker that opens when 50 % of at least 20 calls within 30 s fail\n\nIt is /);
  expect(project.poet('why', 'stay').out).toMatch(/At run time:\n {2}tried again up to 2 times, where nothing can have reached the other side\n {2}at most 5000 ms in all\n {2}at most 500 ms an attempt\n {2}a breaker [^\n]+\n {2}at most 3 calls at once, 0 waiting\n/);
  expect(project.json('why', 'follow')).toMatchObject({ policy: { timeoutMs: 5_000 }, unrepeated: expect.stringContaining('redirected') as string });
  project.remove();
});

describe('the steps down', () => {
  it('three attempts, once more without the domain, then the builtin version: each is told, with its reason', () => {
    const project = makeProject(SOURCE.replace('@poet', '@poet domain=api_operations'), 'median');
    const { result, because } = project.answer(WRONG, WRONG, WRONG, WRONG);
    expect(result).toBe('refused');
    expect(because).toEqual([...Array.from({ length: 3 }, () => expect.stringMatching(/^POET4040 /) as string), expect.stringMatching(/^without the domain: POET4040 /)]);
    const { attempts, provider } = JSON.parse(project.read('.poet/src/stats.ts/median/v1/metadata.json')) as { attempts: string[]; provider: string };
    expect([provider, attempts]).toEqual(['builtin', [...because, 'then the version of the builtin provider']]);
    const why = project.poet('why', 'median').out;
    expect(why).toMatch(/What was tried before it:\n {2}1\. POET4040 [^]*\n {2}4\. without the domain: POET4040 [^]*\n {2}5\. then the version of the builtin provider\n/);
    const status = project.poet('status');
    expect(status.out).toMatch(/5 steps before/);
    expect(status.err).toMatch(/src\/stats\.ts#median: 5 steps before: POET4040/);
    // What is written down changes nothing that is emitted or verified.
    expect(project.poet('check').code).toBe(0);
  });

  it('takes what a model writes without the domain, and says so', () => {
    const project = makeProject(SOURCE.replace('@poet', '@poet domain=api_operations'), 'median');
    expect(project.answer(WRONG, WRONG, WRONG, written('one'))).toMatchObject({ result: 'accepted', because: [expect.anything(), expect.anything(), expect.anything()] });
    const metadata = JSON.parse(project.read('.poet/src/stats.ts/median/v2/metadata.json')) as Record<string, unknown>;
    expect(metadata).toMatchObject({ reason: 'written by replay, without the text of the domain', attempts: [expect.anything(), expect.anything(), expect.anything()], cost_usd: 0 });
    expect(project.json('status')).toMatchObject({ tokens: { input: 0, output: 0 }, cost_usd: 0, targets: [{ model: 'replay', refusals: [expect.stringMatching(/POET4040/), expect.anything(), expect.anything()] }] });
  });
});
