import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeHostProject, ORDER_SOURCES, ORDER_TEST, readResults, REPO, run, type Finished, type HostProject } from './hosts-fixture.ts';

const JEST = join(REPO, 'node_modules', 'jest', 'bin', 'jest.js');
const CONFIG = "module.exports = { testEnvironment: 'node', cacheDirectory: '<rootDir>/.cache', transform: { '\\\\.ts$': 'poetc/jest' } };";
const FILES = { ...ORDER_SOURCES, 'jest.config.cjs': CONFIG, 'test/order.test.ts': ORDER_TEST };

interface Coverage { readonly statementMap: Record<string, { readonly start: { readonly line: number } }>; readonly s: Record<string, number> }

const projects: HostProject[] = [];
const make = (files: Readonly<Record<string, string>> = {}, packages?: Readonly<Record<string, string>>): HostProject => {
  const project = makeHostProject({ ...FILES, ...files }, packages);
  projects.push(project);
  return project;
};
const jest_ = (project: HostProject, ...args: string[]): Promise<Finished> => run(project, [JEST, ...args]);
afterAll(() => { for (const project of projects) project.remove(); });

async function passing(project: HostProject, ...args: string[]): Promise<ReturnType<typeof readResults>> {
  const { status, output } = await jest_(project, ...args);
  if (status !== 0) throw new Error(output);
  return readResults(project);
}

