import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash } from '../transformer/5-store/content-hash.ts';
import { HEADER_END } from '../transformer/5-store/layout.ts';
import { makeCliProject, MANIFEST, type CliProject } from './cli-project.ts';
import { forgeMetadata } from './support/forge-metadata.ts';
import { PLUGIN } from './support/temp-project.ts';

// The ways to tamper with .poet/ that the store's own tests know, through the real compiler and the real command line: the build
// exits 0 and says so in a line, the author's code ships, and poet check fails.
const CONFIG = JSON.stringify({ compilerOptions: { target: 'ES2022', lib: ['ES2022'], module: 'nodenext', rootDir: 'src', outDir: 'dist', strict: true, types: [], skipLibCheck: true, plugins: [PLUGIN] }, include: ['src'] });
const SOURCE = `
/** @poet */
export function half(n: number): number { return n / 2; }
/** @poet */
export function twice(n: number): number { return n * 2; }
`;

let project: CliProject;
let pristine: string;
beforeAll(() => {
  project = makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': CONFIG, 'src/main.ts': SOURCE });
  expect(project.poet('generate').code).toBe(0);
  pristine = join(project.root, 'node_modules/pristine');
  cpSync(join(project.root, '.poet'), pristine, { recursive: true });
  expect(project.poet('check').code).toBe(0);
});
const restore = (): void => {
  rmSync(join(project.root, '.poet'), { recursive: true, force: true });
  cpSync(pristine, join(project.root, '.poet'), { recursive: true });
};
afterEach(restore);
afterAll(() => project.remove());

const HALF = '.poet/src/main.ts/half';
/** The hash that an attacker writes beside an edited file. */
function rehash(folder: string): void {
  const read = (file: string): string => readFileSync(at(`${folder}/v1/${file}`), 'utf8');
  const hash = contentHash({ code: read('code.ts').split(`${HEADER_END}\n`)[1]!, contract: read('contract.ts'), params: read('params.json') });
  editFile(`${folder}/v1/metadata.json`, (text) => forgeMetadata(text, { content_hash: hash }));
}
const at = (path: string): string => join(project.root, path);
const editFile = (path: string, change: (text: string) => string): void => { writeFileSync(at(path), change(readFileSync(at(path), 'utf8'))); };

function expectRefused(name = 'half'): void {
  const { code, out, err } = project.tspc('-p', '.');
  expect({ code, out }).toEqual({ code: 0, out: '' });
  expect(err).toMatch(/^[^\n]*(?:fallback|warning) POET[45]\d{3}: [^\n]+\n(?:[^\n]*POET[45]\d{3}: [^\n]+\n)?$/);
  expect(project.read('dist/main.js')).not.toContain(`poetc:src/main.ts#${name}@`);
  const { code: checked, out: bad, err: why } = project.poet('check');
  expect({ checked, bad }).toEqual({ checked: 1, bad: expect.stringContaining(`src/main.ts#${name}`) as unknown });
  expect(why).toMatch(/POET[458]\d{3}/);
}

// All files, places and authors are in build-flipped-versions.test.ts; here is the real command line.
it.each(['v1/code.ts', 'v1/contract.ts', 'v1/params.json', 'v1/metadata.json', 'current'])('a flipped byte in %s', (file) => {
  const path = at(`${HALF}/${file}`);
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(path, bytes);
  expectRefused();
  expect(project.read('dist/main.js')).toContain('poetc:src/main.ts#twice@v1:');
});

