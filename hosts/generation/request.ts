import type ts from 'typescript';
import type { Usage } from '../providers/provider.ts';

/** What the generating process is told, as JSON on its stdin. Keys come to it by the environment. */
export interface GenerationRequest {
  /** Whose typescript is loaded. */
  readonly folder: string;
  readonly rootNames: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly projectReferences?: readonly ts.ProjectReference[];
  /** Name of the provider, for messages. */
  readonly provider: string;
  readonly misses: readonly { readonly id: string; readonly key: string }[];
  /** By earlier projects of the same build; its answer, on descriptor 3, is this and what it used itself. */
  readonly used: Usage;
  /** No build waits. */
  readonly isBackground: boolean;
}
