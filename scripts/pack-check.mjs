// npm run pack:check: is what we would publish whole, small and importable? Judges the packed tarball, not the checkout.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { install, packTo, run } from './packed-install.mjs';

const MAX_PACKED_KB = 1_500;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Every file that `exports` and `bin` name. */
function namedFiles(value) {
  if (typeof value === 'string') return [value];
  return Object.values(value).flatMap(namedFiles);
}

function checkContent({ files, bytes }) {
  const faults = [];
  const present = new Set(files.map((file) => `./${file}`));
  for (const file of new Set(namedFiles({ ...manifest.exports, bin: manifest.bin, main: manifest.main }))) {
    if (!present.has(file)) faults.push(`package.json names ${file}, which is not packed`);
  }
  for (const file of files) {
    if (!/^(dist\/[\w.-]+|templates\/.+|package\.json|language-service\.js|README\.md|LICENSE|THIRD-PARTY-NOTICES\.md)$/.test(file)) faults.push(`${file} does not belong into the package`);
  }
  for (const wanted of ['LICENSE', 'README.md', 'THIRD-PARTY-NOTICES.md']) if (!files.includes(wanted)) faults.push(`${wanted} is not packed`);
  for (const kind of ['dependencies', 'optionalDependencies', 'bundleDependencies']) {
    if (Object.keys(manifest[kind] ?? {}).length > 0) faults.push(`package.json has ${kind}: production installs bring nothing but poetc`);
  }
  if (bytes > MAX_PACKED_KB * 1024) faults.push(`${(bytes / 1024).toFixed(0)} KB packed, more than ${MAX_PACKED_KB}`);
  return faults;
}

async function checkByPublint(tarball) {
  const data = readFileSync(tarball);
  const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg)}`);
}

/** Profile node16: node10 resolution does not know `exports`, and nothing that poetc works with uses it. */
function checkByAttw(tarball) {
  try {
    run(join(root, 'node_modules/.bin/attw'), [tarball, '--profile', 'node16', '--no-emoji', '--no-color'], { cwd: root });
    return [];
  } catch (error) {
    return [`attw:\n${error.stdout}`];
  }
}

/** What an entry asks the user's project for; it is placed from our own folder after the others have been loaded without it. */
const PEERS = { 'poetc/otel': '@opentelemetry/api' };

/** Loads every entry from an installed tarball, with nothing else installed: as in production. */
function checkLoading(tarball, folder) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
  install(folder, [tarball]);
  const hasValues = (entry) => Object.keys(entry).some((condition) => condition !== 'types');
  const entries = Object.entries(manifest.exports).filter(([name, entry]) => !name.endsWith('.json') && hasValues(entry)).map(([name]) => join('poetc', name));
  const faults = [];
  const installed = run('npm', ['ls', '--all', '--parseable'], { cwd: folder }).trim().split('\n').slice(1);
  for (const entry of entries.toSorted((a, b) => Number(a in PEERS) - Number(b in PEERS))) {
    if (entry in PEERS) cpSync(join(root, 'node_modules', PEERS[entry]), join(folder, 'node_modules', PEERS[entry]), { recursive: true });
    for (const [how, args] of Object.entries({
      require: ['-e', `require(${JSON.stringify(entry)})`],
      import: ['--input-type=module', '-e', `await import(${JSON.stringify(entry)})`],
    })) {
      try {
        run(process.execPath, args, { cwd: folder, stderr: 'pipe' });
      } catch (error) {
        faults.push(`${how} of ${entry} fails: ${String(error.stderr).trim().split('\n').find((line) => /Error/.test(line)) ?? error.message}`);
      }
    }
  }
  if (installed.length !== 1) faults.push(`installing poetc installs ${installed.length} packages: ${installed.join(' ')}`);
  const version = run(join(folder, 'node_modules/.bin/poet'), ['--version'], { cwd: folder }).trim();
  if (version !== manifest.version) faults.push(`poet --version says ${version}`);
  return faults;
}

const folder = mkdtempSync(join(tmpdir(), 'poetc-pack-'));
try {
  const packed = packTo(root, folder);
  const faults = [...checkContent(packed), ...await checkByPublint(packed.tarball), ...checkByAttw(packed.tarball)];
  if (faults.length === 0) faults.push(...checkLoading(packed.tarball, folder));
  for (const fault of faults) console.error(`pack:check: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  else console.log(`pack:check: ${packed.files.length} files, ${(packed.bytes / 1024).toFixed(0)} KB packed; publint and attw find nothing; every entry loads by require and by import`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
