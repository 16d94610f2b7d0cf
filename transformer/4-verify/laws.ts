/** A stub's implementation has nothing to be compared with: it is held against the laws of its domain, and against the author's examples. */
import type { FunctionShape, ImplementationText } from '../../templates/format.ts';
import { show, type LawResult } from '../../templates/run-laws.ts';
import type { Context } from '../context.ts';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import type { Where } from '../diagnostics/locate.ts';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { makeTrialModule, type RunTemplateModule } from '../template-module.ts';
import type { Plan } from '../types.ts';
import { readAuthorExamples } from './author-examples.ts';

/** Samples a law. */
const RUNS = 100;

export interface Trial {
  readonly run: RunTemplateModule;
  /** Of laws.ts and of run-laws.ts. */
  readonly scripts: { readonly laws: string; readonly driver: string };
  readonly fn: FunctionShape;
  readonly body: ImplementationText;
}

export interface LawsVerdict {
  readonly ok: boolean;
  readonly detail: string;
  readonly diagnostics: readonly PoetDiagnostic[];
}

/**
 * Not seen: an implementation that satisfies every law and is still not what the author had in mind; parameters' default values, which
 * the trial leaves out.
 *
 * @throws Error what the runner throws
 */
export function checkLaws({ run, scripts, fn, body }: Trial, plan: Plan, { ts }: Pick<Context, 'ts'>, where: Where): LawsVerdict {
  const { target, key, template: { domain } } = plan;
  const source = makeTrialModule(ts, scripts, body, fn.parameters.map(({ name }) => name));
  const seed = Number.parseInt(key.slice(0, 7), 16);
  const { examples, notRun } = readAuthorExamples(ts, target.examples, fn.name);
  // One run: the modules of a project's template cost a process each time.
  const { laws: results, found } = run(source, 'judge', [fn, seed, RUNS, examples.map(({ args }) => args)]) as { readonly laws: readonly LawResult[]; readonly found: readonly string[] };
  const broken = results.find((result) => result.broken !== undefined);
  if (broken) return fail(makeDiagnostic('POET2114', { fn: target.id, domain, law: broken.law, broken: broken.broken ?? '', why: broken.why }, where));
  if (results.length === 0) return fail(makeDiagnostic('POET2116', { fn: target.id, domain, why: 'no law speaks of such a function' }, where));
  const wrong = examples.findIndex((example, i) => found[i] !== show(example.result));
  if (wrong !== -1) return fail(makeDiagnostic('POET2118', { fn: target.id, example: examples[wrong]!.text, found: found[wrong]! }, where));
  const said = [`${body.recipe}: laws of ${domain} held: ${results.length}, on ${RUNS} samples each`, ...(examples.length > 0 ? [`examples of the author's: ${examples.length} held`] : []),
    ...(notRun.length > 0 ? [`not executed, because not literal: ${notRun.length}`] : [])];
  return { ok: true, detail: said.join('; '), diagnostics: [] };
}

function fail(diagnostic: PoetDiagnostic): LawsVerdict {
  return { ok: false, detail: diagnostic.text, diagnostics: [diagnostic] };
}
