/** The provider that needs neither network nor model: phases from the contract, O' from the author. */
import type ts from 'typescript';
import type { Candidate, Plan, Ts } from '../types.ts';
import type { Context } from '../context.ts';
import { makeContractSource } from '../contract/index.ts';
import { findSelfCalls, makeBody } from './body.ts';
import { makeEnforce, makeOperate, makePerceive } from './phases.ts';
import { makeTypePrinter } from './print-type.ts';
import type { Provider } from './provider.ts';
import { readSignature, type SignatureEnv } from './signature.ts';

const NO_PARAMETERS = '{\n  "schema": 1,\n  "parameters": {}\n}\n';

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
  const selfCalls = findSelfCalls(env.ts, env.checker, target);
  const signature = readSignature(target, env, selfCalls);
  const code = [
    makePerceive(target, signature),
    makeOperate(target, signature, makeBody(env.ts, target, selfCalls), selfCalls.length > 0),
    makeEnforce(target, signature),
  ].join('\n\n');
  return {
    provider: 'builtin',
    code: `${code}\n`,
    contract: makeContractSource(target.contract, { parameters: target.effects.parameters, perceive: target.options.perceive }),
    params: NO_PARAMETERS,
  };
}
