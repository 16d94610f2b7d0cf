/** A process of its own: reads subjects, one JSON value a line, proves them two at a time, writes a verdict for each. */
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { findSandboxFiles, LIMITS } from '../sandbox/run-cases.ts';
import { proveBehaviour } from './prove.ts';
import type { BehaviourSubject, BehaviourVerdict } from './subject.ts';

export interface ProveRequest { readonly index: number; readonly subject: BehaviourSubject; readonly inputs: number; readonly shrink?: boolean }
export interface ProveAnswer { readonly index: number; readonly verdict: BehaviourVerdict; readonly ms: number }

async function main(): Promise<void> {
  const files = findSandboxFiles();
  const waiting: ProveRequest[] = [];
  for await (const line of createInterface({ input: process.stdin })) if (line.trim() !== '') waiting.push(JSON.parse(line) as ProveRequest);
  // Each proof runs two children; more at once would only measure each other.
  const workers = Math.max(1, Math.min(4, Math.ceil(availableParallelism() / 2) + 1));
  await Promise.all(Array.from({ length: workers }, async () => {
    for (let request = waiting.shift(); request !== undefined; request = waiting.shift()) {
      const started = performance.now();
      const verdict = await proveBehaviour(request.subject, { files, inputs: request.inputs, limits: LIMITS, shrink: request.shrink !== false }).catch((error: unknown): BehaviourVerdict => ({
        status: 'not executed', reason: `the sandbox failed: ${error instanceof Error ? error.message : String(error)}`, inputs: 0, discarded: 0,
      }));
      const answer: ProveAnswer = { index: request.index, verdict, ms: Math.round(performance.now() - started) };
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    }
  }));
}

void main();
