/** What each spelling cannot mark: compiled by the real tspc, one folder of texts a spelling. `UPDATE=1` rewrites `expected/`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSpellingsPage, readForms } from '../scripts/docs-spellings.ts';
import { FEATURES, KINDS } from '../scripts/spellings/classify-forms.ts';
import { FORMS, SPELLINGS } from './support/forms.ts';
import { makeTempProject, PLUGIN, REPO } from './support/temp-project.ts';

interface RefusedCase { readonly id: string; readonly file: string; readonly expected: string }

const listCases = (part: string): RefusedCase[] => SPELLINGS.flatMap((spelling) => {
  const folder = join(FORMS, spelling, 'input', part);
  return existsSync(folder) ? readdirSync(folder).sort().map((file) => ({ id: `${spelling}/${file}`, file: join(folder, file), expected: join(FORMS, spelling, 'expected', part, file.replace(/\.ts$/, '.txt')) })) : [];
});

/** A compiler that met a syntax error says nothing of the other files: they are compiled again without those that it named. */
function compileRefused(cases: readonly RefusedCase[], options: object): Map<string, string> {
  const project = makeTempProject();
  try {
    for (const { id, file } of cases) project.write(`src/${id}`, readFileSync(file, 'utf8'));
    const found = new Map<string, string>();
    for (let open = cases.map(({ id }) => id); open.length > 0;) {
      project.write('tsconfig.json', JSON.stringify({
        compilerOptions: { strict: true, target: 'ES2022', module: 'nodenext', types: [], lib: ['ES2023', 'ESNext.Decorators'], skipLibCheck: true, rootDir: 'src', outDir: 'dist', plugins: [PLUGIN], ...options },
        files: open.map((id) => `src/${id}`),
      }));
      const { out, err } = project.tspc('-p', '.');
      const named = open.filter((id) => `${out}${err}`.includes(`src/${id}(`));
      if (named.length === 0) throw new Error(`nothing was said about ${open.join(', ')}:\n${out}${err}`);
      for (const id of named) found.set(id, readDiagnostics(`${out}\n${err}`, `src/${id}(`));
      open = open.filter((id) => !named.includes(id));
    }
    return found;
  } finally {
    project.remove();
  }
}

function readDiagnostics(said: string, start: string): string {
  const lines = said.split('\n').filter((line) => line.startsWith(start)).map((line) => line.slice(start.length).replace('): ', ': ').replace(/\bTS99(\d{4}): (?:POET\d+: )?/, 'POET$1: '));
  return `${lines.join('\n')}\n`;
}

describe.each([['refused', {}], ['refused-legacy', { experimentalDecorators: true }]] as const)('%s', (part, options) => {
  const cases = listCases(part);
  let found: Map<string, string>;
  beforeAll(() => {
    found = compileRefused(cases, options);
    if (process.env['UPDATE'] !== '1') return;
    for (const spelling of SPELLINGS) rmSync(join(FORMS, spelling, 'expected', part), { recursive: true, force: true });
    for (const { id, expected } of cases) {
      mkdirSync(join(expected, '..'), { recursive: true });
      writeFileSync(expected, found.get(id)!);
    }
  });

  it.each(cases)('$id', ({ id, expected }) => {
    expect(found.get(id)).toBe(readFileSync(expected, 'utf8'));
  });
});

describe('docs/spellings.md', () => {
  it('is what the fixtures say; npm run docs:spellings makes it again', () => {
    expect(readFileSync(join(REPO, 'docs/spellings.md'), 'utf8')).toBe(makeSpellingsPage(REPO));
  });

  it('shows every kind and feature in the spelling that takes them all', () => {
    const seen = new Set<string>(readForms(REPO, 'jsdoc').flatMap(({ kind, features }) => [kind, ...features]));
    expect([...KINDS, ...FEATURES].filter((form) => !seen.has(form))).toEqual([]);
  });
});
