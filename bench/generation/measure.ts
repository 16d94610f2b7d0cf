import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { makeHostContext } from '../../hosts/host-context.ts';
import { askForVersions } from '../../hosts/generation/ask-model.ts';
import { Budget } from '../../hosts/generation/budget.ts';
import { RateLimit } from '../../hosts/generation/rate-limit.ts';
import type { proveVersions, Proof } from '../../hosts/prove-versions.ts';
import { TransportFault, type ModelProvider } from '../../hosts/providers/provider.ts';
import { makeBehaviourSubject } from '../../transformer/behaviour-subject.ts';
import { makeRandom, makeTrace } from './trace.ts';
import { WaitingClock } from './waiting-clock.ts';

/** What one run of one concurrency came to; written as JSON, since the process is measured, too. */
export interface Measured {
  readonly accepted: number;
  readonly functions: number;
  /** Milliseconds: waiting as the trace says, work as this process did it. */
  readonly makespanMs: number;
  readonly cpuMs: number;
  /** Before the first question: reading the project, finding all functions, planning the first of them. */
  readonly prepareCpuMs: number;
  readonly maxRssMb: number;
  /** For each function what it took beyond the model's own time and waiting for a place. */
  readonly beyondMs: readonly number[];
}

/** `<project> <concurrency> <result file>`: everything that poetc does but the sandbox, against a model that only waits. */
export async function main([project = '', concurrency = '', file = '', functions = '']: readonly string[]): Promise<number> {
  const started = process.cpuUsage();
  const config = ts.getParsedCommandLineOfConfigFile(join(project, 'tsconfig.poetc.json'), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d) => { throw new Error(ts.flattenDiagnosticMessageText(d.messageText, ' ')); } })!;
  const host = ts.createCompilerHost(config.options);
  const program = ts.createProgram({ rootNames: config.fileNames, options: config.options, host });
  const source = { ts, program, host };
  const { ctx } = makeHostContext(ts, program);
  const clock = new WaitingClock(makeRandom(7));
  const trace = makeTrace(Number(functions), 1);
  const asked = new Map<string, { readonly index: number; attempt: number; readonly startedMs: number; waitedMs: number }>();
  const taken: number[] = [];
  const stop = new AbortController().signal;
  let prepared: NodeJS.CpuUsage | undefined;
  const provider: ModelProvider = {
    name: 'openai-compatible', model: 'trace',
    async complete({ user }) {
      prepared ??= process.cpuUsage(started);
      const name = /^===== [0-9a-f]+ function_name\n(.*)\n/m.exec(user)![1]!;
      const own = asked.get(name) ?? { index: asked.size, attempt: 0, startedMs: clock.now(), waitedMs: 0 };
      asked.set(name, own);
      const { latencyMs, isFault } = trace[own.index]![own.attempt++]!;
      own.waitedMs += latencyMs;
      await clock.sleep(latencyMs, stop);
      if (isFault) throw new TransportFault('529: overloaded', { isTransient: true });
      const baseline = /^===== ([0-9a-f]+) baseline\n([^]*?)\n===== \1 end$/m.exec(user)![2]!;
      // Another text than the builtin provider's, so that every check of a foreign version runs.
      const code = baseline.replace(/(export (?:async )?function operatePrime\([^]*?\{\n)/, '$1  const begun = 0;\n  void begun;\n');
      return { text: JSON.stringify({ code: `${code}\n` }), model: 'trace-1', usage: { inputTokens: 3_000, outputTokens: 800 } };
    },
  };
  const prove: typeof proveVersions = async ([trials], options) => {
    const { build } = trials!;
    const proofs: Proof[] = [];
    for (const plan of build.plans.filter(({ target }) => options.only?.has(target.id))) {
      await options.pause?.();
      makeBehaviourSubject(source, options.shared!.program.getTypeChecker(), ctx, build, plan, options.shared!.transpiled); // its text is our work, running it the sandbox's
      const proof: Proof = { id: plan.target.id, plan, version: build.enhancements.get(plan.target)!.version, verdict: { status: 'equal', reason: 'not run: a benchmark', inputs: 0, discarded: 0 }, fromRecord: false, problems: [] };
      options.onProof?.(proof);
      const own = asked.get(plan.target.name)!;
      taken.push(clock.now() - own.startedMs - own.waitedMs);
      proofs.push(proof);
    }
    return proofs;
  };
  const startedMs = clock.now();
  const outcome = await clock.run(askForVersions({ source, ctx }, {
    provider, budget: new Budget({ maxCostUsd: undefined, maxTokens: undefined }, undefined), price: undefined, concurrency: Number(concurrency),
    limits: { timeoutMs: 60_000, retries: 4 }, rate: new RateLimit(1_000, clock), clock, stop, wanted: () => true, prove,
  }));
  const { user, system } = process.cpuUsage(started);
  const refused = outcome.find(({ result }) => result !== 'accepted');
  if (refused !== undefined) throw new Error(`${refused.id}: ${refused.result}: ${refused.because.join('; ').slice(0, 500)}`);
  const measured: Measured = {
    accepted: outcome.filter(({ result }) => result === 'accepted').length, functions: outcome.length, makespanMs: clock.now() - startedMs,
    cpuMs: (user + system) / 1_000, prepareCpuMs: (prepared!.user + prepared!.system) / 1_000, maxRssMb: process.resourceUsage().maxRSS / 1_024, beyondMs: taken,
  };
  writeFileSync(file, JSON.stringify(measured));
  return 0;
}
