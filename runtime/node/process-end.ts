const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Calls `end` once, synchronously, when the process exits: by itself, by `process.exit`, by an exception, or by a signal
 * that would end it. A signal still ends the process, unless the application listens to it too: then it decides,
 * and `end` may be called before its exit.
 */
export function onProcessEnd(end: () => void): void {
  process.on('exit', end);
  for (const signal of SIGNALS) {
    const listener = (): void => {
      end();
      if (process.listenerCount(signal) > 1) return;
      process.removeListener(signal, listener);
      process.kill(process.pid, signal);
    };
    // Windows knows only some of them.
    try {
      process.prependListener(signal, listener);
    } catch {
      // The exit listener is enough there.
    }
  }
}
