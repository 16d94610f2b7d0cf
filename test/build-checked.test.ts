/** One run of the compiler without declarations analyses with the author's own checker: nothing of it may show. */
import ts from 'typescript';
import { findCheckedProgram } from '../hosts/ts-patch/checked-program.ts';
import { makeTempProject, PAIRS, PLUGIN, type TempProject } from './support/temp-project.ts';

const CONFIG = (more: object = {}): string => JSON.stringify({
  compilerOptions: { strict: true, module: 'nodenext', target: 'ES2022', lib: ['ES2022'], rootDir: 'src', outDir: 'dist', skipLibCheck: true, types: [], sourceMap: true, plugins: [PLUGIN], ...more },
  include: ['src', '.poet/**/stamp.d.ts'],
});
const FILES = {
  'src/shapes.ts': `export interface Shape { readonly kind: 'round' | 'square' | 'flat'; readonly size: number }\nexport class Box { constructor(readonly shape: Shape) {} }\nexport const enum Unit { Metre = 1, Foot = 3 }\nexport const scale = 2;\nexport namespace units { export const inch = 12; export type Name = 'inch' }\n`,
  // Box and units are imported and used as types alone: the compiler leaves them out of the output.
  'src/area.ts': `import { Box, scale, Unit, units, type Shape } from './shapes.js';\nimport * as all from './shapes.js';\n/** @poet */\nexport function area(shape: Shape, box?: Box, name?: units.Name, other?: typeof all.scale): number {\n  const kept: Box | undefined = box;\n  return shape.size * scale * Unit.Foot + (kept?.shape.size ?? 0) + (name?.length ?? 0) + (other ?? 0);\n}\n/** @poet */\nexport const pick = (shapes: readonly Shape[], kind: Shape['kind']): Shape | undefined => shapes.find((shape) => shape.kind === kind);\nexport class Room {\n  /** @poet */\n  measure(box: Box): number { return box.shape.size; }\n}\n`,
};

describe.each(PAIRS)('$name', (pair) => {
  const build = (project: TempProject): string[] => {
    const { code, out, err } = project.tspc('-p', '.');
    expect({ code, out }).toEqual({ code: 0, out: '' });
    return [...['dist/area.js', 'dist/area.js.map', 'dist/shapes.js'].map((file) => project.read(file)), err];
  };

  it('writes the JavaScript that a build with declarations writes, whose analysis has a checker of its own', () => {
    const project = makeTempProject(pair, { ...FILES, 'tsconfig.json': CONFIG() });
    try {
      const checked = build(project);
      expect(checked[0]).toContain('poetc:src/area.ts#area@v1:');
      expect(checked[0]).toContain('poetc:src/area.ts#Room.measure@v1:');
      project.write('tsconfig.json', CONFIG({ declaration: true }));
      expect(build(project)).toEqual(checked);
    } finally {
      project.remove();
    }
  });

  it('counts the import of a decorator as used, whatever stands above it', () => {
    const project = makeTempProject(pair, {
      'src/half.ts': "import { poet } from 'poetc';\n//************\n@poet()\nexport function half(value: number): number {\n  return value / 2;\n}\n",
      'tsconfig.json': CONFIG({ noUnusedLocals: true }),
    });
    try {
      expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
    } finally {
      project.remove();
    }
  });

  it('takes no notice of a damaged stamp that the last mark has left behind', () => {
    const project = makeTempProject(pair, {
      'src/half.ts': 'export const half = (value: number): number => value / 2;\n', '.poet/src/half.ts/half/stamp.d.ts': '// v1\nexport {;\n', 'tsconfig.json': CONFIG(),
    });
    try {
      expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
    } finally {
      project.remove();
    }
  });

  it('says of a faulty project what the compiler says', () => {
    const faulty = { ...FILES, 'src/faulty.ts': `import { area } from './area.js';\nexport const wrong: string = area({ kind: 'oval', size: 1 });\nexport const kinds: 'a' = Math.random() > 1 ? 'flat' : 'square';\n` };
    const project = makeTempProject(pair, { ...faulty, 'tsconfig.json': CONFIG() });
    try {
      const ours = project.tspc('-p', '.');
      project.write('tsconfig.json', CONFIG({ plugins: [] }));
      const plain = project.tspc('-p', '.');
      expect(ours.out).toBe(plain.out);
      expect(ours.out.match(/error TS/g)).toHaveLength(3);
      expect(ours.code).toBe(plain.code);
    } finally {
      project.remove();
    }
  });
});

it.each([['ours alone', [PLUGIN], true], ['an editor\'s beside it', [PLUGIN, { name: 'poetc/language-service' }], true], ['another that sees the program', [PLUGIN, { transform: './other.cjs' }], false]])('is taken with %s: %#', (_name, plugins, isTaken) => {
  const options: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, types: [], noLib: false, skipLibCheck: true, plugins: plugins as ts.PluginImport[] };
  const host = ts.createCompilerHost(options);
  const text = 'export const half = (value: number): number => value / 2;\n';
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => (name === '/half.ts' ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : read(name, ...rest));
  const program = ts.createProgram({ rootNames: ['/half.ts'], options, host });
  expect(findCheckedProgram({ ts, program, host }, ['node', '/bin/tsc.js']) !== undefined).toBe(isTaken);
});
