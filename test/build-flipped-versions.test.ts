/**
 * A flipped byte in every file of a version that ships, whoever wrote it: the builtin provider, a hand, a model. Many modules of the same text,
 * and the same versions of them, let one build and one `poet check` judge a flip each.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import poet from '../hosts/ts-patch/index.ts';
import { contentHash } from '../transformer/5-store/content-hash.ts';
import { HEADER_END } from '../transformer/5-store/layout.ts';
import { makeCliProject, MANIFEST, type CliProject } from './cli-project.ts';
import { forgeMetadata } from './support/forge-metadata.ts';
import { startModelServer } from './support/model-server.ts';
import { REPO } from './support/temp-project.ts';

const SOURCES = {
  half: `/** @poet */
export function half(n: number): number { return n / 2; }
`,
  twice: `/** @poet */
export function twice(n: number): number { return n * 2; }
`,
  median: `/** @poet */
export function median(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
`,
};
type Name = keyof typeof SOURCES;
const NAMES = Object.keys(SOURCES) as Name[];
const TSCONFIG = JSON.stringify({ compilerOptions: { target: 'ES2022', lib: ['ES2022'], module: 'nodenext', rootDir: 'src', outDir: 'dist', strict: true, types: [], skipLibCheck: true }, include: ['src'] });

let project: CliProject;
/** Files of the entry of each function, by their paths in it. */
const good = new Map<Name, ReadonlyMap<string, string>>();
let goodJs: ReadonlyMap<string, string>;
const at = (path: string): string => join(project.root, path);
const filesIn = (folder: string): string[] => readdirSync(at(folder), { recursive: true, encoding: 'utf8' }).filter((file) => statSync(at(`${folder}/${file}`)).isFile()).sort();
const idOf = (name: Name, copy: number): string => `src/${name}${copy}.ts#${name}`;
const entryOf = (name: Name, copy: number): string => `.poet/src/${name}${copy}.ts/${name}`;
/** A text about the first copy, about another. */
const toldOf = (name: Name, copy: number, text: string): string => text.replaceAll(`${name}0.`, `${name}${copy}.`);

beforeAll(async () => {
  const server = await startModelServer();
  try {
    server.script({ text: readFileSync(join(REPO, 'fixtures/answers/good.txt'), 'utf8') });
    project = makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': TSCONFIG, 'src/median0.ts': SOURCES.median, 'poet.config.json': JSON.stringify({ provider: 'openai-compatible', model: { name: 'fake', baseUrl: `${server.url}/v1` } }) });
    expect(project.poetWith({ OPENAI_API_KEY: 'test' }, 'generate').code).toBe(0);
  } finally {
    server.close();
  }
  project.write('poet.config.json', '{ "provider": "builtin" }');
  for (const name of NAMES) project.write(`src/${name}0.ts`, SOURCES[name]);
  expect(project.poet('generate').code).toBe(0);
  const code = `${entryOf('twice', 0)}/v1/code.ts`;
  project.write(code, project.read(code).replace('return n * 2;', 'const doubled = n * 2;\n  return doubled;'));
  expect(project.poet('accept', 'twice').code).toBe(0);
  const { said, js } = build();
  expect([said, js.size]).toEqual([[], NAMES.length]);
  goodJs = js;
  expect(js.get('half0.js')).toContain('poetc:src/half0.ts#half@v1:');
  expect(js.get('twice0.js')).toMatch(/poetc:src\/twice0\.ts#twice@v1:[^]*doubled/);
  expect(js.get('median0.js')).toMatch(/poetc:src\/median0\.ts#median@v2:[^]*slice/);
  for (const name of NAMES) good.set(name, new Map(filesIn(entryOf(name, 0)).map((file) => [file, project.read(`${entryOf(name, 0)}/${file}`)])));
});
afterAll(() => project.remove());

/** The function once more, in a module of its own and with the same versions. */
function makeCopy(name: Name, copy: number): void {
  project.write(`src/${name}${copy}.ts`, SOURCES[name]);
  // Nothing but the metadata says whose they are.
  for (const [file, text] of good.get(name)!) project.write(`${entryOf(name, copy)}/${file}`, copy > 0 && file.endsWith('metadata.json') ? forgeMetadata(toldOf(name, copy, text), {}) : text);
}

interface Built { readonly said: readonly string[]; readonly js: ReadonlyMap<string, string> }
/** One build by the plugin. */
function build(): Built {
  const config = ts.getParsedCommandLineOfConfigFile(at('tsconfig.json'), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d) => { throw new Error(ts.flattenDiagnosticMessageText(d.messageText, '\n')); } })!;
  const host = ts.createCompilerHost(config.options);
  const js = new Map<string, string>();
  const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const program = poet(ts.createProgram({ rootNames: config.fileNames, options: config.options, host }), host, {}, { ts });
    expect(ts.getPreEmitDiagnostics(program)).toEqual([]);
    program.emit(undefined, (name, text) => js.set(name.slice(at('dist/').length), text));
    return { said: stderr.mock.calls.map(([line]) => String(line)), js };
  } finally {
    stderr.mockRestore();
  }
}

