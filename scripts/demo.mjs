// npm run demo [-- --no-build]: examples/river-flow, installed from the packed tarball as a user would, compiled by tspc, run on real data.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { install, packTo, run, userEnvironment } from './packed-install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const title = (text) => console.log(`\n== ${text}\n`);

/** Lines of a folder's tree, the files of a folder on one line; empty folders are left out, as git leaves them out. */
function treeOf(folder, indent = '') {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  const lines = files.length > 0 ? [indent + files.join('  ')] : [];
  for (const entry of entries.filter((found) => found.isDirectory())) {
    const inner = treeOf(join(folder, entry.name), `${indent}  `);
    if (inner.length > 0) lines.push(`${indent}${entry.name}/`, ...inner);
  }
  return lines;
}

/** Rows as a table: numbers to the right, everything else to the left. */
function tableOf(head, rows) {
  const table = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, i) => Math.max(...table.map((row) => row[i].length)));
  const isNumeric = head.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number'));
  return table.map((row) => row.map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ').trimEnd());
}

const COLUMNS = ['calls', 'corrected', 'rejected', 'violated', 'failures'];

/** What the runtime wrote, read through the packed package: counts by function, and every single finding. */
async function summariseEvents(project) {
  const { readEvents } = await import(pathToFileURL(join(project, 'node_modules/poetc/dist/events.mjs')).href);
  const counts = new Map();
  const findings = [];
  for (const { event, problem } of readEvents(join(project, '.poet'))) {
    if (problem !== undefined) throw new Error(`demo: an unreadable event: ${problem}`);
    const { payload, type } = event;
    if (type === 'function.aggregate') {
      const before = counts.get(payload.function_name) ?? COLUMNS.map(() => 0);
      counts.set(payload.function_name, COLUMNS.map((column, i) => before[i] + payload[column]));
    }
    for (const found of payload.corrections ?? payload.violations ?? []) findings.push([type, found.path, found.expected, found.received]);
  }
  if (counts.size === 0) throw new Error('demo: the run left no events');
  return [
    ...tableOf(['function', ...COLUMNS], [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, row]) => [name, ...row])),
    '',
    ...tableOf(['event', 'path', 'expected', 'received'], findings),
  ];
}

const project = mkdtempSync(join(tmpdir(), 'river-flow-'));
try {
  title('Build and pack poetc');
  if (!process.argv.includes('--no-build')) run(process.execPath, ['scripts/build.mjs'], { cwd: root });
  const { tarball, bytes, files } = packTo(root, project);
  console.log(`${files.length} files, ${(bytes / 1024).toFixed(0)} KB packed`);

  title('Install it into a copy of examples/river-flow');
  cpSync(join(root, 'examples/river-flow'), project, { recursive: true, filter: (path) => !/[\\/](node_modules|dist|dist-plain)$/.test(path) });
  install(project, [tarball]);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  console.log(Object.keys({ ...dependencies, ...devDependencies }).map((name) => `${name} ${JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8')).version}`).join('\n'));

  const bin = (name) => join(project, 'node_modules/.bin', name);
  const inProject = { cwd: project, env: userEnvironment() };
  title('npx tspc');
  run(bin('tspc'), [], inProject);
  console.log('.poet/');
  console.log(treeOf(join(project, '.poet'), '  ').join('\n'));

  title('.poet/src/flow.ts/summarise/v1/code.ts');
  console.log(readFileSync(join(project, '.poet/src/flow.ts/summarise/v1/code.ts'), 'utf8').trimEnd());

  title('node dist/main.js report');
  const report = run(process.execPath, ['--enable-source-maps', 'dist/main.js', 'report'], inProject);
  console.log(report.trimEnd());
  run(bin('tsc'), ['--outDir', 'dist-plain'], inProject);
  const plain = run(process.execPath, ['dist-plain/main.js', 'report'], inProject);
  if (plain !== report) throw new Error(`demo: compiled by plain tsc, the same program says something else:\n${plain}`);
  console.log('\nThe same program compiled by plain tsc prints the same, byte for byte.');

  title('node dist/main.js corrupted');
  console.log(run(process.execPath, ['--enable-source-maps', 'dist/main.js', 'corrupted'], inProject).trimEnd());

  title('What the events say (.poet/events)');
  console.log((await summariseEvents(project)).join('\n'));
} finally {
  rmSync(project, { recursive: true, force: true });
}
