import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { checkTemplate } from '../transformer/2-plan/check-template.ts';
import { listProjectTemplateFiles, readAllTemplates } from '../transformer/2-plan/project-templates.ts';
import { readTemplates } from '../transformer/2-plan/templates.ts';
import { runOwnModule } from '../transformer/template-module.ts';

const TEMPLATES = join(__dirname, '../templates');
const read = (path: string): string => readFileSync(join(TEMPLATES, path), 'utf8');

const METADATA = { created_at: '2025-01-31T12:00:00Z', updated_at: '2025-02-01T12:00:00Z', author: 'acme', description: 'For orders.' };
const LAWS = `import type { Law } from 'poetc/templates';
export const laws: readonly Law[] = [{
  name: 'twice as much', why: 'half of it is missing otherwise', applies: (fn) => fn.name === 'double',
  property(run, sample) { const n = sample.integer(0, 9); if (run(n) !== 2 * n) throw new Error('expected ' + 2 * n); },
}];
`;
const BUILTIN = `import type { BuildAnswer, BuildRequest, TemplateExample } from 'poetc/templates';
export function build({ fn, stub }: BuildRequest): BuildAnswer {
  if (!stub || fn.name !== 'double') return { unrecognised: 'expected double' };
  return { body: { recipe: 'doubling', statements: \`return twice(\${fn.parameters[0]?.name});\`, functions: ['function twice(n: number): number {\\n  return n * 2;\\n}'] } };
}
const number = { kind: 'number', text: 'number' };
export const examples: readonly TemplateExample[] = [{
  fn: { name: 'double', async: false, result: number, parameters: [{ name: 'x', type: number, optional: false, rest: false }] },
  calls: [{ args: [2], result: 4 }],
}];
`;

const good = (): Record<string, string> => ({
  'current': 'v1\n', 'v1/template.md': read('base/v1/template.md').replace('# Domain: base', '# Domain: acme'),
  'v1/metadata.json': JSON.stringify(METADATA, undefined, 2), 'v1/laws.ts': LAWS, 'v1/builtin.ts': BUILTIN,
});

const folders: string[] = [];
function makeFolder(files: Readonly<Record<string, string | undefined>>, domain = 'acme'): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'poetc-template-')));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) continue;
    const file = join(root, 'templates', domain, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return root;
}
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** `code line text` of each finding. */
function find(change: Readonly<Record<string, string | undefined>>, domain = 'acme'): string[] {
  const root = makeFolder({ ...good(), ...change }, domain);
  return checkTemplate(join(root, 'templates', domain), { ts, templatesFolder: TEMPLATES, run: runOwnModule }).map((d) => `${d.code} ${d.line ?? '-'} ${d.text}`);
}

it.each(readTemplates(TEMPLATES).map(({ domain }) => domain))('finds nothing in %s', (domain) => {
  expect(checkTemplate(join(TEMPLATES, domain), { ts, templatesFolder: TEMPLATES, run: runOwnModule })).toEqual([]);
});
it('finds nothing in a good template', () => expect(find({})).toEqual([]));
it('finds nothing in one without code', () => expect(find({ 'v1/laws.ts': undefined, 'v1/builtin.ts': undefined })).toEqual([]));

const template = good()['v1/template.md']!;
const lineOf = (text: string, part: string): number => text.split('\n').findIndex((line) => line.includes(part)) + 1;

