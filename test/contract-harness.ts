/** Real programs in memory → contracts → emitted text → functions that run. */
import { resolve } from 'node:path';
import { transformSync } from 'esbuild';
import ts6 from 'typescript';
import ts5 from 'typescript-5.9';
import * as check from '../runtime/check.ts';
import { correction, violation, type Correction, type Violation } from '../runtime/violation.ts';
import { makeContractReader, makeContractSource, type FunctionContract } from '../transformer/contract/index.ts';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import type { ParameterUse, TargetNode, Ts } from '../transformer/types.ts';

export { ts6 };
export const compilers: readonly (readonly [string, Ts])[] = [['6.0', ts6], ['5.9', ts5 as unknown as Ts]];

export const root = resolve('.');
const runtimeFile = `${root}/virtual/runtime.ts`;
const runtimeText = `export * from '../runtime/check.ts'; export * from '../runtime/violation.ts'; export * from '../runtime/phases.ts';`;

/** A program over texts; `poetc/runtime` is the real one. Library files are parsed once per compiler. */
const libraries = new Map<string, import('typescript').SourceFile | undefined>();
export function makeProgram(ts: Ts, files: Readonly<Record<string, string>>, options: import('typescript').CompilerOptions): import('typescript').Program {
  const all: Readonly<Record<string, string>> = { ...files, [runtimeFile]: runtimeText };
  const base: import('typescript').CompilerOptions = {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2022.d.ts'], types: [],
    noEmit: true, allowImportingTsExtensions: true, skipLibCheck: true, paths: { 'poetc/runtime': [runtimeFile] }, ...options,
  };
  const host = ts.createCompilerHost(base);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => name in all || fileExists(name);
  host.directoryExists = (name) => name.startsWith(`${root}/virtual`) || ts.sys.directoryExists(name);
  host.readFile = (name) => all[name] ?? readFile(name);
  host.getSourceFile = (name, version) => {
    if (name in all) return ts.createSourceFile(name, all[name]!, version, true);
    const key = `${ts.version} ${name}`;
    if (!libraries.has(key)) libraries.set(key, getSourceFile(name, version));
    return libraries.get(key);
  };
  return ts.createProgram(Object.keys(files), base, host);
}

export interface Read {
  readonly contract: FunctionContract;
  readonly diagnostics: readonly PoetDiagnostic[];
}

/** The contracts of all functions with a body at the top of a module, and of methods of its classes, by name. */
export function readContracts(source: string, options: import('typescript').CompilerOptions = { strict: true }, ts: Ts = ts6, others: Readonly<Record<string, string>> = {}): ReadonlyMap<string, Read> {
  const file = `${root}/virtual/main.ts`;
  const program = makeProgram(ts, { [file]: source, ...others }, options);
  const read = makeContractReader(ts, program.getTypeChecker(), { program });
  const found = new Map<string, Read>();
  const visit = (node: import('typescript').Node): void => {
    if (ts.isFunctionDeclaration(node) && node.body !== undefined) found.set(node.name!.text, read(node as TargetNode));
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && (ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer))) {
      found.set(node.name.getText(), read(node.initializer));
    }
    if (ts.isMethodDeclaration(node) && node.body !== undefined) found.set(node.name.getText(), read(node));
    if (!ts.isBlock(node)) ts.forEachChild(node, visit);
  };
  visit(program.getSourceFile(file)!);
  return found;
}

export const FREE: ParameterUse = { mutated: false, escapes: false };

export function sourceOf(contract: FunctionContract, use: ParameterUse = FREE): string {
  return makeContractSource(contract, { parameters: contract.parameters.map(() => use) });
}

export class Refusal extends Error {
  readonly violations: readonly Violation[];
  constructor(violations: readonly Violation[]) {
    super(violations.map(({ path, expected, received }) => `${path}: expected ${expected}, found ${received}`).join('; '));
    this.violations = violations;
  }
}

export interface Emitted {
  acceptsArguments(...args: unknown[]): boolean;
  explainArguments(...args: unknown[]): Violation[];
  correctArguments(...args: unknown[]): unknown[];
  acceptsResult(...args: unknown[]): boolean;
  explainResult(...args: unknown[]): Violation[];
  /** What the last correction did. */
  readonly fixes: readonly Correction[];
  /** Names of the module, for making instances. */
  readonly module: Readonly<Record<string, unknown>>;
}

/** Runs emitted text in the scope of (the JavaScript of) its author's module. */
export function run(text: string, author = ''): Emitted {
  const js = transformSync(`${author}\n${text}`, { loader: 'ts', format: 'cjs', target: 'es2022' }).code;
  const module = { exports: {} as Record<string, unknown> };
  let fixes: readonly Correction[] = [];
  const runtime = {
    ...check, violation, correction,
    refuseArguments: (violations: readonly Violation[]): never => { throw new Refusal(violations); },
    corrected: (made: readonly Correction[]): void => { fixes = made; },
  };
  new Function('module', 'exports', 'require', js)(module, module.exports, () => runtime);
  return new Proxy(module.exports as unknown as Emitted, {
    get: (target, name) => (name === 'fixes' ? fixes : name === 'module' ? module.exports : (target as unknown as Record<PropertyKey, unknown>)[name]),
  });
}

/** Runs many emitted texts at once, each in a scope of its own; an empty text accepts everything. */
export function runAll(texts: readonly string[], author: string): readonly Emitted[] {
  const names = ['acceptsArguments', 'explainArguments', 'correctArguments', 'acceptsResult', 'explainResult'];
  const scopes = texts.map((text) => {
    const body = text.replace(/^import \{[^}]*\} from "poetc\/runtime";/, '').replace(/^export function/gm, 'function');
    const exported = names.filter((name) => body.includes(`function ${name}`)).join(', ');
    return `all.push((() => { ${body}; return { ${exported} }; })());`;
  });
  const used = [...new Set(texts.flatMap((text) => /^import \{([^}]*)\}/.exec(text)?.[1]!.split(',') ?? []).map((name) => name.trim()))].filter((name) => name !== '').sort();
  const all = run(`import { ${used.join(', ')} } from "poetc/runtime"; export const all: any[] = []; ${scopes.join('\n')}`, author);
  return (all.module['all'] as Partial<Emitted>[]).map((own) => ({
    acceptsArguments: () => true, explainArguments: () => [], ...own, get fixes() { return all.fixes; }, module: all.module,
  }) as unknown as Emitted);
}

/** Reads, emits and runs one function of a module. */
export function emit(source: string, name = 'f', options: import('typescript').CompilerOptions = { strict: true }, use: ParameterUse = FREE): Emitted & Read & { readonly text: string } {
  const read = readContracts(source, options).get(name)!;
  const text = sourceOf(read.contract, use);
  const emitted = run(text, source.replace(/^export (?=function|declare function)/gm, ''));
  return new Proxy(emitted, { get: (target, key) => (key === 'contract' ? read.contract : key === 'diagnostics' ? read.diagnostics : key === 'text' ? text : target[key as keyof Emitted]) }) as Emitted & Read & { readonly text: string };
}
