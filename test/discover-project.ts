import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { makeDefaults } from '../transformer/config/index.ts';
import type { PoetConfig } from '../transformer/config/index.ts';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { findTargets, type TargetSearch } from '../transformer/1-discover/find-targets.ts';
import { findFunctionDecorators } from '../transformer/1-discover/function-decorators.ts';
import type { KnownDomains } from '../transformer/1-discover/options.ts';
import type { Target } from '../transformer/types.ts';

/** The package's public face, as its declaration file has it. */
const POETC = `
interface PoetOptions { domain?: string; optimizeFor?: string; idempotent?: boolean; retries?: number; timeoutMs?: number; breaker?: boolean; correlateBy?: string; perceive?: 'correct' | 'strict' | 'observe'; enforce?: 'throw' | 'report'; fidelity?: 'preserve' | 'implement'; template?: string; enableTraining?: boolean }
type AnyFunction = (...args: never[]) => unknown;
interface PoetDecorator {
  <M extends AnyFunction>(method: M, context: { readonly kind: 'method'; readonly name: string | symbol }): void;
  <M extends AnyFunction>(prototype: object, name: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
}
export interface Poet {
  <F extends AnyFunction>(options: PoetOptions, fn: F): F;
  (options?: PoetOptions): PoetDecorator;
}
export declare const poet: Poet;
`;

const library = new Map<string, ts.SourceFile | undefined>();

/** The standard library is parsed once: it is most of the time that a small program takes. */
function shareLibrary(host: ts.CompilerHost): ts.CompilerHost {
  const folder = dirname(host.getDefaultLibFileName({}));
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => {
    if (dirname(name) !== folder) return read(name, ...rest);
    if (!library.has(name)) library.set(name, read(name, ...rest));
    return library.get(name);
  };
  return host;
}

export interface Project {
  readonly root: string;
  readonly program: ts.Program;
  search(known?: KnownDomains, config?: Partial<PoetConfig>): TargetSearch;
  decorators(): ReturnType<typeof findFunctionDecorators>;
  remove(): void;
}

/** A real program over real files in a folder of its own, with a package `poetc` in node_modules. */
export function makeProject(files: Readonly<Record<string, string>>, options: ts.CompilerOptions = {}): Project {
  const root = mkdtempSync(join(tmpdir(), 'poetc-discover-'));
  const write = (name: string, text: string): void => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  write('package.json', '{ "name": "author", "type": "module" }');
  write('node_modules/poetc/package.json', '{ "name": "poetc", "version": "0.0.0", "type": "module", "types": "index.d.ts" }');
  write('node_modules/poetc/index.d.ts', POETC);
  for (const [name, text] of Object.entries(files)) write(name, text);
  const names = Object.keys(files).filter((name) => /\.[cm]?[jt]sx?$/.test(name) && !name.startsWith('node_modules/')).map((name) => join(root, name));
  const all: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'], module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, strict: true, skipLibCheck: true, noEmit: true, types: [], ...options,
  };
  const program = ts.createProgram(names, all, shareLibrary(ts.createCompilerHost(all)));
  return {
    root, program,
    search: (known = { domains: ['base'] }, config = {}) => findTargets(program, { ts, root, config: { ...makeDefaults(), ...config } }, known, () => ({
      readContract: (node) => ({ contract: { parameters: node.parameters.map((p) => p.name.getText()) } as never, diagnostics: [] }),
      readEffects: () => ({ kind: 'unknown', reason: 'not read here', evidence: [], parameters: [] }),
    })),
    decorators: () => findFunctionDecorators(ts, program),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

const projects: Project[] = [];
afterAll(() => { for (const project of projects) project.remove(); });

/** Targets and diagnostics of one module, `src/a.ts`. */
export function discoverIn(text: string, { files = {}, options = {}, known, config, name = 'src/a.ts' }: { files?: Record<string, string>; options?: ts.CompilerOptions; known?: KnownDomains; config?: Partial<PoetConfig>; name?: string } = {}): TargetSearch & { project: Project; codes: string[] } {
  const project = makeProject({ [name]: text, ...files }, options);
  projects.push(project);
  const found = project.search(known, config);
  return { ...found, project, codes: found.diagnostics.map((d) => d.code) };
}

export function link(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(resolve(from), to, 'junction');
}

/** The source text that a diagnostic points at. */
export function pointedAt(text: string, d: PoetDiagnostic | undefined): string {
  return d?.start === undefined ? '' : text.slice(d.start, d.start + (d.length ?? 0));
}

/** The text without its markers, as emission leaves it. */
export function unmarked(text: string, target: Target): string {
  return [...target.markers].reverse().reduce((out, { start, end }) => out.slice(0, start) + out.slice(end), text);
}
