/** What a model would be sent, for every target of a project that is wanted. */
import { readAllTemplates } from '../../transformer/2-plan/project-templates.ts';
import { listLaws } from '../../transformer/law-trial.ts';
import { discoverOnce, openBuild, shareAnalysis, type SharedAnalysis } from '../../transformer/pipeline.ts';
import { makePrompt, type Prompt, type PromptInput } from '../../transformer/prompt.ts';
import type { Candidate, Plan } from '../../transformer/types.ts';
import type { OpenedProject } from '../opened-build.ts';

/** What stays the same from one attempt to the next. */
export type PromptBasis = Omit<PromptInput, 'refusals' | 'previous'>;

export interface ListedPrompt {
  readonly plan: Plan;
  readonly made: Candidate;
  readonly basis: PromptBasis;
  /** Folder of the base template, for the last attempt of a function in another domain. */
  readonly simplerFolder: string | undefined;
  readonly prompt: Prompt | undefined;
  /** Why there is none. */
  readonly problem: string | undefined;
}

/** What would be sent for a target; for `poet show --prompt` and `--dry-run`. */
export function listPrompts(project: OpenedProject, wanted: (plan: Plan) => boolean): readonly ListedPrompt[] {
  return [...listPromptsInSteps(project, wanted, shareAnalysis(project.source), Infinity)].flat();
}

/**
 * The same, so many targets at first and twice as many each time after: whoever asks need not wait for the last one.
 * What a project's own templates make costs them a process each time.
 */
export function* listPromptsInSteps({ source, ctx }: OpenedProject, wanted: (plan: Plan) => boolean, shared: SharedAnalysis, first: number): Generator<readonly ListedPrompt[]> {
  const { templates } = readAllTemplates(ctx);
  const checker = shared.program.getTypeChecker();
  const { targets } = discoverOnce(shared, ctx, templates);
  let size = first;
  for (let at = 0; at < targets.length; at += size, size *= 2) {
    const found: { plan: Plan; made: Candidate }[] = [];
    // Every target stands trial once, without a version: that is how the builtin provider's comes to be seen.
    const { trials } = openBuild(source, { ...ctx, onMiss: 'original', report: () => undefined }, {
      shared, isTrialOnly: true, only: new Set(targets.slice(at, at + size).map(({ id }) => id)),
      onTrial: (plan, made) => { found.push({ plan, made }); return undefined; },
    });
    yield found.filter(({ plan }) => wanted(plan)).flatMap(({ plan, made }) => {
      const template = templates.find(({ domain, version }) => domain === plan.template.domain && version === plan.template.version);
      if (template === undefined) return [];
      const { target } = plan;
      const laws = target.stub ? listLaws(ctx, plan) : [];
      const basis: PromptBasis = { templateFolder: template.folder, builtin: made, laws, isImplemented: trials.has(target) };
      // Without its domain a stub has nothing to be held against.
      const simplerFolder = template.domain === 'base' || target.stub ? undefined : templates.find(({ domain, current }) => domain === 'base' && current)?.folder;
      const listed = { plan, made, basis, simplerFolder, prompt: undefined };
      if (target.stub && laws.length === 0) return [{ ...listed, problem: `it is a stub, and no law of ${template.domain} speaks of a function of its form: nothing could prove an answer` }];
      const asked = makePrompt(plan, checker, ctx, { ...basis, refusals: [] });
      return ['secret' in asked ? { ...listed, problem: `its source holds what looks like ${asked.secret}: it is not sent` } : { ...listed, prompt: asked.prompt, problem: undefined }];
    });
  }
}
