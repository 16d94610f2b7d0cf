import type ts from 'typescript';
import type { Ts } from '../types.ts';

/** A half-open range of UTF-16 offsets. */
export interface Stretch { readonly start: number; readonly end: number }

/**
 * The types in the head of a phase: what is left without them is JavaScript, at the same places.
 * @returns undefined where the phase holds anything else that only a compiler can take away
 */
export function findErasable(ts: Ts, phase: ts.FunctionDeclaration): readonly Stretch[] | undefined {
  const sourceFile = phase.getSourceFile();
  const { text } = sourceFile;
  const { typeParameters, parameters, type, body } = phase;
  if (body === undefined || phase.asteriskToken !== undefined || !isPlain(ts, body)) return undefined;
  const out: Stretch[] = [];
  if (typeParameters !== undefined) out.push({ start: typeParameters.pos - 1, end: text.indexOf('>', typeParameters.end) + 1 });
  if (type !== undefined) out.push({ start: text.lastIndexOf(':', type.pos), end: type.end });
  for (const [i, parameter] of parameters.entries()) {
    if (!ts.isIdentifier(parameter.name) || parameter.initializer !== undefined) return undefined;
    if (parameter.name.text === 'this') out.push({ start: parameter.getStart(sourceFile), end: parameters[i + 1]?.getStart(sourceFile) ?? parameter.end });
    else if (parameter.type !== undefined || parameter.questionToken !== undefined) out.push({ start: parameter.name.end, end: parameter.end });
  }
  return out;
}

/** The little that the deterministic provider writes: guards, calls, lists. */
function isPlain(ts: Ts, body: ts.Block): boolean {
  const visit = (node: ts.Node): boolean => {
    const known = ts.isReturnStatement(node) || ts.isIfStatement(node) || ts.isExpressionStatement(node) || ts.isConditionalExpression(node) || ts.isPrefixUnaryExpression(node)
      || node.kind === ts.SyntaxKind.QuestionToken || node.kind === ts.SyntaxKind.ColonToken || ts.isIdentifier(node) || node.kind === ts.SyntaxKind.ThisKeyword || ts.isArrayLiteralExpression(node) || ts.isSpreadElement(node)
      || (ts.isCallExpression(node) && node.typeArguments === undefined && node.questionDotToken === undefined);
    return known && ts.forEachChild(node, (child) => !visit(child) || undefined) === undefined;
  };
  return body.statements.every(visit);
}