interface Flip {
  readonly name: Name;
  readonly file: string;
  /** Offset of what is flipped, in the file's text. */
  readonly find: (text: string) => number;
  /** Default: the lowest bit. */
  readonly mask?: number;
  /** With hashes that are right again, as a forger would write them. */
  readonly forged?: true;
  readonly expected: object;
}

/** The original ships, with a line that says why. */
const REFUSED = { ships: 'the original', said: [expect.stringMatching(/fallback POET[45]\d{3}: [^\n]+\n$/)], named: expect.stringMatching(/POET[45]\d{3}/), wrote: false };
const SAME = { ships: 'the same', said: [], named: expect.stringMatching(/POET5\d{3}/), wrote: false };
const UNHURT = { ...SAME, named: '' };
const another = (code: RegExp): object => ({ ships: 'another', said: [], named: expect.stringMatching(code), wrote: false });

const first = (): number => 0;
const last = (text: string): number => text.length - 1;
const middle = (text: string): number => text.length >> 1;
const codeStart = (text: string): number => text.indexOf(HEADER_END) + HEADER_END.length + 1;
const at_ = (word: string, further = 0) => (text: string): number => text.indexOf(word) + further;

/** Of what ships: code, checks, parameters, each line of the metadata, and what points to them. */
function flipsOf(name: Name): Flip[] {
  const version = name === 'median' ? 'v2' : 'v1';
  const lines = good.get(name)!.get(`${version}/metadata.json`)!.split('\n').map((line) => line.trim()).filter((line) => /\w/.test(line));
  const places: Readonly<Record<string, readonly ((text: string) => number)[]>> = {
    'code.ts': [codeStart, (text) => (codeStart(text) + text.length) >> 1, at_('operatePrime', 3), (text) => text.search(/\d(?:;| \?)/), at_('return'), last],
    'contract.ts': [first, middle, at_('explainResult', 3), at_('0'), last],
    'params.json': [first, at_('1'), last],
    'metadata.json': [first, ...lines.map((line) => at_(line, line.length >> 1)), last],
  };
  return [
    ...Object.entries(places).flatMap(([file, finds]) => finds.map((find): Flip => ({ name, file: `${version}/${file}`, find, expected: REFUSED }))),
    ...[0, 1, 2].map((offset): Flip => ({ name, file: 'current', find: () => offset, expected: REFUSED })),
    ...[first, at_('v'), last].map((find): Flip => ({ name, file: 'stamp.d.ts', find, expected: SAME })),
    // What editors read above the code is made again, and is not hashed.
    { name, file: `${version}/code.ts`, find: first, expected: UNHURT },
  ];
}
const FILES = ['code.ts', 'contract.ts', 'params.json', 'metadata.json'];
const OLDER = FILES.flatMap((file) => [middle, last].map((find): Flip => ({ name: 'median', file: `v1/${file}`, find, expected: SAME })));
/** Into something else that passes audit and types, or would if it were not looked at. */
const CHANGES: readonly Flip[] = [
  // The older version is whole, of today's source, and what the builtin provider makes.
  { name: 'median', file: 'current', find: at_('2'), mask: 3, expected: another(/POET5019/) },
  { name: 'twice', file: 'v1/code.ts', find: at_('2;'), forged: true, expected: another(/POET4040/) },
  { name: 'median', file: 'v2/code.ts', find: at_('>> 1', 3), forged: true, expected: another(/POET4040/) },
  { name: 'twice', file: 'v1/code.ts', find: at_('return doubled'), forged: true, expected: REFUSED },
  { name: 'twice', file: 'v1/code.ts', find: at_('doubled ='), forged: true, expected: REFUSED },
  { name: 'half', file: 'v1/code.ts', find: at_('2;'), forged: true, expected: REFUSED },
];

