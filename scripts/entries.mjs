/**
 * What the package offers; `exports` and `bin` of package.json name the same files (test/package.test.ts compares them). `shape`:
 * - `dual`: ESM and CommonJS, named exports. Ships to production: bundles no package.
 * - `plugin`: CommonJS whose module.exports is the default export: ts-patch, tsserver and Vitest all load that, and ESM can import it.
 * - `module`: CommonJS with its exports as written: Jest reads the default, tools that wrap a transformer the name.
 * - `program`: an executable.
 * - `internal`: a program that others of ours start; no door of the package.
 * - `realm`: a script whose value is its export `open`, for a realm without modules.
 * - `types`: declarations only, for `import type`.
 *
 * `peers` are packages that the entry asks the user's project for; those of tools are listed in build-scripts.mjs.
 */
export const ENTRIES = [
  { name: 'index', source: 'index.ts', shape: 'dual', platform: 'neutral' },
  { name: 'runtime', source: 'runtime/index.ts', shape: 'dual', platform: 'neutral' },
  { name: 'runtime.node', source: 'runtime/node/index.ts', shape: 'dual', platform: 'node' },
  { name: 'events', source: 'runtime/node/events-door.ts', shape: 'dual', platform: 'node' },
  { name: 'state', source: 'runtime/node/state-door.ts', shape: 'dual', platform: 'node' },
  { name: 'otel', source: 'runtime/otel/index.ts', shape: 'dual', platform: 'neutral', peers: ['@opentelemetry/api'] },
  { name: 'transformer', source: 'hosts/ts-patch/index.ts', shape: 'plugin', platform: 'node' },
  { name: 'language-service', source: 'hosts/language-service/index.ts', shape: 'plugin', platform: 'node' },
  { name: 'jest', source: 'hosts/jest/index.ts', shape: 'module', platform: 'node' },
  { name: 'vitest', source: 'hosts/vitest/index.ts', shape: 'plugin', platform: 'node' },
  { name: 'sandbox-child', source: 'transformer/4-verify/sandbox/child.ts', shape: 'internal', platform: 'node' },
  { name: 'sandbox-realm', source: 'transformer/4-verify/sandbox/realm.ts', shape: 'realm', platform: 'neutral' },
  { name: 'prove', source: 'transformer/4-verify/behaviour/main.ts', shape: 'internal', platform: 'node' },
  { name: 'generate', source: 'hosts/generation/main.ts', shape: 'internal', platform: 'node' },
  { name: 'templates', source: 'templates/format.ts', shape: 'types', platform: 'neutral' },
  { name: 'cli', source: 'cli/index.ts', shape: 'program', platform: 'node' },
];
