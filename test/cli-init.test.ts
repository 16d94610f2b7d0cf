import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { CliFault } from '../cli/cli-fault.ts';
import { addIgnoreLine, addToBiome, addToOxlint, ignoreStep, lintConfigStep } from '../cli/setup/ignore-step.ts';
import { addToPackage, packageStep } from '../cli/setup/package-step.ts';
import { addToTsconfig, tsconfigStep } from '../cli/setup/tsconfig-step.ts';
import { addToWorkflow, workflowStep } from '../cli/setup/workflow-step.ts';
import { CLI, makeCliProject, MANIFEST, STATS, TSCONFIG, type CliProject } from './cli-project.ts';
import { PAIRS, type Pair } from './support/temp-project.ts';

const NOTHING = { plugins: undefined, include: undefined };
const PLUGIN = { transform: 'poetc/transformer', transformProgram: true };
const STAMPS = '.poet/**/stamp.d.ts';

describe('tsconfig.json', () => {
  const add = (text: string, inherited: Parameters<typeof addToTsconfig>[2] = NOTHING): string => addToTsconfig(text, 'tsconfig.json', inherited, '');

  it('keeps comments, order and indentation', () => {
    const after = add(TSCONFIG);
    for (const comment of ['// The build of the river.', '/* modern */', '// always']) expect(after).toContain(comment);
    expect(after.split('\n').slice(0, 8)).toEqual(TSCONFIG.split('\n').slice(0, 8));
    expect(parse(after)).toMatchObject({ compilerOptions: { plugins: [PLUGIN] }, include: ['src', STAMPS] });
  });

  it.each([
    ['nothing', '{}', NOTHING, { compilerOptions: { plugins: [PLUGIN] }, include: ['**/*', STAMPS] }],
    ['an empty file', '', NOTHING, { compilerOptions: { plugins: [PLUGIN] }, include: ['**/*', STAMPS] }],
    ['files, and no include', '{"files":["a.ts"]}', NOTHING, { include: [STAMPS] }],
    ['an inherited include', '{"extends":"./base.json"}', { plugins: undefined, include: ['lib'] }, { include: ['lib', STAMPS] }],
    ['inherited plugins', '{"extends":"./base.json"}', { plugins: [{ name: 'x' }], include: undefined }, { compilerOptions: { plugins: [{ name: 'x' }, PLUGIN] } }],
    ['other plugins', '{"compilerOptions":{"plugins":[{"name":"x"}]}}', NOTHING, { compilerOptions: { plugins: [{ name: 'x' }, PLUGIN] } }],
    ['empty plugins', '{"compilerOptions":{"plugins":[]},"include":["a"]}', NOTHING, { compilerOptions: { plugins: [PLUGIN] } }],
    ['an entry that is not whole', '{"compilerOptions":{"plugins":[{"transform":"poetc/transformer"}]}}', NOTHING, { compilerOptions: { plugins: [PLUGIN] } }],
  ])('with %s', (_, text, inherited, expected) => {
    const after = add(text, inherited);
    expect(parse(after)).toMatchObject(expected);
    expect(add(after, inherited)).toBe(after);
  });

  it('of a package below the root points to the root', () => {
    expect(parse(addToTsconfig('{"include":["src"]}', 'packages/a/tsconfig.json', NOTHING, '../../'))).toMatchObject({ include: ['src', `../../${STAMPS}`] });
  });

  it('that is no JSON is refused', () => expect(() => add('{ "compilerOptions": ')).toThrow(CliFault));

  it('loses exactly what was added, whatever else is in it', () => {
    const config = fc.record({
      extends: fc.constantFrom('./base.json'),
      compilerOptions: fc.record({ strict: fc.boolean(), plugins: fc.array(fc.record({ name: fc.string() }), { minLength: 1, maxLength: 3 }) }, { requiredKeys: [] }),
      include: fc.array(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 4 }),
      files: fc.array(fc.string(), { minLength: 1 }),
    }, { requiredKeys: ['compilerOptions'] });
    fc.assert(fc.property(config, fc.constantFrom(2, 4, '\t'), fc.constantFrom('\n', '\r\n'), (value, indent, eol) => {
      const before = JSON.stringify(value, undefined, indent).replaceAll('\n', eol);
      const after = add(before);
      expect(parse(after)).not.toEqual(value);
      expect(after.replaceAll('\r\n', '').includes('\n')).toBe(eol === '\n');
      expect(parse(tsconfigStep.remove(after, 'tsconfig.json')!)).toEqual(value);
    }));
  });
});

