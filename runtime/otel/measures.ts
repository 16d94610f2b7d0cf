import type { Attributes, Meter } from '@opentelemetry/api';

export interface Measures {
  call(seconds: number, attributes: Attributes): void;
  /** Counts an event of a call. @param facts of its payload */
  note(type: string, name: Attributes, facts: Attributes): void;
}

/** The conventions' bounds for durations, and two below: most functions are faster than a request. Seconds. */
const BOUNDS = [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** No convention names these; failures are calls with `error.type`. */
export function makeMeasures(meter: Meter): Measures {
  const duration = meter.createHistogram('poetc.call.duration', { unit: 's', description: 'Duration of calls of enhanced functions.', advice: { explicitBucketBoundaries: BOUNDS } });
  const retries = meter.createCounter('poetc.call.retries', { unit: '{retry}', description: 'Attempts after the first.' });
  const breaker = meter.createCounter('poetc.breaker.changes', { unit: '{change}', description: 'How often a breaker opened and closed.' });
  const contract = meter.createCounter('poetc.contract.findings', { unit: '{call}', description: 'Calls whose arguments or result were outside the contract.' });
  const fallbacks = meter.createCounter('poetc.call.fallbacks', { unit: '{call}', description: 'Calls in which a phase of poetc itself failed.' });
  return {
    call: (seconds, attributes) => duration.record(seconds, attributes),
    note(type, name, facts) {
      const [kind, what = ''] = type.split('.');
      if (type === 'operate.retried') retries.add(1, { ...name, ...(facts['poetc.fault'] !== undefined && { 'poetc.fault': facts['poetc.fault'] }) });
      else if (kind === 'breaker') breaker.add(1, { ...name, 'poetc.breaker.state': what === 'opened' ? 'open' : 'closed' });
      else if (kind === 'perceive' || kind === 'enforce') contract.add(1, { ...name, 'poetc.finding': what, 'poetc.phase': kind });
      else if (type === 'fallback.used') fallbacks.add(1, { ...name, ...(facts['poetc.phase'] !== undefined && { 'poetc.phase': facts['poetc.phase'] }) });
    },
  };
}
