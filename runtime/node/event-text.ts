import type { AnyEvent, EventMetadata, POETEvent } from '../../records/events.ts';

/**
 * The JSON of an event. Executions, which may come by the hundred thousand, are put together from parts that were written before;
 * everything else, and whatever holds a field that is not known here, goes through `JSON.stringify`.
 */
export function writeEventText(event: AnyEvent): string {
  return (event.type === 'function.execution' ? writeExecution(event) : undefined) ?? JSON.stringify(event);
}

/** What is the same in every execution of one version of a function, until options change. */
interface Common { readonly metadata: EventMetadata; readonly version: string; readonly text: string }

const MAX_KNOWN = 10_000;
const known = new Map<string, Common>();
/** Events come many in a millisecond, and the process is sampled once a second. */
let timeMs = -1;
let timeText = '';
let memoryMb = -1;
let cpuPercent = -1;
let sampleText = '';

/** @returns undefined where anything is not as the runtime of this version writes it: a field more, or a value that JSON has no number for */
function writeExecution(event: POETEvent<'function.execution'>): string | undefined {
  const { id, timestamp, payload, correlation_id: correlation, causation_id: causation } = event;
  const { execution_id, start_time, end_time, status, metrics: { duration_ms, memory_mb, cpu_percent }, key, attempts, counted } = payload;
  if (memory_mb === undefined || cpu_percent === undefined || status !== 'success' || id.length !== 36 || execution_id.length !== 36) return undefined;
  if (countFields(event) !== 5 + present(correlation) + present(causation)) return undefined;
  if (countFields(payload) !== 7 + present(key) + present(attempts) + present(counted) || countFields(payload.metrics) !== 3) return undefined;
  if (!Number.isFinite(start_time + duration_ms + memory_mb + cpu_percent + end_time + timestamp)) return undefined;
  if (memory_mb !== memoryMb || cpu_percent !== cpuPercent) {
    sampleText = `,"memory_mb":${memory_mb},"cpu_percent":${cpu_percent}}`;
    memoryMb = memory_mb;
    cpuPercent = cpu_percent;
  }
  let rest = key === undefined ? '}' : `,"key":${JSON.stringify(key)}}`;
  if (attempts !== undefined) rest = `${rest.slice(0, -1)},"attempts":${attempts}}`;
  if (counted !== undefined) rest = `${rest.slice(0, -1)},"counted":${counted}}`;
  if (correlation !== undefined) rest += correlation === execution_id ? `,"correlation_id":"${correlation}"` : `,"correlation_id":${JSON.stringify(correlation)}`;
  if (causation !== undefined) rest += `,"causation_id":${JSON.stringify(causation)}`;
  return `{"id":"${id}","type":"function.execution","timestamp":${timeOf(timestamp)}${findCommon(event)}${execution_id}","start_time":${start_time},"end_time":${timeOf(end_time)},"status":"success","metrics":{"duration_ms":${duration_ms}${sampleText}${rest}}`;
}

function findCommon({ metadata, payload: { function_name, version } }: POETEvent<'function.execution'>): string {
  const found = known.get(function_name);
  if (found !== undefined && found.metadata === metadata && found.version === version) return found.text;
  if (known.size >= MAX_KNOWN) known.clear();
  const text = `,"metadata":${JSON.stringify(metadata)},"payload":{"function_name":${JSON.stringify(function_name)},"version":${JSON.stringify(version)},"execution_id":"`;
  known.set(function_name, { metadata, version, text });
  return text;
}

function timeOf(ms: number): string {
  if (ms !== timeMs) {
    timeMs = ms;
    timeText = `${ms}`;
  }
  return timeText;
}

function countFields(value: object): number {
  let fields = 0;
  for (const _ in value) fields++;
  return fields;
}

function present(value: unknown): number {
  return value === undefined ? 0 : 1;
}
