/** Projects in which `poet` runs as a child process, with and without a terminal. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { makeTempProject, PAIRS, PLUGIN, REPO, type Pair, type Run, type TempProject } from './support/temp-project.ts';

export const CLI = join(REPO, 'dist/cli.cjs');

export interface CliProject extends TempProject {
  poet(...args: string[]): Run;
  poetWith(env: NodeJS.ProcessEnv, ...args: string[]): Run;
  /** `--json`, parsed. */
  json<T = Record<string, unknown>>(...args: string[]): T & { code: number | null; problems: { code: string; text: string; hint: string; file?: string }[] };
  /** On a terminal of its own; both streams come back as one. `typed` is what the user types. */
  onTerminal(args: readonly string[], typed?: string, env?: NodeJS.ProcessEnv): { code: number | null; screen: string };
  /** Text of every file, node_modules and git apart. */
  files(): Record<string, string>;
}

export const MANIFEST = JSON.stringify({ name: 'river', version: '1.0.0', scripts: { build: 'tsc' }, dependencies: { poetc: '*' } }, undefined, 2);

export const STATS = `/**
 * The mean of a sample.
 * @poet
 */
export function mean(xs: number[], weight = 1): number {
  let sum = 0;
  for (const x of xs) sum += x;
  return (sum / xs.length) * weight;
}

/** @poet */
export async function load(id: string): Promise<{ id: string }> {
  return { id };
}
`;

export const TSCONFIG = `{
  // The build of the river.
  "compilerOptions": {
    "target": "es2022", /* modern */
    "module": "nodenext",
    "rootDir": "src",
    "outDir": "dist",
    "declaration": true,
    "strict": true, // always
  },
  "include": ["src"]
}
`;

/** Files of a package of a solution. */
export const packageOf = (folder: string, stats: string): Record<string, string> => ({
  [`${folder}/package.json`]: JSON.stringify({ name: folder.replace('/', '-'), type: 'module' }),
  [`${folder}/tsconfig.json`]: JSON.stringify({ compilerOptions: { composite: true, target: 'ES2022', lib: ['ES2022'], module: 'NodeNext', strict: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: [], plugins: [PLUGIN] }, include: ['src'] }),
  [`${folder}/src/stats.ts`]: stats,
});

export function makeCliProject(files: Readonly<Record<string, string>>, pair: Pair = PAIRS[0]!): CliProject {
  const project = makeTempProject(pair, files);
  // ts-patch 3.3 follows a link to the folder `typescript-5.9`, and from there finds another compiler.
  if (pair !== PAIRS[0]) {
    rmSync(join(project.root, 'node_modules/typescript'));
    cpSync(join(REPO, 'node_modules', pair.typescript), join(project.root, 'node_modules/typescript'), { recursive: true });
  }
  const poetWith = (env: NodeJS.ProcessEnv, ...args: string[]): Run => project.node([CLI, ...args], { CI: '', NO_COLOR: '', FORCE_COLOR: '', ...env });
  return {
    ...project,
    poetWith,
    poet: (...args) => poetWith({}, ...args),
    json: (...args) => {
      const { code, out, err } = poetWith({}, ...args, '--json');
      try {
        return { ...JSON.parse(out), code };
      } catch (error) {
        throw new Error(`no JSON (exit ${code}): ${out}\n${err}`, { cause: error });
      }
    },
    onTerminal(args, typed = '', env = {}) {
      const command = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
      const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
        cwd: project.root, encoding: 'utf8', input: typed, env: { ...process.env, NODE_OPTIONS: '', CI: '', NO_COLOR: '', FORCE_COLOR: '', TERM: 'xterm-256color', ...env },
      });
      return { code: status, screen: stdout };
    },
    files: () => filesIn(project.root, project.root),
  };
}

function filesIn(folder: string, root: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  return Object.assign({}, ...readdirSync(folder).sort().map((name) => {
    const path = join(folder, name);
    if (name === 'node_modules' || name === '.git') return {};
    return statSync(path).isDirectory() ? filesIn(path, root) : { [relative(root, path)]: readFileSync(path, 'latin1') };
  })) as Record<string, string>;
}

/** A project that is set up, with both functions of `STATS` generated. */
export function makeReadyProject(): CliProject {
  const project = makeCliProject({ 'package.json': MANIFEST, 'tsconfig.json': TSCONFIG, 'src/stats.ts': STATS });
  for (const command of ['init', 'generate']) {
    const { code, err } = project.poet(command);
    if (code !== 0) throw new Error(err);
  }
  return project;
}
