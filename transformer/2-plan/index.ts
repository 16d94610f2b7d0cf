import { createHash } from 'node:crypto';
import type { Context } from '../context.ts';
import { contractFingerprint } from '../contract/index.ts';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import type { Plan, Target } from '../types.ts';
import { GENERATOR_EPOCH } from './epoch.ts';
import type { ReachReader } from './reach.ts';
import { findTemplate, type Template } from './templates.ts';

export { makeReachReader, type ReachReader } from './reach.ts';

export interface PlanEnv {
  readonly reach: ReachReader;
  readonly templates: readonly Template[];
}

/**
 * What has to be made for a target, and the key that tells whether it has been made already.
 *
 * The key holds the words of the target and of every project declaration that it reaches, the contract, the options, the
 * template and the generator's epoch; never paths, positions, printed types or the version of TypeScript.
 *
 * @throws Error when there is no base template: the package is damaged
 */
export function makePlan(target: Target, ctx: Context, env: PlanEnv): Plan {
  const template = chooseTemplate(target, ctx, env.templates);
  const reach = env.reach.read(target);
  const key = createHash('sha256').update(JSON.stringify([
    GENERATOR_EPOCH, reach.hash, target.resultKind, sortFields(target.options), contractFingerprint(target.contract), template.hash,
  ])).digest('hex');
  return {
    target, key, sourceHash: reach.sourceHash, dependencies: reach.dependencies,
    template: { domain: template.domain, version: template.version, hash: template.hash },
  };
}

function chooseTemplate(target: Target, ctx: Context, templates: readonly Template[]): Template {
  const { domain, template: version } = target.options;
  const found = findTemplate(templates, domain, version);
  if (found) return found;
  const known = [...new Set(templates.map((template) => template.domain))].join(', ');
  const start = target.node.getStart(target.sourceFile);
  ctx.report(makeDiagnostic('POET2101', { fn: target.id, domain, version: version === undefined ? '' : ` ${version}`, known }, { file: target.sourceFile.fileName, start, length: target.node.end - start }));
  const base = findTemplate(templates, 'base');
  if (!base) throw new Error('there is no base template');
  return base;
}

function sortFields(options: object): [string, unknown][] {
  return Object.entries(options).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
}