describe('a version that is not what it says', () => {
  it.each<[string, () => void]>([
    ['the entry of one function moved to another', () => { rmSync(at(HALF), { recursive: true }); cpSync(at('.poet/src/main.ts/twice'), at(HALF), { recursive: true }); }],
    ['an entry whose names were rewritten for another function', () => {
      rmSync(at(HALF), { recursive: true });
      cpSync(at('.poet/src/main.ts/twice'), at(HALF), { recursive: true });
      editFile(`${HALF}/v1/metadata.json`, (text) => forgeMetadata(text.replaceAll('twice', 'half'), { key: (JSON.parse(readFileSync(join(pristine, 'src/main.ts/half/v1/metadata.json'), 'utf8')) as { key: string }).key }));
    }],
    ['2: one byte of code and its hash', () => { editFile(`${HALF}/v1/code.ts`, (text) => text.replace('n / 2', 'n / 3')); rehash(HALF); }],
    ['10: metadata that claims a verdict for code that no check has seen', () => {
      editFile(`${HALF}/v1/code.ts`, (text) => text.replace('return n / 2;', 'globalThis.console.log(n); return n / 2;'));
      editFile(`${HALF}/v1/metadata.json`, (text) => forgeMetadata(text, { provider: 'hand', verdict: Object.fromEntries(['shape', 'audit', 'types', 'behaviour', 'cost'].map((check) => [check, { ok: true, detail: 'fine' }])) }));
      rehash(HALF);
    }],
    ['12: half of a version was written', () => { rmSync(at(`${HALF}/v1/code.ts`)); rmSync(at(`${HALF}/v1/params.json`)); }],
    ['14: a pipe in place of code.ts', () => { rmSync(at(`${HALF}/v1/code.ts`)); execFileSync('mkfifo', [at(`${HALF}/v1/code.ts`)]); }],
    ['14: a device in place of metadata.json', () => { rmSync(at(`${HALF}/v1/metadata.json`)); symlinkSync('/dev/zero', at(`${HALF}/v1/metadata.json`)); }],
    ['9: __proto__ in params.json', () => { editFile(`${HALF}/v1/params.json`, (text) => text.replace('{', '{"__proto__":{"schema":1},')); rehash(HALF); }],
    ['current names a path', () => { writeFileSync(at(`${HALF}/current`), '../../x\n'); }],
    ['current is a link', () => { rmSync(at(`${HALF}/current`)); symlinkSync('/etc/hostname', at(`${HALF}/current`)); }],
    ['the folder is a link', () => { renameSync(at(HALF), at('node_modules/elsewhere')); symlinkSync(at('node_modules/elsewhere'), at(HALF)); }],
    ['code.ts is cut off', () => { editFile(`${HALF}/v1/code.ts`, (text) => text.slice(0, text.length / 2)); }],
    ['contract.ts is missing', () => { rmSync(at(`${HALF}/v1/contract.ts`)); }],
    ['conflict markers', () => { editFile(`${HALF}/v1/code.ts`, (text) => `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> other\n`); }],
    ['a huge params.json', () => { writeFileSync(at(`${HALF}/v1/params.json`), ' '.repeat(11 << 20)); }],
  ])('%s', (_what, tamper) => {
    try {
      tamper();
      expectRefused();
    } finally {
      rmSync(at('node_modules/elsewhere'), { recursive: true, force: true });
    }
  });

  it('.poet itself is a link: nothing is emitted from it', () => {
    renameSync(at('.poet'), at('node_modules/elsewhere'));
    symlinkSync(at('node_modules/elsewhere'), at('.poet'));
    try {
      const { code, err } = project.tspc('-p', '.');
      expect(code).toBe(0);
      expect(err).toContain('POET5001');
      expect(project.read('dist/main.js')).not.toContain('poetc:');
    } finally {
      rmSync(at('.poet'));
      renameSync(at('node_modules/elsewhere'), at('.poet'));
    }
  });

  it('15: a twin of the name in other letters is nobody\'s', () => {
    cpSync(at(HALF), at('.poet/src/main.ts/HALF'), { recursive: true });
    editFile('.poet/src/main.ts/HALF/v1/code.ts', (text) => text.replace('n / 2', 'n / 3'));
    const { code } = project.tspc('-p', '.');
    expect(code).toBe(0);
    expect(project.read('dist/main.js')).not.toContain('n / 3');
  });

  it('line ends that git changed are no damage', () => {
    for (const file of readdirSync(at('.poet'), { recursive: true, encoding: 'utf8' })) {
      if (statSync(at(`.poet/${file}`)).isFile()) editFile(`.poet/${file}`, (text) => text.replaceAll('\n', '\r\n'));
    }
    expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
    expect(project.read('dist/main.js')).toMatch(/poetc:src\/main\.ts#half@v1:[^]*poetc:src\/main\.ts#twice@v1:/);
  });
});
