/** `<root>/disable`: ids or names of targets that run the author's code alone, one a line; empty, or `*`, means all. Picked up while running. */
import { readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
// Not the globals: a test's fake timers must not hold the switch back.
import { setInterval } from 'node:timers';
import { flushAggregates } from '../aggregate.ts';
import { fillText, SWITCHED } from '../codes.ts';
import { printWarning } from '../platform.ts';
import { sharedState } from '../state.ts';
import { refreshTargets } from '../target.ts';

export const SWITCH_FILE = 'disable';

const POLL_MS = 400;
const MAX_BYTES = 64 * 1024;

/** Reads the switch now, and whenever it changes. Never throws; what cannot be read is not there. */
export function watchKillSwitch(root: string): void {
  const file = join(root, SWITCH_FILE);
  let seen = '';
  const look = (mark: string): void => {
    if (mark === seen) return;
    seen = mark;
    const before = sharedState().switchedOff ?? [];
    const after = mark === '' ? [] : readSwitch(file);
    if (before.join('\n') === after.join('\n')) return;
    flushAggregates(); // of those that are on no longer nobody asks for their counts
    sharedState().switchedOff = after;
    refreshTargets();
    printWarning(fillText(SWITCHED, { which: after.length === 0 ? 'all functions are on again' : after.includes('*') ? 'all functions are off' : `off: ${after.slice(0, 10).join(', ')}`, file }));
  };
  // Each file system has its own idea of how finely it tells times apart: the size helps.
  const ask = (): void => { void stat(file).then(({ mtimeMs, size, ino }) => look(`${mtimeMs} ${size} ${ino}`), () => look('')); };
  const names = readSwitch(file);
  if (names.length > 0) look('found at the start');
  setInterval(ask, POLL_MS).unref();
}

function readSwitch(file: string): readonly string[] {
  let text: string;
  try {
    // A pipe would hold the process until somebody writes to it.
    if (!statSync(file).isFile()) return [];
    text = readFileSync(file, 'utf8').slice(0, MAX_BYTES);
  } catch {
    return []; // not there, or not to be read: nobody has switched anything off
  }
  const names = text.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, '').trim()).filter((line) => line !== '');
  return names.length === 0 ? ['*'] : names;
}
