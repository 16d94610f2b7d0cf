// Runs a TypeScript script of this repository on every Node that the package supports: esbuild bundles it, packages stay outside.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * @param {string} entry path relative to the repository; its `main(argv, root)` returns the exit code
 * @param {readonly string[]} argv
 * @returns {Promise<number>}
 */
export async function runTypeScript(entry, argv) {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  // Inside the repository, so that bare imports are found; a folder of its own, so that two runs at once do not meet.
  const folder = mkdtempSync(join(cache, 'script-'));
  try {
    const outfile = join(folder, `${basename(entry, '.ts')}.mjs`);
    await build({ entryPoints: [join(root, entry)], outfile, bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20', sourcemap: 'inline', logLevel: 'warning' });
    const { main } = await import(pathToFileURL(outfile).href);
    return await main(argv, root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
