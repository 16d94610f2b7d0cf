import { createContext, runInContext } from 'node:vm';
import type { ImplementationText } from '../templates/format.ts';
import type { Ts } from './types.ts';

/**
 * Runs one exported function of a template's module.
 *
 * @param source JavaScript that assigns to `exports` and requires nothing
 * @param args plain data, as JSON can say it
 * @returns plain data
 * @throws Error with a message for people: what the module threw, or that it took too long
 */
export type RunTemplateModule = (source: string, exportName: string, args: readonly unknown[]) => unknown;

const TIME_LIMIT_MS = 10_000;

/**
 * For poetc's own templates, which are as trusted as the file that this stands in. Templates of a project come with pull
 * requests and never get here: they run in the sandbox or not at all.
 */
export const runOwnModule: RunTemplateModule = (source, exportName, args) => {
  const context = createContext(Object.create(null) as object, { codeGeneration: { strings: false, wasm: false } });
  const call = `(() => { const exports = {};\n${source}\n;return JSON.stringify(exports[${JSON.stringify(exportName)}](...${JSON.stringify(args)})); })()`;
  // Only text crosses, so that nothing of the one realm can be reached from the other.
  const answer: unknown = runInContext(call, context, { timeout: TIME_LIMIT_MS });
  return typeof answer === 'string' ? JSON.parse(answer) : undefined;
};

/** One module out of several scripts: each part's exports are the constant `$<name>`. */
function join(parts: Readonly<Record<string, string>>, exported: string): string {
  const modules = Object.entries(parts).map(([name, script]) => `const $${name} = (() => { 'use strict'; const exports = {};\n${script}\nreturn exports; })();`);
  return [...modules, exported].join('\n');
}

/** The script of a module without imports; types go. */
export function compileModule(ts: Ts, text: string): string {
  return ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, removeComments: true } }).outputText;
}

/** Of one request: what `build` answered, or why it did not. */
export type BuildReply = { readonly answer: unknown } | { readonly failure: string };

/** `build(request)`, `buildAll(requests)` with a `BuildReply` for each, and `readExamples()` of a builtin.ts. */
export function makeBuiltinModule(ts: Ts, builtin: string): string {
  return join({ builtin: compileModule(ts, builtin) }, [
    'exports.build = $builtin.build; exports.readExamples = () => $builtin.examples ?? [];',
    'exports.buildAll = (requests) => requests.map((request) => { try { return { answer: $builtin.build(request) }; } catch (error) { return { failure: String(error?.message ?? error) }; } });',
  ].join('\n'));
}

/** `readLaws()`: the names of the laws of a laws.ts. */
export function makeLawsModule(ts: Ts, laws: string): string {
  return join({ laws: compileModule(ts, laws) }, 'exports.readLaws = () => $laws.laws.map(({ name, why }) => ({ name, why }));');
}

/**
 * An implementation with what judges it: `checkLaws(fn, seed, runs)`, `runCalls(calls)`, and both at once.
 *
 * @param scripts of laws.ts, and of run-laws.ts
 * @param parameters names, as the statements know them
 */
export function makeTrialModule(ts: Ts, scripts: { readonly laws: string; readonly driver: string }, body: ImplementationText, parameters: readonly string[]): string {
  const implementation = `${body.functions.join('\n')}\nexport function run(${parameters.map((name) => `${name}: any`).join(', ')}) {\n${body.statements}\n}\n`;
  return join({ ...scripts, implementation: compileModule(ts, implementation) }, [
    'exports.checkLaws = (fn, seed, runs) => $driver.runLaws($laws.laws, fn, $implementation.run, seed, runs);',
    'exports.runCalls = (calls) => $driver.runCalls($implementation.run, calls);',
    'exports.judge = (fn, seed, runs, calls) => ({ laws: exports.checkLaws(fn, seed, runs), found: exports.runCalls(calls) });',
  ].join('\n'));
}
