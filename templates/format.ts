/**
 * What the modules of a template are made of. A template's laws.ts and builtin.ts import these types from `poetc/templates` and
 * nothing else: they are run apart from everything, and only plain data goes in and comes out.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A type as the contract knows it, without names: what is named is spelled out, what contains itself ends in `any`. */
export interface TypeShape {
  /** `string`, `number`, `null`, `undefined`, `union`, `array`, `shape` (an object), `literal`, `instance`, `any`, … */
  readonly kind: string;
  /** As people write it: `string | null`. */
  readonly text: string;
  /** Of a union or an intersection. */
  readonly members?: readonly TypeShape[];
  /** Of an array or a set. */
  readonly element?: TypeShape;
  /** Of an object. */
  readonly properties?: readonly { readonly name: string; readonly type: TypeShape; readonly optional: boolean }[];
  /** What an object holds under any text as a key. */
  readonly index?: TypeShape;
  /** Class or built-in type. */
  readonly name?: string;
  /** Of a literal. */
  readonly value?: string | number | boolean;
}

/** A function from outside. */
export interface FunctionShape {
  /** Its own name: of a method without the class. */
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: TypeShape; readonly optional: boolean; readonly rest: boolean }[];
  /** Awaited. */
  readonly result: TypeShape;
  readonly async: boolean;
}

/** Values for a law, the same for the same seed. */
export interface Sample {
  /** Both ends included. */
  integer(minimum: number, maximum: number): number;
  boolean(): boolean;
  pick<T>(items: readonly T[]): T;
  text(maxLength: number): string;
  list<T>(maxLength: number, make: () => T): T[];
}

/** The implementation under test. It may not change its arguments: what does so breaks the law, whatever else comes of it. */
export type Run = (...args: unknown[]) => unknown;

/** Something that every implementation in a domain must satisfy. */
export interface Law {
  /** A sentence: `a delay is never negative`. */
  readonly name: string;
  /** What goes wrong where it does not hold. */
  readonly why: string;
  /** Whether it speaks of a function of this form. */
  applies(fn: FunctionShape): boolean;
  /** Throws where the law is broken. Called with many samples. */
  property(run: Run, sample: Sample, fn: FunctionShape): void;
}

export interface BuildRequest {
  readonly fn: FunctionShape;
  readonly options: { readonly perceive: string; readonly enforce?: string; readonly idempotent?: boolean };
  readonly effects: 'pure' | 'read' | 'write' | 'unknown';
  /** Whether an implementation is wanted. The body of any other function is the author's and stays. */
  readonly stub: boolean;
}

export interface BuildAnswer {
  /** Only for stubs. */
  readonly body?: ImplementationText;
  /** For a stub without `body`: why, and what would help; goes into a message. */
  readonly unrecognised?: string;
  /** What the domain recommends where the author's options say nothing; kept with the version. */
  readonly policies?: PolicyDefaults;
}

/** TypeScript that holds under anybody's compiler options. */
export interface ImplementationText {
  /** What was recognised, in a few words: `retry-after`. */
  readonly recipe: string;
  /** Statements over the parameters' names; no `await`, no `this`. */
  readonly statements: string;
  /** Private function declarations that the statements use. */
  readonly functions: readonly string[];
}

export interface PolicyDefaults {
  /** Attempts after the first. */
  readonly retries?: number;
  readonly timeoutMs?: number;
  readonly breaker?: { readonly failureRate: number; readonly minimumCalls: number; readonly windowMs: number };
}

/** A worked example in builtin.ts: the builtin writes this stub, and these calls come out so. */
export interface TemplateExample {
  readonly fn: FunctionShape;
  readonly options?: BuildRequest['options'];
  readonly calls: readonly { readonly args: readonly Json[]; readonly result: Json }[];
}
