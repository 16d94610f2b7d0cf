/** Too many failures, said once in a while: from the counts that every target keeps anyway, so that calls pay nothing for it. */
import { flushAggregates } from './aggregate.ts';
import { onEvent } from './configure.ts';
import { emit } from './emit.ts';
import { tickMs } from './platform.ts';
import { sharedState } from './state.ts';
import type { AlertWatch } from './state.ts';
import type { TargetHandle } from './target.ts';
import type { AnyEvent, POETEvent } from '../records/events.ts';

/** What `onAlert` hears. */
export type AlertEvent = AnyEvent & (POETEvent<'alert.error_rate'> | POETEvent<'alert.events_dropped'> | POETEvent<'breaker.opened'>);

export interface AlertOptions {
  /** Share of the calls in the window that fail, above 0 to 1, from which on it is an alert. Default 0.1. */
  readonly errorRate?: number;
  /** In the window; with fewer calls the rate says nothing. Default 20. */
  readonly minimumCalls?: number;
  /** Default 60,000. It moves in steps of ten seconds. */
  readonly windowMs?: number;
  /** The same alert about the same function comes no more often. Default 600,000. */
  readonly repeatMs?: number;
}

const DEFAULTS = { errorRate: 0.1, minimumCalls: 20, windowMs: 60_000, repeatMs: 600_000 };
/** Of a platform without a file sink; the sink sweeps whenever it writes aggregates. */
const SWEEP_MS = 10_000;

interface Slice { readonly atMs: number; readonly calls: number; readonly failures: number }
interface Watched { readonly t: TargetHandle; calls: number; failures: number; readonly slices: Slice[]; saidMs: number }

/** One per process: the copy that asks first makes it. */
export function startAlerts(): AlertWatch {
  return (sharedState().alerts ??= makeWatch());
}

function makeWatch(): AlertWatch {
  // Each version has its own handle, and is judged for itself.
  const watched = new Map<TargetHandle, Watched>();
  return {
    tally(t) {
      let w = watched.get(t);
      if (w === undefined) watched.set(t, (w = { t, calls: 0, failures: 0, slices: [], saidMs: -Infinity }));
      w.calls += t.calls;
      w.failures += t.failures;
    },
    sweep(nowMs) {
      const { alerts } = sharedState().options;
      for (const w of watched.values()) {
        if (w.calls > 0) w.slices.push({ atMs: nowMs, calls: w.calls, failures: w.failures });
        w.calls = w.failures = 0;
        if (alerts === false) w.slices.length = 0;
        else judge(w, nowMs, { ...DEFAULTS, ...alerts });
      }
    },
  };
}

function judge(w: Watched, nowMs: number, { errorRate, minimumCalls, windowMs, repeatMs }: Required<AlertOptions>): void {
  while (w.slices.length > 0 && w.slices[0]!.atMs <= nowMs - windowMs) w.slices.shift();
  let calls = 0;
  let failures = 0;
  for (const slice of w.slices) {
    calls += slice.calls;
    failures += slice.failures;
  }
  if (failures === 0 || calls < minimumCalls || failures / calls < errorRate || nowMs - w.saidMs < repeatMs) return;
  const { t } = w;
  // Nobody would hear it; it is said as soon as somebody can.
  if (t.level === 0) return;
  w.saidMs = nowMs;
  emit(t.spec.package, 'alert.error_rate', { function_name: t.spec.id, version: t.spec.version, calls, failures, rate: failures / calls, threshold: errorRate, window_ms: windowMs });
}

interface Timers { setInterval(fire: () => void, ms: number): unknown }

/**
 * Calls `listener` synchronously when the error rate of a function passes its threshold (`configure({ alerts })`), when a breaker opens, and
 * when events were lost: each about one function no more often than `repeatMs`. Nothing comes while events are off.
 *
 * @returns a function that ends it
 */
export function onAlert(listener: (alert: AlertEvent) => void): () => void {
  const saidMs = new Map<string, number>();
  const stop = onEvent((event) => {
    if (event.type === 'alert.error_rate') return listener(event);
    if (event.type !== 'breaker.opened' && event.type !== 'alert.events_dropped') return;
    const about = event.type === 'breaker.opened' ? `${event.metadata.service} ${event.payload.function_name}` : '';
    const nowMs = tickMs();
    const { alerts } = sharedState().options;
    if (alerts === false || nowMs - (saidMs.get(about) ?? -Infinity) < (alerts?.repeatMs ?? DEFAULTS.repeatMs)) return;
    saidMs.set(about, nowMs);
    return listener(event);
  });
  const watch = startAlerts();
  const timer = (globalThis as unknown as Timers).setInterval(() => {
    // A sink sweeps by itself; it may open later, when events are switched on.
    if (sharedState().sink !== undefined) return;
    flushAggregates();
    watch.sweep(tickMs());
  }, SWEEP_MS);
  if (typeof timer === 'object' && timer !== null) (timer as { unref?(): void }).unref?.();
  return () => {
    stop();
    (globalThis as unknown as { clearInterval(timer: unknown): void }).clearInterval(timer);
  };
}
