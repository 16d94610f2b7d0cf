/** The provider that needs neither network nor model: phases from the contract, O' from the author. */
import type ts from 'typescript';
import type { ParameterFile } from '../../records/version.ts';
import type { Candidate, Plan, Ts } from '../types.ts';
import type { Context } from '../context.ts';
import { makeContractSource } from '../contract/index.ts';
import { findSelfCalls, makeBody } from './body.ts';
import { makeEnforce, makeOperate, makePerceive, makeTrain } from './phases.ts';
import { makeTypePrinter } from './print-type.ts';
import type { Provider } from './provider.ts';
import { readSignature, type SignatureEnv } from './signature.ts';

/**
 * @param checker of the program that the targets' nodes belong to
 *
 * The same input gives the same bytes: independent of the TypeScript version, of line ends and of what was checked before.
 */
export function makeBuiltinProvider(checker: ts.TypeChecker): Provider {
  let env: SignatureEnv | undefined;
  return {
    name: 'builtin',
    generate: (plans, ctx: Context) => {
      env ??= makeEnv(ctx.ts, checker);
      return plans.map((plan) => makeCandidate(plan, env as SignatureEnv));
    },
  };
}

function makeEnv(ts: Ts, checker: ts.TypeChecker): SignatureEnv {
  return { ts, checker, printType: makeTypePrinter(ts, checker) };
}

function makeCandidate({ target }: Plan, env: SignatureEnv): Candidate {
  const objective = target.options.optimizeFor;
  const selfCalls = findSelfCalls(env.ts, env.checker, target);
  const signature = readSignature(target, env, selfCalls);
  const code = [
    makePerceive(target, signature),
    makeOperate(target, signature, makeBody(env.ts, target, selfCalls), selfCalls.length > 0),
    makeEnforce(target, signature),
    ...(objective === undefined ? [] : [makeTrain(objective)]),
  ].join('\n\n');
  const params: ParameterFile = { schema: 1, ...(objective === undefined ? {} : { objective }), parameters: {} };
  return {
    provider: 'builtin',
    code: `${code}\n`,
    contract: makeContractSource(target.contract, { parameters: target.effects.parameters, perceive: target.options.perceive }),
    params: `${JSON.stringify(params, undefined, 2)}\n`,
  };
}