it('in each place of each file: nobody ships it unseen', () => {
  const count = new Map<Name, number>();
  const nextCopy = (name: Name): number => {
    const copy = count.get(name) ?? 0;
    count.set(name, copy + 1);
    makeCopy(name, copy);
    return copy;
  };
  const placed = [...NAMES.flatMap(flipsOf), ...OLDER, ...CHANGES].map((flip) => {
    const copy = nextCopy(flip.name);
    return { name: flip.name, copy, what: applyFlip(flip, copy), expected: flip.expected };
  });
  // And one of each that is left as it was.
  for (const name of NAMES) placed.push({ name, copy: nextCopy(name), what: `nothing of ${name}`, expected: UNHURT });

  const before = project.files();
  const { said, js } = build();
  const after = project.files();
  const { code, out, err } = project.poet('check');
  expect(code).toBe(1);
  const wrong = placed.flatMap(({ name, copy, what, expected }) => {
    const isOf = (text: string): boolean => text.includes(idOf(name, copy)) || text.includes(`${entryOf(name, copy)}/`);
    const text = js.get(`${name}${copy}.js`)!;
    const filesOf = (files: Record<string, string>): string => JSON.stringify(Object.entries(files).filter(([path]) => isOf(path)));
    const judged = {
      said: said.filter(isOf), named: `${out}\n${err}`.split('\n').filter(isOf).join('\n'), wrote: filesOf(before) !== filesOf(after),
      ships: !text.includes('poetc:') ? 'the original' : text === toldOf(name, copy, goodJs.get(`${name}0.js`)!) ? 'the same' : 'another',
    };
    // Two hundred in one comparison would be two hundred in its message.
    try { expect(judged).toEqual(expected); } catch { return [{ what, ...judged }]; }
    return [];
  });
  expect(wrong).toEqual([]);
});

/** @returns what was flipped, in words */
function applyFlip({ name, file, find, mask = 1, forged }: Flip, copy: number): string {
  const path = `${entryOf(name, copy)}/${file}`;
  const text = project.read(path);
  const offset = find(text);
  if (!(offset >= 0 && offset < text.length)) throw new Error(`${name} ${file}: nothing to flip`);
  const flipped = text.slice(0, offset) + String.fromCharCode(text.charCodeAt(offset) ^ mask) + text.slice(offset + 1);
  project.write(path, flipped);
  if (forged) {
    const folder = `${entryOf(name, copy)}/${file.split('/')[0]!}`;
    const read = (part: string): string => project.read(`${folder}/${part}`);
    const hash = contentHash({ code: read('code.ts').split(`${HEADER_END}\n`)[1]!, contract: read('contract.ts'), params: read('params.json') });
    project.write(`${folder}/metadata.json`, forgeMetadata(read('metadata.json'), { content_hash: hash }));
  }
  return `${name} ${file}${forged ? ', forged' : ''}: ${JSON.stringify(text.slice(Math.max(0, offset - 12), offset))} ${JSON.stringify(text[offset])} -> ${JSON.stringify(flipped[offset])}`;
}
