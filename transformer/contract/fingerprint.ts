/** The contract as text for the key of a version. */
import type { FunctionContract, TypeIr } from './ir.ts';
import { mapParts, stableText } from './make-type.ts';

/** Equal contracts give equal texts, whatever order properties were declared in. */
export function contractFingerprint(contract: FunctionContract): string {
  const signature = ({ parameters, result }: Pick<FunctionContract, 'parameters' | 'result'>): object => ({
    parameters: parameters.map((parameter) => ({ ...parameter, type: sorted(parameter.type) })),
    result: sorted(result),
  });
  return stableText({
    ...signature(contract),
    self: contract.self === undefined ? null : sorted(contract.self),
    overloads: contract.overloads.map(signature),
    definitions: contract.definitions.map((definition) => ({ ...definition, type: sorted(definition.type) })),
    shadowedGlobals: contract.shadowedGlobals,
  });
}

function sorted(ir: TypeIr): TypeIr {
  const type = mapParts(ir, sorted);
  return type.kind === 'shape' ? { ...type, properties: [...type.properties].sort((a, b) => (a.name < b.name ? -1 : 1)) } : type;
}
