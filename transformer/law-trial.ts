/** What a stub's implementation is held against, as the sandbox runs it: the module as it ships, and a judge beside it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { show } from '../templates/run-laws.ts';
import { readAllTemplates } from './2-plan/project-templates.ts';
import { makeFunctionShape } from './3-generate/function-shape.ts';
import { readAuthorExamples } from './4-verify/author-examples.ts';
import type { LawTrial } from './4-verify/behaviour/subject.ts';
import type { ModuleGraph } from './4-verify/sandbox/protocol.ts';
import type { Context } from './context.ts';
import { readDriver } from './domain-builds.ts';
import { compileModule, makeJudgeModule, makeLawsModule, runOwnModule, type JudgedEntry } from './template-module.ts';
import type { Plan, Ts } from './types.ts';

const JUDGE = '$judge.js';
const CONTROL = '$control.js';

/** @returns in words why there is nothing to hold it against */
export function makeLawTrial(ts: Ts, ctx: Context, plan: Plan, entry: JudgedEntry, enhanced: ModuleGraph, control: ModuleGraph | undefined): { readonly graph: ModuleGraph; readonly trial: LawTrial } | string {
  const { target, template } = plan;
  const laws = readLawsText(ctx, plan);
  if (laws === undefined) return `the template of ${template.domain} has no laws`;
  const fn = makeFunctionShape(target);
  const judge = makeJudgeModule({ laws: compileModule(ts, laws), driver: compileModule(ts, readDriver(ctx)) }, entry, control && CONTROL);
  const { examples, notRun } = readAuthorExamples(ts, target.examples, fn.name);
  return {
    graph: {
      modules: { ...enhanced.modules, ...(control !== undefined && { [CONTROL]: control.modules[entry.module]! }), [JUDGE]: judge },
      resolutions: {
        ...enhanced.resolutions, ...(control !== undefined && { [CONTROL]: control.resolutions[entry.module]! }),
        [JUDGE]: { [entry.module]: entry.module, [CONTROL]: CONTROL },
      },
    },
    trial: { domain: template.domain, fn, judge: JUDGE, examples: examples.map(({ text, args, result }) => ({ text, args, expected: show(result) })), notRun: notRun.length },
  };
}

export interface LawText { readonly name: string; readonly why: string }

/** The laws that speak of a function, for a prompt; empty where there is none, or where they may not be run. */
export function listLaws(ctx: Context, plan: Plan): readonly LawText[] {
  const text = readLawsText(ctx, plan);
  const run = findTemplate(ctx, plan)?.origin === 'poetc' ? runOwnModule : ctx.runTemplateModule;
  if (text === undefined || run === undefined) return [];
  try {
    return run(makeLawsModule(ctx.ts, text), 'readLaws', [makeFunctionShape(plan.target)]) as readonly LawText[];
  } catch {
    return []; // what is wrong with them is said where they are run for real, and by poet template validate
  }
}

function findTemplate(ctx: Context, { template }: Plan): ReturnType<typeof readAllTemplates>['templates'][number] | undefined {
  return readAllTemplates(ctx).templates.find(({ domain, version }) => domain === template.domain && version === template.version);
}

function readLawsText(ctx: Context, plan: Plan): string | undefined {
  const template = findTemplate(ctx, plan);
  const file = template && join(template.folder, 'laws.ts');
  return file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
