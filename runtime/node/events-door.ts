/** `poetc/events`: reads what the runtime recorded. Node only. */
export { readEvents } from './read-events.ts';
export type { EventRecord } from './read-events.ts';
export { followEvents } from './follow-events.ts';
export type { FollowOptions } from './follow-events.ts';
export { matchesFilter } from './event-filter.ts';
export type { EventFilter } from './event-filter.ts';
export { keepHouse } from './housekeeping.ts';
export type { Housekeeping, HousekeepingReport } from './housekeeping.ts';
export { matchFeedback } from './match-feedback.ts';
export type { ExecutionEvent, FeedbackMatch, MatchReport } from './match-feedback.ts';
export { readProcessedFeedback } from './pending-feedback.ts';
export type { FeedbackEvent } from './pending-feedback.ts';
export type { AnyEvent, EventType, POETEvent } from '../../records/events.ts';
