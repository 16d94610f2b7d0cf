/** A flipped byte in the files of `.poet/` that nothing is emitted from, through the plugin over the compiler. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import poet from '../hosts/ts-patch/index.ts';
import { makeCliProject, MANIFEST, TSCONFIG, type CliProject } from './cli-project.ts';

const SOURCE = `
/** @poet */
export function half(n: number): number { return n / 2; }
/** @poet */
export function twice(n: number): number { return n * 2; }
`;

/** Files that carry no code and that no build reads (stamp.d.ts only as a file of the program): a byte in them changes nothing that is emitted. */
const NO_CODE = /^(?:\.gitignore|\.gitattributes|tsconfig\.json|init\.json)$|stamp\.d\.ts$/;

interface Built { readonly errors: readonly string[]; readonly said: readonly string[]; readonly js: string }

let project: CliProject;
let good: string;
const at = (path: string): string => join(project.root, path);
const restore = (): void => {
  rmSync(at('.poet'), { recursive: true, force: true });
  cpSync(at('node_modules/good'), at('.poet'), { recursive: true });
};

const libraries = new Map<string, ts.SourceFile | undefined>();
/** One build by the plugin; only the compiler's own declarations are kept between two. */
function build(): Built {
  const config = ts.getParsedCommandLineOfConfigFile(at('tsconfig.json'), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d) => { throw new Error(ts.flattenDiagnosticMessageText(d.messageText, '\n')); } })!;
  const host = ts.createCompilerHost(config.options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => {
    if (!/\/lib\.[^/]*\.d\.ts$/.test(name)) return read(name, ...rest);
    if (!libraries.has(name)) libraries.set(name, read(name, ...rest));
    return libraries.get(name);
  };
  let js = '';
  const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const program = poet(ts.createProgram({ rootNames: config.fileNames, options: config.options, host }), host, {}, { ts });
    const errors = ts.getPreEmitDiagnostics(program).map((d) => `${d.file?.fileName ?? ''} ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`);
    program.emit(undefined, (name, text) => { if (name.endsWith('/main.js')) js = text; });
    return { errors, said: stderr.mock.calls.map(([line]) => String(line)), js };
  } finally {
    stderr.mockRestore();
  }
}

const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(folder, file)).isFile()).sort();

beforeAll(() => {
  project = makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': TSCONFIG, 'src/main.ts': SOURCE.replace('n / 2', 'n / 3') });
  // Two versions of half, the second edited by hand, accepted and pinned: code that is not made again word for word.
  expect(project.poet('init').code).toBe(0);
  expect(project.poet('generate').code).toBe(0);
  project.write('src/main.ts', SOURCE);
  expect(project.poet('generate').code).toBe(0);
  const code = '.poet/src/main.ts/half/v2/code.ts';
  project.write(code, project.read(code).replace('return n / 2;', 'const divided = n / 2;\n  return divided;'));
  expect(project.poet('accept', 'half').code).toBe(0);
  expect(project.poet('pin', 'half', 'v2').code).toBe(0);
  cpSync(at('.poet'), at('node_modules/good'), { recursive: true });
  const { errors, said, js } = build();
  expect([errors, said]).toEqual([[], []]);
  expect(js).toMatch(/poetc:src\/main\.ts#half@v2:[^]*divided/);
  good = js;
});
afterAll(() => project.remove());

it('is all of them', () => {
  expect(filesIn(at('node_modules/good'))).toEqual([
    '.gitattributes', '.gitignore', 'init.json',
    ...['current', 'pinned', 'stamp.d.ts', ...['v1', 'v2'].flatMap((v) => ['code.ts', 'contract.ts', 'metadata.json', 'params.json'].map((file) => `${v}/${file}`))].map((file) => `src/main.ts/half/${file}`),
    ...['current', 'stamp.d.ts', ...['code.ts', 'contract.ts', 'metadata.json', 'params.json'].map((file) => `v1/${file}`)].map((file) => `src/main.ts/twice/${file}`),
    'tsconfig.json',
  ]);
});

/** Offsets of a file that are flipped: the middle, the next line end, the last byte; of a stamp, which the compiler parses, all that is no comment. */
function placesOf(file: string, bytes: Buffer): number[] {
  const line = bytes.indexOf(10, Math.floor(bytes.length / 2));
  const places = file === 'src/main.ts/half/stamp.d.ts' ? [0, 1, 2, ...[...bytes.keys()].slice(bytes.indexOf(10))] : [Math.floor(bytes.length / 2)];
  return [...new Set([...places, bytes.length - 1, ...(line < 0 ? [] : [line])])].sort((a, b) => a - b);
}

/** What carries the code that ships is flipped in build-flipped-versions.test.ts; here is the rest: an older version, the pin, the stamps, the files for git, editors and undo. */
it('changes nothing where it carries nothing that ships: no error, no line, the same JavaScript', () => {
  const wrong: string[] = [];
  for (const file of filesIn(at('node_modules/good')).filter((name) => NO_CODE.test(name) || /half\/(?:v1\/|pinned$)/.test(name))) {
    const bytes = readFileSync(at(`node_modules/good/${file}`));
    for (const offset of placesOf(file, bytes)) {
      const flipped = Buffer.from(bytes);
      flipped[offset]! ^= 1;
      writeFileSync(at(`.poet/${file}`), flipped);
      const { errors, said, js } = build();
      if (errors.length + said.length > 0 || js !== good) wrong.push(`${file} at ${offset}: ${[...errors, ...said].join(' | ')}, ${js === good ? 'the same' : 'other'} JavaScript`);
      restore();
    }
  }
  expect(wrong).toEqual([]);
});
