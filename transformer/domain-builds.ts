/** What the domains' builtins say about the plans of a build: recommended policies, and implementations of stubs that passed their trial. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildAnswer, BuildRequest, FunctionShape } from '../templates/format.ts';
import { makeFunctionShape } from './3-generate/function-shape.ts';
import { checkLaws } from './4-verify/laws.ts';
import type { Template } from './2-plan/templates.ts';
import type { Context } from './context.ts';
import { locate } from './diagnostics/locate.ts';
import { makeDiagnostic } from './diagnostics/registry.ts';
import { readBuildAnswer } from './build-answer.ts';
import { compileModule, makeBuiltinModule, runOwnModule, type RunTemplateModule } from './template-module.ts';
import type { Plan, Target } from './types.ts';

export interface DomainBuild {
  /** A `body` in it has passed its trial. */
  readonly answer: BuildAnswer;
  /** What the trial was, where there is a body. */
  readonly proof: string | undefined;
}

/** Never throws for what a template does wrong: the stub then stays as it is, and a diagnostic says why. */
export function makeDomainBuilds(plans: readonly Plan[], templates: readonly Template[], ctx: Context): Map<Plan, DomainBuild> {
  const builds = new Map<Plan, DomainBuild>();
  const open = makeOpener(ctx);
  for (const plan of plans) {
    const template = templates.find(({ domain, version }) => domain === plan.template.domain && version === plan.template.version);
    const opened = template && open(template);
    const build = opened ? makeBuild(plan, opened, ctx) : undefined;
    if (build) builds.set(plan, build);
    else if (plan.target.stub && opened === undefined) reportStub(plan, 'its template has no builtin.ts', ctx);
  }
  return builds;
}

interface OpenTemplate { readonly template: Template; readonly run: RunTemplateModule; readonly builtin: string; readonly scripts: () => { readonly laws: string; readonly driver: string } }

/** @returns undefined where there is no builtin.ts, null where it may not be run */
function makeOpener(ctx: Context): (template: Template) => OpenTemplate | undefined | null {
  const opened = new Map<Template, OpenTemplate | undefined | null>();
  const open = (template: Template): OpenTemplate | undefined | null => {
    const files = ['builtin.ts', 'laws.ts'].map((name) => join(template.folder, name));
    if (!existsSync(files[0]!)) return undefined;
    const run = template.origin === 'poetc' ? runOwnModule : ctx.runTemplateModule;
    if (run === undefined) {
      ctx.report(makeDiagnostic('POET2113', { template: `${template.domain} ${template.version}` }, { file: files[0]! }));
      return null;
    }
    const [builtin = '', laws = ''] = files.map((file) => readFileSync(file, 'utf8'));
    let scripts: { readonly laws: string; readonly driver: string } | undefined;
    return {
      template, run, builtin: makeBuiltinModule(ctx.ts, builtin),
      // Only stubs need them.
      scripts: () => (scripts ??= { laws: compileModule(ctx.ts, laws), driver: compileModule(ctx.ts, readDriver(ctx)) }),
    };
  };
  return (template) => {
    if (!opened.has(template)) opened.set(template, open(template));
    return opened.get(template);
  };
}

function makeBuild(plan: Plan, { template, run, builtin, scripts }: OpenTemplate, ctx: Context): DomainBuild | undefined {
  const { target } = plan;
  const fn = makeFunctionShape(target);
  const failed = (file: string, error: unknown): undefined => {
    const message = error instanceof Error ? error.message : String((error as { message?: unknown } | null)?.message ?? error);
    ctx.report(makeDiagnostic('POET2120', { template: `${template.domain} ${template.version}`, file, message }, { file: join(template.folder, file) }));
    return undefined;
  };
  let answer: BuildAnswer;
  try {
    answer = readBuildAnswer(run(builtin, 'build', [makeRequest(target, fn)]));
  } catch (error) {
    return failed('builtin.ts', error);
  }
  const { body, unrecognised, ...rest } = answer;
  if (!target.stub) return { answer: rest, proof: undefined };
  const obstacle = findObstacle(target, ctx) ?? (body === undefined ? unrecognised ?? 'its builtin says nothing of it' : undefined);
  if (obstacle !== undefined || body === undefined) {
    reportStub(plan, obstacle ?? '', ctx);
    return { answer: rest, proof: undefined };
  }
  try {
    const verdict = checkLaws({ run, scripts: scripts(), fn, body }, plan, ctx, whereIs(target));
    if (verdict.ok) return { answer: { ...rest, body }, proof: verdict.detail };
    verdict.diagnostics.forEach((diagnostic) => ctx.report(diagnostic));
  } catch (error) {
    failed('laws.ts', error);
  }
  return { answer: rest, proof: undefined };
}

function makeRequest({ options: { perceive, enforce, idempotent }, effects, stub }: Target, fn: FunctionShape): BuildRequest {
  return {
    fn, stub, effects: effects.kind,
    options: { perceive, ...(enforce === undefined ? {} : { enforce }), ...(idempotent === undefined ? {} : { idempotent }) },
  };
}

/** What no implementation can be written into. */
function findObstacle({ node, contract }: Target, { ts }: Context): string | undefined {
  if (contract.overloads.length > 0) return 'it is overloaded';
  return node.parameters.some((parameter) => !ts.isIdentifier(parameter.name)) ? 'it takes its parameters apart' : undefined;
}

function reportStub({ target, template }: Plan, why: string, ctx: Context): void {
  ctx.report(makeDiagnostic('POET2116', { fn: target.id, domain: template.domain, why }, whereIs(target)));
}

function whereIs({ node, sourceFile }: Target): ReturnType<typeof locate> {
  const name = node.name ?? node;
  const start = name.getStart(sourceFile);
  return locate(sourceFile, start, Math.min(name.end, start + 80));
}

/** The judge of the laws travels as text, with the laws. */
export function readDriver({ templatesFolder }: Pick<Context, 'templatesFolder'>): string {
  return readFileSync(join(templatesFolder, 'run-laws.ts'), 'utf8');
}
