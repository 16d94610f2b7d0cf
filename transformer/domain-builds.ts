/** What the domains' builtins say about the plans of a build: recommended policies, and implementations of stubs that passed their trial. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildAnswer, BuildRequest, FunctionShape } from '../templates/format.ts';
import { makeFunctionShape } from './3-generate/function-shape.ts';
import { checkLaws } from './4-verify/laws.ts';
import type { Template } from './2-plan/templates.ts';
import type { Context } from './context.ts';
import { locate } from './diagnostics/locate.ts';
import type { PoetDiagnostic } from './diagnostics/diagnostic.ts';
import { makeDiagnostic } from './diagnostics/registry.ts';
import { readBuildAnswer } from './build-answer.ts';
import { compileModule, makeBuiltinModule, runOwnModule, type BuildReply, type RunTemplateModule } from './template-module.ts';
import type { Plan, Target } from './types.ts';

export interface DomainBuild {
  /** Whose template it is. */
  readonly origin: Template['origin'];
  /** A `body` in it has passed its trial. */
  readonly answer: BuildAnswer;
  /** What the trial was, where there is a body. */
  readonly proof: string | undefined;
}

export interface DomainBuilds {
  readonly builds: Map<Plan, DomainBuild>;
  /** Why the builtin implements a stub not, or not rightly. */
  readonly said: Map<Plan, PoetDiagnostic[]>;
}

/** Never throws for what a template does wrong: the stub then stays as it is, and a diagnostic says why. */
export function makeDomainBuilds(plans: readonly Plan[], templates: readonly Template[], context: Context): DomainBuilds {
  const builds = new Map<Plan, DomainBuild>();
  const said = new Map<Plan, PoetDiagnostic[]>();
  const ctx: BuildContext = { ...context, say: (plan, diagnostic) => { said.set(plan, [...(said.get(plan) ?? []), diagnostic]); } };
  const open = makeOpener(ctx);
  for (const [template, own] of groupByTemplate(plans, templates)) {
    const opened = open(template);
    if (opened === undefined) for (const plan of own) if (plan.target.stub) reportStub(plan, existsSync(join(template.folder, 'laws.ts')) ? 'it has laws for those who write one, and no builtin.ts' : 'its template has no builtin.ts', ctx);
    if (!opened) continue;
    const shapes = own.map(({ target }) => makeFunctionShape(target));
    const replies = askAll(own, shapes, opened, ctx);
    for (const [i, plan] of own.entries()) {
      if (replies === undefined) break;
      const build = makeBuild(plan, shapes[i]!, replies[i] ?? { failure: 'it answered nothing' }, opened, ctx);
      if (build) builds.set(plan, build);
    }
  }
  return { builds, said };
}

interface BuildContext extends Context { say(plan: Plan, diagnostic: PoetDiagnostic): void }

function groupByTemplate(plans: readonly Plan[], templates: readonly Template[]): Map<Template, Plan[]> {
  const groups = new Map<Template, Plan[]>();
  for (const plan of plans) {
    const template = templates.find(({ domain, version }) => domain === plan.template.domain && version === plan.template.version);
    if (template) groups.set(template, [...(groups.get(template) ?? []), plan]);
  }
  return groups;
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

/** All at once: a project's template runs in a process of its own. */
function askAll(plans: readonly Plan[], shapes: readonly FunctionShape[], { template, run, builtin }: OpenTemplate, ctx: Context): readonly BuildReply[] | undefined {
  try {
    return run(builtin, 'buildAll', [plans.map(({ target }, i) => makeRequest(target, shapes[i]!))]) as readonly BuildReply[];
  } catch (error) {
    reportFailure(template, 'builtin.ts', error, ctx);
    return undefined;
  }
}

function reportFailure(template: Template, file: string, error: unknown, ctx: Context): void {
  const message = error instanceof Error ? error.message : String((error as { message?: unknown } | null)?.message ?? error);
  ctx.report(makeDiagnostic('POET2120', { template: `${template.domain} ${template.version}`, file, message }, { file: join(template.folder, file) }));
}

function makeBuild(plan: Plan, fn: FunctionShape, reply: BuildReply, { template, run, scripts }: OpenTemplate, ctx: BuildContext): DomainBuild | undefined {
  const { target } = plan;
  let answer: BuildAnswer;
  try {
    if ('failure' in reply) throw new Error(reply.failure);
    answer = readBuildAnswer(reply.answer);
  } catch (error) {
    reportFailure(template, 'builtin.ts', error, ctx);
    return undefined;
  }
  const { body, unrecognised, ...rest } = answer;
  if (!target.stub) return { origin: template.origin, answer: rest, proof: undefined };
  const obstacle = findObstacle(target, ctx) ?? (body === undefined ? unrecognised ?? 'its builtin says nothing of it' : undefined);
  if (obstacle !== undefined || body === undefined) {
    reportStub(plan, obstacle ?? '', ctx);
    return { origin: template.origin, answer: rest, proof: undefined };
  }
  try {
    const verdict = checkLaws({ run, scripts: scripts(), fn, body }, plan, ctx, whereIs(target));
    if (verdict.ok) return { origin: template.origin, answer: { ...rest, body }, proof: verdict.detail };
    verdict.diagnostics.forEach((diagnostic) => ctx.say(plan, diagnostic));
  } catch (error) {
    reportFailure(template, 'laws.ts', error, ctx);
  }
  return { origin: template.origin, answer: rest, proof: undefined };
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

function reportStub(plan: Plan, why: string, ctx: BuildContext): void {
  const { target, template } = plan;
  ctx.say(plan, makeDiagnostic('POET2116', { fn: target.id, domain: template.domain, why }, whereIs(target)));
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
