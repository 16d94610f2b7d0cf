import { distance } from 'fastest-levenshtein';

/** The candidate that the author most likely meant: at most a third of it mistyped, upper and lower case aside. */
export function findNearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  let best: { name: string; edits: number } | undefined;
  for (const name of candidates) {
    const edits = distance(typed, name.toLowerCase());
    if (edits <= Math.max(1, Math.ceil(Math.max(name.length, typed.length) / 3)) && (best === undefined || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
}

/** The hint of every "unknown …" message: the nearest name, else all there are. */
export function sayNearest(word: string, candidates: Iterable<string>): string {
  const names = [...candidates];
  const nearest = findNearest(word, names);
  return nearest === undefined ? `one of: ${names.join(', ')}` : `did you mean ${nearest}?`;
}
