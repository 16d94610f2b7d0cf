/** Builds that may ask a model: real compilers and processes, a real wire, answers and faults as they come. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeCliProject, type CliProject } from './cli-project.ts';
import { startModelServer, type ModelServer } from './support/model-server.ts';
import { PLUGIN, REPO } from './support/temp-project.ts';

const KEY = 'test-key-0123456789-abcdef';
const answer = (name: string): { readonly text: string } => ({ text: readFileSync(join(REPO, 'fixtures/answers', `${name}.txt`), 'utf8') });
const median = (name: string): string => `/**
 * The median of a sample.
 * @poet
 */
export function ${name}(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
`;
const TSCONFIG = JSON.stringify({ compilerOptions: { target: 'ES2022', module: 'NodeNext', strict: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: [], plugins: [PLUGIN] }, include: ['src', '.poet/**/stamp.d.ts'] });

let server: ModelServer;
beforeAll(async () => { server = await startModelServer(); });
afterAll(() => server.close());
jest.setTimeout(300_000);

const env = (): NodeJS.ProcessEnv => ({ CI: '', ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: server.url, OPENAI_API_KEY: KEY });

function makeProject(functions: readonly string[], config: object = {}, model: object = {}): CliProject & { build(more?: NodeJS.ProcessEnv): { code: number | null; out: string; err: string } } {
  const project = makeCliProject({
    'tsconfig.json': TSCONFIG, 'src/stats.ts': functions.map(median).join('\n'),
    'poet.config.json': JSON.stringify({ provider: 'openai-compatible', ...config, model: { name: 'fake', baseUrl: `${server.url}/v1`, ...model } }),
  });
  mkdirSync(join(project.root, 'node_modules/@anthropic-ai'), { recursive: true });
  symlinkSync(join(REPO, 'node_modules/@anthropic-ai/sdk'), join(project.root, 'node_modules/@anthropic-ai/sdk'), 'dir');
  return { ...project, build: (more = {}) => project.node([join(project.root, 'node_modules/ts-patch/bin/tspc.js'), '-p', '.'], { ...env(), ...more }) };
}
const providerOf = (project: CliProject, name: string): string => (JSON.parse(project.read(`.poet/src/stats.ts/${name}/${project.read(`.poet/src/stats.ts/${name}/current`).trim()}/metadata.json`)) as { provider: string }).provider;

describe('a build', () => {
  it('asks for all that is missing in one process, emits what verified, and never asks for it again', () => {
    server.scriptEach({ one: [answer('good')], two: [answer('almost-right')] });
    const project = makeProject(['one', 'two'], { provider: 'anthropic' });
    const { code, out, err } = project.build();
    expect([code, out]).toEqual([0, '']);
    expect(err).toMatch(/poetc: fake: 0 of 2 accepted/);
    expect(err).toMatch(/poetc: fake: 1 of 2 accepted, 1 failed; \d+ s, 4800 tokens/);
    expect(err).toMatch(/fallback POET3022: src\/stats\.ts#two: no version from fake: nothing that it wrote holds: POET4040 /);
    expect([providerOf(project, 'one'), providerOf(project, 'two')]).toEqual(['anthropic', 'builtin']);
    expect(project.read('dist/stats.js')).toContain('xs.slice()');
    expect(server.requests()).toHaveLength(4);
    server.scriptEach({});
    expect(project.build()).toEqual({ code: 0, out: '', err: '' });
    expect(server.connections()).toBe(0);
    expect(Object.values(project.files()).filter((text) => text.includes(KEY))).toEqual([]);
    project.remove();
  });
});
void spawn;
