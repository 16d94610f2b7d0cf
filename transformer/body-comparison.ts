import type ts from 'typescript';
import { sameTokens, type TokenReader } from './syntax/tokens.ts';
import type { Target, Ts } from './types.ts';

/**
 * Whether O′ is the author's function word by word: body, parameters with their defaults, and nothing else.
 *
 * @param code code.ts
 * @param selfCalls names by which the author's body calls itself, as offsets; O′ calls `operatePrime` there
 */
export function isAuthorsBody(ts: Ts, read: TokenReader, target: Target, code: ts.SourceFile, selfCalls: readonly number[]): boolean {
  const phase = code.statements.find((s): s is ts.FunctionDeclaration => ts.isFunctionDeclaration(s) && s.name?.text === 'operatePrime');
  if (phase?.body === undefined || target.node.body === undefined) return false;
  const own = new Set(selfCalls);
  // Only the calls that the analysis resolved to the target itself may carry the other name.
  const rename = (node: ts.Identifier): string | undefined => (own.has(node.getStart()) && node.getSourceFile() === target.sourceFile ? 'operatePrime' : undefined);
  const notThis = (p: ts.ParameterDeclaration): boolean => !(ts.isIdentifier(p.name) && p.name.text === 'this');
  const left = target.node.parameters.filter(notThis);
  const right = phase.parameters.filter(notThis);
  if (left.length !== right.length) return false;
  for (const [i, parameter] of left.entries()) {
    const other = right[i]!;
    if (!sameTokens(read, parameter.name, other.name, rename)) return false;
    if ((parameter.initializer === undefined) !== (other.initializer === undefined)) return false;
    if (parameter.initializer && !sameTokens(read, parameter.initializer, other.initializer!, rename)) return false;
    if ((parameter.dotDotDotToken === undefined) !== (other.dotDotDotToken === undefined)) return false;
  }
  if (ts.isBlock(target.node.body)) return sameTokens(read, target.node.body, phase.body, rename);
  const only = phase.body.statements[0];
  return phase.body.statements.length === 1 && only !== undefined && ts.isReturnStatement(only) && only.expression !== undefined
    && sameTokens(read, target.node.body, only.expression, rename);
}
