import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCliProject, MANIFEST, type CliProject } from './cli-project.ts';
import { PLUGIN } from './support/temp-project.ts';

// The ways to tamper with .poet/ that the store's own tests know, through the real compiler and the real command line: the build
// exits 0 and says so in a line, the author's code ships, and poet check fails.
const CONFIG = JSON.stringify({ compilerOptions: { target: 'ES2022', module: 'nodenext', rootDir: 'src', outDir: 'dist', strict: true, types: [], skipLibCheck: true, plugins: [PLUGIN] }, include: ['src'] });
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
afterEach(() => {
  rmSync(join(project.root, '.poet'), { recursive: true, force: true });
  cpSync(pristine, join(project.root, '.poet'), { recursive: true });
});
afterAll(() => project.remove());

const HALF = '.poet/src/main.ts/half';
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

describe('a flipped byte', () => {
  const files = ['v1/code.ts', 'v1/contract.ts', 'v1/params.json', 'v1/metadata.json', 'current'];
  it.each(files.flatMap((file) => [0.25, 0.5, 0.9].map((where) => [file, where] as const)))('in %s, at %d', (file, where) => {
    const path = at(`${HALF}/${file}`);
    const bytes = readFileSync(path);
    bytes[Math.min(bytes.length - 1, Math.floor(bytes.length * where))]! ^= 1;
    writeFileSync(path, bytes);
    const { code, err } = project.tspc('-p', '.');
    expect(code).toBe(0);
    const js = project.read('dist/main.js');
    if (js.includes('poetc:src/main.ts#half@v1:')) {
      // A byte of the header, or of a field that nothing depends on: what was emitted is what was reviewed.
      expect(err).toBe('');
      rmSync(at('.poet'), { recursive: true });
      cpSync(pristine, at('.poet'), { recursive: true });
      expect(project.tspc('-p', '.').code).toBe(0);
      expect(project.read('dist/main.js')).toBe(js);
    } else {
      expect(err).toMatch(/^[^\n]*POET5\d{3}: [^\n]+\n$/);
      expect(js).toContain('poetc:src/main.ts#twice@v1:');
      expect(project.poet('check').code).toBe(1);
    }
  });
});

describe('a version that is not what it says', () => {
  it.each<[string, () => void]>([
    ['the entry of one function moved to another', () => { rmSync(at(HALF), { recursive: true }); cpSync(at('.poet/src/main.ts/twice'), at(HALF), { recursive: true }); }],
    ['an entry whose names were rewritten for another function', () => {
      rmSync(at(HALF), { recursive: true });
      cpSync(at('.poet/src/main.ts/twice'), at(HALF), { recursive: true });
      editFile(`${HALF}/v1/metadata.json`, (text) => text.replaceAll('twice', 'half').replace(/"key": "[0-9a-f]+"/, `"key": "${(JSON.parse(readFileSync(join(pristine, 'src/main.ts/half/v1/metadata.json'), 'utf8')) as { key: string }).key}"`));
    }],
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

  it('line ends that git changed are no damage', () => {
    for (const file of readdirSync(at('.poet'), { recursive: true, encoding: 'utf8' })) {
      if (statSync(at(`.poet/${file}`)).isFile()) editFile(`.poet/${file}`, (text) => text.replaceAll('\n', '\r\n'));
    }
    expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
    expect(project.read('dist/main.js')).toMatch(/poetc:src\/main\.ts#half@v1:[^]*poetc:src\/main\.ts#twice@v1:/);
  });
});
