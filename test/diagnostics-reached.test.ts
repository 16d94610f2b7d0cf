/** Messages that no other test provokes, each from the real thing that a user would do. */
import { writeUserFile } from '../cli/write-files.ts';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { contentHash } from '../transformer/5-store/content-hash.ts';
import { HEADER_END } from '../transformer/5-store/layout.ts';
import { CliFault } from '../cli/cli-fault.ts';
import { makeEnhancer } from '../hosts/enhancer.ts';
import { readContracts, root } from './contract-harness.ts';
import { makeCliProject, MANIFEST, type CliProject } from './cli-project.ts';
import { forgeMetadata } from './support/forge-metadata.ts';
import { PLUGIN } from './support/temp-project.ts';

const tsconfig = (plugins: readonly object[] = [PLUGIN]): string =>
  JSON.stringify({ compilerOptions: { target: 'ES2022', lib: ['ES2022'], module: 'nodenext', rootDir: 'src', outDir: 'dist', strict: true, types: [], skipLibCheck: true, plugins }, include: ['src', '.poet/**/stamp.d.ts'] });
const SOURCE = '/** @poet */\nexport function half(n: number): number {\n  return n / 2;\n}\n';

const projects: CliProject[] = [];
const open = (files: Readonly<Record<string, string>> = {}): CliProject => {
  const project = makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': tsconfig(), 'src/main.ts': SOURCE, ...files });
  projects.push(project);
  return project;
};
afterAll(() => { for (const project of projects) project.remove(); });

it('POET2010: a class that is no value in the module is checked by its members', () => {
  const { diagnostics } = readContracts("import type { Gauge } from './gauge.ts';\nexport function read(gauge: Gauge): number { return gauge.value; }", { strict: true }, undefined, {
    [`${root}/virtual/gauge.ts`]: 'export class Gauge { value = 1; read(): number { return this.value; } }',
  }).get('read')!;
  expect(diagnostics).toMatchObject([{ code: 'POET2010', level: 'info', text: expect.stringMatching(/\bgauge\b.*\bGauge\b/) as unknown }]);
});

it('POET3010, POET3011: onMiss decides what a build does about a function without a version', () => {
  const project = open({ 'poet.config.json': '{ "onMiss": "original" }' });
  expect(project.tspc('-p', '.')).toMatchObject({ code: 0, err: expect.stringContaining('fallback POET3011: src/main.ts#half: no stored version matches its source; the original ships') as unknown });
  expect(project.exists('.poet/src/main.ts/half/v1')).toBe(false);
  project.write('poet.config.json', '{ "onMiss": "error" }');
  const { code, out } = project.tspc('-p', '.');
  expect({ code, out }).toEqual({ code: 2, out: expect.stringContaining('POET3010: src/main.ts#half: no stored version matches its source') as unknown });
});

it('POET4021: an edited operatePrime that does not take what the original takes', () => {
  const project = open();
  expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
  const folder = '.poet/src/main.ts/half/v1';
  const [header, code] = project.read(`${folder}/code.ts`).split(`${HEADER_END}\n`) as [string, string];
  const edited = code.replace(/operatePrime\(n: number\): number \{\s*return n \/ 2;/, 'operatePrime(n: 4): number {\n  return n / 2 + 0;');
  expect(edited).not.toBe(code);
  project.write(`${folder}/code.ts`, `${header}${HEADER_END}\n${edited}`);
  const hash = contentHash({ code: edited, contract: project.read(`${folder}/contract.ts`), params: project.read(`${folder}/params.json`) });
  project.write(`${folder}/metadata.json`, forgeMetadata(project.read(`${folder}/metadata.json`), { provider: 'hand', content_hash: hash, verdict: { behaviour: { ok: true, detail: '' } } }));
  expect(project.tspc('-p', '.').err).toMatch(/code\.ts\(1,1\): fallback POET4021: src\/main\.ts#half: .*parameter 1 of operatePrime takes 4, that of the original number/);
});

it('POET4041, POET4042: what could not be run, and what costs too much, where the configuration forbids it', () => {
  const project = open({
    'src/screen.ts': "export const width = ((): number => { throw new Error('needs a screen'); })();\n",
    'src/main.ts': `import { width } from './screen.js';\n${SOURCE.replace('n / 2', 'n / width')}`, 'src/other.ts': SOURCE.replace('half', 'third'),
    'poet.config.json': JSON.stringify({ requireExecution: true, verify: { maxSizeRatio: 1 } }),
  });
  expect(project.poet('generate').code).toBe(0);
  expect(project.json('check').problems.map(({ code }) => code)).toContain('POET4041');
  const code = '.poet/src/other.ts/third/v1/code.ts';
  project.write(code, project.read(code).replace('return n / 2;', `// ${'long '.repeat(900)}\n  return n / 2;`));
  expect(project.poet('accept', 'third').err).toMatch(/POET4042 .*code\.ts is [\d.]+ times as long as the original, 1 are allowed/);
});

describe('test runners', () => {
  it('POET8052: no tsconfig.json above a marked file', () => {
    const project = open();
    const enhancer = makeEnhancer({ host: 'poetc/jest', root: '/' });
    expect(() => enhancer.enhance('/nowhere/at/all.ts', SOURCE)).toThrow(/POET8052/);
    expect(enhancer.enhance('/nowhere/at/all.ts', 'export const poetry = 1;')).toBeUndefined();
    expect(project.exists('.poet')).toBe(false);
  });

  it('POET8055: a marked file that the tsconfig.json leaves out runs as written, and is named once', () => {
    const project = open();
    project.write('other/more.ts', SOURCE);
    const enhancer = makeEnhancer({ host: 'poetc/jest', root: project.root });
    const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      for (let i = 0; i < 2; i++) expect(enhancer.enhance(`${project.root}/other/more.ts`, SOURCE)).toBeUndefined();
      expect(said.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('POET8055'))).toHaveLength(1);
    } finally {
      said.mockRestore();
    }
  });
});

