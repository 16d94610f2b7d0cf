import type ts from 'typescript';
import { bind } from './effects-evaluate.ts';
import type { Walk } from './effects-state.ts';

/** Each parameter is its own origin; a rest parameter too: its array is new, what it holds is the caller's. */
export function bindParameters(walk: Walk, parameters: readonly ts.ParameterDeclaration[]): void {
  parameters.forEach((parameter, i) => {
    const origin = walk.parameters[i]!;
    if (!parameter.dotDotDotToken) { bind(walk, parameter.name, new Set([origin])); return; }
    const array = { kind: 'made' as const, node: parameter, content: new Set([origin]) };
    walk.made.set(parameter, array);
    bind(walk, parameter.name, new Set([array]));
  });
}
