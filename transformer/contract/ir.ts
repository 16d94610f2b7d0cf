/** The contract of one function: what its types and JSDoc constraints say about arguments and result. */
export interface FunctionContract {
  /** Present only where `this` is declared and can be checked. */
  readonly self?: TypeIr;
  readonly parameters: readonly ParameterContract[];
  /** Of the awaited result. */
  readonly result: TypeIr;
  /** All call signatures when the function is overloaded, else empty. */
  readonly overloads: readonly SignatureContract[];
  /** False when nothing of the arguments (or result) can be or need be checked. */
  readonly checksArguments: boolean;
  readonly checksResult: boolean;
}

export interface ParameterContract {
  /** Identifier of the parameter, or `arg0`, `arg1`, … for a destructured one; never clashes with another parameter. */
  readonly name: string;
  readonly type: TypeIr;
  /** `?` or a default value: `undefined` is inside the contract. */
  readonly optional: boolean;
  readonly rest: boolean;
}

export interface SignatureContract {
  readonly parameters: readonly ParameterContract[];
  readonly result: TypeIr;
}

export type TypeIr = { readonly kind: 'any' };
