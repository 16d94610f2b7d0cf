import { AsyncLocalStorage } from 'node:async_hooks';
import { NO_ROOT } from '../codes.ts';
import { sharedState } from '../state.ts';
import type { Correlation, RuntimeHost } from '../state.ts';
import { refreshTargets } from '../target.ts';
import { warnOnce } from '../warn.ts';
import { saveFeedback } from './feedback-store.ts';
import { openFileSink } from './file-sink.ts';
import { watchKillSwitch } from './kill-switch.ts';
import { sampleProcess } from './process-sample.ts';
import { findMainPackage, findRuntimeRoot } from './runtime-root.ts';
import type { PackageFacts, RuntimeRoot } from './runtime-root.ts';

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
  return {
    openSink() {
      const root = findRoot(findService());
      if (root.dir !== undefined) return openFileSink(root.dir, root.isDevelopment);
      if (root.isWorthSaying) warnOnce(NO_ROOT, { reason: root.reason });
      return undefined;
    },
    watchSwitch() {
      const root = findRoot(findService());
      if (root.dir !== undefined) watchKillSwitch(root.dir);
    },
    findService,
    sampleProcess,
    makeCorrelationStore: () => new AsyncLocalStorage<Correlation>(),
    async saveFeedback(event, packageName) {
      const root = findRoot(findService());
      return root.dir === undefined ? root.reason : saveFeedback(root.dir, event, packageName ?? findService()?.name, root.isDevelopment);
    },
  };
}

function findRoot(main: PackageFacts | undefined): RuntimeRoot {
  try {
    return findRuntimeRoot(process.env, main);
  } catch (error) {
    // E.g. a working directory that is gone while POET_RUNTIME_DIR is relative. The application must run all the same.
    return { reason: error instanceof Error ? error.message : String(error), isWorthSaying: true };
  }
}
