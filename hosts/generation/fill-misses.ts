/** Of a build that may ask a model: all its misses, in one process, while the compiler waits; in a watcher while it goes on. */
import { spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import type { Context } from '../../transformer/context.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import type { BuildOptions } from '../../transformer/pipeline.ts';
import type { ProgramSource } from '../../transformer/shadow-program.ts';
import type { Plan } from '../../transformer/types.ts';
import { printOptions } from '../project-program.ts';
import { findProgram } from '../prover.ts';
import { chooseProvider, isCi } from '../providers/choose.ts';
import type { Usage } from '../providers/provider.ts';
import { openAskedRecords } from './asked-records.ts';
import { DEFAULT_ANTHROPIC_MODEL } from './models.ts';
import type { GenerationRequest } from './request.ts';

type OnMisses = NonNullable<BuildOptions['onMisses']>;

/** What a watcher asks for while it goes on; one for each process. */
export interface Background {
  /**
   * @param project of which everything that is missing is given; several projects can have one root
   * @param ask starts the process and calls back when it is gone
   */
  take(project: { readonly root: string; readonly configFile: string }, misses: readonly Plan[], ask: (misses: readonly Plan[], over: () => void) => void): ReadonlySet<Plan>;
}

/** True where the builds of a process may ask a model: then others must leave misses to them. */
export function mayAskModel(ctx: Context, env: NodeJS.ProcessEnv = process.env): boolean {
  return ctx.onMiss === 'generate' && !isCi(env) && chooseProvider(ctx.root, ctx.config, {}, env).name !== 'builtin';
}

/**
 * @param background of a watcher; undefined where the build waits
 * @returns undefined where the build asks no model, whatever is missing: CI, `onMiss`, `POET_FROZEN`
 */
export function makeMissFiller(source: ProgramSource, ctx: Context, background: Background | undefined, env: NodeJS.ProcessEnv = process.env): OnMisses | undefined {
  if (ctx.onMiss !== 'generate' || isCi(env)) return undefined;
  const { name, why } = chooseProvider(ctx.root, ctx.config, {}, env);
  const sayWhy = (): void => { if (why !== undefined) ctx.report(makeDiagnostic('POET3026', { provider: name, why })); };
  if (name === 'builtin') {
    // Free, and the same everywhere: said to a person, not to a log.
    return process.stderr.isTTY ? (misses) => { if (misses.length > 0) sayWhy(); return NONE; } : undefined;
  }
  return (all) => {
    const records = openAskedRecords(name === 'replay' ? name : ctx.config.model.name ?? DEFAULT_ANTHROPIC_MODEL);
    const misses = all.filter(({ target, key }) => !records.has(target.id, key));
    if (misses.length === 0) return NONE;
    sayWhy();
    if (background !== undefined) return background.take(projectOf(source, ctx), misses, (some, over) => startAsking(makeRequest(source, ctx, name, some, true), ctx, over));
    // Its answer has a pipe of its own: on stdout something else might speak.
    const { status, signal, error, output } = spawnSync(process.execPath, programArguments(), { input: JSON.stringify(makeRequest(source, ctx, name, misses, false)), stdio: ['pipe', 'ignore', 'inherit', 'pipe'], env, encoding: 'utf8' });
    sayEnd(ctx, status, signal, error);
    const said = output?.[3] ?? '';
    if (said !== '') used = JSON.parse(said) as Usage;
    return NONE;
  };
}

function projectOf({ program }: ProgramSource, { root }: Context): { readonly root: string; readonly configFile: string } {
  const configFile = program.getCompilerOptions()['configFilePath'];
  return { root, configFile: typeof configFile === 'string' ? configFile : root };
}

const NONE: ReadonlySet<Plan> = new Set();

/** By all projects of this build so far: `tspc -b` compiles them one after the other, and a budget is that of the build. */
let used: Usage = { inputTokens: 0, outputTokens: 0 };

/** With the three parts of the young generation SPEC's limit for generation, 1 GiB. A project that needs more falls back, with a line that says so. */
const MAX_OLD_SPACE_MB = 832;
/** Candidates are judged by the hundred, and what each one leaves is garbage at once: in a young generation of Node's own size a fifth of the time goes into copying it about. */
const MAX_SEMI_SPACE_MB = 64;
/** What Node 20 optimises so eagerly costs more than it saves: a tenth of the processor time. Later ones wait longer by themselves, and have no such flag. */
const TIERING_FLAGS = process.versions.node.startsWith('20.') ? ['--interrupt-budget=400000'] : [];
/** Of the process that asks; a benchmark measures with the same. */
export const GENERATION_FLAGS: readonly string[] = [`--max-old-space-size=${MAX_OLD_SPACE_MB}`, `--max-semi-space-size=${MAX_SEMI_SPACE_MB}`, ...TIERING_FLAGS];
const programArguments = (): string[] => [...GENERATION_FLAGS, findProgram('generate.cjs')];

function makeRequest({ program }: ProgramSource, ctx: Context, provider: string, misses: readonly Plan[], isBackground: boolean): GenerationRequest {
  const options = program.getCompilerOptions();
  const configFile = options['configFilePath'];
  const projectReferences = program.getProjectReferences();
  return {
    folder: typeof configFile === 'string' ? dirname(configFile) : ctx.root,
    rootNames: program.getRootFileNames(), options: JSON.parse(printOptions(options)) as Record<string, unknown>, ...(projectReferences && { projectReferences }),
    provider, misses: misses.map(({ target, key }) => ({ id: target.id, key })), used: isBackground ? { inputTokens: 0, outputTokens: 0 } : used, isBackground,
  };
}

function startAsking(request: GenerationRequest, ctx: Context, over: () => void): void {
  const { length } = request.misses;
  process.stderr.write(`poetc: ${request.provider} is asked for ${length === 1 ? request.misses[0]!.id : `${length} functions`} while you work; the original${length === 1 ? ' is' : 's are'} emitted until then\n`);
  const child = spawn(process.execPath, programArguments(), { stdio: ['pipe', 'ignore', 'inherit'], env: process.env });
  child.stdin.on('error', () => undefined); // its end says what went wrong
  child.stdin.end(JSON.stringify(request));
  child.on('error', (error) => { sayEnd(ctx, null, null, error); over(); });
  child.on('close', (status, signal) => { sayEnd(ctx, status, signal, undefined); over(); });
}

function sayEnd(ctx: Context, status: number | null, signal: NodeJS.Signals | null, error: Error | undefined): void {
  if (status === 0) return;
  ctx.report(makeDiagnostic('POET3025', { why: error?.message ?? (signal === null ? `exit code ${status ?? 'unknown'}` : signal) }));
}

/** One process at a time; what is missed meanwhile waits for it. What was asked for once in this process, and is missed again, is left to the builtin provider. */
export function makeBackground(): Background {
  const asked = new Set<string>();
  let running = new Set<string>();
  /** By project, oldest first. */
  const waiting = new Map<string, () => void>();
  return {
    take({ root, configFile }, misses, ask) {
      const keyOf = ({ target, key }: Plan): string => `${root} ${target.id} ${key}`;
      const open = misses.filter((plan) => running.has(keyOf(plan)) || !asked.has(keyOf(plan)));
      const fresh = open.filter((plan) => !running.has(keyOf(plan)));
      const start = (): void => {
        // Two projects can hold one file: what another asked for meanwhile is there, or nothing came of it.
        const left = fresh.filter((plan) => !asked.has(keyOf(plan)));
        if (left.length === 0) { startNext(); return; }
        running = new Set(left.map(keyOf));
        for (const key of running) asked.add(key);
        ask(left, () => { running = new Set(); startNext(); });
      };
      // Only the latest of a project: what was missed by a build of it before that is an older text of the same function.
      if (fresh.length > 0) { if (running.size === 0) start(); else waiting.set(configFile, start); }
      return new Set(open);
    },
  };

  function startNext(): void {
    const [next] = waiting;
    if (next === undefined) return;
    const [configFile, start] = next;
    waiting.delete(configFile);
    start();
  }
}

/** `tspc --watch`, `tspc -b --watch`. */
export function isWatching(source: ProgramSource, argv: readonly string[]): boolean {
  return source.program.getCompilerOptions()['watch'] === true || argv.some((word) => word === '--watch' || word === '-w');
}
