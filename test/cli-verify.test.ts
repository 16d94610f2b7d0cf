import { contentHash } from '../transformer/5-store/content-hash.ts';
import { HEADER_END } from '../transformer/5-store/layout.ts';
import { makeCliProject, MANIFEST, type CliProject } from './cli-project.ts';
import { forgeMetadata } from './support/forge-metadata.ts';
import { PLUGIN } from './support/temp-project.ts';

const CONFIG = JSON.stringify({ compilerOptions: { target: 'ES2022', lib: ['ES2022'], module: 'nodenext', rootDir: 'src', outDir: 'dist', strict: true, types: [], skipLibCheck: true, plugins: [PLUGIN] }, include: ['src'] });
const SOURCE = `
/** @poet */
export function total(prices: number[], factor = 2): number {
  let sum = 0;
  for (const price of prices) sum += price;
  return sum * factor;
}

/** @poet */
export function rank(names: readonly string[], limit: number): string[] {
  if (limit < 0) throw new RangeError('limit');
  return [...names].sort().slice(0, limit);
}
`;

let project: CliProject;
afterEach(() => project.remove());

function open(): void {
  project = makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': CONFIG, 'src/main.ts': SOURCE });
  expect(project.poet('generate').code).toBe(0);
}

const folderOf = (fn: string): string => `.poet/src/main.ts/${fn}/v1`;

function edit(fn: string, from: string, to: string): void {
  const path = `${folderOf(fn)}/code.ts`;
  const text = project.read(path);
  expect(text).toContain(from);
  project.write(path, text.replace(from, () => to));
}

/** What somebody would write who wants an edit to pass unread. */
function forge(fn: string): void {
  const folder = folderOf(fn);
  const code = project.read(`${folder}/code.ts`).split(`${HEADER_END}\n`)[1]!;
  const hash = contentHash({ code, contract: project.read(`${folder}/contract.ts`), params: project.read(`${folder}/params.json`) });
  project.write(`${folder}/metadata.json`, forgeMetadata(project.read(`${folder}/metadata.json`), { provider: 'hand', content_hash: hash, verdict: { shape: { ok: true, detail: '' }, audit: { ok: true, detail: '' }, types: { ok: true, detail: '' }, behaviour: { ok: true, detail: 'equal on 1000 inputs' } } }));
}

interface Check { readonly ok: boolean; readonly behaviour: readonly { readonly id: string; readonly status: string; readonly fromRecord: boolean; readonly counterExample?: { readonly typescript: string } }[] }

it('proves what has no record on this machine, and believes the record afterwards', () => {
  open();
  const first = project.json<Check>('check');
  expect(first).toMatchObject({ code: 0, ok: true, behaviour: [{ status: 'equal', fromRecord: false }, { status: 'equal', fromRecord: false }] });
  expect(project.json<Check>('check').behaviour).toMatchObject([{ status: 'equal', fromRecord: true }, { status: 'equal', fromRecord: true }]);
  // The record is of the content: another source asks again.
  project.write('src/main.ts', SOURCE.replace('sum * factor', 'factor * sum'));
  expect(project.poet('generate').code).toBe(0);
  expect(project.json<Check>('check').behaviour.map(({ fromRecord }) => fromRecord)).toEqual([true, false]);
});

it('accepts a hand edit that behaves the same, and builds emit it', () => {
  open();
  edit('total', 'let sum = 0;\n  for (const price of prices) sum += price;\n  return sum * factor;', 'const sum = prices.reduce((a, b) => a + b, 0);\n  return sum * factor;');
  expect(project.tspc('-p', '.').err).toContain('POET5009');
  expect(project.poet('check').code).toBe(1);
  const accepted = project.poet('accept', 'total');
  expect(accepted).toMatchObject({ code: 0, out: 'accepted\tv1\tsrc/main.ts#total\n' });
  expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
  expect(project.read('dist/main.js')).toContain('prices.reduce(');
  expect(project.poet('check').code).toBe(0);
  expect(project.poet('why', 'total').out).toContain('made by hand: edited by hand and accepted');
  expect(project.poet('accept', 'total')).toMatchObject({ code: 1, err: expect.stringContaining('POET8128') as unknown });
});

