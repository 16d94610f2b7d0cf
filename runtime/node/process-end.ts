const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Calls `end` once, synchronously, when the process exits: by itself, by `process.exit`, by an exception, or by a signal
 * that would end it. A signal still ends the process, unless somebody else listens to it too: then they decide,
 * and `end` may be called before the exit.
 *
 * @param end `isExit`: the process is past saving, and only what other listeners do synchronously still happens
 */
export function onProcessEnd(end: (isExit: boolean) => void): void {
  process.on('exit', () => end(true));
  for (const signal of SIGNALS) {
    const listener = (): void => {
      end(false);
      // Others end the process only when nobody but them listens (`signal-exit`): while they look, we do not.
      process.removeListener(signal, listener);
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
      else process.nextTick(() => process.prependListener(signal, listener));
    };
    // Windows knows only some of them.
    try {
      process.prependListener(signal, listener);
    } catch {
      // The exit listener is enough there.
    }
  }
}
