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

/** `readLaws(fn)`: the laws of a laws.ts that speak of a function of that form. */
export function makeLawsModule(ts: Ts, laws: string): string {
  return join({ laws: compileModule(ts, laws) }, 'exports.readLaws = (fn) => $laws.laws.filter((law) => law.applies(fn)).map(({ name, why }) => ({ name, why }));');
}

/** How the judge reaches a function: `this` of an instance's method is made without arguments. */
export interface JudgedEntry { readonly module: string; readonly access: readonly string[]; readonly self?: 'instance' | 'static' }

/**
 * A module that judges another one as it ships: `tryLaw(text)` holds it against the law of that number and `tryCalls(text)` makes calls; requests and answers
 * are JSON, and an answer is empty where there is no such law. It loads the laws before anything that is judged.
 *
 * @param scripts of laws.ts, and of run-laws.ts
 * @param control path of a module in which the same function is the deterministic provider's; undefined: nothing is outside
 */
export function makeJudgeModule(scripts: { readonly laws: string; readonly driver: string }, { module, access, self }: JudgedEntry, control: string | undefined): string {
  return join({ ...scripts }, `
const $reach = (from) => {
  let holder;
  let at = from;
  for (const name of ${JSON.stringify(access)}) { holder = at; at = at[name]; }
  const makeThis = () => {
    if (${JSON.stringify(self)} !== 'instance') return ${JSON.stringify(self)} === 'static' ? holder : undefined;
    try { return new holder.constructor(); } catch { return Object.create(holder); }
  };
  return (...args) => at.apply(makeThis(), args);
};
const $control = ${control === undefined ? 'undefined' : `$reach(require(${JSON.stringify(control)}))`};
const $call = $reach(require(${JSON.stringify(module)}));
const $isOutside = async (args) => {
  if ($control === undefined) return false;
  try { await $control(...args); return false; } catch (error) { return error?.name === 'PerceiveError'; }
};
exports.tryLaw = async (text) => {
  const { index, fn, seed, runs } = JSON.parse(text);
  const law = $laws.laws.filter((each) => each.applies(fn))[index];
  return law === undefined ? '' : JSON.stringify(await $driver.tryLaw(law, fn, { call: $call, isOutside: $isOutside }, seed, runs));
};
exports.tryCalls = async (text) => JSON.stringify(await $driver.tryCalls($call, JSON.parse(text)));
`);
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
