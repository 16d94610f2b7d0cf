import { readFileSync } from 'node:fs';
import { composeMap, type RawSourceMap } from '../../transformer/source-map.ts';
import { assertKnownOptions } from '../check-options.ts';
import { addCoverageHints } from '../coverage-hints.ts';
import { makeEnhancer, type Enhancer } from '../enhancer.ts';
import { hashText } from '../file-hashes.ts';
import { isSourceFile, mayHoldTarget } from '../marker-text.ts';
import { printOptions } from '../project-program.ts';
import { compileFile } from './compile-file.ts';
import { makeInputList } from './input-list.ts';
import type { SyncTransformer, TransformOptions, Transformed } from './jest-types.ts';
import { loadNext, type NextOption } from './next-transformer.ts';

/** `transform: { '\\.tsx?$': ['poetc/jest', { … }] }` */
export interface JestOptions {
  /** Configuration of the files; default: the tsconfig.json nearest to each. Relative to `rootDir`. */
  readonly tsconfig?: string;
  /** The transformer that compiles what poetc has rewritten; default: the project's own typescript, file by file. */
  readonly next?: NextOption;
}

/**
 * A Jest transformer: enhanced functions in, JavaScript out, with maps that lead to the author's file and to `.poet/`.
 *
 * Errors of the author's fail the test file that imports the function, with the diagnostic as the message.
 */
export function createTransformer(options: JestOptions = {}): SyncTransformer {
  assertKnownOptions('poetc/jest', options, ['tsconfig', 'next']);
  let enhancer: Enhancer | undefined;
  let next: SyncTransformer | undefined;

  const open = ({ config }: TransformOptions): Enhancer => {
    if (enhancer !== undefined) return enhancer;
    enhancer = shareEnhancer(config, options.tsconfig);
    enhancer.recheck();
    return enhancer;
  };
  const findNext = ({ config }: TransformOptions): SyncTransformer | undefined => {
    if (options.next !== undefined) next ??= loadNext(options.next, config.rootDir);
    return next;
  };

  const forDelegate = (given: TransformOptions): TransformOptions =>
    ({ ...given, instrument: false, transformerConfig: typeof options.next === 'string' ? {} : options.next?.[1] ?? {} });

  return {
    // Jest then instruments the output itself, through our map; a delegate would count lines of the rewritten text.
    canInstrument: false,
    process(text, path, given) {
      const source = path.replaceAll('\\', '/');
      const enhanced = isSourceFile(source) ? open(given).enhance(source, text) : undefined;
      if (enhanced === undefined) return compile(text, path, given);
      const rewrite = given.instrument ? addCoverageHints(open(given).typescript(source), enhanced.rewrite) : enhanced.rewrite;
      const compiled = compile(rewrite.text, path, given);
      const map = readMap(compiled);
      return map === undefined ? compiled : { code: compiled.code, map: composeMap({ ...map, sources: [source], sourcesContent: [text] }, rewrite, (file) => file) };
    },
    getCacheKey(text, path, given) {
      const source = path.replaceAll('\\', '/');
      const project = isSourceFile(source) || options.next === undefined ? open(given).project(source) : undefined;
      const delegate = findNext(given);
      return hashText([
        text, path, given.configString, given.instrument, given.supportsStaticESM, given.supportsDynamicImport, JSON.stringify(options),
        OWN_HASH, delegate?.getCacheKey?.(text, path, forDelegate(given)) ?? '',
        ...(project === undefined ? [] : [project.ts.version, printOptions(project.config().options)]),
        ...(project !== undefined && isSourceFile(source) && mayHoldTarget(text) ? [project.fingerprint()] : []),
      ].join('\0'));
    },
  };

  function compile(text: string, path: string, given: TransformOptions): Transformed {
    const delegate = findNext(given);
    if (delegate !== undefined) return delegate.process(text, path, forDelegate(given));
    const source = path.replaceAll('\\', '/');
    const open_ = open(given);
    return compileFile(open_.typescript(source), open_.project(source)?.config().options ?? {}, source, text, given.supportsStaticESM);
  }
}

/** In the package this file is one bundle with all of poetc. */
const OWN_HASH = hashText(readFileSync(__filename));

const INLINE = /\/\/# sourceMappingURL=data:application\/json;(?:charset=[^;,]+;)?base64,([A-Za-z0-9+/=]+)\s*$/;

/** Transformers hand maps over as an object, as JSON, or inside the code. */
function readMap({ code, map }: Transformed): RawSourceMap | undefined {
  if (typeof map === 'object' && map !== null) return map as RawSourceMap;
  if (typeof map === 'string' && map !== '') return JSON.parse(map) as RawSourceMap;
  const inline = INLINE.exec(code);
  return inline === null ? undefined : JSON.parse(Buffer.from(inline[1]!, 'base64').toString('utf8')) as RawSourceMap;
}

/**
 * Jest makes a transformer for each test file, and the program has to outlive it. That a new one is made says when to look at the disk
 * again: between two test files, in watch mode, anything may have changed.
 */
const ENHANCERS = new Map<string, Enhancer>();

function shareEnhancer({ rootDir, cacheDirectory }: TransformOptions['config'], tsconfig: string | undefined): Enhancer {
  const key = JSON.stringify([rootDir, cacheDirectory, tsconfig]);
  const known = ENHANCERS.get(key) ?? makeEnhancer({ host: 'poetc/jest', root: rootDir, tsconfig, inputs: makeInputList(cacheDirectory) });
  ENHANCERS.set(key, known);
  return known;
}

// Jest reads the default export; tools that wrap a transformer, the name.
export default { createTransformer };