describe('poetc/jest', () => {
  it('runs enhanced functions, with frames in the author\'s file', async () => {
    const project = make();
    const results = await passing(project);
    expect(results.good).toBe('6');
    expect(results.bad).toMatch(/^PerceiveError .*\$input\.order\.price/s);
    expect(results.thrown).toMatch(/src\/order\.ts:5:29\)/);
    expect(project.read('.poet/src/order.ts/total/current').trim()).toBe('v1');
  });

  it('sees a type that changed in another file, with a warm cache', async () => {
    const project = make();
    expect((await passing(project)).good).toBe('6');
    expect((await passing(project)).good).toBe('6');
    project.write('src/types.ts', 'export interface Order { price: number; currency: string }\n');
    expect((await passing(project)).good).toMatch(/^PerceiveError .*\$input\.order\.currency/s);
    project.write('src/types.ts', ORDER_SOURCES['src/types.ts']!);
    expect((await passing(project)).good).toBe('6');
  });

  it('emits no edited version, and the right one again once it is restored', async () => {
    const project = make();
    await passing(project);
    const code = project.read('.poet/src/order.ts/total/v1/code.ts');
    project.write('.poet/src/order.ts/total/v1/code.ts', code.replace('order.price * quantity', 'order.price + quantity'));
    const tampered = await jest_(project);
    expect(tampered).toMatchObject({ status: 0, output: expect.stringContaining('POET5009') as unknown });
    expect(readResults(project).bad).toBe('null'); // NaN: the author's own function ran
    project.write('.poet/src/order.ts/total/v1/code.ts', code);
    expect((await passing(project)).bad).toMatch(/^PerceiveError/);
  });

  it('compiles nothing again when nothing changed', async () => {
    const project = make({
      'spy.cjs': `const { appendFileSync } = require('node:fs');
        exports.createTransformer = (options) => {
          const poet = require('poetc/jest').createTransformer(options);
          return { ...poet, process(text, path, given) { appendFileSync(${JSON.stringify('compiled.log')}, path + '\\n'); return poet.process(text, path, given); } };
        };`,
      'jest.config.cjs': CONFIG.replace('poetc/jest', '<rootDir>/spy.cjs'),
    });
    await passing(project);
    await passing(project); // .poet/ came into being during the first run
    project.write('compiled.log', '');
    await passing(project);
    expect(project.read('compiled.log')).toBe('');
    project.write('src/types.ts', '// a comment\n' + ORDER_SOURCES['src/types.ts']!);
    await passing(project);
    expect(project.read('compiled.log')).toContain('src/order.ts');
  });

  it('starts one program for all test files of a process', async () => {
    const countPrograms = async (tests: readonly string[]): Promise<number> => {
      const project = make(Object.fromEntries(tests.map((name) => [`test/${name}.test.ts`, ORDER_TEST])));
      rmSync(project.path('node_modules/typescript'));
      project.write('node_modules/typescript/package.json', '{ "name": "typescript", "version": "6.0.3", "main": "index.js" }');
      project.write('node_modules/typescript/index.js', `const ts = require(${JSON.stringify(join(REPO, 'node_modules', 'typescript'))});
        const { appendFileSync } = require('node:fs');
        module.exports = { ...ts, createProgram(...args) { appendFileSync('programs.log', '.'); return ts.createProgram(...args); } };`);
      await passing(project, '--runInBand');
      return project.read('programs.log').length;
    };
    const one = await countPrograms(['order']);
    expect(one).toBeGreaterThan(0);
    expect(await countPrograms(['order', 'second', 'third'])).toBe(one);
  });

  it('works as ESM, under TypeScript 5.9 and in a project that only references others', async () => {
    const project = make({
      'jest.config.cjs': CONFIG.replace('transform:', "extensionsToTreatAsEsm: ['.ts'], transform:"),
      'tsconfig.json': '{ "files": [], "references": [{ "path": "./tsconfig.app.json" }] }',
      'tsconfig.app.json': ORDER_SOURCES['tsconfig.json']!,
    }, { typescript: 'typescript-5.9' });
    const { status, output } = await run(project, ['--experimental-vm-modules', JEST]);
    if (status !== 0) throw new Error(output);
    expect(readResults(project).bad).toMatch(/^PerceiveError .*\$input\.order\.price/s);
    expect(readResults(project).thrown).toMatch(/src\/order\.ts:5:29/);
  });

  it('hands the rewritten text to another transformer and composes its map', async () => {
    const project = make({
      'jest.config.cjs': CONFIG.replace("'poetc/jest'", "['poetc/jest', { next: '<rootDir>/next.cjs' }]"),
      // Maps inside the code, as ts-jest writes them.
      'next.cjs': `const esbuild = require(${JSON.stringify(join(REPO, 'node_modules', 'esbuild'))});
        exports.process = (text, path) => ({ code: esbuild.transformSync(text, { loader: 'ts', format: 'cjs', sourcemap: 'inline', sourcefile: path }).code });`,
    });
    const results = await passing(project);
    expect(results.bad).toMatch(/^PerceiveError/);
    expect(results.thrown).toMatch(/src\/order\.ts:5:29\)/);
  });

  it('moves jest.mock above the imports', async () => {
    const project = make({
      'src/rate.ts': 'export const rate = (): number => 1;\n',
      'test/order.test.ts': "import { rate } from '../src/rate';\njest.mock('../src/rate', () => ({ rate: () => 42 }));\ntest('mock', () => { expect(rate()).toBe(42); });\n",
    });
    expect(await jest_(project)).toMatchObject({ status: 0 });
  });

  it('counts coverage in lines of the author\'s file', async () => {
    const project = make({ 'test/order.test.ts': "import { total } from '../src/order';\ntest('one', () => { expect(total({ price: 2 }, 3)).toBe(6); });\n" });
    expect(await jest_(project, '--coverage', '--coverageReporters=json', '--collectCoverageFrom=src/order.ts')).toMatchObject({ status: 0 });
    const files = JSON.parse(project.read('coverage/coverage-final.json')) as Record<string, Coverage>;
    const { statementMap, s } = files[project.path('src/order.ts')]!;
    const lines = Object.entries(statementMap).map(([id, { start }]) => [start.line, s[id]] as const);
    expect(lines).toContainEqual([6, 1]);
    expect(lines).toContainEqual([5, 0]);
    expect(Math.max(...lines.map(([line]) => line))).toBeLessThanOrEqual(7);
  });

  it.each([
    ['a compiler without an API', 'typescript', { 'node_modules/typescript/package.json': '{ "name": "typescript", "version": "7.0.2" }' }, {}, 'POET8051'],
    ['no compiler', 'typescript', {}, {}, 'POET8050'],
    ['a missing delegate', undefined, {}, { next: 'no-such-transformer' }, 'POET8056'],
    ['a misspelt option', undefined, {}, { tsConfig: 'x.json' }, 'did you mean tsconfig?'],
    ['a tsconfig that is not there', undefined, {}, { tsconfig: 'none.json' }, 'POET8053'],
  ])('says what to do about %s', async (_, unlinked, files, options, expected) => {
    const project = make({ 'jest.config.cjs': CONFIG.replace("'poetc/jest'", `['poetc/jest', ${JSON.stringify(options)}]`) });
    if (unlinked !== undefined) rmSync(project.path(`node_modules/${unlinked}`));
    for (const [file, text] of Object.entries(files)) project.write(file, text);
    const { status, output } = await jest_(project);
    expect(status).not.toBe(0);
    expect(output).toContain(expected);
  });

  it('fails the test file on an error of the author\'s, and says where', async () => {
    const project = make({ 'src/order.ts': ORDER_SOURCES['src/order.ts']!.replace('perceive=strict', 'percieve=strict') });
    const { status, output } = await jest_(project);
    expect(status).toBe(1);
    expect(output).toMatch(/src\/order\.ts\(3,\d+\): error POET\d{4}: .*perceive/);
  });
});
