import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportedFunction } from './mark-exports.ts';
import { toJavaScript } from './test-run.ts';

export interface MarkedFunction extends ExportedFunction {
  /** Posix, relative to the project. */
  readonly file: string;
}

export interface Shortfall {
  readonly function: string;
  readonly line: number;
  /** The line that poetc printed about it; undefined when it said nothing, which is a bug of its own. */
  readonly diagnostic: string | undefined;
}

export interface Checks {
  /** Places that can report a violation, in all emitted contracts. */
  readonly sites: number;
  readonly functionsWithChecks: number;
  readonly checkedArguments: number;
  readonly checkedResults: number;
}

/** Looks for the marked functions in the emitted JavaScript: what is not there runs as the author wrote it. */
export function findShortfalls(functions: readonly MarkedFunction[], out: string, messages: readonly string[]): Shortfall[] {
  const emitted = new Map<string, ReadonlySet<string>>();
  return functions.flatMap((fn) => {
    if (!emitted.has(fn.file)) emitted.set(fn.file, findEmitted(join(out, toJavaScript(fn.file))));
    const id = `${fn.file}#${fn.name}`;
    if (emitted.get(fn.file)!.has(id)) return [];
    const own = (line: string): boolean => line.includes(id) || (line.includes(fn.file) && new RegExp(`(?<![\\w$])${fn.name.replaceAll('$', '\\$')}(?![\\w$])`).test(line));
    return [{ function: id, line: fn.line, diagnostic: messages.find((line) => own(line) && /(?:error|fallback|warning) (?:POET|TS99)/.test(line)) ?? messages.find(own) }];
  });
}

function findEmitted(file: string): Set<string> {
  return new Set(existsSync(file) ? findEnhancedIds(readFileSync(file, 'utf8')) : []);
}

/** Ids of the targets that emitted JavaScript opens, whatever the module format made of the import. */
export function findEnhancedIds(javaScript: string): string[] {
  const found = javaScript.matchAll(/\bopenTarget\w*\)?\(\{\s*"?id"?:\s*("(?:[^"\\]|\\.)*")/g);
  return [...found].map((match) => JSON.parse(match[1]!) as string);
}

/** Counts in the contracts of the versions that are current. */
export function countChecks(poet: string): Checks {
  let sites = 0, functionsWithChecks = 0, checkedArguments = 0, checkedResults = 0;
  if (!existsSync(poet)) return { sites, functionsWithChecks, checkedArguments, checkedResults };
  for (const entry of readdirSync(poet, { recursive: true, encoding: 'utf8' })) {
    if (!/[\\/]current$/.test(entry)) continue;
    const contract = join(poet, entry, '..', readFileSync(join(poet, entry), 'utf8').trim(), 'contract.ts');
    if (!existsSync(contract)) continue;
    const text = readFileSync(contract, 'utf8');
    const found = text.split(/\bviolation\(/).length - 1;
    if (found === 0) continue;
    functionsWithChecks++;
    sites += found;
    if (text.includes('export function acceptsArguments')) checkedArguments++;
    if (text.includes('export function acceptsResult')) checkedResults++;
  }
  return { sites, functionsWithChecks, checkedArguments, checkedResults };
}
