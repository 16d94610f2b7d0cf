import { makeTempProject, PAIRS, PLUGIN, type TempProject } from './support/temp-project.ts';

const CONFIG = (more: object = {}): string => JSON.stringify({
  compilerOptions: { strict: true, module: 'nodenext', target: 'ES2022', lib: ['ES2022'], rootDir: 'src', outDir: 'dist', skipLibCheck: true, types: [], sourceMap: true, plugins: [PLUGIN], ...more },
  include: ['src', '.poet/**/stamp.d.ts'],
});
const MINE = `import { poet } from 'poetc';\n@poet()\nexport function half(value: number): number {\n  return value / 2;\n}\n`;
const THEIRS = `declare function other(): (target: unknown) => void;\n@other()\nexport function theirs(value: number): number {\n  return value;\n}\n`;

describe.each(PAIRS)('TS1206 is withdrawn for our decorators alone: $name', (pair) => {
  const MODES: [string, object, string[]][] = [
    ['a plain build', {}, ['-p', '.']],
    ['noEmitOnError', { noEmitOnError: true }, ['-p', '.']],
    ['incremental', { incremental: true }, ['-p', '.']],
    ['composite with -b', { composite: true }, ['-b', '.']],
    ['composite with -b and noEmitOnError', { composite: true, noEmitOnError: true }, ['-b', '.']],
  ];
  it.each(MODES)('%s', (_name, options, args) => {
    const project = makeTempProject(pair, { 'tsconfig.json': CONFIG(options), 'src/half.ts': MINE });
    try {
      expect(project.tspc(...args)).toEqual({ code: 0, out: '', err: '' });
      expect(project.read('dist/half.js')).toContain('poetc:src/half.ts#half@v1:');
      // A second build, which may come from cached state, says the same.
      expect(project.tspc(...args)).toEqual({ code: 0, out: '', err: '' });
      project.write('src/theirs.ts', THEIRS);
      const run = project.tspc(...args);
      expect(run.code).not.toBe(0);
      expect(run.out.match(/TS1206/g)).toHaveLength(1);
      expect(run.out).toContain('src/theirs.ts(2,1)');
    } finally {
      project.remove();
    }
  });

  it('checks the options of a decorator that the compiler itself never looks at', () => {
    const project = makeTempProject(pair, { 'tsconfig.json': CONFIG({ noUnusedLocals: true }), 'src/half.ts': MINE.replace('@poet()', '@poet({ retrys: 1 })') });
    try {
      const run = project.tspc('-p', '.');
      expect(run.code).not.toBe(0);
      expect(run.out).toMatch(/src\/half\.ts\(2,\d+\).*retrys/);
      expect(run.out).not.toContain('TS6133');
    } finally {
      project.remove();
    }
  });
});

// Other plugins see the author's program while poetc's placeholders stand in it.
it.each([
  ['renames a placeholder', {}, 'statement("other")'],
  ['renames it in an incremental build', { incremental: true }, 'statement("other")'],
  ['puts something before its name', {}, 'statement("before" + node.expression.text)'],
  ['doubles it', {}, '[node, node]'],
])('emits a function as the author wants it when another transformer %s', (_name, more, replace) => {
  const project = makeTempProject(PAIRS[0], {
    'tsconfig.json': CONFIG({ plugins: [PLUGIN, { transform: './meddle.cjs' }], ...more }),
    'meddle.cjs': `module.exports.default = () => (context) => (file) => {
  const ts = require('typescript');
  const statement = (text) => context.factory.createExpressionStatement(context.factory.createIdentifier(text));
  const visit = (node) => (ts.isExpressionStatement(node) && ts.isIdentifier(node.expression) && node.expression.text.startsWith('$poet$') ? ${replace} : ts.visitEachChild(node, visit, context));
  return file.fileName.endsWith('half.ts') ? ts.visitNode(file, visit) : file;
};
`,
    'src/half.ts': '/** @poet */\nexport function half(value: number): number {\n  return value / 2;\n}\n',
    'src/third.ts': '/** @poet */\nexport function third(value: number): number {\n  return value / 3;\n}\n',
    'src/main.ts': "declare const console: { log(...args: unknown[]): void };\nimport { half } from './half.js';\nimport { third } from './third.js';\nconsole.log(half(3), third(3));\ntry { half('x' as never); } catch (error) { console.log((error as { code: string }).code); }\n",
  });
  try {
    expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
    for (const name of ['half', 'third']) expect(project.read(`dist/${name}.js`)).toContain(`poetc:src/${name}.ts#${name}@v1:`);
    expect(JSON.parse(project.read('dist/half.js.map'))).toMatchObject({ sources: expect.arrayContaining(['../src/half.ts']) as string[] });
    expect(project.node(['dist/main.js'])).toMatchObject({ code: 0, out: '1.5 1\nPOET7001\n' });
  } finally {
    project.remove();
  }
});

