import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const REPO = resolve(__dirname, '../..');

/** A compiler with the ts-patch that goes with it. */
export interface Pair { readonly name: string; readonly typescript: string; readonly tsPatch: string }

export const PAIRS: readonly Pair[] = [
  { name: 'TypeScript 6.0 + ts-patch 4.0', typescript: 'typescript', tsPatch: 'ts-patch' },
  { name: 'TypeScript 5.9 + ts-patch 3.3', typescript: 'typescript-5.9', tsPatch: 'ts-patch-3.3' },
];

export interface Run { readonly code: number | null; readonly out: string; readonly err: string }

export interface TempProject {
  readonly root: string;
  write(file: string, text: string): void;
  read(file: string): string;
  exists(file: string): boolean;
  copy(from: string, to: string): void;
  tspc(...args: string[]): Run;
  tsc(...args: string[]): Run;
  node(args: readonly string[], env?: NodeJS.ProcessEnv): Run;
  remove(): void;
}

/** An empty project with poetc, a compiler and its ts-patch in node_modules, as an installed package would be. */
export function makeTempProject(pair: Pair = PAIRS[0]!, files: Readonly<Record<string, string>> = {}): TempProject {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'poetc-')));
  const modules = join(root, 'node_modules');
  mkdirSync(modules);
  const link = (name: string, to: string): void => symlinkSync(to, join(modules, name), 'dir');
  link('poetc', REPO);
  // Copies, not links: ts-patch looks for `typescript` beside its own real path.
  copyPackage(pair.tsPatch, join(modules, 'ts-patch'));
  link('typescript', compilerFolder(pair));
  for (const dependency of Object.keys((JSON.parse(readFileSync(join(modules, 'ts-patch/package.json'), 'utf8')) as { dependencies?: object }).dependencies ?? {})) {
    const at = [join(REPO, 'node_modules', pair.tsPatch, 'node_modules', dependency), join(REPO, 'node_modules', dependency)].find(existsSync);
    if (at === undefined || existsSync(join(modules, dependency))) continue;
    mkdirSync(dirname(join(modules, dependency)), { recursive: true });
    link(dependency, at);
  }
  link('@types', join(REPO, 'node_modules/@types'));
  link('tslib', join(REPO, 'node_modules/tslib'));

  const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Run => {
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', POET_CACHE_DIR: join(root, 'node_modules/.cache-poetc'), ...env }, maxBuffer: 64 << 20 });
    if (error) throw error;
    return { code: status, out: stdout, err: stderr };
  };
  const project: TempProject = {
    root,
    write(file, text) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    },
    read: (file) => readFileSync(join(root, file), 'utf8'),
    exists: (file) => existsSync(join(root, file)),
    copy: (from, to) => cpSync(from, join(root, to), { recursive: true }),
    tspc: (...args) => run(process.execPath, [join(modules, 'ts-patch/bin/tspc.js'), ...args]),
    tsc: (...args) => run(process.execPath, [join(modules, 'typescript/bin/tsc'), ...args]),
    node: (args, env) => run(process.execPath, args, env),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  for (const [file, text] of Object.entries({ 'package.json': '{"name":"temp","version":"1.0.0","type":"module"}', ...files })) project.write(file, text);
  return project;
}

/** ts-patch follows links to the real folder and looks for a package called `typescript` from there: an alias needs a folder of that name. */
function compilerFolder({ typescript }: Pair): string {
  if (typescript === 'typescript') return join(REPO, 'node_modules/typescript');
  const { version } = JSON.parse(readFileSync(join(REPO, 'node_modules', typescript, 'package.json'), 'utf8')) as { version: string };
  const modules = join(tmpdir(), `poetc-test-typescript-${version}`, 'node_modules');
  const folder = join(modules, 'typescript');
  if (!existsSync(folder)) {
    // Copied beside and renamed: two test processes may want it at once.
    mkdirSync(modules, { recursive: true });
    const half = mkdtempSync(join(modules, '.half-'));
    cpSync(join(REPO, 'node_modules', typescript), half, { recursive: true });
    try { renameSync(half, folder); } catch (error) { rmSync(half, { recursive: true, force: true }); if (!existsSync(folder)) throw error; }
  }
  return realpathSync(folder);
}

function copyPackage(name: string, to: string): void {
  cpSync(join(REPO, 'node_modules', name), to, { recursive: true, filter: (from) => !from.endsWith('.map') });
}

/** The plugin entry of a tsconfig.json. */
export const PLUGIN = { transform: 'poetc/transformer', transformProgram: true };
