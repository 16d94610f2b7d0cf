import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { makeTempProject, PAIRS, PLUGIN, type TempProject } from './support/temp-project.ts';

/** A running `tspc --watch`: resolves when the compiler says that a round is over. */
class Watcher {
  #text = '';
  #read = 0;
  #wake: (() => void) | undefined;
  readonly process: ChildProcess;

  constructor(project: TempProject, ...args: string[]) {
    this.process = spawn(process.execPath, [join(project.root, 'node_modules/ts-patch/bin/tspc.js'), '--watch', '--preserveWatchOutput', ...args], { cwd: project.root, env: { ...process.env, NODE_OPTIONS: '' } });
    for (const stream of [this.process.stdout!, this.process.stderr!]) stream.on('data', (data: Buffer) => { this.#text += data.toString(); this.#wake?.(); });
  }

  /**
   * What was printed since the last call, as soon as a round has ended after which the condition holds.
   * New stamps under .poet/ may cause a round of their own, so rounds are not counted.
   */
  async until(holds: (printed: string) => boolean): Promise<string> {
    for (;;) {
      const printed = this.#text.slice(this.#read);
      if (/Found \d+ errors?\. Watching for file changes\.\s*$/.test(printed) && holds(printed)) {
        this.#read = this.#text.length;
        return printed;
      }
      await new Promise<void>((resolve) => { this.#wake = resolve; });
    }
  }
}

const config = JSON.stringify({
  compilerOptions: { strict: true, module: 'nodenext', target: 'ES2022', lib: ['ES2022'], rootDir: 'src', outDir: 'dist', skipLibCheck: true, types: [], plugins: [PLUGIN] },
  include: ['src', '.poet/**/stamp.d.ts'],
});

jest.setTimeout(90_000);

describe.each(PAIRS)('--watch: $name', (pair) => {
  let project: TempProject;
  let watcher: Watcher;
  afterEach(() => { watcher.process.kill(); project.remove(); });

  it('follows sources, and withdraws TS1206 in every round', async () => {
    project = makeTempProject(pair, {
      'tsconfig.json': config,
      'src/types.ts': 'export interface Item { price: number }\n',
      'src/sum.ts': "import { poet } from 'poetc';\nimport type { Item } from './types.js';\n@poet()\nexport function sum(items: readonly Item[]): number {\n  return items.reduce((all, item) => all + item.price, 0);\n}\n",
      'src/other.ts': 'export const one = 1;\n',
    });
    watcher = new Watcher(project);
    const has = (file: string, text: string): boolean => project.exists(file) && project.read(file).includes(text);
    expect(await watcher.until(() => has('dist/sum.js', 'poetc:src/sum.ts#sum@v1:'))).not.toContain('error TS');

    // A file without targets: the output of the target stays enhanced.
    project.write('src/other.ts', 'export const one = 2;\n');
    expect(await watcher.until(() => has('dist/other.js', 'one = 2'))).not.toContain('error TS');
    expect(project.read('dist/sum.js')).toContain('poetc:src/sum.ts#sum@v1:');

    // A type that the target reaches.
    project.write('src/types.ts', 'export interface Item { price: number; tax?: number }\n');
    expect(await watcher.until(() => has('dist/sum.js', 'poetc:src/sum.ts#sum@v2:'))).not.toContain('error TS');

    // A version that somebody edits is noticed in the next round, whatever caused it.
    const code = '.poet/src/sum.ts/sum/v2/code.ts';
    const good = project.read(code);
    project.write(code, `${good}// edited\n`);
    project.write('src/other.ts', 'export const one = 3;\n');
    await watcher.until(() => has('dist/other.js', 'one = 3') && !has('dist/sum.js', 'poetc:'));
    project.write(code, good);
    project.write('src/other.ts', 'export const one = 4;\n');
    await watcher.until(() => has('dist/other.js', 'one = 4') && has('dist/sum.js', 'poetc:src/sum.ts#sum@v2:'));

    // The target itself, with a type error of the author's: at the author's line.
    project.write('src/sum.ts', project.read('src/sum.ts').replace('all + item.price', 'all + item.prize'));
    const broken = await watcher.until((printed) => printed.includes('Found 1 error'));
    expect(broken).toMatch(/src\/sum\.ts[(:]5[,:]\d+/);
    expect(broken).not.toContain('TS1206');
  });
});
