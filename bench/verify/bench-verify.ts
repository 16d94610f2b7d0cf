import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { makeDefaults } from '../../transformer/config/index.ts';
import { auditVersions } from '../../transformer/4-verify/audit-versions.ts';
import { checkTypes } from '../../transformer/4-verify/types.ts';
import type { Context } from '../../transformer/context.ts';
import { openBuild } from '../../transformer/pipeline.ts';
import { makeRewrittenProgram } from '../../transformer/shadow-program.ts';
import type { Target, Version } from '../../transformer/types.ts';
import type { BenchOptions } from '../benchmark.ts';
import { cloneProject, openBench } from '../build/compiler.ts';
import { makeFigure, type Figure } from '../figures.ts';
import { makeTable } from '../table.ts';

const FULL = { files: 1_000, targets: 200 };
const QUICK = { files: 200, targets: 40 };

/** Verification of what is not the builtin provider's: each check by itself, then all of it as `poet verify` and `poet check` do it. */
export async function benchVerify(repository: string, { quick }: BenchOptions): Promise<readonly Figure[]> {
  const bench = openBench(repository);
  try {
    const size = quick ? QUICK : FULL;
    const project = cloneProject(bench.root, 'verify', size, true);
    const { audit, types } = measureChecks(repository, project);
    const cache = join(bench.root, 'cache');
    const all = runPoet(repository, project, cache, 'verify');
    rmSync(cache, { recursive: true, force: true });
    const cold = runPoet(repository, project, cache, 'check');
    const warm = runPoet(repository, project, cache, 'check');
    const rows = [['audit, ms a candidate', ...percentiles(audit)], ['types, ms a candidate', ...percentiles(types)]];
    console.log(makeTable(['check', 'p50', 'p95', 'max'], rows));
    console.log(`poet verify ${all.wallMs} ms, poet check without records ${cold.wallMs} ms, with them ${warm.wallMs} ms`);
    return [
      makeFigure('verify.whole', (size.targets * 1000) / all.wallMs, 'candidates/s', null, '>= 3'),
      makeFigure('verify.executed', (100 * all.functions.filter(({ status }) => status === 'equal').length) / size.targets, '%'),
      makeFigure('verify.audit.p95', percentile(audit, 0.95), 'ms'),
      makeFigure('verify.types.p50', percentile(types, 0.5), 'ms'),
      makeFigure('verify.types.p95', percentile(types, 0.95), 'ms', null, '<= 100'),
      makeFigure('verify.check-cold', cold.wallMs / 1000, 's'),
      makeFigure('verify.check-warm', warm.wallMs / 1000, 's'),
    ];
  } finally {
    bench.close();
  }
}

/** One candidate of each target that no generator made, in one program of the whole project; milliseconds of each after the first. */
function measureChecks(repository: string, project: string): { readonly audit: readonly number[]; readonly types: readonly number[] } {
  const config = ts.getParsedCommandLineOfConfigFile(join(project, 'tsconfig.poetc.json'), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d) => { throw new Error(ts.flattenDiagnosticMessageText(d.messageText, ' ')); } })!;
  const host = ts.createCompilerHost(config.options);
  const program = ts.createProgram({ rootNames: config.fileNames, options: config.options, host });
  const source = { ts, program, host };
  const ctx: Context = {
    ts, root: project, config: makeDefaults(), packageName: 'generated', templatesFolder: join(repository, 'templates'), onMiss: 'original', now: Date.now, report: () => undefined, trace: () => undefined,
  };
  const build = openBuild(source, ctx, {
    onTrial: (plan, made): Version => ({
      name: 'v1', folder: `${project}/.poet/${plan.target.modulePath}/${plan.target.name}/v1`, header: '',
      // Other words, the same meaning: nobody's generator makes it.
      candidate: { ...made, provider: 'bench', code: made.code.replace(/(export (?:async )?function operatePrime[^{]*(?:\{[^{}]*\}[^{]*)*\{\n)/, '$1  void MARK;\n') + '\nconst MARK = 1;\n' },
      metadata: { schema: 1, function_name: plan.target.name, target: plan.target.id, version: 'v1', key: plan.key, content_hash: '', source_hash: plan.sourceHash, template: plan.template, provider: 'bench', verdict: {}, reason: '', created_at: '' },
    }),
  });
  const emitted = build.outcomes.filter(({ kind }) => kind === 'enhanced').length;
  if (emitted !== build.targets.length) throw new Error(`expected ${build.targets.length} candidates to pass, found ${emitted}: ${JSON.stringify(build.outcomes.find(({ kind }) => kind === 'original'))?.slice(0, 500)}`);
  const rewrites = build.emission.paths.map((path) => build.emission.get(path)!);
  const rewritten = makeRewrittenProgram(source, new Map(rewrites.map((rewrite) => [rewrite.path, rewrite])));
  const versions = new Map<Target, Version>([...build.enhancements].map(([target, { version }]) => [target, version]));
  const audit: number[] = [];
  const types: number[] = [];
  for (const rewrite of rewrites) {
    const targets = new Set(rewrite.owners.values());
    const started = performance.now();
    const refused = auditVersions(ctx, rewritten, [rewrite], targets, versions);
    const audited = performance.now();
    const wrong = checkTypes(ctx, rewritten, [rewrite], new Set());
    const done = performance.now();
    if (refused.size + wrong.size > 0) throw new Error('a candidate that had passed was refused');
    for (let i = 0; i < targets.size; i++) {
      audit.push((audited - started) / targets.size);
      types.push((done - audited) / targets.size);
    }
  }
  return { audit: audit.slice(1), types: types.slice(1) };
}

interface PoetRun { readonly wallMs: number; readonly functions: readonly { readonly status: string }[] }

function runPoet(repository: string, project: string, cache: string, command: 'verify' | 'check'): PoetRun {
  const started = performance.now();
  const run = spawnSync(process.execPath, [join(repository, 'dist/cli.cjs'), command, '--json', '--project', 'tsconfig.poetc.json'], { cwd: project, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, POET_CACHE_DIR: cache } });
  const wallMs = Math.round(performance.now() - started);
  if (run.status !== 0) throw new Error(`poet ${command} ended with ${run.status}:\n${run.stderr.slice(0, 2_000)}`);
  const report = JSON.parse(run.stdout) as { functions?: PoetRun['functions']; behaviour?: PoetRun['functions'] };
  return { wallMs, functions: report.functions ?? report.behaviour ?? [] };
}

const percentile = (values: readonly number[], share: number): number => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
const percentiles = (values: readonly number[]): string[] => [0.5, 0.95, 1].map((share) => percentile(values, share).toFixed(2));
