/** How far a run is: one steady line on a terminal, a plain line now and then elsewhere. */
import type { ShowProgress } from '../opened-build.ts';

export interface RunProgress {
  readonly model: string;
  readonly functions: number;
  readonly accepted: number;
  /** Given up: refused for good, or without an answer. */
  readonly failed: number;
  /** Waiting for an answer now. */
  readonly waiting: number;
  readonly tokens: number;
  readonly costUsd: number | undefined;
}

export interface ProgressDisplay {
  show(progress: RunProgress): void;
  /** A line of its own, e.g. that another process is waited for. */
  say(text: string): void;
  end(): void;
}

const TICK_MS = 1_000;
const LINE_EVERY_MS = 10_000;

/** @param steady shows a line that the next one replaces; undefined where there is no terminal */
export function openProgress(steady: ShowProgress | undefined, note: (line: string) => void, now: () => number = Date.now): ProgressDisplay {
  const started = now();
  let last: RunProgress | undefined;
  let saidAtMs: number | undefined;
  const text = (): string => (last === undefined ? '' : describeRun(last, now() - started));
  const draw = (): void => steady?.(text());
  // Time passes on the screen also while nothing comes; whoever ends the process need not wait for this.
  const timer = steady === undefined ? undefined : setInterval(draw, TICK_MS);
  timer?.unref();
  return {
    show(progress) {
      if (progress.functions === 0) return;
      last = progress;
      if (steady !== undefined) { draw(); return; }
      if (saidAtMs !== undefined && now() - saidAtMs < LINE_EVERY_MS) return;
      saidAtMs = now();
      note(text());
    },
    say(line) {
      steady?.(undefined);
      note(line);
    },
    end() {
      clearInterval(timer);
      steady?.(undefined);
      if (last !== undefined) note(text());
      last = undefined; // whoever ends twice has said it
    },
  };
}

export function describeRun({ model, functions, accepted, failed, waiting, tokens, costUsd }: RunProgress, elapsedMs: number): string {
  const parts = [`${accepted} of ${functions} accepted`, ...(failed > 0 ? [`${failed} failed`] : []), ...(waiting > 0 ? [`${waiting} asked`] : [])];
  return `poetc: ${model}: ${parts.join(', ')}; ${Math.round(elapsedMs / 1_000)} s, ${tokens} tokens${costUsd === undefined ? '' : `, $${costUsd.toFixed(4)}`}`;
}

/** The steady line of a stream, where a person can see it. */
export function steadyLine(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): ShowProgress | undefined {
  const inCi = !['', 'false', '0'].includes(env['CI'] ?? '');
  if (!stream.isTTY || inCi || env['TERM'] === 'dumb') return undefined;
  // Longer than the screen would scroll.
  return (text) => { stream.write(`\r\u001b[2K${(text ?? '').slice(0, Math.max(20, (stream.columns || 80) - 1))}`); };
}
