import { makeId } from '../records/ids.ts';
import type { Id } from '../records/ids.ts';
import { fillRandom } from './platform.ts';

/** Random words are drawn in bulk: asking for eight bytes costs as much as asking for a kilobyte. */
let words: Uint32Array | undefined;
let next = 0;
let lastMs = 0;
let sequence = 0;

/** An id that sorts after every one that this copy of the runtime made before. @param atMs where the caller knows the time already */
export function newId(atMs = Date.now()): Id {
  words ??= new Uint32Array(128);
  if (next === 0) fillRandom(words);
  // A clock that is set back must not disturb the order, so time stands still until it has caught up.
  let nowMs = Math.max(atMs, lastMs);
  sequence = nowMs === lastMs ? sequence + 1 : 0;
  if (sequence > 0xfff) {
    nowMs++;
    sequence = 0;
  }
  lastMs = nowMs;
  const id = makeId(nowMs, sequence, words[next]!, words[next + 1]!);
  next = (next + 2) % words.length;
  return id;
}