it('says that an option has no effect, and builds', () => {
  const project = makeTempProject(PAIRS[0], { 'tsconfig.json': CONFIG(), 'src/half.ts': '/** @poet optimizeFor=performance */\nexport function half(value: number): number {\n  return value / 2;\n}\n' });
  try {
    const { code, err } = project.tspc('-p', '.');
    expect(code).toBe(0);
    expect(err).toMatch(/^src\/half\.ts\(2,17\): warning POET2102: src\/half\.ts#half: optimizeFor is accepted and stored, but has no effect/);
    expect(project.read('dist/half.js')).toContain('poetc:src/half.ts#half@v1:');
  } finally {
    project.remove();
  }
});

describe.each(PAIRS)('a change in .poet/ reaches the output: $name', (pair) => {
  let project: TempProject;
  afterEach(() => project.remove());
  const source = `/** @poet */\nexport function half(value: number): number {\n  return value / 2;\n}\n`;
  const code = '.poet/src/half.ts/half/v1/code.ts';

  it('--incremental', () => {
    project = makeTempProject(pair, { 'tsconfig.json': CONFIG({ incremental: true }), 'src/half.ts': source, 'src/other.ts': 'export const one = 1;\n' });
    expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
    expect(project.read('dist/half.js')).toContain('poetc:');
    const good = project.read(code);
    project.write(code, good.replace('value / 2', 'value / 3'));
    const tampered = project.tspc('-p', '.');
    expect(tampered.code).toBe(0);
    expect(tampered.err).toContain('POET5009');
    expect(tampered.err.trim().split('\n')).toHaveLength(1);
    expect(project.read('dist/half.js')).not.toContain('poetc:');
    expect(project.read('dist/half.js')).toContain('value / 2');
    project.write(code, good);
    expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
    expect(project.read('dist/half.js')).toContain('poetc:');
  });

  it('-b', () => {
    project = makeTempProject(pair, { 'tsconfig.json': CONFIG({ composite: true }), 'src/half.ts': source });
    expect(project.tspc('-b', '.').code).toBe(0);
    expect(project.tspc('-b', '.').code).toBe(0);
    const metadata = '.poet/src/half.ts/half/v1/metadata.json';
    const good = project.read(code);
    project.write(code, `${good}// edited\n`);
    project.write('.poet/src/half.ts/half/stamp.d.ts', '// another version\nexport {};\n');
    const run = project.tspc('-b', '.');
    expect(run.code).toBe(0);
    expect(project.read('dist/half.js')).not.toContain('poetc:');
    expect(project.exists(metadata)).toBe(true);
  });

  it('a type three files away makes a new version', () => {
    project = makeTempProject(pair, {
      'tsconfig.json': CONFIG(),
      'src/a.ts': 'export interface Deep { value: number }\n',
      'src/b.ts': "import type { Deep } from './a.js';\nexport type Middle = Deep[];\n",
      'src/c.ts': "import type { Middle } from './b.js';\n/** @poet */\nexport function count(items: Middle): number {\n  return items.length;\n}\n",
    });
    expect(project.tspc('-p', '.').code).toBe(0);
    project.write('src/a.ts', '// reformatted\nexport interface Deep {\n  value: number;\n}\n');
    expect(project.tspc('-p', '.').code).toBe(0);
    expect(project.exists('.poet/src/c.ts/count/v2')).toBe(false);
    project.write('src/a.ts', 'export interface Deep { value: string }\n');
    expect(project.tspc('-p', '.').code).toBe(0);
    expect(project.read('.poet/src/c.ts/count/current').trim()).toBe('v2');
    expect(project.read('.poet/src/c.ts/count/v2/contract.ts')).toContain('"string"');
  });

  it('the same sources give the same bytes', () => {
    const build = (): Record<string, string> => {
      const p = makeTempProject(pair, { 'tsconfig.json': CONFIG(), 'src/half.ts': source });
      expect(p.tspc('-p', '.').code).toBe(0);
      const files = ['dist/half.js', 'dist/half.js.map', code, '.poet/src/half.ts/half/v1/contract.ts', '.poet/src/half.ts/half/stamp.d.ts'];
      const out = Object.fromEntries(files.map((f) => [f, p.read(f)]));
      p.remove();
      return out;
    };
    project = makeTempProject(pair);
    expect(build()).toEqual(build());
  });
});
