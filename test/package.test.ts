import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import esbuild from 'esbuild';

const root = join(__dirname, '..');
const readJson = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly tsp: unknown;
  readonly [field: string]: unknown;
}
interface Entry { readonly name: string; readonly source: string; readonly shape: 'dual' | 'plugin' | 'module' | 'program' | 'internal' | 'realm' | 'types' }

const manifest = readJson<Manifest>('package.json');

function readEntries(): Entry[] {
  const script = `import { ENTRIES } from './scripts/entries.mjs'; process.stdout.write(JSON.stringify(ENTRIES));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' })) as Entry[];
}

function filesIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(filesIn) : [];
}

function outputsOf({ name, shape }: Entry): string[] {
  if (shape === 'dual') return [`./dist/${name}.mjs`, `./dist/${name}.d.mts`, `./dist/${name}.cjs`, `./dist/${name}.d.cts`];
  if (shape === 'types') return [`./dist/${name}.d.cts`];
  if (shape === 'realm') return [`./dist/${name}.js`];
  return shape === 'program' || shape === 'internal' ? [`./dist/${name}.cjs`] : [`./dist/${name}.cjs`, `./dist/${name}.d.cts`];
}

describe('package.json', () => {
  it('exports exactly what the build makes', () => {
    const named = filesIn([manifest.exports, manifest.bin]).filter((file) => !file.endsWith('.json'));
    expect([...new Set(named)].sort()).toEqual(readEntries().filter(({ shape }) => shape !== 'internal' && shape !== 'realm').flatMap(outputsOf).sort());
  });

  it('puts the types first under every condition that names a file', () => {
    const leaves: string[][] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if ('default' in value && typeof value.default === 'string') leaves.push(Object.keys(value));
      else Object.values(value).forEach(walk);
    };
    walk(manifest.exports);
    expect(leaves.length).toBeGreaterThan(5);
    expect(leaves.filter((keys) => keys[0] !== 'types' || keys.at(-1) !== 'default')).toEqual([]);
  });

  it('installs nothing with it', () => {
    for (const kind of ['dependencies', 'optionalDependencies', 'bundleDependencies', 'bundledDependencies']) expect([kind, manifest[kind]]).toEqual([kind, undefined]);
    const peers = Object.keys(manifest['peerDependencies'] as object);
    expect(peers).toEqual(expect.arrayContaining(['typescript', 'ts-patch']));
    expect(manifest['peerDependenciesMeta']).toEqual(Object.fromEntries(peers.map((peer) => [peer, { optional: true }])));
  });

  it('runs no script on install', () => {
    const scripts = Object.keys(manifest['scripts'] as object);
    expect(scripts.filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
  });

  it('asks ts-patch for nothing', () => {
    // Marks and constraints are read from comment text: asking ts-patch to parse all JSDoc would slow every build down.
    expect(manifest.tsp).toBeUndefined();
    // ts-patch reads the package.json that is nearest to the entry.
    expect(existsSync(join(root, 'dist/package.json'))).toBe(false);
  });
});

describe('package-lock.json', () => {
  it('holds the builds of every platform, without which npm ci refuses it', () => {
    type Locked = { readonly optionalDependencies?: Readonly<Record<string, string>> };
    const { packages } = readJson<{ packages: Readonly<Record<string, Locked>> }>('package-lock.json');
    const names = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)));
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter((name) => !names.has(name)).map((name) => `${path} wants ${name}`));
    expect(missing).toEqual([]);
  });

  it('names no registry but the public one', () => {
    const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
    const hosts = new Set([...text.matchAll(/"resolved": "(\w+:\/\/[^/"]+)/g)].map((match) => match[1]));
    expect([...hosts].filter((host) => host !== 'https://registry.npmjs.org')).toEqual([]);
  });
});

describe('dist (npm run build)', () => {
  const dist = (file: string): string => join(root, 'dist', file);
  const bundle = (contents: string, conditions: string[]): string =>
    esbuild.buildSync({
      stdin: { contents, resolveDir: root },
      bundle: true, write: false, format: 'esm', platform: 'neutral', mainFields: [], conditions, external: ['node:*'], logLevel: 'silent',
    }).outputFiles[0]?.text ?? '';

  it('stands', () => {
    const missing = readEntries().flatMap(outputsOf).filter((file) => !existsSync(join(root, file)));
    expect(missing).toEqual([]);
  });

  it('keeps Node out of the neutral runtime, and the compiler out of production', () => {
    for (const file of ['runtime.mjs', 'runtime.cjs', 'index.mjs', 'index.cjs']) expect([file, /\b(node:|require\("(?!poetc\/runtime))/.exec(readFileSync(dist(file), 'utf8'))?.[0]]).toEqual([file, undefined]);
    for (const file of ['runtime.node.mjs', 'runtime.node.cjs']) expect(readFileSync(dist(file), 'utf8')).not.toMatch(/typescript/);
  });

  it('lets a bundler drop what is not used of the runtime', () => {
    expect(bundle(`import 'poetc/runtime';`, []).trim()).toBe('');
    const guard = bundle(`export { isPoetError } from 'poetc/runtime';`, []);
    const whole = bundle(`export * from 'poetc/runtime';`, []);
    expect(whole).toContain('openTarget');
    expect(guard).not.toContain('openTarget');
    expect(guard.length).toBeLessThan(whole.length / 4);
  });

  it('keeps the file sink where the condition "node" asks for it', () => {
    expect(bundle(`import 'poetc/runtime';`, ['node'])).toContain('node:fs');
  });

  it.each(['transformer', 'language-service', 'vitest'])('hands out the %s plugin itself by require, and as default', (name) => {
    const plugin = require(dist(`${name}.cjs`)) as { default: unknown };
    expect(typeof plugin).toBe('function');
    expect(plugin.default).toBe(plugin);
  });

  it('bundles no peer', () => {
    for (const file of readdirSync(join(root, 'dist')).filter((entry) => entry.endsWith('.cjs'))) {
      expect([file, /node_modules\/(typescript|ts-patch|jest|vitest|vite)\//.exec(readFileSync(dist(file), 'utf8'))?.[0]]).toEqual([file, undefined]);
    }
  });

  it('names the licence of everything that it bundles', () => {
    const bundled = new Set<string>();
    for (const file of readdirSync(join(root, 'dist')).filter((entry) => entry.endsWith('.cjs'))) {
      for (const match of readFileSync(dist(file), 'utf8').matchAll(/^\s*\/\/ node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//gm)) bundled.add(match[1] ?? '');
    }
    const notices = readFileSync(join(root, 'THIRD-PARTY-NOTICES.md'), 'utf8');
    expect(bundled.size).toBeGreaterThan(0);
    expect([...bundled].filter((name) => !notices.includes(`\n## ${name} `))).toEqual([]);
  });
});
