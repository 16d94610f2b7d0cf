import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import esbuild from 'esbuild';

/** Peers: what the user installed is what must be loaded, so it is never bundled. */
const PEERS = ['typescript', 'ts-patch', 'jest', '@jest/*', 'vitest', 'vite'];

/** tsserver, ts-patch and ESM importers all find the plugin as module.exports. */
const PLUGIN_FOOTER = 'module.exports = module.exports.default; module.exports.default = module.exports;';

const SCHEMA = 'poet.config.schema.json';

/**
 * The marker entry must share the runtime's state and error classes, so it imports the runtime by its public name
 * instead of carrying a second copy.
 */
const runtimeByName = {
  name: 'runtime-by-name',
  setup(build) {
    build.onResolve({ filter: /\/runtime\/(node\/)?index\.ts$/ }, () => ({ path: 'poetc/runtime', external: true, sideEffects: false }));
  },
};

async function bundle(root, dist, entry, format) {
  const file = entry.shape === 'realm' ? `${entry.name}.js` : `${entry.name}.${format === 'esm' ? 'mjs' : 'cjs'}`;
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry.source],
    outfile: join(dist, file),
    bundle: true,
    metafile: true,
    format: entry.shape === 'realm' ? 'iife' : format,
    ...(entry.shape === 'realm' && { globalName: 'realm', banner: { js: '(function () { "use strict";' }, footer: { js: 'return realm.open; })()' } }),
    target: 'node20',
    // Fields are assigned, not defined: objects that are made for each call cost less.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    platform: entry.platform,
    // `main` of a few packages (jsonc-parser) is UMD, whose inner require no bundler can follow.
    mainFields: ['module', 'main'],
    external: entry.peers ?? (entry.platform === 'node' ? PEERS : []),
    plugins: entry.name === 'index' ? [runtimeByName] : [],
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    ...(entry.shape === 'plugin' ? { footer: { js: PLUGIN_FOOTER } } : {}),
    ...(entry.shape === 'program' ? { banner: { js: '#!/usr/bin/env node' } } : {}),
  });
  // A warning here is a bare import that `sideEffects` dropped, or worse: none is harmless in what we ship.
  if (result.warnings.length > 0) throw new Error(result.warnings.map((warning) => warning.text).join('; '));
  const inputs = Object.keys(result.metafile.inputs);
  const foreign = inputs.find((input) => input.includes('node_modules/'));
  if (entry.shape === 'dual' && foreign !== undefined) throw new Error(`would bundle ${foreign}, but production entries have no dependencies`);
  return { file, inputs };
}

/** The JSON Schema of poet.config.json is made from the same fields that read it. */
async function writeSchema(root, dist) {
  const { outputFiles: [made] } = await esbuild.build({
    absWorkingDir: root, entryPoints: ['transformer/config/schema.ts'], bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20', logLevel: 'silent',
  });
  const { makeConfigSchema } = await import(`data:text/javascript;base64,${Buffer.from(made.contents).toString('base64')}`);
  writeFileSync(join(dist, SCHEMA), `${JSON.stringify(makeConfigSchema(), null, 2)}\n`);
}

/** The first few messages of a failed build, each with its place. */
function describeFailure(error) {
  if (!Array.isArray(error.errors)) return error.message;
  const lines = error.errors.slice(0, 3).map(({ text, location }) => (location === null ? text : `${location.file}:${location.line}: ${text}`));
  return lines.join('; ') + (error.errors.length > 3 ? `; and ${error.errors.length - 3} more` : '');
}

/**
 * Bundles every entry.
 *
 * @returns names of the files written in `dist`; the bundled inputs (relative to `root`) that the notices are made of; one line for each entry that failed
 */
export async function bundleScripts(root, dist, entries) {
  const jobs = entries.flatMap((entry) => (entry.shape === 'dual' ? ['esm', 'cjs'] : ['cjs']).map((format) => ({ entry, format })));
  const results = await Promise.allSettled(jobs.map(({ entry, format }) => bundle(root, dist, entry, format)));
  const files = [];
  const inputs = new Set();
  const faults = new Set();
  results.forEach((result, i) => {
    if (result.status === 'rejected') return faults.add(`${jobs[i].entry.name}: ${describeFailure(result.reason)}`);
    files.push(result.value.file);
    for (const input of result.value.inputs) inputs.add(input);
  });
  try {
    await writeSchema(root, dist);
    files.push(SCHEMA);
  } catch (error) {
    faults.add(`${SCHEMA}: ${describeFailure(error)}`);
  }
  return { files, inputs, faults: [...faults] };
}
