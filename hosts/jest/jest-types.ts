/** The part of Jest's transformer interface that we use (Jest 28 and later); jest itself is a peer that need not be there. */
export interface TransformOptions {
  readonly config: { readonly rootDir: string; readonly cacheDirectory: string };
  readonly configString: string;
  readonly instrument: boolean;
  readonly supportsStaticESM: boolean;
  readonly supportsDynamicImport: boolean;
  readonly transformerConfig?: unknown;
}

export interface Transformed {
  code: string;
  /** Object or JSON text. */
  map?: unknown;
}

export interface SyncTransformer {
  readonly canInstrument?: boolean;
  process(text: string, path: string, options: TransformOptions): Transformed;
  getCacheKey?(text: string, path: string, options: TransformOptions): string;
}
