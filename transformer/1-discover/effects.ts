/** What a function does to the world, found out without running it. */
import type ts from 'typescript';
import type { Effects, TargetNode, Ts } from '../types.ts';
import { makeSteadiness } from './effects-outside.ts';
import { makeSummaries } from './effects-summary.ts';
import type { FunctionNode, Summary } from './effects-state.ts';

export interface EffectsReader { read(node: TargetNode): Effects }

/**
 * One reader serves a whole program; every function is analysed once.
 *
 * `pure`: the result depends on arguments and `this` only, and nothing outlives the call. `read`: also on state, the clock or
 * chance. `write`: changes something, be it an argument or `this`. `unknown`: calls code that is not known. Throwing is no effect.
 *
 * Not seen: code that runs implicitly (`valueOf`, `toString`, `toJSON`, getters behind a plain property type, proxies, thenables other
 * than promises), patched globals, and subclasses outside of the program.
 */
export function makeEffectsReader(ts: Ts, checker: ts.TypeChecker, program?: Pick<ts.Program, 'getSourceFiles'>): EffectsReader {
  const summaries = makeSummaries({ ts, checker, isSteady: makeSteadiness(ts, checker) }, program);
  return { read: (node) => makeEffects(summaries(node), node) };
}

/** The same for one function. */
export function findEffects(ts: Ts, checker: ts.TypeChecker, node: TargetNode, program?: Pick<ts.Program, 'getSourceFiles'>): Effects {
  return makeEffectsReader(ts, checker, program).read(node);
}

function makeEffects(summary: Summary, node: FunctionNode): Effects {
  const parameters = summary.parameters.map((p) => ({ mutated: p.mutated || p.called, escapes: p.stored || p.returned || p.called, changed: p.mutated && p.evidence.length > 0 }));
  const own = node.parameters.filter((p) => p.name.getText() !== 'this');
  const nameOf = (index: number): string => { const text = own[index]?.name.getText() ?? ''; return /^[\w$]+$/.test(text) ? text : `arg${index}`; };
  const called = summary.parameters.findIndex((p) => p.called);
  if (summary.kind !== 'unknown' && called !== -1) return { kind: 'unknown', reason: `calls its argument \`${nameOf(called)}\``, evidence: [nameOf(called)], parameters };
  const mutated = summary.parameters.findIndex((p) => p.mutated);
  if (summary.kind === 'pure' || summary.kind === 'read') {
    if (mutated !== -1) return { kind: 'write', reason: `changes its argument \`${nameOf(mutated)}\``, evidence: summary.parameters[mutated]!.evidence, parameters };
    if (summary.changesThis) return { kind: 'write', reason: 'changes `this`', evidence: summary.thisEvidence, parameters };
  }
  return { kind: summary.kind, reason: summary.reason, evidence: summary.evidence, parameters };
}
