import type ts from 'typescript';
import { makeContractReader } from '../contract/index.ts';
import { makeEffectsReader } from './effects.ts';
import { findTargets, type DiscoverContext, type TargetSearch } from './find-targets.ts';
import { findFunctionDecorators } from './function-decorators.ts';
import type { KnownDomains } from './options.ts';

export { findFunctionDecorators, findFunctionDecoratorsIn, type FunctionDecorator } from './function-decorators.ts';

export interface Discovery extends TargetSearch {
  /** File name → starts of the decorators on function declarations, whose TS1206 is to be withdrawn. */
  readonly illegalDecorators: ReadonlyMap<string, ReadonlyMap<number, ts.CallExpression>>;
}

/**
 * Everything that is marked in a program, with what generation and emission need to know of it.
 *
 * @param program the analysis program: its checker is used freely
 * @returns `diagnostics` of every level, those of the contracts included; an error where a marker makes no target
 */
export function discover(program: ts.Program, ctx: DiscoverContext, known: KnownDomains): Discovery {
  const found = findTargets(program, ctx, known, (checker) => {
    const contract = makeContractReader(ctx.ts, checker, { program });
    const effects = makeEffectsReader(ctx.ts, checker, program);
    return { readContract: contract, readEffects: (node) => effects.read(node) };
  });
  const illegalDecorators = new Map<string, Map<number, ts.CallExpression>>();
  for (const { fileName, start, call } of findFunctionDecorators(ctx.ts, program)) {
    illegalDecorators.set(fileName, (illegalDecorators.get(fileName) ?? new Map<number, ts.CallExpression>()).set(start, call));
  }
  return { ...found, illegalDecorators };
}
