/** Targets, plans and candidates of a small program in memory, as the pipeline makes them. */
import { join } from 'node:path';
import ts from 'typescript';
import { makeDefaults } from '../transformer/config/index.ts';
import type { Context } from '../transformer/context.ts';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { discover } from '../transformer/1-discover/index.ts';
import { makePlan, makeReachReader } from '../transformer/2-plan/index.ts';
import { readTemplates } from '../transformer/2-plan/templates.ts';
import { makeBuiltinProvider } from '../transformer/3-generate/builtin.ts';
import type { Candidate, Plan } from '../transformer/types.ts';
import { makeProgram, PROJECT_ROOT, type SmallProgram } from './plan-program.ts';

export interface Planned extends SmallProgram {
  readonly ctx: Context;
  readonly reports: readonly PoetDiagnostic[];
  readonly plans: readonly Plan[];
  plan(name: string): Plan;
  candidate(name: string): Candidate;
}

const POETC = `export interface PoetOptions { [key: string]: unknown }
type AnyFunction = (...args: never[]) => unknown;
export interface Poet { <F extends AnyFunction>(options: PoetOptions, fn: F): F; (options?: PoetOptions): <M extends AnyFunction>(method: M, context: unknown) => void }
export declare const poet: Poet;`;

export const TEMPLATES = join(__dirname, '..', 'templates');

export function planAll(files: Record<string, string> | string, options: ts.CompilerOptions = {}): Planned {
  const given = typeof files === 'string' ? { 'src/a.ts': files } : files;
  const small = makeProgram({ ...given, 'node_modules/poetc/index.d.ts': POETC }, options);
  const reports: PoetDiagnostic[] = [];
  const ctx: Context = {
    ts, root: PROJECT_ROOT, config: makeDefaults(), packageName: 'small', templatesFolder: TEMPLATES, onMiss: 'generate',
    now: () => 0, report: (diagnostic) => { reports.push(diagnostic); }, trace: () => undefined,
  };
  const templates = readTemplates(TEMPLATES);
  const found = discover(small.program, ctx, { domains: templates.map((t) => t.domain) });
  const errors = found.diagnostics.filter((d) => d.level === 'error');
  if (errors.length > 0) throw new Error(errors.map((d) => d.text).join('\n'));
  const reach = makeReachReader(ts, small.checker, PROJECT_ROOT);
  const plans = found.targets.map((target) => makePlan(target, ctx, { reach, templates }));
  const plan = (name: string): Plan => {
    const match = plans.find((p) => p.target.name === name);
    if (!match) throw new Error(`no target ${name}, but ${plans.map((p) => p.target.name).join(', ')}`);
    return match;
  };
  const provider = makeBuiltinProvider(small.checker);
  return { ...small, ctx, reports, plans, plan, candidate: (name) => provider.generate([plan(name)], ctx)[0]! };
}