describe('package.json', () => {
  it.each([
    ['tsc', 'tspc'],
    ['tsc -p . && node x', 'tspc -p . && node x'],
    ['rimraf dist && tsc', 'rimraf dist && tspc'],
    ['npx tsc -b; tsc --watch', 'npx tspc -b; tspc --watch'],
    ['NODE_ENV=production tsc', 'NODE_ENV=production tspc'],
    ['tsc --noEmit', 'tsc --noEmit'],
    ['tspc', 'tspc'],
    ['tsc-watch', 'tsc-watch'],
    ['vue-tsc -b', 'vue-tsc -b'],
    ['echo tsc', 'echo tsc'],
    ['node tsc.js', 'node tsc.js'],
  ])('the script %s becomes %s', (before, after) => {
    const text = JSON.stringify({ scripts: { build: before } });
    const changed = addToPackage(text, 'package.json', false);
    expect(parse(changed)).toEqual({ scripts: { build: after } });
    expect(addToPackage(changed, 'package.json', false)).toBe(changed);
    if (before !== after) expect(packageStep.remove(changed, 'package.json')).toBe(text);
  });

  it('gets a build only when the project had no tsconfig.json', () => {
    expect(parse(addToPackage('{}', 'package.json', true))).toEqual({ scripts: { build: 'tspc' } });
    expect(addToPackage('{}', 'package.json', false)).toBe('{}');
    expect(parse(addToPackage('{"scripts":{"build":"vite build"}}', 'package.json', true))).toEqual({ scripts: { build: 'vite build' } });
  });
});

describe('ignore files', () => {
  it.each([undefined, '', 'dist', 'dist\n', 'dist\r\nx\r\n'])('%j gets one line, once', (before) => {
    const after = addIgnoreLine(before);
    expect(addIgnoreLine(after)).toBe(after);
    expect(ignoreStep.remove(after, '.prettierignore') ?? '').toBe((before ?? '') === 'dist' ? 'dist\n' : (before ?? ''));
  });

  it('that have it in other words are left alone', () => {
    for (const line of ['.poet', '/.poet/', '.poet/**']) expect(addIgnoreLine(`${line}\n`)).toBe(`${line}\n`);
  });

  it.each([
    ['{}', { files: { includes: ['**', '!**/.poet'] } }],
    ['{"files":{"includes":["src/**"]}}', { files: { includes: ['src/**', '!**/.poet'] } }],
    ['{"files":{"ignore":["dist"]}}', { files: { ignore: ['dist', '.poet'] } }],
    ['{"$schema":"https://biomejs.dev/schemas/1.9.4/schema.json"}', { files: { ignore: ['.poet'] } }],
  ])('Biome: %s', (before, expected) => {
    const after = addToBiome(before, 'biome.json');
    expect(parse(after)).toMatchObject(expected);
    expect(addToBiome(after, 'biome.json')).toBe(after);
    expect(JSON.stringify(parse(lintConfigStep.remove(after, 'biome.json')!))).not.toContain('.poet');
  });

  it('oxlint', () => {
    const after = addToOxlint('{"ignorePatterns":["dist"]}', '.oxlintrc.json');
    expect(parse(after)).toEqual({ ignorePatterns: ['dist', '.poet/**'] });
    expect(parse(lintConfigStep.remove(after, '.oxlintrc.json')!)).toEqual({ ignorePatterns: ['dist'] });
  });
});

describe('a workflow', () => {
  it.each(['\n', '\r\n'])('gets a step after the one that installs, and loses it again (%j)', (eol) => {
    const before = ['jobs:', '  test:', '    steps:', '      - uses: actions/checkout@v5', '      - run: npm ci', '      - run: npm test', ''].join(eol);
    const after = addToWorkflow(before, 'npx')!;
    expect(after.split(eol)).toEqual(['jobs:', '  test:', '    steps:', '      - uses: actions/checkout@v5', '      - run: npm ci', '      - run: npx poet check', '      - run: npm test', '']);
    expect(addToWorkflow(after, 'npx')).toBe(after);
    expect(workflowStep.remove(after, '.github/workflows/ci.yml')).toBe(before);
  });

  it('without such a step is left to its author', () => expect(addToWorkflow('jobs:\n  - run: |\n      npm ci\n', 'npx')).toBeUndefined());
});

