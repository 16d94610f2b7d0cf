/** What parent and child say to each other; text in both directions. */
import type { Case, CaseResult } from './value.ts';

/** Project-local modules as the sandbox loads them. */
export interface ModuleGraph {
  /** Path relative to the root, posix → CommonJS JavaScript. */
  readonly modules: Readonly<Record<string, string>>;
  /** Path → specifier → path of a module, or the name of what lies outside. */
  readonly resolutions: Readonly<Record<string, Readonly<Record<string, string | { readonly external: string }>>>>;
}

/** How to reach the function in what its module exports. */
export interface SubjectEntry {
  readonly module: string;
  readonly access: readonly string[];
  /** What `this` is: a value of the case, or whatever holds the function. */
  readonly self?: 'instance' | 'static';
}

export interface ChildRequest {
  /** Begins every line of results; the realm never learns it. */
  readonly token: string;
  /** Source of the harness that runs in the realm. */
  readonly realm: string;
  readonly graph: ModuleGraph;
  readonly entry: SubjectEntry;
  readonly cases: readonly Case[];
  /** Index of the first case: a child that follows a killed one goes on behind it. */
  readonly from: number;
  readonly caseMs: number;
}

export type ChildLine =
  /** `calls`: to the outside, while the modules were loaded. */
  | { readonly kind: 'ready'; readonly calls: number }
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'result'; readonly index: number; readonly result: CaseResult };
