import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import ts from 'typescript';

/** Left to right: a room may import itself and what stands in its list (ARCHITECTURE.md, "Who may import whom"). */
const MAY: Readonly<Record<string, readonly string[]>> = {
  records: [],
  runtime: ['records'],
  templates: ['runtime', 'records'],
  transformer: ['templates', 'records'],
  hosts: ['transformer', 'templates', 'runtime', 'records'],
  cli: ['hosts', 'transformer', 'templates', 'runtime', 'records'],
  service: ['hosts', 'transformer', 'templates', 'runtime', 'records'],
  // The package's door for `import { poet } from "poetc"`: it ships to production like the runtime.
  'index.ts': ['runtime', 'records'],
};

const WHY: Readonly<Record<string, string>> = {
  records: 'records are the vocabulary that everybody reads; they import nothing',
  runtime: 'runtime ships to production and knows nothing of the transformer, not even its types',
  templates: 'templates are read by the transformer and may name runtime helpers, nothing further right',
  transformer: 'the core has no host and no terminal, and reaches runtime only by the module specifier that it writes into emitted code',
  hosts: 'hosts are thin shells around the core; the command line is built on them',
  cli: 'nothing else may be needed to run a command',
  service: 'the service is a shell of its own beside the command line',
  'index.ts': 'a production import of "poetc" must not load the compiler',
};

type Sources = ReadonlyMap<string, string>;

interface Import { readonly specifier: string; readonly value: boolean }

/** Every module that a file names: imports, re-exports, `import()`, `require()` and import types. */
function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  // A `require` that the file makes itself (createRequire) looks from the user's project, so it names nothing of ours.
  let ownRequire = false;
  const add = (specifier: ts.Node | undefined, value: boolean): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) found.push({ specifier: specifier.text, value });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, !node.isTypeOnly);
    else if (ts.isExternalModuleReference(node)) add(node.expression, true);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, false);
    else if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || (!ownRequire && isRequire(node.expression)))) {
      add(node.arguments[0], true);
    }
    ts.forEachChild(node, visit);
  };
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const declares = (node: ts.Node): boolean =>
    (ts.isVariableDeclaration(node) && isRequire(node.name) && node.initializer !== undefined && ts.isCallExpression(node.initializer)
      && ts.isIdentifier(node.initializer.expression) && node.initializer.expression.text === 'createRequire') || ts.forEachChild(node, declares) === true;
  ownRequire = declares(source);
  visit(source);
  return found;
}

const isRequire = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === 'require';

/** Path of our own file that a relative specifier names; undefined for packages. */
const resolve = (file: string, specifier: string): string | undefined =>
  specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;

const roomOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file);

function roomFaults(sources: Sources): string[] {
  const faults: string[] = [];
  for (const [file, text] of sources) {
    const from = roomOf(file);
    for (const { specifier } of importsOf(file, text)) {
      const target = resolve(file, specifier);
      if (target === undefined) continue;
      const to = roomOf(target);
      if (to !== from && MAY[from]?.includes(to) !== true) faults.push(`${file} may not import ${target}: ${WHY[from]} (ARCHITECTURE.md, Who may import whom)`);
    }
  }
  return faults;
}

/** Packages in what ships to production; node's own modules only below runtime/node. */
function productionFaults(sources: Sources): string[] {
  const faults: string[] = [];
  for (const [file, text] of sources) {
    if (!['records', 'runtime', 'index.ts'].includes(roomOf(file))) continue;
    for (const { specifier } of importsOf(file, text)) {
      const target = resolve(file, specifier);
      const inNode = file.startsWith('runtime/node/');
      const inOtel = file.startsWith('runtime/otel/');
      if (target === undefined) {
        // `poetc/otel` is for applications that have it anyway.
        if (inOtel && specifier === '@opentelemetry/api') continue;
        if (!(inNode && specifier.startsWith('node:'))) faults.push(`${file} may not import ${specifier}: production code has no dependencies, and only runtime/node may need Node`);
      } else if (!inOtel && target.startsWith('runtime/otel/')) {
        faults.push(`${file} may not import ${target}: OpenTelemetry is there only where an application registers it`);
      } else if (!inNode && target.startsWith('runtime/node/')) {
        faults.push(`${file} may not import ${target}: the core of the runtime is platform-neutral; the export condition "node" adds the file sink`);
      }
    }
  }
  return faults;
}

