/** `.poet/` is formatted by its generator and checked by its verifier: other tools leave it alone. */
import type { Step } from './file-edit.ts';
import { appendJson, isRecord, parseJsonc, setJson, type JsonRecord } from './json-edit.ts';

const LINE = '.poet/';

/** Adds the line to a file of patterns. */
export function addIgnoreLine(text: string | undefined): string {
  if (text === undefined || text === '') return `${LINE}\n`;
  if (text.split(/\r?\n/).some((line) => /^\/?\.poet(?:\/|\/\*\*)?$/.test(line.trim()))) return text;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return `${text}${text.endsWith('\n') ? '' : eol}${LINE}${eol}`;
}

export const ignoreStep: Step = {
  owns: (path) => path === '.prettierignore' || path === '.eslintignore',
  what: `the line ${LINE}`,
  remove: (text) => {
    const left = text.replace(/^\.poet\/(?:\r?\n|$)/m, '');
    return left === '' ? undefined : left;
  },
};

/** Biome 2 has one list of patterns with exceptions, Biome 1 a list of what it ignores. */
export function addToBiome(text: string, path: string): string {
  const config = parseJsonc(text, path);
  const files = isRecord(config['files']) ? config['files'] : {};
  if (isBiome1(config, files)) return addPattern(text, ['files', 'ignore'], files['ignore'], '.poet');
  if (files['includes'] === undefined) return setJson(text, ['files', 'includes'], ['**', '!**/.poet']);
  return addPattern(text, ['files', 'includes'], files['includes'], '!**/.poet');
}

const isBiome1 = (config: JsonRecord, files: JsonRecord): boolean =>
  files['ignore'] !== undefined || files['include'] !== undefined || (typeof config['$schema'] === 'string' && /\/1\.\d+\.\d+\//.test(config['$schema']));

export function addToOxlint(text: string, path: string): string {
  return addPattern(text, ['ignorePatterns'], parseJsonc(text, path)['ignorePatterns'], '.poet/**');
}

function addPattern(text: string, path: string[], list: unknown, pattern: string): string {
  if (!Array.isArray(list)) return setJson(text, path, [pattern]);
  return list.includes(pattern) ? text : list.length === 0 ? setJson(text, path, [pattern]) : appendJson(text, path, pattern);
}

const OURS = new Set(['.poet', '!**/.poet', '.poet/**']);

export const lintConfigStep: Step = {
  owns: (path) => /^(?:biome\.jsonc?|\.oxlintrc\.json)$/.test(path),
  what: 'the pattern for .poet',
  remove: (text, path) => {
    const config = parseJsonc(text, path);
    const files = isRecord(config['files']) ? config['files'] : {};
    const lists: [string[], unknown][] = [[['files', 'ignore'], files['ignore']], [['files', 'includes'], files['includes']], [['ignorePatterns'], config['ignorePatterns']]];
    let left = text;
    for (const [at, list] of lists) {
      if (!Array.isArray(list)) continue;
      const index = list.findIndex((pattern) => typeof pattern === 'string' && OURS.has(pattern));
      if (index < 0) continue;
      const onlyOurs = list.length === 1 || (list.length === 2 && list[0] === '**');
      left = setJson(left, onlyOurs ? at : [...at, String(index)].map((part) => (/^\d+$/.test(part) ? Number(part) : part)) as string[], undefined);
    }
    return left;
  },
};
