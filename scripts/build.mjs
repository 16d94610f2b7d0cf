// Builds dist/: JavaScript bundles by esbuild, declarations by rollup-plugin-dts, licences of what was bundled.
//   node scripts/build.mjs             everything; whatever is missing or broken fails the build
//   node scripts/build.mjs --partial   builds what it can, says what it could not, exits 0: for work in progress
//   node scripts/build.mjs --no-types  JavaScript only (a second instead of several)
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleDeclarations } from './build-declarations.mjs';
import { bundleScripts } from './build-scripts.mjs';
import { writeNotices } from './build-notices.mjs';
import { ENTRIES } from './entries.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const flags = new Set(process.argv.slice(2));
const unknown = [...flags].filter((flag) => !['--partial', '--no-types'].includes(flag));
if (unknown.length > 0) {
  console.error(`build: unknown option ${unknown.join(' ')}; known: --partial, --no-types`);
  process.exit(2);
}

const startedMs = Date.now();
const dist = join(root, 'dist');
mkdirSync(dist, { recursive: true });
const present = ENTRIES.filter((entry) => existsSync(join(root, entry.source)));
const [scripts, declarations] = await Promise.all([
  bundleScripts(root, dist, present.filter((entry) => entry.shape !== 'types')),
  flags.has('--no-types') ? { files: [], faults: [] } : bundleDeclarations(root, dist, present.filter((entry) => !['program', 'internal', 'realm'].includes(entry.shape))),
]);
const faults = [
  ...ENTRIES.filter((entry) => !present.includes(entry)).map((entry) => `${entry.name}: no source yet (${entry.source})`),
  ...scripts.faults,
  ...declarations.faults,
];
for (const fault of faults) console.error(`build: ${fault}`);
if (faults.length > 0 && !flags.has('--partial')) process.exit(1);

if (faults.length === 0) {
  writeNotices(root, scripts.inputs);
  // Removed afterwards, not before: a test that runs meanwhile finds the old file or the new one, never none.
  const current = new Set([...scripts.files, ...declarations.files]);
  if (!flags.has('--no-types')) for (const file of readdirSync(dist)) if (!current.has(file)) rmSync(join(dist, file), { recursive: true });
}
console.error(`build: ${scripts.files.length + declarations.files.length} files in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
