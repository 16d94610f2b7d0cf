import { readEnvironment } from './platform.ts';
import { sharedState } from './state.ts';
import type { EventLevel, RuntimeOptions } from './state.ts';

/** What is recorded now. Asks the host for a sink the first time that events are wanted. */
export function findLevel(): EventLevel {
  const mode = findEventsMode();
  const state = sharedState();
  state.muted = mode === 'off';
  if (!state.muted && !state.sinkAsked && state.host !== undefined) {
    state.sinkAsked = true;
    state.sink = state.host.openSink();
  }
  if (state.muted || (state.sink === undefined && state.listeners.size === 0)) return state.tracer?.instrument === undefined ? 0 : 1;
  return mode === 'all' ? 2 : 1;
}

/** The variable wins over the code; a value that is none of the three counts as not set. */
export function findEventsMode(): NonNullable<RuntimeOptions['events']> {
  const variable = readEnvironment('POET_EVENTS');
  if (variable === 'all' || variable === 'default' || variable === 'off') return variable;
  return sharedState().options.events ?? 'default';
}
