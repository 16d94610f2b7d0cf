import { resolve } from 'node:path';
import { makeMap } from '../../transformer/source-map.ts';
import { assertKnownOptions } from '../check-options.ts';
import { addCoverageHints } from '../coverage-hints.ts';
import { makeEnhancer, type Enhancer } from '../enhancer.ts';
import { isSourceFile } from '../marker-text.ts';

export interface VitestOptions {
  /** Configuration of the files; default: the tsconfig.json nearest to each. Relative to Vite's root. */
  readonly tsconfig?: string;
}

interface VitestCoverage { enabled: boolean; exclude?: string[]; excludeAfterRemap?: boolean }

/** The part of Vite's plugin interface that we use; vite itself is a peer that need not be there. */
export interface PoetVitePlugin {
  readonly name: 'poetc';
  readonly enforce: 'pre';
  configResolved(config: { readonly root: string }): void;
  configureVitest(context: { readonly vitest: { readonly config: { readonly coverage: VitestCoverage } } }): void;
  watchChange(): void;
  transform(this: { addWatchFile(path: string): void }, code: string, id: string): { code: string; map: ReturnType<typeof makeMap> } | undefined;
}

/**
 * A Vite plugin for Vitest, `vite dev` and `vite build`: TypeScript with enhanced functions in, rewritten TypeScript out.
 *
 * One program for each tsconfig is started at the first file that may need it. Errors of the author's fail the file.
 */
export default function poetVitest(options: VitestOptions = {}): PoetVitePlugin {
  assertKnownOptions('poetc/vitest', options, ['tsconfig']);
  let root = process.cwd();
  let enhancer: Enhancer | undefined;
  let coverage: VitestCoverage | undefined;
  return {
    name: 'poetc',
    enforce: 'pre',
    configResolved(config) { root = resolve(config.root); },
    // Called since Vitest 3.1. Generated code is mapped to `.poet/`, which is nothing that tests have to cover.
    configureVitest({ vitest }) {
      coverage = vitest.config.coverage;
      coverage.exclude = [...coverage.exclude ?? [], '**/.poet/**'];
      coverage.excludeAfterRemap = true;
    },
    // Any file may matter: the next transform compares content, so a needless call costs no build.
    watchChange() { enhancer?.recheck(); },
    transform(code, id) {
      const [path = '', query = ''] = id.split('?', 2);
      if (!isSourceFile(path) || path.includes('/node_modules/') || !isPlainQuery(query)) return undefined;
      enhancer ??= makeEnhancer({ host: 'poetc/vitest', root, tsconfig: options.tsconfig });
      const enhanced = enhancer.enhance(path, code);
      if (enhanced === undefined) return undefined;
      // Types leave no import behind, so Vite cannot know by itself what this output depends on.
      for (const file of enhanced.dependencies) this.addWatchFile(file);
      const rewrite = coverage?.enabled === true ? addCoverageHints(enhancer.typescript(path), enhanced.rewrite) : enhanced.rewrite;
      return { code: rewrite.text, map: makeMap(rewrite, (file) => file) };
    },
  };
}

/** `?raw`, `?url` and `?worker` ask for something else than the module; `t` and `v` are Vite's own counters. */
const isPlainQuery = (query: string): boolean => query.split('&').every((part) => /^(?:[tv]=.*|import)?$/.test(part));
