import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { readTemplates } from '../transformer/2-plan/templates.ts';
import { makeDomainBuilds } from '../transformer/domain-builds.ts';
import { runOwnModule, type RunTemplateModule } from '../transformer/template-module.ts';
import { makeCliProject, type CliProject } from './cli-project.ts';
import { planAll, TEMPLATES } from './plan-targets.ts';
import { PLUGIN } from './support/temp-project.ts';

const METADATA = JSON.stringify({ created_at: '2025-01-31T12:00:00Z', updated_at: '2025-01-31T12:00:00Z', author: 'acme', description: 'For orders.' });
const TEMPLATE = readFileSync(join(TEMPLATES, 'base/v1/template.md'), 'utf8').replace('# Domain: base', '# Domain: acme_orders');
/** Ends whatever process it is run in, where it can. */
const CANARY = "(globalThis as { process?: { exit?: (code: number) => void } }).process?.exit?.(7);\n";
const LAWS = `import type { Law } from 'poetc/templates';
${CANARY}export const laws: readonly Law[] = [{
  name: 'the total is the sum', why: 'a wrong total is billed', applies: (fn) => fn.name === 'total',
  property(run, sample) {
    const prices = sample.list(5, () => sample.integer(0, 1_000));
    if (run(prices) !== prices.reduce((sum, price) => sum + price, 0)) throw new Error('expected the sum');
  },
}];
`;
const makeBuiltin = (statements: string): string => `import type { BuildAnswer, BuildRequest, TemplateExample } from 'poetc/templates';
${CANARY}export function build({ fn, stub }: BuildRequest): BuildAnswer {
  if (!stub) return {};
  return { body: { recipe: 'sum', statements: ${JSON.stringify(statements)}.replaceAll('LIST', fn.parameters[0]!.name), functions: [] } };
}
export const examples: readonly TemplateExample[] = [{
  fn: { name: 'total', parameters: [{ name: 'p', type: { kind: 'array', text: 'number[]' }, optional: false, rest: false }], result: { kind: 'number', text: 'number' }, async: false },
  calls: [{ args: [[1, 2]], result: 3 }],
}];
`;
const BUILTIN = makeBuiltin('let sum = 0; for (const price of LIST) sum += price; return sum;');

const TSCONFIG = JSON.stringify({
  compilerOptions: { target: 'ES2022', lib: ['ES2022'], module: 'NodeNext', moduleResolution: 'NodeNext', strict: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: [], plugins: [PLUGIN] },
  include: ['src'],
});

function makeProject(more: Readonly<Record<string, string>> = {}): CliProject {
  return makeCliProject({
    'tsconfig.json': TSCONFIG, 'poet.config.json': '{}',
    'src/a.ts': '/** @poet domain=acme_orders */ export function total(prices: number[]): number { return 0; }\n',
    'templates/acme_orders/current': 'v1\n', 'templates/acme_orders/v1/template.md': TEMPLATE, 'templates/acme_orders/v1/metadata.json': METADATA, ...more,
  });
}