describe('poet', () => {
  it('POET8105: two functions of one name', () => {
    const project = open({ 'src/other.ts': SOURCE });
    expect(project.poet('generate').code).toBe(0);
    expect(project.json('show', 'half')).toMatchObject({ code: 2, problems: [{ code: 'POET8105', hint: expect.stringContaining('src/main.ts#half, src/other.ts#half') as unknown }] });
  });

  it('POET8151: a pinned version that no check of today takes is current, and does not ship', () => {
    const project = open();
    expect(project.poet('generate').code).toBe(0);
    const folder = '.poet/src/main.ts/half/v1';
    // With its hash, as an attacker would: it is whole.
    const [header, code] = project.read(`${folder}/code.ts`).split(`${HEADER_END}\n`) as [string, string];
    const edited = code.replace('return n / 2;', "return Number(Reflect.get(globalThis, 'half') ?? n / 2);");
    expect(edited).not.toBe(code);
    project.write(`${folder}/code.ts`, `${header}${HEADER_END}\n${edited}`);
    const hash = contentHash({ code: edited, contract: project.read(`${folder}/contract.ts`), params: project.read(`${folder}/params.json`) });
    project.write(`${folder}/metadata.json`, forgeMetadata(project.read(`${folder}/metadata.json`), { provider: 'hand', content_hash: hash, verdict: { behaviour: { ok: true, detail: '' } } }));
    expect(project.json('pin', 'half', 'v1')).toMatchObject({
      code: 1, pinned: 'v1', ships: false, problems: [{ code: 'POET8151', text: expect.stringMatching(/half: v1 is current now, and does not ship: .*the audit refuses the candidate/) as unknown }],
    });
    expect(project.tspc('-p', '.')).toMatchObject({ code: 0, err: expect.stringMatching(/half\/v1\/code\.ts\(\d+,\d+\): fallback POET4020: /) as unknown });
  });

  it('POET8112, POET8116: doctor names a tsconfig.json without the plugin, and a Node that is too old', () => {
    const project = open({ 'tsconfig.json': tsconfig([]), 'old-node.cjs': "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.1' } });" });
    const { err } = project.poetWith({ NODE_OPTIONS: '--require ./old-node.cjs' }, 'doctor');
    expect(err).toMatch(/POET8112 tsconfig\.json: expected the plugin poetc\/transformer, found none/);
    expect(err).toMatch(/POET8116 expected Node 20\.19 or newer, found 18\.20\.1/);
  });

  it('POET8120: a file of the user\'s that cannot be written', () => {
    const project = open();
    const failed = (work: () => void): unknown => { try { work(); return undefined; } catch (error) { return error; } };
    const fault = failed(() => writeUserFile(project.root, 'src', 'text')) as CliFault;
    expect(fault).toBeInstanceOf(CliFault);
    expect(fault.diagnostics).toMatchObject([{ code: 'POET8120', text: makeDiagnostic('POET8120', { path: 'src', expected: 'write', found: 'EISDIR' }).text }]);
  });

  it('POET8142, POET8143, POET8144: feedback that is none, and a root that is a file', () => {
    const project = open({ 'run/feedback/pending/river/x.json': 'nonsense', file: '' });
    expect(project.json('feedback', 'src/main.ts#half', '--root', 'run')).toMatchObject({ code: 2, problems: [{ code: 'POET8142' }] });
    expect(project.json('feedback', 'src/main.ts#half', '--rating', '1', '--execution', 'e1', '--root', 'file')).toMatchObject({ code: 1, problems: [{ code: 'POET8144' }] });
    expect(project.json('feedback', '--root', 'run').problems).toMatchObject([{ code: 'POET8143' }]);
  });

  it('POET8145: a pulled file that is no event', () => {
    const project = open({ 'production/events/pending/river/1.ndjson': 'nonsense\n' });
    expect(project.json('pull', 'production', '--root', 'run')).toMatchObject({ code: 0, problems: [{ code: 'POET8145' }] });
  });
});
