import type { Step } from './file-edit.ts';
import { appendJson, isRecord, parseJsonc, setJson, type JsonRecord, type JsonValue } from './json-edit.ts';

export const TRANSFORM = 'poetc/transformer';
/** Files that change with every version, so that `tsc -b` and --incremental see it. */
export const STAMPS = '.poet/**/stamp.d.ts';

const ENTRY: JsonRecord = { transform: TRANSFORM, transformProgram: true };

/** What a configuration has after `extends`: setting the same key in the file itself would otherwise lose it. */
export interface Inherited {
  readonly plugins: readonly JsonValue[] | undefined;
  readonly include: readonly string[] | undefined;
}

/**
 * Adds the plugin and the stamps to a tsconfig.json; the same text when both are there.
 * @param prefix path from the file's folder to the project's root, '' or ending in '/'
 */
export function addToTsconfig(text: string, path: string, inherited: Inherited, prefix: string): string {
  return addStamps(addPlugin(text, path, inherited), path, inherited, prefix + STAMPS);
}

function addPlugin(text: string, path: string, inherited: Inherited): string {
  const own = pluginsOf(parseJsonc(text, path));
  if (own === undefined) return setJson(text, ['compilerOptions', 'plugins'], [...(inherited.plugins ?? []).filter((plugin) => !isOurs(plugin)), ENTRY]);
  const index = own.findIndex(isOurs);
  if (index < 0) return own.length === 0 ? setJson(text, ['compilerOptions', 'plugins'], [ENTRY]) : appendJson(text, ['compilerOptions', 'plugins'], ENTRY);
  const entry = own[index] as JsonRecord;
  return entry['transformProgram'] === true ? text : setJson(text, ['compilerOptions', 'plugins', index, 'transformProgram'], true);
}

function addStamps(text: string, path: string, inherited: Inherited, stamps: string): string {
  const config = parseJsonc(text, path);
  const own = config['include'];
  if (Array.isArray(own)) return own.includes(stamps) ? text : appendJson(text, ['include'], stamps);
  // Without `include` and `files` the compiler takes everything below; naming one pattern would end that.
  const base = inherited.include ?? (config['files'] === undefined ? ['**/*'] : []);
  return setJson(text, ['include'], [...base, stamps]);
}

function pluginsOf(config: JsonRecord): JsonValue[] | undefined {
  const options = config['compilerOptions'];
  const plugins = isRecord(options) ? options['plugins'] : undefined;
  return Array.isArray(plugins) ? plugins : undefined;
}

export const isOurs = (plugin: JsonValue | undefined): plugin is JsonRecord => isRecord(plugin) && plugin['transform'] === TRANSFORM;

/** Whether the text of a tsconfig.json (extends aside) has the plugin as ts-patch needs it. */
export function describePlugin(plugins: readonly JsonValue[]): 'none' | 'incomplete' | 'fine' {
  const ours = plugins.find(isOurs);
  if (ours === undefined) return 'none';
  return ours['transformProgram'] === true ? 'fine' : 'incomplete';
}

export const tsconfigStep: Step = {
  owns: (path) => /(?:^|\/)tsconfig[^/]*\.json$/.test(path),
  what: `the plugin ${TRANSFORM} and the include ${STAMPS}`,
  remove: (text, path) => {
    const config = parseJsonc(text, path);
    let left = text;
    const plugins = pluginsOf(config);
    const ours = plugins?.findIndex(isOurs) ?? -1;
    if (ours >= 0) left = plugins?.length === 1 ? setJson(left, ['compilerOptions', 'plugins'], undefined) : setJson(left, ['compilerOptions', 'plugins', ours], undefined);
    const include = config['include'];
    const stamps = Array.isArray(include) ? include.findIndex((pattern) => typeof pattern === 'string' && pattern.endsWith(STAMPS)) : -1;
    if (stamps >= 0) left = isDefault(include as JsonValue[]) ? setJson(left, ['include'], undefined) : setJson(left, ['include', stamps], undefined);
    return left;
  },
};

/** `include` holds what it would hold if it were not there, and the stamps. */
const isDefault = (include: readonly JsonValue[]): boolean => include.length === 1 || (include.length === 2 && include[0] === '**/*');

/** For a project that has none. */
export function newTsconfig(hasSourceFolder: boolean): string {
  const config = {
    compilerOptions: {
      target: 'es2022', module: 'nodenext',
      ...(hasSourceFolder ? { rootDir: 'src' } : {}),
      outDir: 'dist', strict: true, sourceMap: true,
      plugins: [ENTRY],
    },
    include: [hasSourceFolder ? 'src' : '**/*', STAMPS],
  };
  return `${JSON.stringify(config, undefined, 2).replace(/\[\s+([^{}[\]]*?)\s+\]/g, (_, inner: string) => `[${inner.replace(/\s*\n\s*/g, ' ')}]`).replace(/\{\s+("transform"[^{}]*?)\s+\}/, (_, inner: string) => `{ ${inner.replace(/\s*\n\s*/g, ' ')} }`)}\n`;
}
