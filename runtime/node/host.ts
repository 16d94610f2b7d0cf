import { AsyncLocalStorage } from 'node:async_hooks';
import { NO_ROOT } from '../codes.ts';
import { sharedState } from '../state.ts';
import type { Correlation, EventSink, RuntimeHost } from '../state.ts';
import { refreshTargets } from '../target.ts';
import { warnOnce } from '../warn.ts';
import { openFileSink } from './file-sink.ts';
import { sampleProcess } from './process-sample.ts';
import { findMainPackage, findRuntimeRoot } from './runtime-root.ts';
import type { PackageFacts } from './runtime-root.ts';

/** The first copy of this package in a process installs it for all of them. Nothing touches the disk before a target opens. */
export function installNodeHost(): void {
  const state = sharedState();
  if (state.host !== undefined) return;
  state.host = makeNodeHost();
  // Targets of a platform-neutral copy may be open already.
  if (state.targets.size > 0) refreshTargets();
}

function makeNodeHost(): RuntimeHost {
  let service: PackageFacts | undefined;
  let asked = false;
  const findService = (): PackageFacts | undefined => {
    if (!asked) {
      asked = true;
      service = findMainPackage(process.argv[1]);
    }
    return service;
  };
  return { openSink: (flushAggregates) => openSink(findService(), flushAggregates), findService, sampleProcess, makeCorrelationStore: () => new AsyncLocalStorage<Correlation>() };
}

function openSink(main: PackageFacts | undefined, flushAggregates: () => void): EventSink | undefined {
  try {
    const root = findRuntimeRoot(process.env, main);
    if (root.dir !== undefined) return openFileSink(root.dir, root.isDevelopment, flushAggregates);
    if (root.isWorthSaying) warnOnce(NO_ROOT, { reason: root.reason });
  } catch (error) {
    // E.g. a working directory that is gone while POET_RUNTIME_DIR is relative. The application must run all the same.
    warnOnce(NO_ROOT, { reason: error instanceof Error ? error.message : String(error) });
  }
  return undefined;
}