const SETUP: Record<string, string> = {
  'package.json': MANIFEST,
  'tsconfig.json': TSCONFIG,
  'src/stats.ts': STATS,
  '.prettierrc': '{}',
  '.eslintignore': 'dist',
  'biome.json': '{\r\n  "files": { "includes": ["src/**"] }\r\n}\r\n',
  '.github/workflows/ci.yml': 'jobs:\n  test:\n    steps:\n      - run: npm ci\n',
};

describe('poet init', () => {
  it('prints the diff, changes what it printed, and does nothing the second time', () => {
    const project = makeCliProject(SETUP);
    const before = project.files();
    const dry = project.poet('init', '--dry-run');
    expect(project.files()).toEqual(before);
    const { code, out, err } = project.poet('init');
    expect([code, out]).toEqual([0, dry.out]);
    expect(out).toMatch(/\+ .*"transform": "poetc\/transformer"/);
    for (const path of ['tsconfig.json', 'package.json', '.prettierignore', '.eslintignore', 'biome.json', '.github/workflows/ci.yml']) {
      expect(out).toContain(` ${path}\n`);
      expect(project.read(path)).toMatch(/poetc?\b|tspc/);
    }
    expect(err).toContain('npx poet init --undo');
    const after = project.files();
    expect(project.poet('init')).toMatchObject({ code: 0, out: '' });
    expect(project.files()).toEqual(after);
  });

  it('--undo leaves no trace', () => {
    const project = makeCliProject(SETUP);
    const before = project.files();
    project.poet('init');
    project.poet('generate');
    expect(project.exists('.poet/src/stats.ts/mean/v1/code.ts')).toBe(true);
    expect(project.poet('init', '--undo', '--yes').code).toBe(0);
    expect(project.files()).toEqual(before);
    expect(project.json('init', '--undo')).toMatchObject({ code: 1, problems: [{ code: 'POET8108' }] });
  });

  it('--undo takes only its own lines out of files that were edited since, byte for byte where nobody edited', () => {
    const project = makeCliProject(SETUP);
    const before = project.files();
    project.poet('init');
    project.write('tsconfig.json', project.read('tsconfig.json').replace('"strict": true', '"strict": false'));
    project.write('package.json', project.read('package.json').replace('1.0.0', '1.1.0'));
    project.write('.eslintignore', `${project.read('.eslintignore')}coverage\n`);
    expect(project.poet('init', '--undo').code).toBe(0);
    const after = project.files();
    expect(after['package.json']).toBe(MANIFEST.replace('1.0.0', '1.1.0'));
    expect(after['.eslintignore']).toBe('dist\ncoverage\n');
    expect(parse(after['tsconfig.json']!)).toEqual({ ...parse(TSCONFIG), compilerOptions: { ...parse(TSCONFIG).compilerOptions, strict: false } });
    expect(after['tsconfig.json']).toContain('// The build of the river.');
    for (const path of ['biome.json', '.github/workflows/ci.yml', 'src/stats.ts']) expect(after[path]).toBe(before[path]);
    expect(after['.prettierignore']).toBeUndefined();
  });

  it('--undo changes nothing when one file cannot be undone', () => {
    const project = makeCliProject(SETUP);
    project.poet('init');
    project.write('tsconfig.json', '{ "compilerOptions": ');
    const before = project.files();
    expect(project.json('init', '--undo', '--yes')).toMatchObject({ code: 1, problems: [{ code: 'POET8107', hint: expect.stringContaining('poetc/transformer') }] });
    expect(project.files()).toEqual(before);
  });

  it('run again after an edit, undoes to the edited file', () => {
    const project = makeCliProject(SETUP);
    project.poet('init');
    project.write('tsconfig.json', TSCONFIG.replace('"strict": true', '"strict": false'));
    expect(project.poet('init').code).toBe(0);
    expect(project.read('tsconfig.json')).toContain('poetc/transformer');
    expect(project.poet('init', '--undo').code).toBe(0);
    expect(parse(project.read('tsconfig.json'))).toEqual(parse(TSCONFIG.replace('"strict": true', '"strict": false')));
  });

  it('--undo asks before versions go, on a terminal only', () => {
    const project = makeCliProject(SETUP);
    project.poet('init');
    project.poet('generate');
    const before = project.files();
    expect(project.poet('init', '--undo')).toMatchObject({ code: 4, err: expect.stringMatching(/POET8109.*--yes/s) });
    expect(project.onTerminal(['init', '--undo'], 'y\n', { CI: 'true' }).code).toBe(4);
    const no = project.onTerminal(['init', '--undo'], 'n\n');
    expect([no.code, no.screen]).toEqual([1, expect.stringContaining('versions of 2 functions?')]);
    expect(project.files()).toEqual(before);
    expect(project.onTerminal(['init', '--undo'], 'y\n').code).toBe(0);
    expect(project.exists('.poet')).toBe(false);
  });

  it('makes a tsconfig.json and a build for a project that has none, which compile', () => {
    const project = makeCliProject({ 'package.json': '{\n  "name": "new",\n  "version": "1.0.0",\n  "type": "commonjs",\n  "dependencies": { "poetc": "*" }\n}\n', 'src/stats.ts': STATS });
    expect(project.poet('init').code).toBe(0);
    expect(JSON.parse(project.read('package.json'))).toMatchObject({ scripts: { build: 'tspc' } });
    const { code, out } = project.tspc();
    expect([code, out]).toEqual([0, '']);
    expect(project.node(['-p', 'require("./dist/stats.js").mean([1, 2, 3])']).out).toBe('2\n');
    expect(project.poet('check', '--dist', 'dist').code).toBe(0);
    expect(project.poet('init', '--undo', '--yes').code).toBe(0);
    expect(Object.keys(project.files()).filter((path) => !path.startsWith('dist/'))).toEqual(['package.json', 'src/stats.ts']);
  });

  it('goes into the configurations that a solution refers to', () => {
    const project = makeCliProject({
      'package.json': MANIFEST,
      'tsconfig.json': '{ "files": [], "references": [{ "path": "./tsconfig.app.json" }, { "path": "./lib" }] }',
      'tsconfig.app.json': '{ "compilerOptions": { "composite": true }, "include": ["src"] }',
      'lib/tsconfig.json': '{ "extends": "../base.json", "include": ["."] }',
      'base.json': '{ "compilerOptions": { "composite": true, "plugins": [{ "name": "x" }] } }',
      'src/stats.ts': STATS,
      'lib/a.ts': 'export const a = 1;',
    });
    expect(project.poet('init').code).toBe(0);
    expect(project.read('tsconfig.json')).not.toContain('poetc');
    expect(parse(project.read('tsconfig.app.json'))).toMatchObject({ compilerOptions: { plugins: [PLUGIN] }, include: ['src', STAMPS] });
    expect(parse(project.read('lib/tsconfig.json'))).toMatchObject({ compilerOptions: { plugins: [{ name: 'x' }, PLUGIN] }, include: ['.', `../${STAMPS}`] });
    expect(project.json('status')).toMatchObject({ code: 0, targets: [{ id: 'src/stats.ts#load' }, { id: 'src/stats.ts#mean' }] });
  });

  it('says what to do by hand where it must not write', () => {
    const project = makeCliProject({ ...SETUP, 'eslint.config.mjs': 'export default [];', '.github/workflows/ci.yml': 'jobs: {}', 'package.json': '{"name":"x","devDependencies":{"poetc":"*"}}' });
    const { problems, code } = project.json('init');
    expect(code).toBe(0);
    expect(problems.map((problem) => problem.code).sort()).toEqual(['POET8115', 'POET8122', 'POET8122']);
    expect(problems.find((problem) => problem.code === 'POET8115')).toMatchObject({ text: expect.stringContaining('devDependencies'), hint: expect.stringContaining('npm install poetc') });
  });

  it('keeps to the project that it is in', () => {
    const project = makeCliProject({ ...SETUP, 'packages/a/package.json': '{"name":"a"}', 'packages/a/src/a.ts': 'export {};' });
    const above = project.read('tsconfig.json');
    expect(project.json('init', '-p', 'packages/a')).toMatchObject({ code: 2, problems: [{ code: 'POET8119' }] });
    expect(project.node([CLI, 'init', '-p', 'tsconfig.json']).code).toBe(0);
    expect(project.read('tsconfig.json')).not.toBe(above);
    expect(project.exists('packages/a/.poet')).toBe(false);
  });
});

