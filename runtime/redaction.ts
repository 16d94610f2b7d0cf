import { sharedState } from './state.ts';

/**
 * Names that hold secrets often enough; matched anywhere in the path, in any case. More can be added, none removed.
 * Blind spot: a secret in a property with an innocent name, or inside a longer text.
 */
const SECRET = /pass[-_]?(?:word|wd|phrase|code)|passwd|secret|token|authori[sz]ation|api[-_]?key|access[-_]?key|private[-_]?key|cookie|credential|session[-_]?id/i;

/** Whether the value at the path may be shown nowhere, neither in messages nor in events. */
export function isRedacted(path: string): boolean {
  if (SECRET.test(path)) return true;
  const more = sharedState().redaction;
  return more !== undefined && more.test(path);
}

/**
 * One expression for all patterns.
 *
 * @param patterns `name` matches a path with a property whose name contains it, in any case;
 *   `owner.name` the properties of `owner` only. Indices do not count: `patients.name` matches `$input.patients[3].name`.
 */
export function compileRedaction(patterns: readonly string[]): RegExp | undefined {
  if (patterns.length === 0) return undefined;
  const sources = patterns.map((pattern) => pattern.split('.').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('[^.]*\\.[^.]*'));
  return new RegExp(sources.join('|'), 'i');
}
