import type { Step } from './file-edit.ts';
import { isRecord, parseJsonc, setJson } from './json-edit.ts';

/** `tsc` as a word of its own at the start of a command, also after `npx`, `&&` and the like. */
const COMPILER = /(^|[;&|]\s*|\b(?:npx|exec|dlx|run|env|time|cross-env)\s+|=\S+\s+)tsc(?=\s|$|[;&|])/g;
const PATCHED = /(^|[;&|]\s*|\b(?:npx|exec|dlx|run|env|time|cross-env)\s+|=\S+\s+)tspc(?=\s|$|[;&|])/g;

/** A script that emits; one that only checks types gains nothing from another compiler. */
const emits = (command: string): boolean => !/--noEmit\b(?!\s+false)|--version\b|--init\b/.test(command);

/**
 * Scripts that emit with tsc use tspc. A project that had no tsconfig.json, and so no build, gets one.
 */
export function addToPackage(text: string, path: string, isNew: boolean): string {
  const scripts = parseJsonc(text, path)['scripts'];
  let left = text;
  for (const [name, command] of Object.entries(isRecord(scripts) ? scripts : {})) {
    if (typeof command !== 'string' || !emits(command)) continue;
    const patched = command.replace(COMPILER, '$1tspc');
    if (patched !== command) left = setJson(left, ['scripts', name], patched);
  }
  if (isNew && (!isRecord(scripts) || scripts['build'] === undefined)) left = setJson(left, ['scripts', 'build'], 'tspc');
  return left;
}

export const packageStep: Step = {
  owns: (path) => path === 'package.json',
  what: 'tspc in its scripts (it was tsc)',
  remove: (text, path) => {
    const scripts = parseJsonc(text, path)['scripts'];
    let left = text;
    for (const [name, command] of Object.entries(isRecord(scripts) ? scripts : {})) {
      if (typeof command !== 'string') continue;
      const plain = command.replace(PATCHED, '$1tsc');
      if (plain !== command) left = setJson(left, ['scripts', name], plain);
    }
    return left;
  },
};
