/** Ways 4 and 5 to tamper with .poet/: entries of an older source and of an older template, put back in place of today's. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash } from '../transformer/5-store/content-hash.ts';
import { HEADER_END } from '../transformer/5-store/layout.ts';
import { makeCliProject, MANIFEST, type CliProject } from './cli-project.ts';
import { forgeMetadata } from './support/forge-metadata.ts';
import { PLUGIN } from './support/temp-project.ts';

const CONFIG = JSON.stringify({ compilerOptions: { target: 'ES2022', lib: ['ES2022'], module: 'nodenext', rootDir: 'src', outDir: 'dist', strict: true, types: [], skipLibCheck: true, plugins: [PLUGIN] }, include: ['src'] });
const OLD = '/** @poet domain=acme */\nexport function fee(n: number): number { return n / 2; }\n';
const NEW = OLD.replace('n / 2', 'n / 4');
const ENTRY = '.poet/src/main.ts/fee';

interface Metadata { readonly version: string; readonly key: string; readonly content_hash: string; readonly reason: string; readonly source_hash: string; readonly template: { readonly hash: string } }

const projects: CliProject[] = [];
afterAll(() => { for (const project of projects) project.remove(); });

/** A project whose version was edited by hand and accepted, of a source or a template that has changed since. */
function open(): CliProject & { metadata(version: string): Metadata; write(file: string, text: string): void } {
  const base = join(__dirname, '../templates/base/v1/template.md');
  const project = makeCliProject({
    'package.json': MANIFEST, 'tsconfig.json': CONFIG, 'poet.config.json': '{}', 'src/main.ts': OLD,
    'templates/acme/current': 'v1\n', 'templates/acme/v1/metadata.json': JSON.stringify({ created_at: '2025-01-31T12:00:00Z', updated_at: '2025-01-31T12:00:00Z', author: 'acme', description: 'For fees.' }),
  });
  projects.push(project);
  project.copy(base, 'templates/acme/v1/template.md');
  project.write('templates/acme/v1/template.md', project.read('templates/acme/v1/template.md').replace('# Domain: base', '# Domain: acme'));
  expect(project.poet('generate').code).toBe(0);
  project.write(`${ENTRY}/v1/code.ts`, project.read(`${ENTRY}/v1/code.ts`).replace('return n / 2;', 'const replayed = n / 2;\n  return replayed;'));
  expect(project.poet('accept', 'fee')).toMatchObject({ code: 0 });
  expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
  expect(project.read('dist/main.js')).toContain('replayed');
  cpSync(join(project.root, ENTRY), join(project.root, 'node_modules/old-entry'), { recursive: true });
  return { ...project, metadata: (version) => JSON.parse(project.read(`${ENTRY}/${version}/metadata.json`)) as Metadata };
}

/** The whole old folder, with its `current` and its stamp, and nothing else. */
function replay(project: CliProject): void {
  rmSync(join(project.root, ENTRY), { recursive: true });
  cpSync(join(project.root, 'node_modules/old-entry'), join(project.root, ENTRY), { recursive: true });
}

