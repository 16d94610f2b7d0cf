import { LISTENER_THREW } from './codes.ts';
import type { EVENT_SCHEMA, AnyEvent, EventMetadata, EventPayloads, EventType } from '../records/events.ts';
import type { Id } from '../records/ids.ts';
import { newId } from './identity.ts';
import { readEnvironment } from './platform.ts';
import { sharedState } from './state.ts';
import type { SharedState } from './state.ts';
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
  const state = sharedState();
  const event = makeEvent(packageName, type, payload, links, state);
  if (state.muted === true) return event.id;
  try {
    state.sink?.write(event, packageName);
  } catch (error) {
    countDropped(error instanceof Error ? error.name : 'sink failed');
  }
  if (state.listeners.size > 0) notify(event);
  return event.id;
}

/** An event that happens now. Inside `correlate` it carries what that says. */
export function makeEvent<T extends EventType>(packageName: string | undefined, type: T, payload: EventPayloads[T], links: EventLinks, state = sharedState()): AnyEvent {
  const timestamp = Date.now();
  const around = state.correlations?.getStore();
  const correlation_id = around?.correlationId ?? links.correlationId;
  const causation_id = links.causationId ?? around?.causationId;
  const made: { id: Id; type: T; timestamp: number; metadata: EventMetadata; payload: EventPayloads[T]; correlation_id?: string; causation_id?: string } = {
    id: newId(timestamp), type, timestamp, metadata: findMetadata(state, packageName), payload,
  };
  if (correlation_id !== undefined) made.correlation_id = correlation_id;
  if (causation_id !== undefined) made.causation_id = causation_id;
  return made as AnyEvent;
}

export function countDropped(reason: string, count = 1): void {
  const { dropped } = sharedState();
  dropped[reason] = (dropped[reason] ?? 0) + count;
}

/** What a listener causes goes to the sink only: a listener that calls an enhanced function must not call itself for ever. */
export function notify(event: AnyEvent): void {
  const state = sharedState();
  if (state.notifying) return;
  state.notifying = true;
  for (const listener of state.listeners) {
    try {
      listener(event);
    } catch (error) {
      reportListener(error);
    }
  }
  state.notifying = false;
}

export function reportListener(error: unknown): void {
  warnOnce(LISTENER_THREW, { error: error instanceof Error ? error.message : typeof error });
}

function findMetadata(state: SharedState, packageName: string | undefined): EventMetadata {
  const known = (state.metadata ??= new Map<string | undefined, EventMetadata>());
  let metadata = known.get(packageName);
  if (metadata === undefined) known.set(packageName, (metadata = makeMetadata(state, packageName)));
  return metadata;
}

function makeMetadata({ options, host }: SharedState, packageName: string | undefined): EventMetadata {
  const service = host?.findService();
  return {
    version: options.serviceVersion ?? service?.version ?? 'unknown',
    environment: options.environment ?? readEnvironment('NODE_ENV') ?? 'development',
    service: options.service ?? service?.name ?? packageName ?? 'unknown',
    schema: SCHEMA,
  };
}