const phaseOf = (file: string): string | undefined => /^transformer\/(\d-[a-z-]+)\//.exec(file)?.[1];

/** A phase that reaches another one, directly or through files that both may use. */
function phaseFaults(sources: Sources): string[] {
  const faults: string[] = [];
  for (const file of sources.keys()) {
    const own = phaseOf(file);
    if (own === undefined) continue;
    const cameFrom = new Map<string, string | undefined>([[file, undefined]]);
    for (const current of cameFrom.keys()) {
      for (const { specifier } of importsOf(current, sources.get(current) ?? '')) {
        const target = resolve(current, specifier);
        if (target === undefined || cameFrom.has(target)) continue;
        const other = phaseOf(target);
        if (other !== undefined && other !== own) {
          const route: string[] = [target];
          for (let at: string | undefined = current; at !== undefined; at = cameFrom.get(at)) route.unshift(at);
          faults.push(`${route.join(' -> ')}: phases never import each other; pipeline.ts hands each one the previous one's value, and what two phases need is shared (contract/, syntax/, types.ts …)`);
        } else if (other === undefined) {
          cameFrom.set(target, current);
        }
      }
    }
  }
  return faults;
}

function compilerFaults(sources: Sources): string[] {
  const faults: string[] = [];
  for (const [file, text] of sources) {
    if (!['transformer', 'hosts', 'templates'].includes(roomOf(file))) continue;
    for (const { specifier, value } of importsOf(file, text)) {
      if (value && (specifier === 'typescript' || specifier.startsWith('typescript/'))) {
        faults.push(`${file} may not import ${specifier} as a value: the host's own compiler instance comes in as \`ts\`, and a second copy has other node kinds`);
      }
    }
  }
  return faults;
}

function nameFaults(files: Iterable<string>): string[] {
  const faults: string[] = [];
  for (const file of files) {
    for (const part of file.split('/')) {
      const stem = part.replace(/\.(d|test|schema|config)?\.?(ts|mts|cts|mjs|cjs)$/, '');
      if (/^(utils?|helpers?|common|misc)$/.test(stem)) faults.push(`${file}: a file's name is the thing in it; "${stem}" names nothing`);
    }
    const base = posix.basename(file);
    if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(base)) faults.push(`${file}: file names are kebab-case`);
  }
  return faults;
}

const root = join(dirname(__filename), '..');

function readSources(): Sources {
  const sources = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (/\.[mc]?ts$/.test(entry.name)) sources.set(path, readFileSync(join(root, path), 'utf8'));
    }
  };
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name in MAY) walk(entry.name);
    else if (/\.[mc]?ts$/.test(entry.name)) sources.set(entry.name, readFileSync(join(root, entry.name), 'utf8'));
  }
  return sources;
}

describe('who may import whom', () => {
  const sources = readSources();

  it('sees the rooms that it judges', () => {
    expect([...new Set([...sources.keys()].map(roomOf))]).toEqual(expect.arrayContaining(['records', 'runtime', 'transformer', 'hosts']));
  });
  it('left never imports right', () => expect(roomFaults(sources)).toEqual([]));
  it('production code has no dependencies and a platform-neutral core', () => expect(productionFaults(sources)).toEqual([]));
  it('phases never reach each other', () => expect(phaseFaults(sources)).toEqual([]));
  it('the compiler comes from the host', () => expect(compilerFaults(sources)).toEqual([]));
  it('names say what is in a file', () => expect(nameFaults(sources.keys())).toEqual([]));
});

