/** Tells a process from a later one that was given its number. */
import { readFileSync } from 'node:fs';

const HAS_ENDED = /^[ZX]$/;

/** @returns the same text as long as it is the same process, another one from when it has ended; undefined where the system does not say: only Linux does, and may hide the processes of others */
export function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name of a program in parentheses, and may hold anything, parentheses and blanks too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    if (boot === '' || state === undefined || started === undefined) return undefined;
    // One whose parent never asks how it ended keeps its number, and its start.
    return HAS_ENDED.test(state) ? 'ended' : `${boot} ${started}`;
  } catch {
    return undefined; // no such system, or no such process: whoever asks knows other ways
  }
}
