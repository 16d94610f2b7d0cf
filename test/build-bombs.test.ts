/** Code that keeps a type checker or a parser busy for hours, in a committed version with the right hash: the build never shows it to the checker. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { contentHash } from '../transformer/5-store/content-hash.ts';
import { HEADER_END } from '../transformer/5-store/layout.ts';
import { makeCliProject, MANIFEST, type CliProject } from './cli-project.ts';
import { forgeMetadata } from './support/forge-metadata.ts';
import { PLUGIN } from './support/temp-project.ts';

const CONFIG = JSON.stringify({ compilerOptions: { target: 'ES2022', lib: ['ES2022'], module: 'nodenext', rootDir: 'src', outDir: 'dist', strict: true, types: [], skipLibCheck: true, plugins: [PLUGIN] }, include: ['src'] });
const FOLDER = '.poet/src/main.ts/half/v1';
/** Each level asks for two of the next: 2^40 of them, where the checker gives up no sooner than after 1,000 levels. */
const FOREVER = 'type Count<N extends number, A extends unknown[] = []> = A["length"] extends N ? A : [...Count<N, [...A, 0]>, ...Count<N, [...A, 1]>];\n';

let project: CliProject;
let pristine: { code: string; metadata: string };
beforeAll(() => {
  project = makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': CONFIG, 'src/main.ts': '/** @poet */\nexport function half(n: number): number { return n / 2; }\n' });
  expect(project.poet('generate').code).toBe(0);
  pristine = { code: project.read(`${FOLDER}/code.ts`), metadata: project.read(`${FOLDER}/metadata.json`) };
});
afterAll(() => project.remove());

/** As an attacker commits it: the hash fits, and the verdict says that everything held. */
function commit(types: string, body: string): void {
  const [header, code] = pristine.code.split(`${HEADER_END}\n`) as [string, string];
  const edited = types + code.replace('return n / 2;', () => body);
  expect(edited).toContain(body);
  project.write(`${FOLDER}/code.ts`, `${header}${HEADER_END}\n${edited}`);
  const hash = contentHash({ code: edited, contract: project.read(`${FOLDER}/contract.ts`), params: project.read(`${FOLDER}/params.json`) });
  const verdict = Object.fromEntries(['shape', 'audit', 'types', 'behaviour', 'cost'].map((check) => [check, { ok: true, detail: 'fine' }]));
  project.write(`${FOLDER}/metadata.json`, forgeMetadata(pristine.metadata, { provider: 'hand', content_hash: hash, verdict }));
}

/** Ended from outside where it does not end: then `code` is null. */
const LIMIT = { timeout: 240_000, killSignal: 'SIGKILL' } as const;
function run(...command: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: project.root, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' }, ...LIMIT });
  return { code: status, out: stdout, err: stderr };
}

it.each<[string, string, string, string, RegExp]>([
  // What a checker that met it would say is TS2590, TS2589, or nothing at all for hours.
  ['a product of text types', 'type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";\ntype Wide = `${Digit}${Digit}${Digit}${Digit}${Digit}`;\ntype Blow = Wide extends infer W extends string ? `${W}${Digit}` : never;\n', 'const own: Blow | "" = "";\n  return own === "" ? n / 2 : 0;', 'POET4020', /conditional|template|type/i],
  ['a conditional type that calls itself twice', FOREVER, 'const own: Count<40>["length"] = 0 as number;\n  return own === 0 ? n / 2 : 1;', 'POET4020', /conditional|type/i],
  ['a mapped type over itself', 'type Deep<K extends string> = { [P in K]: Deep<`${P}${K}`> };\n', 'const own: Deep<"a" | "b"> | undefined = undefined;\n  return own === undefined ? n / 2 : 0;', 'POET4020', /mapped|type/i],
  ['brackets nested 200 deep', '', `const own = ${'['.repeat(200)}${']'.repeat(200)};\n  return n / 2;`, 'POET4002', /./],
  ['a chain of 5,000 operators', '', `const own = ${'n + '.repeat(5_000)}n;\n  return n / 2;`, 'POET4002', /./],
])('%s', (_what, types, body, code, reason) => {
  commit(types, body);
  const built = run(join(project.root, 'node_modules/ts-patch/bin/tspc.js'), '-p', '.');
  expect({ code: built.code, out: built.out }).toEqual({ code: 0, out: '' });
  // One line, of the check that comes before the checker: its code says the order, and that the build ends says it again.
  expect(built.err).toMatch(new RegExp(`^[^\\n]*half/v1/code\\.ts(?:\\(\\d+,\\d+\\))?: fallback ${code}: src/main\\.ts#half: [^\\n]*\\n$`));
  expect(built.err).toMatch(reason);
  expect(project.read('dist/main.js')).not.toContain('poetc:');
});

it('tuples that double reach the checker, whose own limit stops them', () => {
  commit(`type T0 = [1, 1];\n${Array.from({ length: 28 }, (_, i) => `type T${i + 1} = [...T${i}, ...T${i}];\n`).join('')}`, 'const own: T28["length"] = 2;\n  return own === 2 ? n / 2 : 0;');
  const built = run(join(project.root, 'node_modules/ts-patch/bin/tspc.js'), '-p', '.');
  expect({ code: built.code, out: built.out }).toEqual({ code: 0, out: '' });
  // Too large (TS2799), or, where something has asked for that type before, what the next ones are to the checker then: rests of anything (TS1265).
  expect(built.err).toMatch(/^[^\n]*half\/v1\/code\.ts\(\d+,\d+\): fallback POET4011: src\/main\.ts#half: [^\n]*TS(?:2799|1265)[^\n]*\n$/);
  expect(project.read('dist/main.js')).not.toContain('poetc:');
});
