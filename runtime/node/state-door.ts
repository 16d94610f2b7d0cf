/** `poetc/state`: the parameters of functions as they stand while programs run. Node only. Nothing changes them by itself: learning will come in through here. */
export { commitState, rollBackState, updateState } from './state/commit-state.ts';
export type { StateAuthor, StateChange } from './state/commit-state.ts';
export { readState, readStateHistory } from './state/read-state.ts';
export type { StateHistory, StateReading } from './state/read-state.ts';
export { findStateFolder } from './state/state-folder.ts';
export type { StatePlace } from './state/state-folder.ts';
export { listStates } from './state/list-states.ts';
export type { FoundState } from './state/list-states.ts';
export { StateError } from './state/state-error.ts';
export type { Parameters, ParameterValues, StateRecord } from '../../records/parameter-state.ts';