describe('a domain of the project', () => {
  const project = makeProject();
  const built = project.tspc('-p', '.');
  afterAll(() => project.remove());
  const metadata = (version: string): { key: string; template: { domain: string; version: string; hash: string } } =>
    JSON.parse(project.read(`.poet/src/a.ts/total/${version}/metadata.json`)) as { key: string; template: { domain: string; version: string; hash: string } };

  it('can be named, and its functions get their checks', () => {
    expect(built.code).toBe(0);
    expect(built.err).toMatch(/^ *src\/a\.ts\(1,49\): warning POET2116: src\/a\.ts#total: a stub that domain acme_orders has no implementation for: its template has no builtin\.ts/);
    expect(metadata('v1').template).toMatchObject({ domain: 'acme_orders', version: 'v1' });
    expect(project.node(['-e', "import('./dist/a.js').then((m) => m.total('x')).catch((e) => console.log(e.name))"], { POET_RUNTIME_DIR: '' }).out).toBe('PerceiveError\n');
  });

  it('is part of the key: its text makes a new version, its metadata does not', () => {
    project.write('templates/acme_orders/v1/metadata.json', METADATA.replace('For orders', 'For all orders'));
    expect(project.tspc('-p', '.').code).toBe(0);
    expect(project.exists('.poet/src/a.ts/total/v2')).toBe(false);
    project.write('templates/acme_orders/v1/template.md', `${TEMPLATE}\nRound to cents.\n`);
    expect(project.tspc('-p', '.').code).toBe(0);
    expect(metadata('v2').template.hash).not.toBe(metadata('v1').template.hash);
    expect(metadata('v2').key).not.toBe(metadata('v1').key);
  });

  it('is listed and checked', () => {
    const list = project.json<{ templates: { domain: string; origin: string; description: string }[] }>('template', 'list');
    expect(list.code).toBe(0);
    expect(list.templates.map(({ domain, origin }) => `${domain} ${origin}`)).toEqual(['api_operations poetc', 'base poetc', 'ml_monitoring poetc', 'acme_orders project']);
    expect(list.templates.at(-1)?.description).toBe('For all orders.');
    expect(project.json('template', 'validate')).toMatchObject({ code: 0, templates: [{ domain: 'acme_orders', faults: 0 }], problems: [] });
    expect(project.json('template', 'validate', 'templates/acme_orders')).toMatchObject({ code: 0, templates: [{ domain: 'acme_orders' }] });
  });

  it('fails the check, the list and the build when it is damaged', () => {
    project.write('templates/acme_orders/current', 'v3\n');
    for (const args of [['template', 'validate'], ['template', 'list']]) {
      const run = project.json(...args);
      expect(run.code).toBe(1);
      expect(run.problems).toEqual([expect.objectContaining({ code: 'POET2110', file: expect.stringContaining('templates/acme_orders/current') as string })]);
    }
    const run = project.tspc('-p', '.');
    expect(run.code).not.toBe(0);
    expect(run.out + run.err).toMatch(/POET2110|2110/);
    project.write('templates/acme_orders/current', 'v1\n');
    expect(project.tspc('-p', '.').code).toBe(0);
  });

  it.each([[['template', 'validate', 'nowhere'], /POET8130/], [['template', 'validate', 'src'], /POET8130/], [['template', 'make'], /POET8125/]])('%j is wrong usage', (args, code) => {
    const run = project.poet(...args);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toMatch(code);
  });
});

describe('code of a project\'s template', () => {
  const project = makeProject({ 'templates/acme_orders/v1/laws.ts': LAWS, 'templates/acme_orders/v1/builtin.ts': BUILTIN });
  afterAll(() => project.remove());

  it('runs in the sandbox, and what it writes is held against its laws and emitted', () => {
    const run = project.tspc('-p', '.');
    expect([run.code, run.err]).toEqual([0, '']);
    expect(project.node(['-e', "import('./dist/a.js').then((m) => console.log(m.total([1, 2, 4])))"], { POET_RUNTIME_DIR: '' }).out).toBe('7\n');
    expect(project.json('check')).toMatchObject({ code: 0 });
  });

  it('runs in the sandbox for the validator, which type-checks it first', () => {
    expect(project.json('template', 'validate')).toMatchObject({ code: 0, problems: [] });
    project.write('templates/acme_orders/v1/builtin.ts', makeBuiltin('return LIST.length;'));
    expect(project.json('template', 'validate')).toMatchObject({ code: 1, problems: [{ code: 'POET2117' }, { code: 'POET2117' }] });
    project.write('templates/acme_orders/v1/laws.ts', LAWS.replace('expected the sum', "expected the sum' + nothing + '"));
    expect(project.json('template', 'validate')).toMatchObject({ code: 1, problems: [{ code: 'POET2115' }] });
    project.write('templates/acme_orders/v1/laws.ts', LAWS);
  });

  it.each<[string, string, RegExp]>([
    ['what breaks a law', 'return LIST.length;', /POET2114: .*breaks a law of acme_orders: the total is the sum/],
    ['what gains a capability', "let sum = 0; for (const price of LIST) sum += price; if (sum > 1e9) void fetch('https://example.com/?' + sum); return sum;", /POET4020: .*the audit refuses the candidate/],
    ['what never ends', 'for (;;) if (LIST.length < 0) return 0;', /POET2120: .*stopped/],
  ])('does not emit %s', (_, statements, message) => {
    project.write('templates/acme_orders/v1/builtin.ts', makeBuiltin(statements));
    const run = project.tspc('-p', '.');
    expect(run.code).toBe(0);
    expect(run.err).toMatch(message);
    expect(project.node(['-e', "import('./dist/a.js').then((m) => console.log(m.total([1, 2, 4])))"], { POET_RUNTIME_DIR: '' }).out).toBe('0\n');
  });

  it.each<[string, string, RegExp]>([
    ['ends the process', BUILTIN.replace('export function build', "(globalThis as unknown as { process: { exit(code: number): void } }).process.exit(7);\nexport function build"), /POET2120/],
    ['reads files', BUILTIN.replace('if (!stub) return {};', "(globalThis as unknown as { process: { binding(name: string): unknown } }).process.binding('fs');"), /POET2120/],
    ['never ends', BUILTIN.replace('if (!stub) return {};', 'for (;;) ;'), /POET2120: .*stopped/],
  ])('that %s falls back', (_, builtin, message) => {
    project.write('templates/acme_orders/v1/builtin.ts', builtin);
    const run = project.tspc('-p', '.');
    expect(run.code).toBe(0);
    expect(run.err).toMatch(message);
    expect(project.read('dist/a.js')).toContain('return 0;');
  });

  it('is not run where there is no sandbox, which is said', () => {
    const planned = planAll('/** @poet domain=api_operations */ export function nextPage(link: string | null): string | null { return null; }');
    const templates = readTemplates(TEMPLATES).map((template) => ({ ...template, origin: 'project' as const }));
    expect(makeDomainBuilds(planned.plans, templates, planned.ctx).builds.size).toBe(0);
    expect(planned.reports.map(({ code }) => code)).toEqual(['POET2113']);
  });

  it('runs in the sandbox that is handed in, and nowhere else', () => {
    const source = '/** @poet domain=api_operations */ export function nextPage(link: string | null): string | null { return null; }';
    const planned = planAll(source);
    const templates = readTemplates(TEMPLATES).map((template) => ({ ...template, origin: 'project' as const }));
    const calls: string[] = [];
    const sandbox: RunTemplateModule = (text, name, args) => { calls.push(name); return runOwnModule(text, name, args); };
    const { builds } = makeDomainBuilds(planned.plans, templates, { ...planned.ctx, runTemplateModule: sandbox });
    expect([...builds.values()].map(({ proof }) => proof)).toEqual([expect.stringContaining('laws of api_operations held: 1, on 100 samples each')]);
    expect(calls).toEqual(['buildAll', 'judge']);
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /expected an answer to be an object/],
    ['a list', [], /expected an answer to be an object/],
    ['another field', { code: 'x' }, /found code/],
    ['a body without text', { body: { recipe: 'x', statements: '', functions: [] } }, /body\.statements/],
    ['functions that are none', { body: { recipe: 'x', statements: 'return 1;', functions: [1] } }, /body\.functions\[0\]/],
    ['too much', { body: { recipe: 'x', statements: 'x'.repeat(40_000), functions: [] } }, /32768 characters/],
    ['policies out of range', { policies: { retries: 99 } }, /policies\.retries/],
  ])('that answers %s changes nothing', (_, answer, message) => {
    const planned = planAll('/** @poet domain=api_operations */ export function nextPage(link: string | null): string | null { return null; }');
    const templates = readTemplates(TEMPLATES).map((template) => ({ ...template, origin: 'project' as const }));
    const { builds } = makeDomainBuilds(planned.plans, templates, { ...planned.ctx, runTemplateModule: () => [{ answer }] });
    expect(builds.size).toBe(0);
    expect(planned.reports.map(({ code, text }) => `${code} ${text}`)).toEqual([expect.stringMatching(new RegExp(`^POET2120 .*${message.source}`))]);
  });

  it('whose implementation breaks a law is not emitted', () => {
    const planned = planAll('/** @poet domain=api_operations */ export function nextPage(link: string | null): string | null { return null; }');
    const templates = readTemplates(TEMPLATES).map((template) => ({ ...template, origin: 'project' as const }));
    const wrong: RunTemplateModule = (text, name, args) => (name === 'buildAll' ? [{ answer: { body: { recipe: 'r', statements: 'return link;', functions: [] } } }] : runOwnModule(text, name, args));
    const { builds, said } = makeDomainBuilds(planned.plans, templates, { ...planned.ctx, runTemplateModule: wrong });
    expect([...builds.values()]).toEqual([{ origin: 'project', answer: {}, proof: undefined }]);
    expect([...said.values()].flat().map(({ code, text }) => `${code} ${text}`)).toEqual([expect.stringMatching(/^POET2114 .*breaks a law of api_operations: the next page is the link/)]);
  });
});
