/**
 * What is generated and emitted for a few telling functions, as texts that a reviewer reads. `UPDATE=1` rewrites `expected/`: read the diff.
 * A folder that is called `todo.…` shows what is wrong today; its `wrong.md` says what.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempProject, PLUGIN, REPO, type TempProject } from './support/temp-project.ts';

const FOLDER = join(REPO, 'fixtures/emit');
const CASES = readdirSync(FOLDER).sort();

let project: TempProject;
let said: { code: number | null; out: string; err: string };
beforeAll(() => {
  project = makeTempProject();
  for (const each of CASES) project.write(`src/${each}.ts`, readFileSync(join(FOLDER, each, 'input/main.ts'), 'utf8'));
  project.write('tsconfig.json', JSON.stringify({
    compilerOptions: { strict: true, target: 'ES2022', module: 'nodenext', lib: ['ES2022', 'DOM'], types: [], skipLibCheck: true, rootDir: 'src', outDir: 'dist', plugins: [PLUGIN] }, include: ['src'],
  }));
  said = project.tspc('-p', '.');
});
afterAll(() => project?.remove());

it('compiles without a word', () => expect(said).toEqual({ code: 0, out: '', err: '' }));

describe.each(CASES)('%s', (each) => {
  const expected = join(FOLDER, each, 'expected');
  it.each(['code.ts', 'contract.ts', 'main.js'])('%s', (file) => {
    const [target = ''] = readdirSync(join(project.root, `.poet/src/${each}.ts`)).filter((name) => name !== 'stamp.d.ts');
    const text = project.read(file === 'main.js' ? `dist/${each}.js` : `.poet/src/${each}.ts/${target}/v1/${file}`);
    if (process.env['UPDATE'] === '1') {
      mkdirSync(expected, { recursive: true });
      writeFileSync(join(expected, file), text);
    }
    expect(text).toBe(readFileSync(join(expected, file), 'utf8'));
  });

  if (each.startsWith('todo.')) it('says what is wrong', () => expect(existsSync(join(FOLDER, each, 'wrong.md'))).toBe(true));
});
