/** Every spelling × function form again, as the tests of a project that runs them through Jest and through Vitest. */
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeHostProject, run, type HostProject } from './hosts-fixture.ts';
import { FORMS, SPELLINGS, type CaseResult, type FormSpelling } from './support/forms.ts';
import { PAIRS, REPO, makeTempProject } from './support/temp-project.ts';

const JEST = join(REPO, 'node_modules/jest/bin/jest.js');
const VITEST = join(REPO, 'node_modules/vitest/vitest.mjs');

interface Mode { readonly name: string; readonly experimentalDecorators: boolean; readonly spellings: readonly FormSpelling[] }

/** Each mode is one project, one run of each runner, and one test file a spelling. */
const MODES: readonly Mode[] = [
  { name: 'standard decorators', experimentalDecorators: false, spellings: SPELLINGS },
  { name: 'legacy decorators', experimentalDecorators: true, spellings: ['decorator'] },
];

function copyForms(folder: string, { spellings, experimentalDecorators }: Mode): void {
  for (const spelling of spellings) {
    cpSync(join(FORMS, spelling, 'input/src'), join(folder, 'src', spelling), { recursive: true });
    const more = join(FORMS, spelling, 'input/src-standard');
    if (!experimentalDecorators && existsSync(more)) cpSync(more, join(folder, 'src', spelling), { recursive: true });
  }
  for (const file of ['run-cases.mjs', 'cases.cjs']) cpSync(join(FORMS, 'shared', file), join(folder, file));
}

const options = (experimentalDecorators: boolean): object => ({
  target: 'ES2022', module: 'ESNext', moduleResolution: 'bundler', strict: true, types: [], lib: ['ES2023', 'ESNext.Decorators'], skipLibCheck: true, rootDir: 'src', outDir: 'plain', experimentalDecorators,
});

function makeTest(folder: string, spelling: string): string {
  const files = readdirSync(join(folder, 'src', spelling)).sort();
  return [
    "import { createRequire } from 'node:module';", "import { writeFileSync } from 'node:fs';", "import { join } from 'node:path';",
    ...files.map((file, i) => `import * as m${i} from '../src/${spelling}/${file.replace(/\.ts$/, '')}';`),
    "const { runModule } = createRequire(join(process.cwd(), 'package.json'))('./cases.cjs');",
    `test('${spelling}', async () => {`,
    '  const results = [];',
    ...files.map((file, i) => `  results.push(await runModule('${spelling}/${file.replace(/\.ts$/, '.js')}', m${i}));`),
    "  writeFileSync(process.env['FORMS_RESULTS'] + '." + spelling + ".json', JSON.stringify(results));",
    '});', '',
  ].join('\n');
}

function makeProject(mode: Mode): HostProject {
  const project = makeHostProject({
    'tsconfig.json': JSON.stringify({ compilerOptions: options(mode.experimentalDecorators), include: ['src'] }),
    'jest.config.cjs': "module.exports = { transform: { '\\\\.ts$': 'poetc/jest' }, testMatch: ['<rootDir>/test/*.test.ts'], moduleNameMapper: { '^(\\\\.{1,2}/.*)\\\\.js$': '$1' } };\n",
    'vitest.config.mjs': "import poet from 'poetc/vitest';\nexport default { plugins: [poet()], test: { globals: true } };\n",
  });
  copyForms(project.folder, mode);
  for (const spelling of mode.spellings) project.write(`test/${spelling}.test.ts`, makeTest(project.folder, spelling));
  return project;
}

/** Plain tsc's output, run by Node: what the functions do without us. */
function runPlain(mode: Mode): CaseResult[] {
  const project = makeTempProject(PAIRS[0]);
  try {
    copyForms(project.root, mode);
    project.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...options(mode.experimentalDecorators), module: 'NodeNext', moduleResolution: 'NodeNext' }, include: ['src'] }));
    const built = project.tsc('-p', '.');
    const ran = project.node(['run-cases.mjs', 'plain'], { POET_UNENHANCED: 'allow', POET_EVENTS: 'off' });
    if (ran.code !== 0) throw new Error(built.out + ran.err);
    return readResults(`[${ran.out.trim().split('\n').join()}]`);
  } finally {
    project.remove();
  }
}

/** Anonymous default exports get their name from the module format (TypeScript's CommonJS, Vite's variable), with and without us: test/forms.test.ts compares it. */
const readResults = (text: string): CaseResult[] =>
  JSON.parse(text.replaceAll(/__vite_ssr_export_default__|default_1/g, 'default').replaceAll('"default":["",', '"default":["default",').replaceAll(", '', 1", ", 'default', 1")) as CaseResult[];

describe.each(MODES)('$name', (mode) => {
  let project: HostProject;
  let plain: readonly CaseResult[];
  beforeAll(() => {
    project = makeProject(mode);
    plain = runPlain(mode);
  });
  afterAll(() => project?.remove());

  it.each([['Jest', [JEST, '--ci', '-w', '1']], ['Vitest', [VITEST, 'run', '--no-file-parallelism']]] as const)('in %s every form gives the original results, and refuses what the types forbid', async (host, args) => {
    const { status, output } = await run(project, args, { FORMS_RESULTS: join(project.folder, host), POET_EVENTS: 'off' });
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
    const enhanced = mode.spellings.flatMap((spelling) => readResults(project.read(`${host}.${spelling}.json`))).sort((a, b) => (a.file < b.file ? -1 : 1));
    const kept = ({ file, calls, functions }: CaseResult): object => ({ file, calls, functions });
    expect(enhanced.map(kept)).toEqual([...plain].sort((a, b) => (a.file < b.file ? -1 : 1)).map(kept));
    expect(enhanced.flatMap(({ file, refused }) => refused.flatMap((r, i) => (/^PerceiveError/.test(r.error ?? '') ? [] : [{ file, i, ...r }])))).toEqual([]);
    expect(enhanced.flatMap(({ refused }) => refused).length).toBeGreaterThan(10);
  });
});
