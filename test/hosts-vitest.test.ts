import { join } from 'node:path';
import type { Plugin } from 'vite';
import poetVitest from '../hosts/vitest/index.ts';
import { makeHostProject, makeListener, ORDER_SOURCES, ORDER_TEST, readResults, REPO, run, start, type Finished, type HostProject } from './hosts-fixture.ts';

const VITEST = join(REPO, 'node_modules', 'vitest', 'vitest.mjs');
const CONFIG = "import poet from 'poetc/vitest';\nexport default { plugins: [poet()], test: { globals: true } };\n";
const FILES = { ...ORDER_SOURCES, 'vitest.config.mjs': CONFIG, 'test/order.test.ts': ORDER_TEST };

const projects: HostProject[] = [];
const make = (files: Readonly<Record<string, string>> = {}): HostProject => {
  const project = makeHostProject({ ...FILES, ...files });
  projects.push(project);
  return project;
};
const vitest = (project: HostProject): Promise<Finished> => run(project, [VITEST, 'run']);
afterAll(() => { for (const project of projects) project.remove(); });

async function passing(project: HostProject): Promise<ReturnType<typeof readResults>> {
  const { status, output } = await vitest(project);
  if (status !== 0) throw new Error(output);
  return readResults(project);
}

describe('poetc/vitest', () => {
  it('is a plugin to Vite\'s own types, and runs before its compiler', () => {
    const plugin: Plugin = poetVitest();
    expect(plugin).toMatchObject({ name: 'poetc', enforce: 'pre' });
    expect(() => poetVitest({ tsConfig: 'x' } as object)).toThrow('POET8057: poetc/vitest: unknown option tsConfig; did you mean tsconfig?');
  });

  it('runs enhanced functions, with frames in the author\'s file', async () => {
    const project = make();
    const results = await passing(project);
    expect(results.good).toBe('6');
    expect(results.bad).toMatch(/^PerceiveError .*\$input\.order\.price/s);
    expect(results.thrown).toMatch(/src\/order\.ts:5:29\)/);
    expect(project.read('.poet/src/order.ts/total/current').trim()).toBe('v1');
  });

  it('sees a type that changed in another file, and an edited version', async () => {
    const project = make();
    expect((await passing(project)).good).toBe('6');
    const code = project.read('.poet/src/order.ts/total/v1/code.ts');
    project.write('.poet/src/order.ts/total/v1/code.ts', code.replace('order.price * quantity', 'order.price + quantity'));
    const tampered = await vitest(project);
    expect(tampered).toMatchObject({ status: 0, output: expect.stringContaining('POET5009') as unknown });
    expect(readResults(project).bad).toBe('null'); // NaN: the author's own function ran
    project.write('.poet/src/order.ts/total/v1/code.ts', code);
    project.write('src/types.ts', 'export interface Order { price: number; currency: string }\n');
    expect((await passing(project)).good).toMatch(/^PerceiveError .*\$input\.order\.currency/s);
  });

  it('runs again in watch mode when a type changes that leaves no import behind', async () => {
    const project = make();
    await passing(project); // .poet/ is complete, so the watcher below sees our edits only
    const child = start(project, [VITEST, '--watch']);
    try {
      const until = makeListener(child);
      await until('Waiting for file changes');
      expect(readResults(project).good).toBe('6');
      project.write('src/types.ts', 'export interface Order { price: number; currency: string }\n');
      await until('RERUN');
      await until('Waiting for file changes');
      expect(readResults(project).good).toMatch(/^PerceiveError .*\$input\.order\.currency/s);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('leaves a file alone that another plugin has changed, and says so', async () => {
    const project = make({
      'vitest.config.mjs': "import poet from 'poetc/vitest';\n"
        + "const other = { name: 'other', enforce: 'pre', transform: (code, id) => (id.endsWith('/src/order.ts') ? { code: `${code}\\nexport {};`, map: null } : undefined) };\n"
        + 'export default { plugins: [other, poet()], test: { globals: true } };\n',
    });
    const { output } = await vitest(project);
    expect(output).toContain('src/order.ts: warning POET8054');
    expect(readResults(project).bad).toBe('null');
  });

  it('fails the test file on an error of the author\'s, and says where', async () => {
    const project = make({ 'src/order.ts': ORDER_SOURCES['src/order.ts']!.replace('perceive=strict', 'percieve=strict') });
    const { status, output } = await vitest(project);
    expect(status).toBe(1);
    expect(output).toMatch(/src\/order\.ts\(3,\d+\): error POET\d{4}: .*perceive/);
  });
});
