/** Waits until nobody else makes versions with a model for this project. */
import { tryGenerationLock, type Lock, type StoreProblem } from '../../transformer/5-store/index.ts';
import type { AskClock } from './ask.ts';

const LOOK_EVERY_MS = 200;
/** Far below the ten minutes after which others take it for dead, and above what judging keeps this thread busy. */
const TOUCH_EVERY_MS = 60_000;

/**
 * @param waiting hears once whom we wait for
 * @returns a problem where `.poet/` cannot be written, undefined when it was stopped meanwhile
 */
export async function takeGenerationLock(root: string, clock: AskClock, stop: AbortSignal, waiting: (pid: number) => void): Promise<Lock | StoreProblem | undefined> {
  for (let said = false; !stop.aborted; ) {
    const taken = tryGenerationLock(root);
    if ('release' in taken) return keepTouched(taken);
    if ('problem' in taken) return taken;
    if (!said) waiting(taken.pid);
    said = true;
    // Unequal pauses, so that two who saw each other do not meet again and again.
    await clock.sleep(LOOK_EVERY_MS * (0.5 + clock.random()), stop);
  }
  return undefined;
}

/** The same for several projects, in one order for everybody: two who want the same ones never hold what the other waits for. */
export async function takeGenerationLocks(roots: readonly string[], clock: AskClock, stop: AbortSignal, waiting: (pid: number) => void): Promise<Lock | StoreProblem | undefined> {
  const held: Lock[] = [];
  const release = (): void => { for (const lock of held) lock.release(); };
  for (const root of [...new Set(roots)].sort()) {
    const lock = await takeGenerationLock(root, clock, stop, waiting);
    if (lock === undefined || 'problem' in lock) { release(); return lock; }
    held.push(lock);
  }
  return { release, touch: () => { for (const lock of held) lock.touch(); } };
}

/** A run can take hours. */
function keepTouched(lock: Lock): Lock {
  const timer = setInterval(lock.touch, TOUCH_EVERY_MS).unref();
  return { ...lock, release: () => { clearInterval(timer); lock.release(); } };
}