describe('the rules themselves', () => {
  const of = (files: Record<string, string>): Sources => new Map(Object.entries(files));

  it.each([
    ['a static import', `import { plan } from '../transformer/plan.ts';`],
    ['a type', `import type { Plan } from '../transformer/plan.ts';`],
    ['a re-export', `export { plan } from '../transformer/plan.ts';`],
    ['import()', `export const load = () => import('../transformer/plan.ts');`],
    ['an import type', `export type Plan = import('../transformer/plan.ts').Plan;`],
    ['require', `const plan = require('../transformer/plan.ts');`],
  ])('see %s', (_, text) => {
    expect(roomFaults(of({ 'runtime/retry.ts': text }))).toEqual([
      'runtime/retry.ts may not import transformer/plan.ts: runtime ships to production and knows nothing of the transformer, not even its types (ARCHITECTURE.md, Who may import whom)',
    ]);
  });

  it('let right import left', () => {
    expect(roomFaults(of({ 'cli/status.ts': `import { a } from '../transformer/a.ts'; import { b } from '../records/b.ts';` }))).toEqual([]);
  });

  it('refuse packages and Node in the neutral runtime', () => {
    expect(productionFaults(of({ 'runtime/sink.ts': `import fs from 'node:fs'; import x from 'lodash'; import { y } from './node/y.ts';` }))).toHaveLength(3);
    expect(productionFaults(of({ 'runtime/node/sink.ts': `import fs from 'node:fs'; import { y } from '../y.ts';` }))).toEqual([]);
    expect(productionFaults(of({ 'runtime/node/sink.ts': `import fs from 'fs-extra';` }))).toHaveLength(1);
    expect(productionFaults(of({ 'runtime/otel/index.ts': `import { trace } from '@opentelemetry/api'; import fs from 'node:fs'; import { a } from '../node/a.ts'; import { b } from '@opentelemetry/core';` }))).toHaveLength(3);
    expect(productionFaults(of({ 'runtime/index.ts': `import { a } from './otel/index.ts'; import { trace } from '@opentelemetry/api';` }))).toHaveLength(2);
  });

  it('follow a phase through shared files', () => {
    const faults = phaseFaults(of({
      'transformer/2-plan/index.ts': `import { x } from '../shared/x.ts';`,
      'transformer/shared/x.ts': `import { y } from '../5-store/y.ts';`,
      'transformer/5-store/y.ts': '',
    }));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('transformer/2-plan/index.ts -> transformer/shared/x.ts -> transformer/5-store/y.ts');
    expect(phaseFaults(of({ 'transformer/2-plan/index.ts': `import { x } from './x.ts';`, 'transformer/2-plan/x.ts': '' }))).toEqual([]);
  });

  it('tell a type import of the compiler from a value import', () => {
    expect(compilerFaults(of({ 'hosts/a.ts': `import type ts from 'typescript';` }))).toEqual([]);
    for (const text of [`import ts from 'typescript';`, `import { type Node } from 'typescript';`, `const ts = require('typescript');`, `import type ts from 'typescript'; void import('typescript');`]) {
      expect([text, compilerFaults(of({ 'hosts/a.ts': text })).length]).toEqual([text, 1]);
    }
  });

  it('let a host load the compiler of the user\'s project', () => {
    expect(compilerFaults(of({ 'hosts/a.ts': `const require = createRequire(folder); export const ts = require('typescript');` }))).toEqual([]);
    expect(compilerFaults(of({ 'hosts/a.ts': `const require = createRequire(folder); import ts from 'typescript';` }))).toHaveLength(1);
  });

  it('know names that name nothing', () => {
    expect(nameFaults(['cli/utils.ts', 'runtime/helpers/retry.ts', 'cli/helper.test.ts', 'runtime/RingBuffer.ts', 'cli/ring_buffer.ts'])).toHaveLength(5);
    expect(nameFaults(['runtime/ring-buffer.ts', 'index.ts', 'cli/status.test.ts', 'runtime/types.d.ts'])).toEqual([]);
  });
});
