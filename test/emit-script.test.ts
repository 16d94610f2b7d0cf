/** The two ways to emit a target say the same: printed by the author's program and completed, or rewritten and compiled. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { decode } from '@jridgewell/sourcemap-codec';
import ts from 'typescript';
import { completeScript, makeScriptTransformer } from '../transformer/6-emit/index.ts';
import { makeDefaults } from '../transformer/config/index.ts';
import { openBuild, type Build } from '../transformer/pipeline.ts';
import { makeRewrittenProgram, type ProgramSource } from '../transformer/shadow-program.ts';
import type { RawSourceMap } from '../transformer/source-map.ts';
import { makeTokenReader } from '../transformer/syntax/tokens.ts';

const REPO = join(__dirname, '..');
const SOURCE = `#!/usr/bin/env node
'use strict';
// a comment of the file
import { type Item, weigh } from './other.js';
import * as other from './other.js';
export const LIMIT = 3;
/** @poet */
export function plain(item: Item, rate = LIMIT, ...rest: Date[]): number { return weigh(item) * rate + rest.length; }
/** @poet */
export function taken({ id, size }: Item, [first, second = 2]: [number, number?]): string { return id + size + first + second; }
/** @poet */
export default async function later(this: { readonly n: number } | void, id: string): Promise<Item> { await null; return { id, size: other.LIMIT }; }
/** @poet */
export function count(n: number): number { return n <= 0 ? 0 : 1 + count(n - 1); }
export function over(a: string): string;
export function over(a: number): number;
/** @poet */
export function over(a: string | number): string | number { return a; }
/** @poet */
export const arrow = (items: readonly Item[]): number => items.length, beside = 1;
/** @poet */
export const asynchronous = async <T extends Item>(item: T): Promise<T> => { await null; return item; };
/** @poet */
const expression = function (a: 'x' | 'y', b?: Map<string, Set<number>>): boolean { return b?.has(a) === true; };
/** @poet */
export function mean(perceive: string, enforce: number[], operatePrime = 1): number { return enforce.length + operatePrime + perceive.length; }
export { expression };
`;
const OTHER = `export interface Item { id: string; readonly size?: number }
export const LIMIT = 2;
/** @poet */
export function weigh(item: Item): number { return item.size ?? LIMIT; }
`;

interface Opened { readonly source: ProgramSource; readonly build: Build; readonly reported: readonly string[]; emit(program: ts.Program, name: string, before: ts.TransformerFactory<ts.SourceFile>[]): { script: string; map: RawSourceMap } }

function open(root: string, type: 'module' | 'commonjs', options: ts.CompilerOptions): Opened {
  const files: Record<string, string> = { 'package.json': JSON.stringify({ name: 'both', type }), 'src/main.ts': SOURCE, 'src/other.ts': OTHER };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const program = ts.createProgram([join(root, 'src/main.ts')], {
    strict: true, skipLibCheck: true, types: [], lib: ['lib.es2023.d.ts'], sourceMap: true, rewriteRelativeImportExtensions: true, outDir: join(root, 'dist'),
    paths: { 'poetc/runtime': [join(REPO, 'runtime/index.ts')] }, ...options,
  });
  const reported: string[] = [];
  const source: ProgramSource = { ts, program, host: undefined };
  const build = openBuild(source, {
    ts, root, config: makeDefaults(), packageName: 'both', templatesFolder: join(REPO, 'templates'), onMiss: 'generate', now: () => 0,
    report: (diagnostic) => reported.push(diagnostic.text), trace: () => undefined,
  });
  return {
    source, build, reported,
    emit(from, name, before) {
      const out: Record<string, string> = {};
      from.emit(from.getSourceFile(join(root, 'src', name)), (file, text) => { out[file.endsWith('.map') ? 'map' : 'script'] = text; }, undefined, false, { before });
      return { script: out['script']!, map: JSON.parse(out['map']!) as RawSourceMap };
    },
  };
}

const read = makeTokenReader(ts);

/** Words of a script, the import of the runtime aside; under CommonJS the compiler has another way to call it. */
function words(script: string): string {
  const plain = script.replace(/^(?:import|const) [^;]*"poetc\/runtime"\)?;/mu, '').replace(/\(0, runtime_1\.(\w+)\)/gu, '$$poet.$1').replace(/\bexport \{\};/u, '');
  const file = ts.createSourceFile('a.js', plain, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  return read(file, file).join(' ').replaceAll(' ⟨ function ', '\n⟨ function ');
}

describe.each([
  ['ESM, ES2022', 'module', { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022 }],
  ['CommonJS, ES2021', 'commonjs', { module: ts.ModuleKind.Node16, target: ts.ScriptTarget.ES2021 }],
  ['verbatim, ES2024', 'module', { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2024, verbatimModuleSyntax: true }],
] as const)('%s', (_, type, options) => {
  let root: string;
  let opened: Opened;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'poetc-script-'));
    opened = open(root, type, options);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('has nothing to say, and compiles nothing a second time', () => {
    expect(opened.reported).toEqual([]);
    expect(opened.build.outcomes.map(({ kind }) => kind)).toEqual(opened.build.targets.map(() => 'enhanced'));
    expect(opened.build.emission.paths).toHaveLength(2);
    for (const path of opened.build.emission.paths) expect(opened.build.emission.script(path)).toBeDefined();
  });

  it.each(['main.ts', 'other.ts'])('%s: both ways say the same, and maps lead to the words that are there', (name) => {
    const { source, build, emit } = opened;
    const path = join(root, 'src', name);
    const script = build.emission.script(path)!;
    const printed = emit(source.program, name, [makeScriptTransformer(ts, (file) => build.emission.script(file.fileName))]);
    const completed = completeScript(script, printed.script, '\n')!;
    const compiled = emit(makeRewrittenProgram(source, new Map([[path, build.emission.get(path)!]])), name, []);
    expect(words(completed.text)).toEqual(words(compiled.script));

    const map = completed.map(printed.map, (stored) => stored);
    const lines = completed.text.split('\n');
    const texts = map.sources.map((_source, i) => script.sources[i]!.text.split('\n'));
    expect(map.sources.slice(1)).toEqual(script.sources.slice(1, map.sources.length).map((stored) => stored.path));
    let stored = 0;
    for (const [row, segments] of decode(map.mappings).entries()) {
      for (const segment of segments) {
        if (segment.length === 1 || segment[1] === 0) continue;
        const word = /^(?:\$poet\.)?[\w$]*/.exec(lines[row]!.slice(segment[0]))![0];
        const origin = /^[\w$]*/.exec(texts[segment[1]]![segment[2]]!.slice(segment[3]))![0];
        // A name of the author's module ends with the one it has in the stored file, or is the runtime's.
        expect(`${word} at ${row}`).toMatch(new RegExp(`^[\\w$.]*${origin.replaceAll('$', '\\$')} at`));
        stored++;
      }
    }
    expect(stored).toBeGreaterThan(50);
  });
});
