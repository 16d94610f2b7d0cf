import { LISTENER_THREW } from './codes.ts';
import type { EVENT_SCHEMA, EventMetadata, EventPayloads, EventType, AnyEvent } from '../records/events.ts';
import type { Id } from '../records/ids.ts';
import { newId } from './identity.ts';
import { readEnvironment } from './platform.ts';
import { sharedState } from './state.ts';
import { warnOnce } from './warn.ts';

/** A type only: the records' guards stay out of production. */
const SCHEMA: typeof EVENT_SCHEMA = 1;

export interface EventLinks {
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
}

/**
 * Hands an event to the sink and to the listeners. Never throws.
 *
 * @param packageName of the target
 * @returns the event's id
 */
export function emit<T extends EventType>(packageName: string | undefined, type: T, payload: EventPayloads[T], links: EventLinks = {}): Id {
  const event = {
    id: newId(),
    type,
    timestamp: Date.now(),
    ...(links.correlationId !== undefined && { correlation_id: links.correlationId }),
    ...(links.causationId !== undefined && { causation_id: links.causationId }),
    metadata: makeMetadata(packageName),
    payload,
  } as AnyEvent;
  const state = sharedState();
  try {
    state.sink?.write(event, packageName);
  } catch (error) {
    countDropped(error instanceof Error ? error.name : 'sink failed');
  }
  notify(event);
  return event.id;
}

export function countDropped(reason: string, count = 1): void {
  const { dropped } = sharedState();
  dropped[reason] = (dropped[reason] ?? 0) + count;
}

/** What a listener causes goes to the sink only: a listener that calls an enhanced function must not call itself for ever. */
function notify(event: AnyEvent): void {
  const state = sharedState();
  if (state.notifying || state.listeners.size === 0) return;
  state.notifying = true;
  for (const listener of state.listeners) {
    try {
      listener(event);
    } catch (error) {
      warnOnce(LISTENER_THREW, { error: error instanceof Error ? error.message : typeof error });
    }
  }
  state.notifying = false;
}

function makeMetadata(packageName: string | undefined): EventMetadata {
  const { options, host } = sharedState();
  const service = host?.findService();
  return {
    version: options.serviceVersion ?? service?.version ?? 'unknown',
    environment: options.environment ?? readEnvironment('NODE_ENV') ?? 'development',
    service: options.service ?? service?.name ?? packageName ?? 'unknown',
    schema: SCHEMA,
  };
}
