// `npm run sandbox:nodes [-- 20 22 24]`: the sandbox's tests under each Node that poetc supports, binaries from the registry's node-<platform>-<arch>.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

const root = join(import.meta.dirname, '..');
const folder = join(process.env['POETC_NODES_DIR'] ?? join(tmpdir(), 'poetc-nodes'));
const majors = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24'];
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

let failed = 0;
for (const major of majors) {
  const place = join(folder, major);
  const node = join(place, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(node)) {
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), '{"private":true}');
    const { status } = spawnSync('npm', ['install', '--prefix', place, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${major}`], { stdio: 'inherit', shell: process.platform === 'win32' });
    if (status !== 0) { failed++; process.stdout.write(`node ${major}: cannot be installed\n`); continue; }
  }
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const { status, stderr } = spawnSync(node, [join(root, 'node_modules/jest/bin/jest.js'), '--maxWorkers=1', 'test/sandbox.test.ts'], { cwd: root, encoding: 'utf8' });
  const lines = stderr.split('\n').filter((line) => /^(?:Tests:)|✕|●/.test(line.trim()));
  process.stdout.write(`node ${version}: ${status === 0 ? 'holds' : 'FAILS'}\n${lines.map((line) => `  ${line.trim()}\n`).join('')}`);
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
