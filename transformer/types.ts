/** The values that flow through the rooms: Target → Plan → Candidate → Verdict → Version → Rewrite. */
import type ts from 'typescript';
import type { PerceiveMode, PoetOptions } from '../records/options.ts';
import type { VersionMetadata } from '../records/version.ts';
import type { PoetDiagnostic } from './diagnostics/diagnostic.ts';
import type { FunctionContract } from './contract/ir.ts';

/** The compiler instance that the host handed us; never imported as a value. */
export type Ts = typeof ts;

export type Spelling = 'decorator' | 'jsdoc' | 'wrapper' | 'function-decorator';

export type TargetNode = ts.FunctionDeclaration | ts.MethodDeclaration | ts.ArrowFunction | ts.FunctionExpression;

/**
 * How the function hands its result over.
 * `sync`: a value; `async`: an `async` function; `promise`: not async, always returns a Promise;
 * `maybe-promise`: a union of both, decided per call.
 */
export type ResultKind = 'sync' | 'async' | 'promise' | 'maybe-promise';

/** A half-open range of UTF-16 offsets in the author's file. */
export interface Range { readonly start: number; readonly end: number }

/** Options after defaults: every field that emission or generation reads has a value. */
export interface TargetOptions extends PoetOptions {
  readonly domain: string;
  readonly perceive: PerceiveMode;
}

/** What the function does to the world; every doubt is resolved towards `unknown`. */
export interface Effects {
  readonly kind: 'pure' | 'read' | 'write' | 'unknown';
  readonly reason: string;
  /** Call chain or expression texts that led to the kind. */
  readonly evidence: readonly string[];
  /** One entry a parameter, in order. */
  readonly parameters: readonly ParameterUse[];
}

/** True unless the analysis is sure of the contrary. */
export interface ParameterUse {
  readonly mutated: boolean;
  /** Returned, stored, captured or handed to something that is not known to let it go. */
  readonly escapes: boolean;
  /** Changed by code that was seen; `mutated` also where somebody else's code might. */
  readonly changed?: boolean;
}

export interface Target {
  /** `${modulePath}#${name}`. */
  readonly id: string;
  /** Posix, relative to the root. */
  readonly modulePath: string;
  /** Folder name in `.poet/<modulePath>/`: `f`, `Class.method`, `f~2`. */
  readonly name: string;
  readonly spelling: Spelling;
  readonly sourceFile: ts.SourceFile;
  /** The function with the body (the implementation of overloads). */
  readonly node: TargetNode;
  /**
   * Text to blank out in the author's file so that the marker disappears: the decorator with its `@`,
   * or for a wrapper the call around the function (two ranges: before and after it). Empty for JSDoc.
   */
  readonly markers: readonly Range[];
  readonly ownOptions: PoetOptions;
  readonly options: TargetOptions;
  readonly resultKind: ResultKind;
  readonly contract: FunctionContract;
  readonly effects: Effects;
  /** Texts of the `@example` tags. */
  readonly examples: readonly string[];
  readonly stub: boolean;
}

export interface Plan {
  readonly target: Target;
  readonly key: string;
  readonly sourceHash: string;
  readonly template: { readonly domain: string; readonly version: string; readonly hash: string };
  /** Project files that the key depends on, the target's own included: posix, relative to the root, sorted. */
  readonly dependencies: readonly string[];
}

/** Text of a version, line ends `\n`, without the header that the store writes. */
export interface Candidate {
  readonly provider: string;
  readonly code: string;
  readonly contract: string;
  readonly params: string;
}

export type CheckName = 'shape' | 'audit' | 'types' | 'behaviour' | 'cost' | 'regenerated';

export interface Verdict {
  readonly ok: boolean;
  readonly checks: Partial<Record<CheckName, { readonly ok: boolean; readonly detail: string }>>;
  readonly diagnostics: readonly PoetDiagnostic[];
}

export interface Version {
  /** `v1`, `v2`, … */
  readonly name: string;
  readonly candidate: Candidate;
  readonly metadata: VersionMetadata;
  /** Absolute path of the version's folder, posix. */
  readonly folder: string;
  /** Text that precedes `candidate.code` in code.ts on disk, marker line included; positions in the file count from its start. */
  readonly header: string;
}

export type Outcome =
  | { readonly kind: 'enhanced'; readonly plan: Plan; readonly version: Version }
  | { readonly kind: 'original'; readonly target: Target; readonly because: readonly PoetDiagnostic[] };