describe('finds', () => {
  it.each<[string, Record<string, string | undefined>, RegExp[]]>([
    ['no current', { current: undefined }, [/^POET2110 - acme\/current: expected a file that names the version in use, found none$/]],
    ['a current that is no version', { current: 'v2' }, [/^POET2110 1 acme\/current: expected one of v1, found "v2"$/]],
    ['a gap in the versions', { 'v3/template.md': template, 'v3/metadata.json': JSON.stringify(METADATA) }, [/^POET2110 - acme\/v3: expected v2 to come next, found v3$/]],
    ['a folder that is no version', { 'V2/template.md': 'x' }, [/^POET2110 - acme\/V2: expected current and folders v1, v2, … only, found "V2"$/]],
    ['another file', { 'v1/notes.txt': 'x' }, [/^POET2110 - acme\/v1\/notes.txt: expected template.md, metadata.json, laws.ts, builtin.ts only/]],
    ['no template.md', { 'v1/template.md': undefined }, [/^POET2110 - acme\/v1\/template.md: expected this file, found none$/]],
    ['no metadata.json', { 'v1/metadata.json': undefined }, [/^POET2110 - acme\/v1\/metadata.json: expected this file, found none$/]],
    ['a builtin without laws', { 'v1/laws.ts': undefined }, [/^POET2110 - acme\/v1\/laws.ts: expected laws that hold/]],
    ['metadata that is no JSON', { 'v1/metadata.json': '{ "author": }' }, [/^POET2111 1 acme\/v1\/metadata.json: expected the file to be a JSON object/]],
    ['a missing field', { 'v1/metadata.json': JSON.stringify({ ...METADATA, author: undefined }, undefined, 2) }, [/^POET2111 1 .* expected author to be a text, found nothing$/]],
    ['an empty field', { 'v1/metadata.json': JSON.stringify({ ...METADATA, description: ' ' }, undefined, 2) }, [/^POET2111 5 .* expected description to be a text, found " "$/]],
    ['a date that is none', { 'v1/metadata.json': JSON.stringify({ ...METADATA, created_at: '2025-13-41T12:00:00Z' }, undefined, 2) }, [/^POET2111 2 .* expected created_at to be a time/]],
    ['an update before the beginning', { 'v1/metadata.json': JSON.stringify({ ...METADATA, updated_at: '2024-02-01T12:00:00Z' }, undefined, 2) }, [/^POET2111 3 .* no earlier than created_at/]],
    ['another field', { 'v1/metadata.json': JSON.stringify({ ...METADATA, licence: 'x' }, undefined, 2) }, [/^POET2111 6 .* expected licence to be one of/]],
    ['another heading', { 'v1/template.md': template.replace('# Domain: acme', '# Domain: other') }, [/^POET2112 1 .* expected the heading "# Domain: acme", found "# Domain: other"$/]],
    ['a missing part', { 'v1/template.md': template.replace('## What you get', '## Something') }, [/^POET2112 1 .* expected a part "## What you get", found none$/]],
    ['a misspelt placeholder', { 'v1/template.md': template.replace('{{module_path}}', '{{module_pth}}') }, [new RegExp(`^POET2112 ${lineOf(template, '{{module_path}}')} .* expected a placeholder that there is, found \\{\\{module_pth\\}\\}$`)]],
    ['a placeholder as a section', { 'v1/template.md': template.replace('{{source}}', '{{#source}}\n{{source}}') }, [/expected a section that there is, found \{\{#source\}\}/]],
    ['a section that is not closed', { 'v1/template.md': template.replace('{{/refusals}}', '') }, [new RegExp(`^POET2112 ${lineOf(template, '{{#refusals}}')} .* expected \\{\\{/refusals\\}\\} further down, found none$`)]],
    ['an end without a beginning', { 'v1/template.md': template.replace('{{#refusals}}', '') }, [/expected no end without a beginning, found \{\{\/refusals\}\}/]],
    ['a placeholder that is needed', { 'v1/template.md': template.replace('{{source}}', '') }, [/expected \{\{source\}\} somewhere, found none/]],
    ['a worked example of one block', { 'v1/template.md': template.slice(0, template.indexOf('becomes, in mode')) + template.slice(template.indexOf('{{#refusals}}')) }, [new RegExp(`^POET2112 ${lineOf(template, '## A worked example')} .* expected two blocks of TypeScript`)]],
    ['a worked example that does not parse', { 'v1/template.md': template.replace('export function enforce(result: number)', 'export function enforce(result: number') }, [/^POET2112 \d+ .* expected TypeScript that parses/]],
    ['a worked example without a phase', { 'v1/template.md': template.replace('export function enforce(result: number)', 'export function check(result: number)') }, [/expected the phase enforce, found perceive, operatePrime, check/]],
    ['an import', { 'v1/laws.ts': `import { readFileSync } from 'node:fs';\n${LAWS}void readFileSync;\n` }, [/^POET2115 1 acme\/v1\/laws.ts: expected no imports but types/, /^POET2115 1 .*TS2\d+: .*node:fs/]],
    ['a value import of the types', { 'v1/laws.ts': LAWS.replace('import type { Law }', 'import { type Law }') }, [/^POET2115 1 acme\/v1\/laws.ts: expected no imports but types/]],
    ['import()', { 'v1/builtin.ts': `${BUILTIN}export const late = import('./laws.ts');\n` }, [/^POET2115 11 acme\/v1\/builtin.ts: expected no imports/]],
    ['a type error', { 'v1/laws.ts': LAWS.replace('sample.integer(0, 9)', "sample.integer(0, '9')") }, [/^POET2115 4 acme\/v1\/laws.ts: TS2345/]],
    ['laws that are none', { 'v1/laws.ts': 'export const laws = [{ name: "x" }];\n' }, [/^POET2115 1 acme\/v1\/laws.ts: TS2322/]],
    ['no build', { 'v1/builtin.ts': BUILTIN.replace('export function build', 'function build') }, [/^POET2115 1 acme\/v1\/builtin.ts: TS2459: .*'build'/]],
    ['an example that the builtin does not write', { 'v1/builtin.ts': BUILTIN.replaceAll("fn.name !== 'double'", "fn.name !== 'treble'") }, [/^POET2117 1 .* expected an implementation of the example double, found expected double$/]],
    ['an example that comes out otherwise', { 'v1/builtin.ts': BUILTIN.replace('result: 4', 'result: 5') }, [/^POET2117 1 .* expected double\(2\) to return 5, found 4$/]],
    ['an example that breaks a law', { 'v1/builtin.ts': BUILTIN.replace('n * 2', 'n * 2 + (n > 5 ? 1 : 0)') }, [/^POET2117 1 .* expected the law "twice as much" to hold for the example double, found expected \d+; double\(\d\) returned \d+$/]],
    ['an example without a law', { 'v1/laws.ts': LAWS.replace("=== 'double'", "=== 'treble'") }, [/expected a law that speaks of the example double, found none/]],
    ['no example', { 'v1/builtin.ts': BUILTIN.slice(0, BUILTIN.indexOf('const number')).concat('export const examples: readonly TemplateExample[] = [];\n') }, [/^POET2117 1 .* expected examples: a worked example at least, found none$/]],
    ['a builtin that throws', { 'v1/builtin.ts': BUILTIN.replace('if (!stub', "throw new Error('no'); if (!stub") }, [/^POET2120 - template acme\/v1: builtin.ts or laws.ts failed: no$/]],
    ['a builtin that never ends', { 'v1/builtin.ts': BUILTIN.replace('if (!stub', 'for (;;) if (!stub') }, [/^POET2120 - .* timed out/]],
    ['an answer of another form', { 'v1/builtin.ts': BUILTIN.replace("recipe: 'doubling'", "recipe: ''") }, [/^POET2120 - .* expected body.recipe to be a text/]],
  ])('%s', (_, change, expected) => {
    const found = find(change);
    for (const pattern of expected) expect(found).toContainEqual(expect.stringMatching(pattern));
    expect(found).toHaveLength(expected.length);
  });

  it('a name that no option can spell', () => expect(find({ 'v1/template.md': template.replace('# Domain: acme', '# Domain: 2much') }, '2much')).toEqual([expect.stringMatching(/^POET2110 - 2much: expected the name of a domain/)]));
});

it('runs no code of a template where there is no sandbox', () => {
  const root = makeFolder({ ...good(), 'v1/builtin.ts': BUILTIN.replace('result: 4', 'result: 5') });
  const found = checkTemplate(join(root, 'templates/acme'), { ts, templatesFolder: TEMPLATES, run: undefined });
  expect(found.map(({ code, level }) => `${code} ${level}`)).toEqual(['POET2113 warning']);
});

describe("a project's templates", () => {
  it('stand beside those of poetc', () => {
    const root = makeFolder(good());
    const { templates, problems } = readAllTemplates({ root, templatesFolder: TEMPLATES });
    expect(problems).toEqual([]);
    expect(templates.map((t) => `${t.domain} ${t.version} ${t.origin}`)).toEqual(['api_operations v1 poetc', 'base v1 poetc', 'ml_monitoring v1 poetc', 'acme v1 project']);
    expect(listProjectTemplateFiles(root, TEMPLATES)).toHaveLength(5);
  });
  it('take the place of one of the same name, all of its versions', () => {
    const root = makeFolder({ ...good(), 'v2/template.md': template, 'v2/metadata.json': JSON.stringify(METADATA), current: 'v2' }, 'api_operations');
    const { templates } = readAllTemplates({ root, templatesFolder: TEMPLATES });
    expect(templates.map((t) => `${t.domain} ${t.version} ${t.origin} ${t.current}`)).toEqual(['base v1 poetc true', 'ml_monitoring v1 poetc true', 'api_operations v1 project false', 'api_operations v2 project true']);
  });
  it('cannot replace base', () => {
    const root = makeFolder(good(), 'base');
    const { templates, problems } = readAllTemplates({ root, templatesFolder: TEMPLATES });
    expect(problems.map(({ code }) => code)).toEqual(['POET2119']);
    expect(templates.every(({ origin }) => origin === 'poetc')).toBe(true);
  });
  it('are left out when their layout is wrong', () => {
    const { templates, problems } = readAllTemplates({ root: makeFolder({ ...good(), current: 'v7' }), templatesFolder: TEMPLATES });
    expect(problems.map(({ code }) => code)).toEqual(['POET2110']);
    expect(templates.some(({ domain }) => domain === 'acme')).toBe(false);
  });
  it('are not mistaken for what else is called templates', () => {
    const root = makeFolder({ 'welcome.html': '<p>', 'v1.html': '<p>' }, 'mail');
    expect(readAllTemplates({ root, templatesFolder: TEMPLATES })).toMatchObject({ problems: [], templates: [{ domain: 'api_operations' }, { domain: 'base' }, { domain: 'ml_monitoring' }] });
  });
  it('are those of poetc once, in its own sources', () => {
    expect(readAllTemplates({ root: join(TEMPLATES, '..'), templatesFolder: TEMPLATES }).templates.map(({ origin }) => origin)).toEqual(['poetc', 'poetc', 'poetc']);
  });
});

describe('the hash of a template', () => {
  const hashOf = (change: Readonly<Record<string, string>>): string | undefined =>
    readAllTemplates({ root: makeFolder({ ...good(), ...change }), templatesFolder: TEMPLATES }).templates.find(({ domain }) => domain === 'acme')?.hash;
  it('knows text, laws and builtin, and neither metadata nor line ends', () => {
    const hash = hashOf({});
    expect(hashOf({ 'v1/metadata.json': JSON.stringify({ ...METADATA, author: 'b' }) })).toBe(hash);
    expect(hashOf({ 'v1/template.md': template.replaceAll('\n', '\r\n') })).toBe(hash);
    for (const file of ['v1/template.md', 'v1/laws.ts', 'v1/builtin.ts']) expect(hashOf({ [file]: `${good()[file]!}\n` })).not.toBe(hash);
  });
  it('of base is what committed versions were made with', () => {
    const base = readTemplates(TEMPLATES).find(({ domain }) => domain === 'base');
    const metadata = JSON.parse(readFileSync(join(TEMPLATES, '../examples/river-flow/.poet/src/flow.ts/findChange/v1/metadata.json'), 'utf8')) as { template: { hash: string } };
    expect(base?.hash).toBe(metadata.template.hash);
  });
});