describe('the toolchain', () => {
  const fake = (project: CliProject, name: string, version: string | undefined): void => {
    const folder = join(project.root, 'node_modules', name);
    rmSync(folder, { recursive: true, force: true });
    if (version === undefined) return;
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version }));
  };
  const makeProject = (pair?: Pair): CliProject => makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': TSCONFIG, 'src/a.ts': 'export {};' }, pair);

  it.each([
    [undefined, '4.0.1', 'POET8102', 'npm install --save-dev typescript@6 ts-patch@4'],
    ['7.0.2', '4.0.1', 'POET8102', 'npm install --save-dev typescript@6 ts-patch@4'],
    ['5.8.3', '3.3.0', 'POET8102', 'npm install --save-dev typescript@6 ts-patch@4'],
    ['6.0.3', undefined, 'POET8103', 'npm install --save-dev ts-patch@4'],
    ['6.0.3', '3.2.1', 'POET8103', 'npm install --save-dev ts-patch@4'],
    ['5.9.3', '4.0.1', 'POET8103', 'npm install --save-dev ts-patch@3.3'],
  ])('typescript %s with ts-patch %s: %s, %s', (typescript, patch, code, command) => {
    const project = makeProject(PAIRS[typescript === '5.9.3' ? 1 : 0]);
    // The right compiler is left as it is: past this check, it is loaded.
    if (typescript !== '6.0.3' && typescript !== '5.9.3') fake(project, 'typescript', typescript);
    fake(project, 'ts-patch', patch);
    const before = project.files();
    for (const args of [['init'], ['doctor']]) {
      const found = project.json(...args);
      expect(found.code).toBe(1);
      expect(found.problems.find((problem) => problem.code === code)?.hint).toBe(`run: ${command}`);
    }
    expect(project.files()).toEqual(before);
  });

  it('that is only half installed is said to be so', () => {
    const project = makeProject();
    fake(project, 'typescript', '6.0.3');
    expect(project.json('status')).toMatchObject({ code: 1, problems: [{ code: 'POET8102', text: expect.stringContaining('6.0.3, which cannot be loaded') }] });
    expect(project.json('doctor').code).toBe(1);
  });

  it('names the command of the package manager that the project uses', () => {
    for (const [lock, command] of [['pnpm-lock.yaml', 'pnpm add -D'], ['yarn.lock', 'yarn add -D'], ['bun.lock', 'bun add -d']] as const) {
      const project = makeProject();
      fake(project, 'typescript', undefined);
      project.write(lock, '');
      expect(project.json('init').problems[0]?.hint).toBe(`run: ${command} typescript@6 ts-patch@4`);
    }
  });

  it.each(PAIRS)('is fine with $name', (pair) => {
    const project = makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': TSCONFIG, 'src/stats.ts': STATS }, pair);
    expect(project.poet('init').code).toBe(0);
    expect(project.poet('generate').code).toBe(0);
    expect(project.json('doctor')).toMatchObject({ code: 0, ok: true });
    const { code, out } = project.tspc('-p', '.');
    expect([code, out]).toEqual([0, '']);
    expect(project.poet('check', '--dist', 'dist').code).toBe(0);
  });
});

it('runs in a git repository without asking it for anything but what it ignores', () => {
  const project = makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': TSCONFIG, 'src/a.ts': 'export {};', '.gitignore': 'node_modules\n.*\n' });
  execFileSync('git', ['init', '-q'], { cwd: project.root });
  project.poet('init');
  expect(project.json('doctor')).toMatchObject({ code: 1, problems: [{ code: 'POET8113', hint: 'take the pattern out of .gitignore:2 (.*)' }] });
});
