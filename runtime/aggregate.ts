import { emit } from './emit.ts';
import { sharedState } from './state.ts';
import type { TargetHandle } from './target.ts';

/** Writes `function.aggregate` for every target that was called since the last time, and starts counting anew. */
export function flushAggregates(): void {
  const { alerts, targets } = sharedState();
  for (const t of targets.values()) {
    if (t.calls === 0) continue;
    alerts?.tally(t);
    if (isAggregated(t)) emitAggregate(t);
    t.sinceMs = Date.now();
    t.calls = t.failures = t.corrected = t.observed = t.rejected = t.violated = t.fallbacks = t.timedCalls = 0;
    t.timedMs = t.maxMs = 0;
  }
}

/** With every execution recorded one by one, an aggregate would count them twice. */
export function isAggregated(t: TargetHandle): boolean {
  return t.level === 1 || (t.level === 2 && (sharedState().options.sampling ?? 1) < 1);
}

function emitAggregate(t: TargetHandle): void {
  emit(t.spec.package, 'function.aggregate', {
    function_name: t.spec.id,
    version: t.spec.version,
    start_time: t.sinceMs,
    end_time: Date.now(),
    calls: t.calls,
    failures: t.failures,
    corrected: t.corrected,
    observed: t.observed,
    rejected: t.rejected,
    violated: t.violated,
    fallbacks: t.fallbacks,
    ...(t.timedCalls > 0 && { timing: { calls: t.timedCalls, total_ms: t.timedMs, max_ms: t.maxMs } }),
    metrics: { ...sharedState().host?.sampleProcess() },
  });
}
