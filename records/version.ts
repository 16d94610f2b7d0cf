/** `metadata.json` of one version. Unknown fields are kept by readers; a newer schema is refused, never guessed. */
export interface VersionMetadata {
  readonly schema: 1;
  readonly function_name: string;
  /** `<module path>#<function>`, posix separators, relative to the project's root. */
  readonly target: string;
  readonly version: string;
  /** Selects the version: hash over sources, contract, options, template and generator epoch. Hex. */
  readonly key: string;
  /** SHA-256 over code.ts (header stripped), contract.ts and params.json, line ends normalised. Hex. */
  readonly content_hash: string;
  readonly source_hash: string;
  readonly template: { readonly domain: string; readonly version: string; readonly hash: string };
  readonly provider: string;
  readonly model?: string;
  readonly prompt_hash?: string;
  readonly tokens?: { readonly input: number; readonly output: number };
  readonly cost_usd?: number;
  /** Answers that were refused before this one, in words. */
  readonly attempts?: readonly string[];
  readonly verdict: Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;
  readonly parent?: string;
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly created_at: string;
}

/** `params.json`: what learning may tune, and within which bounds. */
export interface ParameterFile {
  readonly schema: 1;
  readonly objective?: string;
  /** What the domain recommends where the author's options say nothing. */
  readonly policies?: { readonly retries?: number; readonly timeoutMs?: number; readonly breaker?: { readonly failureRate: number; readonly minimumCalls: number; readonly windowMs: number } };
  readonly parameters: Readonly<Record<string, { readonly initial: number; readonly min: number; readonly max: number; readonly unit: string }>>;
}
