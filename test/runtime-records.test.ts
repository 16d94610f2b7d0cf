import fc from 'fast-check';
import { readEvent } from '../records/events.ts';
import type { AnyEvent } from '../records/events.ts';
import { isId, makeId, readIdTime } from '../records/ids.ts';
import { newId } from '../runtime/identity.ts';

const text = fc.string({ unit: 'binary' });
const name = fc.string({ minLength: 1 });
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const count = fc.nat();
const of = { function_name: name, version: text, execution_id: name };
const sample = { memory_mb: number, cpu_percent: number };
const error = fc.record({ type: text, message: text, stack_trace: text }, { requiredKeys: ['type', 'message'] });
const violation = fc.record({ path: text, expected: text, received: text });
const violations = fc.record({ ...of, count, violations: fc.array(violation) });
const execution = (status: 'success' | 'failure') => fc.record({
  ...of, start_time: number, end_time: number, status: fc.constant(status),
  metrics: fc.record({ duration_ms: number, ...sample }, { requiredKeys: ['duration_ms'] }),
  ...(status === 'failure' && { error }),
});
const breaker = fc.record({ ...of, calls: count, failures: count, slow: count });
const PAYLOADS = {
  'function.execution': fc.oneof(execution('success'), execution('failure')),
  'function.aggregate': fc.record({
    function_name: name, version: text, start_time: number, end_time: number,
    calls: count, failures: count, corrected: count, observed: count, rejected: count, violated: count, fallbacks: count,
    metrics: fc.record(sample, { requiredKeys: [] }),
  }),
  'function.feedback': fc.record({ ...of, feedback_type: fc.constantFrom('performance', 'error', 'user', 'system'), rating: number, comments: text, suggestions: fc.array(text) }, { requiredKeys: ['function_name', 'version', 'execution_id', 'feedback_type'] }),
  'perceive.corrected': fc.record({ ...of, count, corrections: fc.array(fc.record({ path: text, expected: text, received: text, corrected: text })) }),
  'perceive.observed': violations,
  'perceive.rejected': violations,
  'enforce.violated': violations,
  'operate.retried': fc.record({ ...of, attempt: count, wait_ms: number, fault: fc.constantFrom('transient', 'unconnected'), error }),
  'breaker.opened': breaker,
  'breaker.closed': breaker,
  'fallback.used': fc.record({ ...of, phase: fc.constantFrom('perceive', 'enforce'), error }),
  'alert.error_rate': fc.record({ function_name: name, version: text, calls: count, failures: count, rate: number, threshold: number, window_ms: number }),
  'alert.events_dropped': fc.record({ count, reasons: fc.dictionary(name, count) }),
  'later.type': fc.dictionary(text, fc.jsonValue()),
} satisfies Record<AnyEvent['type'] | 'later.type', fc.Arbitrary<unknown>>;

const event = fc.oneof(...Object.entries(PAYLOADS).map(([type, payload]) => fc.record(
  { id: name, type: fc.constant(type), timestamp: number, correlation_id: text, causation_id: text, metadata: fc.record({ version: text, environment: text, service: text, schema: fc.constant(1) }, { requiredKeys: ['version', 'environment', 'service'] }), payload: payload as fc.Arbitrary<unknown> },
  { requiredKeys: ['id', 'type', 'timestamp', 'metadata', 'payload'] },
)));

describe('readEvent', () => {
  it('reads back every event that was written, unknown types and fields included', () => {
    fc.assert(fc.property(event, fc.jsonValue(), (value, extra) => {
      const line = JSON.stringify({ ...value, extra });
      expect(readEvent(line)).toEqual({ event: JSON.parse(line) });
    }), { numRuns: 500 });
  });

  it('notices every required field of an envelope and of a payload that is missing', () => {
    const failure = fc.sample(execution('failure'), 1)[0];
    const whole = { id: 'a', type: 'function.execution', timestamp: 1, metadata: { version: '1', environment: 'test', service: 's' }, payload: failure };
    expect(readEvent(whole).problem).toBeUndefined();
    for (const key of Object.keys(whole)) expect(readEvent({ ...whole, [key]: undefined }).problem).toContain(key);
    for (const key of Object.keys(failure ?? {})) {
      const rest: Record<string, unknown> = { ...failure };
      delete rest[key];
      expect(readEvent({ ...whole, payload: rest }).problem).toContain(`payload.${key}`);
    }
  });

  it.each<[unknown, string]>([
    ['{"id":', 'not JSON'],
    ['[]', 'event: expected an object, found an array'],
    [null, 'event: expected an object, found null'],
    [{ id: 'a', type: 't', timestamp: 'now', metadata: { version: '', environment: '', service: '' }, payload: {} }, 'timestamp: expected a finite number, found string'],
    [{ id: 'a', type: 't', timestamp: 1, metadata: { version: '', environment: '', service: '', schema: 2 }, payload: {} }, 'metadata.schema: 2 is newer than 1'],
    [{ id: 'a', type: 'alert.events_dropped', timestamp: 1, metadata: { version: '', environment: '', service: '' }, payload: { count: 1, reasons: { EIO: -1 } } }, 'payload.reasons.EIO'],
  ])('says what is wrong with %j', (value, problem) => {
    expect(readEvent(value).problem).toContain(problem);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.anything(), fc.string()), (value) => {
      const result = readEvent(value);
      expect((result.event === undefined) !== (result.problem === undefined)).toBe(true);
    }));
  });
});

describe('ids', () => {
  it('are valid, carry their time and sort by time, then sequence', () => {
    const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    const word = fc.integer({ min: 0, max: 0xffffffff });
    const part = fc.tuple(time, fc.integer({ min: 0, max: 4095 }), word, word);
    fc.assert(fc.property(part, part, (a, b) => {
      const [idA, idB] = [makeId(...a), makeId(...b)];
      expect(isId(idA)).toBe(true);
      expect(readIdTime(idA)).toBe(a[0]);
      const order = a[0] - b[0] || a[1] - b[1];
      expect(order === 0 || (idA < idB) === (order < 0)).toBe(true);
    }));
  });

  it('made in one process are different and sorted', () => {
    const ids = Array.from({ length: 1000 }, newId);
    expect(new Set(ids).size).toBe(1000);
    expect([...ids].sort()).toEqual(ids);
  });
});
