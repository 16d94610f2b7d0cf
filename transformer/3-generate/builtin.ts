/** The provider that needs neither network nor model: phases from the contract, O' from the author. */
import type ts from 'typescript';
import type { BuildAnswer } from '../../templates/format.ts';
import type { ParameterFile } from '../../records/version.ts';
import type { Candidate, Plan, Ts } from '../types.ts';
import type { Context } from '../context.ts';
import { makeContractSource } from '../contract/index.ts';
import { findSelfCalls, makeBody } from './body.ts';
import { makeEnforce, makeImplementation, makeOperate, makePerceive, makeTrain } from './phases.ts';
import { makeTypePrinter } from './print-type.ts';
import type { Provider } from './provider.ts';
import { readSignature, type SignatureEnv } from './signature.ts';

/**
 * @param checker of the program that the targets' nodes belong to
 * @param answers of the domains' builtins; implementations in them have passed their trial
 *
 * The same input gives the same bytes: independent of the TypeScript version, of line ends and of what was checked before.
 */
export function makeBuiltinProvider(checker: ts.TypeChecker, answers: ReadonlyMap<Plan, BuildAnswer> = new Map()): Provider {
  let env: SignatureEnv | undefined;
  return {
    name: 'builtin',
    generate: (plans, ctx: Context) => {
      env ??= makeEnv(ctx.ts, checker);
      return plans.map((plan) => makeCandidate(plan, answers.get(plan) ?? {}, env as SignatureEnv));
    },
  };
}

function makeEnv(ts: Ts, checker: ts.TypeChecker): SignatureEnv {
  return { ts, checker, printType: makeTypePrinter(ts, checker) };
}

function makeCandidate({ target, template }: Plan, { body, policies }: BuildAnswer, env: SignatureEnv): Candidate {
  const objective = target.options.optimizeFor;
  const selfCalls = findSelfCalls(env.ts, env.checker, target);
  const signature = readSignature(target, env, selfCalls);
  const code = [
    makePerceive(target, signature),
    body === undefined
      ? makeOperate(target, signature, makeBody(env.ts, target, selfCalls), selfCalls.length > 0)
      : makeImplementation(target, signature, body, template.domain),
    makeEnforce(target, signature),
    ...(body?.functions ?? []),
    ...(objective === undefined ? [] : [makeTrain(objective)]),
  ].join('\n\n');
  const params: ParameterFile = { schema: 1, ...(objective === undefined ? {} : { objective }), ...(policies === undefined ? {} : { policies }), parameters: {} };
  return {
    provider: 'builtin',
    code: `${code}\n`,
    contract: makeContractSource(target.contract, { parameters: target.effects.parameters, perceive: target.options.perceive }),
    params: `${JSON.stringify(params, undefined, 2)}\n`,
  };
}
