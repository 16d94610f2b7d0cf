/** `dist/generate.cjs`: makes versions with a model while a compiler waits, or while a watcher goes on. Its last word is that of the store: what is accepted is there. */
import { readFileSync, writeSync } from 'node:fs';
import type ts from 'typescript';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { openStore } from '../../transformer/5-store/index.ts';
import { openBuild } from '../../transformer/pipeline.ts';
import type { ProgramSource } from '../../transformer/shadow-program.ts';
import { plainCreateProgram } from '../../transformer/plain-program.ts';
import type { Plan } from '../../transformer/types.ts';
import { makeHostContext } from '../host-context.ts';
import { loadTypescript } from '../project-typescript.ts';
import { openProvider, type ChosenProvider } from '../providers/choose.ts';
import { TransportFault, type Usage } from '../providers/provider.ts';
import { askForVersions } from './ask-model.ts';
import { noteSteps } from './note-steps.ts';
import { openAskedRecords } from './asked-records.ts';
import { takeGenerationLock } from './generation-lock.ts';
import { openProgress, steadyLine } from './progress.ts';
import { describeAsked } from './report-asked.ts';
import type { GenerationRequest } from './request.ts';

async function main(request: GenerationRequest): Promise<void> {
  const source = openSource(request);
  const { ctx } = makeHostContext(source.ts, source.program);
  const missing = new Map(request.misses.map(({ id, key }) => [id, key]));
  const stop = stopWithParent();
  try {
    const chosen = openProvider(ctx.root, ctx.config, {}, process.env);
    if (chosen !== undefined) {
      chosen.budget.carry(request.used);
      await generate(source, ctx, chosen, missing, stop);
      const { input, output } = chosen.budget.used;
      if (!request.isBackground) writeSync(3, JSON.stringify({ inputTokens: input, outputTokens: output } satisfies Usage));
    }
  } catch (error) {
    if (!(error instanceof TransportFault)) throw error;
    ctx.report(makeDiagnostic('POET3020', { provider: request.provider, problem: error.message }));
  }
  // Nobody builds after a watcher's child: what no model wrote is made here, and its stamp starts the rebuild. What was saved since is the next one's.
  if (request.isBackground && !stop.aborted) openBuild(source, { ...ctx, onMiss: 'generate' }, { only: new Set(missing.keys()), onMisses: (all) => new Set(all.filter(({ target, key }) => missing.get(target.id) !== key)) });
}

async function generate(source: ProgramSource, ctx: ReturnType<typeof makeHostContext>['ctx'], chosen: ChosenProvider, missing: ReadonlyMap<string, string>, stop: AbortSignal): Promise<void> {
  const { provider, clock } = chosen;
  if (chosen.retirement !== undefined) ctx.report(makeDiagnostic('POET3023', { model: provider.model, why: chosen.retirement }));
  const display = openProgress(steadyLine(process.stderr, process.env), (line) => { process.stderr.write(`${line}\n`); });
  const lock = await takeGenerationLock(ctx.root, clock, stop, (pid) => display.say(`poetc: process ${pid} asks a model for this project; waiting for it`));
  if (lock === undefined) return;
  if ('problem' in lock) { ctx.report(lock.problem); return; }
  try {
    const store = openStore(ctx.root, { now: ctx.now });
    const records = openAskedRecords(provider.model);
    // Looked at only now: another build may have made it, or had it refused, while we waited.
    const wanted = ({ target: { id }, key }: Plan): boolean => missing.get(id) === key && store.find(id, key) === undefined && !records.has(id, key);
    const asked = await askForVersions({ source, ctx }, { ...chosen, stop, progress: display.show, wanted });
    display.end();
    // Whoever ended the run wants no other version in its place: the next build asks for what is missing.
    if (!stop.aborted) for (const problem of noteSteps({ source, ctx }, asked, chosen.price)) ctx.report(problem);
    for (const { id, key, result } of asked) if (result === 'refused' || result === 'not asked') records.keep(id, key);
    for (const problem of describeAsked(asked, provider.model, ctx.config.model.alertFailureRate)) ctx.report(problem);
  } finally {
    display.end();
    lock.release();
  }
}

/** Given on Ctrl-C, and when the compiler that waits is gone: nobody would use what is paid for then. */
function stopWithParent(): AbortSignal {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) end(); }, 250).unref();
  return stop.signal;
}

function openSource({ folder, options, rootNames, projectReferences }: GenerationRequest): ProgramSource {
  const compiler = loadTypescript(folder);
  const host = compiler.createCompilerHost(options as ts.CompilerOptions);
  return { ts: compiler, host, program: plainCreateProgram(compiler)({ rootNames: [...rootNames], options: options as ts.CompilerOptions, host, ...(projectReferences && { projectReferences }) }) };
}

void main(JSON.parse(readFileSync(0, 'utf8')) as GenerationRequest);
