/**
 * A process of its own: reads requests, one JSON value a line, works on several at a time, writes an answer for each. What is to be
 * proven, or run for a template, is hostile: it runs in children of this process.
 */
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { findSandboxFiles, LIMITS, runCases, type SandboxFiles } from '../sandbox/run-cases.ts';
import type { Value } from '../sandbox/value.ts';
import { proveBehaviour } from './prove.ts';
import { proveLaws } from './prove-laws.ts';
import type { BehaviourSubject, BehaviourVerdict } from './subject.ts';

export interface ProveRequest { readonly index: number; readonly subject: BehaviourSubject; readonly inputs: number; readonly shrink?: boolean }
/** A call of what a module of a template exports; arguments and result as JSON. */
export interface ModuleRequest { readonly index: number; readonly module: { readonly source: string; readonly exportName: string; readonly args: string } }
export interface ModuleAnswer { readonly index: number; readonly result?: string; readonly failure?: string }
export interface ProveAnswer { readonly index: number; readonly verdict: BehaviourVerdict; readonly ms: number }

async function main(): Promise<void> {
  const files = findSandboxFiles();
  // Whoever asks may still be making the next ones.
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  // Each proof runs two children; more at once would only measure each other.
  const workers = Math.max(1, Math.min(4, Math.ceil(availableParallelism() / 2) + 1));
  await Promise.all(Array.from({ length: workers }, async () => {
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      if (next.value.trim() === '') continue;
      const request = JSON.parse(next.value) as ProveRequest | ModuleRequest;
      if ('module' in request) { process.stdout.write(`${JSON.stringify(await runModule(files, request))}\n`); continue; }
      const started = performance.now();
      const { subject, inputs } = request;
      const proof = subject.laws === undefined ? proveBehaviour(subject, { files, inputs, limits: LIMITS, shrink: request.shrink !== false }) : proveLaws(subject, subject.laws, { files, inputs });
      const verdict = await proof.catch((error: unknown): BehaviourVerdict => ({
        status: 'not executed', reason: `the sandbox failed: ${error instanceof Error ? error.message : String(error)}`, inputs: 0, discarded: 0,
      }));
      const answer: ProveAnswer = { index: request.index, verdict, ms: Math.round(performance.now() - started) };
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    }
  }));
}

const MODULE_LIMITS = { ...LIMITS, caseMs: 3_000 };

async function runModule(files: SandboxFiles, { index, module: { source, exportName, args } }: ModuleRequest): Promise<ModuleAnswer> {
  const graph = { modules: { 'template.js': `${source}\nexports.$call = (name, args) => JSON.stringify(exports[name](...JSON.parse(args)));` }, resolutions: {} };
  const text = (v: string): Value => ({ k: 'string', v });
  const { results: [result], broken } = await runCases(files, graph, { module: 'template.js', access: ['$call'] }, [{ args: [text(exportName), text(args)] }], MODULE_LIMITS);
  if (broken !== undefined || result === undefined) return { index, failure: broken ?? 'it did not run' };
  if (result.how === 'returned') return { index, ...(result.value !== 'undefined' && { result: JSON.parse(result.value) as string }) };
  return { index, failure: result.error?.message ?? `it was stopped: ${result.value === '' ? result.how : result.value}` };
}

void main();
