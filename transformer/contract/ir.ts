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
  /** What the `ref` nodes of this contract point to, sorted by name. */
  readonly definitions: readonly Definition[];
  /** Global names that the author's module declares for itself (`Map`, `Array`, …), sorted; the checks write `globalThis.Map` instead. */
  readonly shadowedGlobals: readonly string[];
}

export interface ParameterContract {
  /** Identifier of the parameter, or `arg0`, `arg1`, … for a destructured one; never clashes with another parameter. */
  readonly name: string;
  /** Of a rest parameter: the type of the whole array. */
  readonly type: TypeIr;
  /** `?` or a default value: `undefined` is inside the contract. */
  readonly optional: boolean;
  readonly rest: boolean;
}

export interface SignatureContract {
  readonly parameters: readonly ParameterContract[];
  readonly result: TypeIr;
}

/** A type that has a name, or that mentions itself. */
export interface Definition {
  /** An identifier in PascalCase; unique in the contract. */
  readonly name: string;
  readonly type: TypeIr;
  /** True when a value of the type can contain another value of it, directly or through other definitions. */
  readonly recursive: boolean;
}

/**
 * What the checks know about a type. Always a tree: cycles go through `ref`.
 * Union members are sorted, so that equal types give equal trees whatever order the checker had them in.
 */
export type TypeIr =
  | AnyIr
  | { readonly kind: 'never' }
  | { readonly kind: 'undefined' }
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'symbol' }
  /** `{}`: everything but null and undefined. */
  | { readonly kind: 'present' }
  /** `object`: objects, arrays and functions. */
  | { readonly kind: 'object' }
  /** Callable or constructable; signatures are not compared. */
  | { readonly kind: 'function' }
  /** Something with a `then` method; what it resolves to is not looked at. */
  | { readonly kind: 'thenable' }
  | NumberIr
  | BigintIr
  | StringIr
  | LiteralIr
  | TemplateIr
  | ArrayIr
  | TupleIr
  | BuiltinIr
  | MapIr
  | SetIr
  | InstanceIr
  | ShapeIr
  | UnionIr
  | IntersectionIr
  | { readonly kind: 'ref'; readonly name: string };

/** `any`, `unknown`, `void`, a type parameter in a result, or a part that cannot be checked (a diagnostic says why). */
export interface AnyIr {
  readonly kind: 'any';
}

export interface NumberIr {
  readonly kind: 'number';
  readonly constraints?: Constraints;
}

export interface BigintIr {
  readonly kind: 'bigint';
  readonly constraints?: Constraints;
}

export interface StringIr {
  readonly kind: 'string';
  readonly constraints?: Constraints;
}

/** A bigint's value is its decimal text, as `10`; NaN (of an enum) is the string "NaN" of type `nan`. */
export interface LiteralIr {
  readonly kind: 'literal';
  readonly type: 'string' | 'number' | 'boolean' | 'bigint' | 'nan';
  readonly value: string | number | boolean;
}

export interface TemplateIr {
  readonly kind: 'template';
  /** Source of a RegExp without flags that matches exactly the strings of the type. */
  readonly pattern: string;
  /** The type as TypeScript writes it, with backquotes. */
  readonly text: string;
  readonly constraints?: Constraints;
}

export interface ArrayIr {
  readonly kind: 'array';
  readonly element: TypeIr;
  readonly constraints?: Constraints;
}

export interface TupleIr {
  readonly kind: 'tuple';
  /** At most one `rest` (whose type is that of each element); what follows it is `required`. */
  readonly elements: readonly TupleElement[];
}

export interface TupleElement {
  readonly mode: 'required' | 'optional' | 'rest';
  readonly type: TypeIr;
  /** Optional, and `undefined` is not allowed when it is there (exactOptionalPropertyTypes). */
  readonly exact: boolean;
  readonly name?: string;
}

/** An object of the standard library that is recognised by its internal slots, also across realms. */
export interface BuiltinIr {
  readonly kind: 'builtin';
  readonly name: BuiltinName;
  /** Date only. */
  readonly constraints?: Constraints;
}

export type BuiltinName =
  | 'Date' | 'RegExp' | 'URL' | 'ArrayBuffer' | 'SharedArrayBuffer' | 'ArrayBufferView' | 'DataView'
  | 'Int8Array' | 'Uint8Array' | 'Uint8ClampedArray' | 'Int16Array' | 'Uint16Array' | 'Int32Array' | 'Uint32Array'
  | 'Float16Array' | 'Float32Array' | 'Float64Array' | 'BigInt64Array' | 'BigUint64Array'
  | 'WeakMap' | 'WeakSet' | 'WeakRef';

export interface MapIr {
  readonly kind: 'map';
  readonly key: TypeIr;
  readonly value: TypeIr;
}

export interface SetIr {
  readonly kind: 'set';
  readonly element: TypeIr;
}

/** An instance of a class whose name is a value in the author's module, or a global. */
export interface InstanceIr {
  readonly kind: 'instance';
  readonly name: string;
  /** A global may be missing at run time: then any object passes. */
  readonly global: boolean;
  /** What a value that is not an instance must look like instead; absent where the class has private members and is therefore nominal. */
  readonly shape?: TypeIr;
}

export interface ShapeIr {
  readonly kind: 'shape';
  /** In order of declaration where that is one place, else sorted. */
  readonly properties: readonly PropertyIr[];
  readonly indexes: readonly IndexIr[];
  /** The object itself must be callable. */
  readonly callable: boolean;
  /** Kinds of primitive values that have all the properties: `{ length: number }` takes strings. */
  readonly primitives: readonly ('string' | 'number' | 'boolean' | 'bigint' | 'symbol')[];
}

export interface PropertyIr {
  /** Property name; of a well-known symbol `Symbol.iterator`, with `symbol` true. */
  readonly name: string;
  readonly symbol: boolean;
  readonly type: TypeIr;
  readonly optional: boolean;
  /** Optional, and `undefined` is not allowed when it is there (exactOptionalPropertyTypes). */
  readonly exact: boolean;
  readonly readonly: boolean;
}

export interface IndexIr {
  readonly key: 'string' | 'number' | 'symbol' | { readonly pattern: string; readonly text: string };
  readonly type: TypeIr;
}

export interface UnionIr {
  readonly kind: 'union';
  readonly members: readonly TypeIr[];
}

export interface IntersectionIr {
  readonly kind: 'intersection';
  readonly members: readonly TypeIr[];
}

/** JSDoc constraints; every field is present only where the author wrote it. */
export interface Constraints {
  /** Decimal text for a bigint, else a number. */
  readonly minimum?: number | string;
  readonly maximum?: number | string;
  readonly exclusiveMinimum?: number | string;
  readonly exclusiveMaximum?: number | string;
  readonly multipleOf?: number | string;
  readonly integer?: true;
  readonly finite?: true;
  /** UTF-16 code units. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Source of a RegExp, matched with the `u` flag where it compiles with it. */
  readonly pattern?: string;
  readonly format?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: true;
  readonly validDate?: true;
}
