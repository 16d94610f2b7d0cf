import type ts from 'typescript';

export interface PhaseNodes {
  /** Undefined where the author's body stands for it. */
  readonly operatePrime: ts.SignatureDeclaration | undefined;
  readonly enforce: ts.SignatureDeclaration | undefined;
}

/**
 * Whether the phases fit into each other and into the place of the original: O′ takes and returns what the original does,
 * Perceive and Enforce hand on what they get. The dispatch between them is ours and too loosely typed to find out.
 *
 * @returns in words the first thing that does not fit
 */
export function findMisfit(checker: ts.TypeChecker, phases: PhaseNodes, original: ts.SignatureDeclaration): string | undefined {
  const signatureOf = (node: ts.SignatureDeclaration): ts.Signature => {
    const signature = checker.getSignatureFromDeclaration(node);
    if (signature === undefined) throw new Error('a function without a signature');
    return signature;
  };
  const show = (type: ts.Type): string => checker.typeToString(type).slice(0, 120);
  const typesOf = (signature: ts.Signature, at: ts.Node): readonly ts.Type[] => signature.parameters.map((parameter) => checker.getTypeOfSymbolAtLocation(parameter, at));
  // Type parameters of two declarations are never the same; generic phases are copies of the original's head, which the types check compares by use.
  if ((original.typeParameters?.length ?? 0) > 0) return undefined;

  const wanted = signatureOf(original);
  const wantedReturn = wanted.getReturnType();
  if (phases.operatePrime !== undefined) {
    const found = signatureOf(phases.operatePrime);
    if (!checker.isTypeAssignableTo(found.getReturnType(), wantedReturn)) return `operatePrime returns ${show(found.getReturnType())}, the original ${show(wantedReturn)}`;
    const taken = typesOf(found, phases.operatePrime);
    for (const [i, type] of typesOf(wanted, original).entries()) {
      const other = taken[i];
      if (other !== undefined && !checker.isTypeAssignableTo(type, other)) return `parameter ${i + 1} of operatePrime takes ${show(other)}, that of the original ${show(type)}`;
    }
  }
  const result = checker.getAwaitedType(wantedReturn) ?? wantedReturn;
  if (phases.enforce !== undefined) {
    const enforce = signatureOf(phases.enforce);
    const [first] = typesOf(enforce, phases.enforce);
    if (first !== undefined && !checker.isTypeAssignableTo(result, first)) return `enforce takes ${show(first)}, the result is ${show(result)}`;
    if (!checker.isTypeAssignableTo(enforce.getReturnType(), result)) return `enforce returns ${show(enforce.getReturnType())}, the result is ${show(result)}`;
  }
  return undefined;
}
