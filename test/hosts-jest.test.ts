import { join } from 'node:path';
import { makeHostProject, ORDER_SOURCES, ORDER_TEST, readResults, REPO, run, type Finished, type HostProject } from './hosts-fixture.ts';

const JEST = join(REPO, 'node_modules', 'jest', 'bin', 'jest.js');
const CONFIG = "module.exports = { testEnvironment: 'node', cacheDirectory: '<rootDir>/.cache', transform: { '\\\\.ts$': 'poetc/jest' } };";
const FILES = { ...ORDER_SOURCES, 'jest.config.cjs': CONFIG, 'test/order.test.ts': ORDER_TEST };

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

  it('fails the test file on an error of the author\'s, and says where', async () => {
    const project = make({ 'src/order.ts': ORDER_SOURCES['src/order.ts']!.replace('perceive=strict', 'percieve=strict') });
    const { status, output } = await jest_(project);
    expect(status).toBe(1);
    expect(output).toMatch(/src\/order\.ts\(3,\d+\): error POET\d{4}: .*perceive/);
  });
});
