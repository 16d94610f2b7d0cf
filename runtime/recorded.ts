import type { RecordedCorrection, RecordedViolation } from '../records/events.ts';
import { sharedState } from './state.ts';
import type { Correction, Violation } from './violation.ts';

/** Names that describe a value without telling anything of it; a class of the application's is an `object`. */
const TYPE = /^(?:string|number|bigint|boolean|symbol|undefined|null|function|array|object|Date|Map|Set|RegExp|URL|Promise|Error|(?:Big)?(?:Uint|Int|Float)\d+(?:Clamped)?Array)(?![\w$])/;

const MAX_TEXT = 500;

/** A violation as events show it: types instead of values, unless values are to be recorded. */
export function makeRecordedViolation(v: Violation): RecordedViolation {
  return { path: recordedPath(v.path), expected: v.expected.slice(0, MAX_TEXT), received: recordedValue(v.received) };
}

export function makeRecordedCorrection(c: Correction): RecordedCorrection {
  return { ...makeRecordedViolation(c), corrected: recordedValue(c.corrected) };
}

function recordedValue(described: string): string {
  if (sharedState().options.recordValues === true) return described.slice(0, MAX_TEXT);
  return TYPE.exec(described)?.[0] ?? 'object';
}

/** Quoted keys are data (`$input.byName["Ada"]`), and data is a value. */
function recordedPath(path: string): string {
  const shown = sharedState().options.recordValues === true ? path : path.replace(/\["(?:[^"\\]|\\.)*"\]/g, '[*]');
  return shown.slice(0, MAX_TEXT);
}