it.each([
  ['behaves differently', 'return sum * factor;', 'return sum * factor + (prices.length === 3 ? 1 : 0);', 'POET4040'],
  ['gains a capability', 'return sum * factor;', 'console.log(sum);\n  return sum * factor;', 'POET4020'],
  ['does not type-check', 'return sum * factor;', 'return String(sum * factor);', 'POET4011'],
  ['runs code when the module loads', 'export function enforce', 'console.log(1);\nexport function enforce', 'POET4005'],
])('does not accept a hand edit that %s', (_what, from, to, code) => {
  open();
  edit('total', from, to);
  const { code: exitCode, err } = project.poet('accept', 'total');
  expect({ exitCode, err }).toEqual({ exitCode: 1, err: expect.stringContaining(code) as unknown });
  expect(project.tspc('-p', '.')).toMatchObject({ code: 0, err: expect.stringContaining('POET5009') as unknown });
});

it('catches forged hashes and verdicts: check finds what behaves differently, no build emits what gains a capability', () => {
  open();
  edit('total', 'return sum * factor;', 'return prices.length > 4 ? 0 : sum * factor;');
  forge('total');
  edit('rank', "throw new RangeError('limit')", 'throw new RangeError(String(Math.random()))');
  forge('rank');
  const { code, err } = project.tspc('-p', '.');
  expect(code).toBe(0);
  expect(err).toMatch(/^\.poet\/src\/main\.ts\/rank\/v1\/code\.ts\(\d+,\d+\): fallback POET4020: [^\n]*Math\.random[^\n]*\n$/);
  expect(project.read('dist/main.js')).not.toContain('poetc:src/main.ts#rank');
  const { code: checked, ok, behaviour, problems } = project.json<Check>('check');
  expect({ checked, ok }).toEqual({ checked: 1, ok: false });
  expect(problems.map((problem) => problem.code).sort()).toEqual(['POET4020', 'POET4040', 'POET5019']); // the stamp is of another content, too
  expect(behaviour).toMatchObject([{ id: 'src/main.ts#total', status: 'differs' }]);
  // The counter-example is small, and TypeScript.
  expect(behaviour[0]?.counterExample?.typescript).toMatch(/^import \{ total \} from "\.\/src\/main\.js";\nconsole\.log\(await total\(\[(?:-?[\d.]+(?:, )?){5}\](?:, (?:-?[\d.]+|undefined))?\)\);\n/);
});

it('falls back in the build itself with verifyOnBuild', () => {
  open();
  project.write('poet.config.json', '{ "verifyOnBuild": true }');
  expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
  edit('total', 'return sum * factor;', 'return sum === 0 ? 1 : sum * factor;');
  forge('total');
  const { code, err } = project.tspc('-p', '.');
  expect(code).toBe(0);
  expect(err).toMatch(/^src\/main\.ts\(3,17\): fallback POET4043: src\/main\.ts#total: v1 does not behave like the original: [^\n]*\n$/);
  expect(project.read('dist/main.js')).toContain('poetc:src/main.ts#rank@v1:');
  expect(project.read('dist/main.js')).not.toContain('poetc:src/main.ts#total');
});

it('verifies everything again, and prints why something is refused', () => {
  open();
  expect(project.poet('check').code).toBe(0);
  edit('total', 'return sum * factor;', 'return sum;');
  forge('total');
  const { code, out, err } = project.poet('verify');
  expect(code).toBe(1);
  expect(out).toMatch(/refused +v1 +src\/main\.ts#total +differs: the candidate returns another value/);
  expect(out).toMatch(/ok +v1 +src\/main\.ts#rank +equal: equal on \d+ inputs/);
  expect(err).toContain('POET4040');
  expect(project.poet('verify', 'rank').code).toBe(0);
});