/** The old entry is told where people look, and is not what ships: a version of today is, beside it. */
function expectStaleThenToday(project: ReturnType<typeof open>): void {
  const checked = project.poet('check');
  expect([checked.code, checked.out, checked.err]).toEqual([1, expect.stringMatching(/^stale\tsrc\/main\.ts#fee\t/), expect.stringMatching(/POET8110 .*src\/main\.ts#fee.*only v1 of an earlier source/)]);
  expect(project.json<{ targets: object[] }>('status').targets).toMatchObject([{ id: 'src/main.ts#fee', state: 'stale', version: 'v1' }]);
  expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
  const js = project.read('dist/main.js');
  expect(js).toContain('poetc:src/main.ts#fee@v2:');
  expect(js).not.toContain('replayed');
  // Made by the builtin provider of today's source; the old one stays beside it, and is nobody's.
  expect(project.json<{ targets: object[] }>('status').targets).toMatchObject([{ state: 'current', version: 'v2', versions: ['v1', 'v2'], provider: 'builtin' }]);
  expect(project.metadata('v2')).toMatchObject({ reason: 'source, options or template changed', parent: 'v1' });
  expect(project.poet('check').code).toBe(0);
}

describe('4: an entry of an older source', () => {
  let project: ReturnType<typeof open>;
  let today: Metadata;
  beforeAll(() => {
    project = open();
    project.write('src/main.ts', NEW);
    expect(project.tspc('-p', '.').code).toBe(0);
    today = project.metadata('v2');
  });

  it('replayed as it was: it is stale, and today\'s is made', () => {
    replay(project);
    expectStaleThenToday(project);
    expect(project.node(['-e', "import('./dist/main.js').then((m) => console.log(m.fee(8)))"], { POET_RUNTIME_DIR: '' }).out).toBe('2\n');
  });

  it('named by current while today\'s lies beside it: today\'s ships all the same', () => {
    project.write(`${ENTRY}/current`, 'v1\n');
    expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
    expect(project.read('dist/main.js')).toMatch(/^(?![^]*replayed)[^]*poetc:src\/main\.ts#fee@v2:/);
  });

  it('with the key of today written into it: poet check runs it, and names what it does differently', () => {
    replay(project);
    const old = project.metadata('v1');
    project.write(`${ENTRY}/v1/metadata.json`, forgeMetadata(JSON.stringify(old), { key: today.key, source_hash: today.source_hash }));
    const checked = project.poet('check');
    // What was proven on this machine was proven of the older source.
    expect([checked.code, checked.out, checked.err]).toEqual([1, expect.stringContaining('src/main.ts#fee'), expect.stringMatching(/POET4040 src\/main\.ts#fee: /)]);
    project.write('poet.config.json', '{ "verifyOnBuild": true }');
    expect(project.tspc('-p', '.')).toMatchObject({ code: 0, err: expect.stringMatching(/^[^\n]*fallback POET4043: src\/main\.ts#fee: [^\n]*\n$/) as string });
    expect(project.read('dist/main.js')).not.toContain('replayed');
  });
});

describe('5: an entry of an older template', () => {
  let project: ReturnType<typeof open>;
  let today: Metadata;
  beforeAll(() => {
    project = open();
    project.write('templates/acme/v1/template.md', `${project.read('templates/acme/v1/template.md')}\nFees are never negative.\n`);
    expect(project.tspc('-p', '.').code).toBe(0);
    today = project.metadata('v2');
    expect(today.template.hash).not.toBe(project.metadata('v1').template.hash);
  });

  it('replayed as it was: it is stale, and today\'s is made', () => {
    replay(project);
    expectStaleThenToday(project);
  });

  it('or of an older auditor, with the key of today written into it and a verdict that says audited: today\'s audit decides', () => {
    replay(project);
    const [header, code] = project.read(`${ENTRY}/v1/code.ts`).split(`${HEADER_END}\n`) as [string, string];
    const edited = code.replace('return replayed;', "if (n === 4) Reflect.get(globalThis, 'fetch');\n  return replayed;");
    project.write(`${ENTRY}/v1/code.ts`, `${header}${HEADER_END}\n${edited}`);
    const old = project.metadata('v1');
    const hash = contentHash({ code: edited, contract: project.read(`${ENTRY}/v1/contract.ts`), params: project.read(`${ENTRY}/v1/params.json`) });
    project.write(`${ENTRY}/v1/metadata.json`, forgeMetadata(JSON.stringify(old), { key: today.key, content_hash: hash }));
    expect(project.tspc('-p', '.')).toMatchObject({ code: 0, out: '', err: expect.stringMatching(/^[^\n]*v1\/code\.ts\(\d+,\d+\): fallback POET4020: src\/main\.ts#fee: [^\n]*\n$/) as string });
    expect(project.read('dist/main.js')).not.toMatch(/replayed|poetc:/);
    expect(project.poet('check')).toMatchObject({ code: 1, err: expect.stringMatching(/POET4020/) as string });
  });
});
