import { readEnvironment } from './platform.ts';
import { findLevel } from './level.ts';
import { sharedState } from './state.ts';
import type { PolicyState } from './policy/operate.ts';
import type { PolicySpec } from './policy/spec.ts';
import type { EventLevel, Tracer } from './state.ts';

/** What emission knows about a target. */
export interface TargetSpec {
  /** `<module path>#<function>`. */
  readonly id: string;
  /** The function's own name. */
  readonly name: string;
  /** `v1`, `v2`, … */
  readonly version: string;
  readonly hash: string;
  /** `poetc:<id>@<version>:<hash>`: what `poet check --dist` looks for in files on disk. */
  readonly tag?: string;
  /** Name of the package that the module belongs to. */
  readonly package?: string;
  /** Path of the business key in the value that emitted code hands to `keyed`; every execution of such a target is recorded. */
  readonly correlateBy?: readonly string[];
  /** Absent where no policy is on. */
  readonly policy?: PolicySpec;
}

/** A target at run time. Emitted code reads `off` and hands the handle back; the rest is the runtime's. */
export interface TargetHandle {
  readonly spec: TargetSpec;
  /** The author's code runs alone. */
  off: boolean;
  level: EventLevel;
  /** All counts are since `sinceMs`, the last aggregate. */
  sinceMs: number;
  /** Finished calls, failed ones included. */
  calls: number;
  failures: number;
  corrected: number;
  observed: number;
  rejected: number;
  violated: number;
  fallbacks: number;
  timedCalls: number;
  timedMs: number;
  maxMs: number;
  /** Absent from handles of older copies. */
  readonly tracer?: Tracer;
  /** Made by the first call of a target with policies. */
  policy?: PolicyState | undefined;
}

/**
 * The handle of a target; the same one for every copy of the same version, so that their counts add up.
 * The first call in a process finds out where events go. Never throws.
 */
export function openTarget(spec: TargetSpec): TargetHandle {
  const state = sharedState();
  const { targets } = state;
  // Two versions may run at once, in two installations or after a reload: each hears of the switch, and counts for itself.
  const key = [spec.package, spec.id, spec.version, spec.hash].join('\n');
  const known = targets.get(key);
  if (known !== undefined) return known;
  if (state.switchAsked !== true) {
    state.switchAsked = true;
    state.host?.watchSwitch?.();
  }
  const handle: TargetHandle = {
    spec, off: isDisabled(spec), level: 0, sinceMs: Date.now(),
    calls: 0, failures: 0, corrected: 0, observed: 0, rejected: 0, violated: 0, fallbacks: 0,
    // Not whole numbers from the start, so that the handle keeps its shape in the engine.
    timedCalls: 0, timedMs: 0.1, maxMs: 0.1,
    tracer: (state.tracer ??= { pending: undefined }),
  };
  handle.timedMs = handle.maxMs = 0;
  targets.set(key, handle);
  if (!handle.off) handle.level = findLevel();
  return handle;
}

/** After a change of options, sink or listeners. */
export function refreshTargets(): void {
  const level = findLevel();
  for (const handle of sharedState().targets.values()) {
    handle.off = isDisabled(handle.spec);
    handle.level = handle.off ? 0 : level;
  }
}

function isDisabled(spec: TargetSpec): boolean {
  const { options: { disable }, switchedOff = [] } = sharedState();
  const variable = readEnvironment('POET_DISABLE');
  if (switchedOff.includes('*') || disable === true || variable === '1' || variable === 'true') return true;
  const listed = [disable, variable?.split(','), switchedOff].flat();
  return listed.some((entry) => [spec.id, spec.name].includes(String(entry).trim()));
}
