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

  /** Everything printed up to and including the end of the next round. */
  async round(): Promise<string> {
    for (;;) {
      const end = /Found \d+ errors?\. Watching for file changes\./.exec(this.#text.slice(this.#read));
      if (end) {
        const from = this.#read;
        this.#read += end.index + end[0].length;
        return this.#text.slice(from, this.#read);
      }
      await new Promise<void>((resolve) => { this.#wake = resolve; });
    }
  }
}

const config = JSON.stringify({
  compilerOptions: { strict: true, module: 'nodenext', target: 'ES2022', rootDir: 'src', outDir: 'dist', skipLibCheck: true, types: [], plugins: [PLUGIN] },
  include: ['src', '.poet/**/stamp.d.ts'],
});

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
    expect(await watcher.round()).toContain('Found 0 errors');
    expect(project.read('dist/sum.js')).toContain('poetc:src/sum.ts#sum@v1:');

    // A file without targets: the output of the target stays enhanced.
    project.write('src/other.ts', 'export const one = 2;\n');
    expect(await watcher.round()).toContain('Found 0 errors');
    expect(project.read('dist/other.js')).toContain('one = 2');

    // A type that the target reaches.
    project.write('src/types.ts', 'export interface Item { price: number; tax?: number }\n');
    expect(await watcher.round()).toContain('Found 0 errors');
    expect(project.read('.poet/src/sum.ts/sum/current').trim()).toBe('v2');

    // The target itself, with a type error of the author's: at the author's line.
    project.write('src/sum.ts', project.read('src/sum.ts').replace('all + item.price', 'all + item.prize'));
    const broken = await watcher.round();
    expect(broken).toContain('Found 1 error');
    expect(broken).toMatch(/src\/sum\.ts\(5,\d+\)|src\/sum\.ts:5:\d+/);
    expect(broken).not.toContain('TS1206');
  });
});
