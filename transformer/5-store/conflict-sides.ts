/** Both sides of a text that git could not merge. */
export interface Sides { readonly ours: string; readonly theirs: string }

type Part = 'both' | 'ours' | 'base' | 'theirs';

/**
 * Takes a file with conflict markers apart (styles merge, diff3 and zdiff3).
 * @param text line ends `\n`
 * @returns undefined when the markers are not a well-formed sequence; two equal sides when there are none
 */
export function conflictSides(text: string): Sides | undefined {
  const ours: string[] = [];
  const theirs: string[] = [];
  let part: Part = 'both';
  for (const line of text.split('\n')) {
    const next = partAfter(line, part);
    if (next === 'broken') return undefined;
    if (next !== undefined) {
      part = next;
      continue;
    }
    if (part === 'both' || part === 'ours') ours.push(line);
    if (part === 'both' || part === 'theirs') theirs.push(line);
  }
  return part === 'both' ? { ours: ours.join('\n'), theirs: theirs.join('\n') } : undefined;
}

/** The part that a marker opens; undefined when the line is none. */
function partAfter(line: string, part: Part): Part | 'broken' | undefined {
  if (/^<{7}(?: |$)/.test(line)) return part === 'both' ? 'ours' : 'broken';
  if (/^\|{7}(?: |$)/.test(line) && part === 'ours') return 'base';
  if (line === '=======' && (part === 'ours' || part === 'base')) return 'theirs';
  if (/^>{7}(?: |$)/.test(line)) return part === 'theirs' ? 'both' : 'broken';
  return undefined;
}
