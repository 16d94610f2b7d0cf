/** What is written of an execution without JSON.stringify is what JSON.stringify writes. */
import fc from 'fast-check';
import type { AnyEvent } from '../records/events.ts';
import { makeId } from '../records/ids.ts';
import { writeEventText } from '../runtime/node/event-text.ts';
import { addLine, makeLane } from '../runtime/node/lane.ts';

const id = fc.tuple(fc.nat(2 ** 40), fc.nat(4095), fc.nat(0xffffffff), fc.nat(0xffffffff)).map((words) => makeId(...words));
const ms = fc.oneof(fc.integer({ min: 0, max: 2 ** 41 }), fc.double({ min: 0, max: 2 ** 41, noNaN: true }));
const text = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom('src/a.ts#f', 'a"b\\c', 'größe\n', '\u2028', '\ud800'));
const metadata = fc.constantFrom(...['one', 'zwölf "x"'].map((service) => ({ version: '1', environment: 'test', service, schema: 1 })));
/** As `makeEvent` and `emitExecution` put it together. */
const execution = fc.record({
  id, type: fc.constant('function.execution' as const), timestamp: ms, metadata,
  payload: fc.record({
    function_name: text, version: text, execution_id: id, start_time: ms, end_time: ms, status: fc.constant('success' as const),
    metrics: fc.record({ duration_ms: ms, memory_mb: ms, cpu_percent: ms }),
    key: text, attempts: fc.integer({ min: 2, max: 9 }), counted: fc.constant(true as const),
  }, { requiredKeys: ['function_name', 'version', 'execution_id', 'start_time', 'end_time', 'status', 'metrics'] }),
  correlation_id: text, causation_id: text,
}, { requiredKeys: ['id', 'type', 'timestamp', 'metadata', 'payload'] });

describe('the text of an event', () => {
  it('equals JSON.stringify, whatever names, numbers and optional fields it has', () => {
    fc.assert(fc.property(execution, fc.boolean(), (event, own) => {
      const { causation_id, ...rest } = event;
      const whole = { ...rest, ...(own && { correlation_id: event.payload.execution_id }), ...(causation_id !== undefined && { causation_id }) } as AnyEvent;
      expect(writeEventText(whole)).toBe(JSON.stringify(whole));
    }), { numRuns: 2_000 });
  });

  const plain = fc.sample(execution, { numRuns: 1, seed: 7 })[0]!;
  it.each<[string, object]>([
    ['a field of a later version in the event', { ...plain, later: 1 }],
    ['one in the payload', { ...plain, payload: { ...plain.payload, parameters: { a: 1 } } }],
    ['one in the metrics', { ...plain, payload: { ...plain.payload, metrics: { ...plain.payload.metrics, gpu: 1 } } }],
    ['metrics of a platform that cannot tell', { ...plain, payload: { ...plain.payload, metrics: { duration_ms: 1 } } }],
    ['a number that JSON does not have', { ...plain, payload: { ...plain.payload, metrics: { ...plain.payload.metrics, duration_ms: NaN } } }],
    ['a failure', { ...plain, payload: { ...plain.payload, status: 'failure', error: { type: 'Error', message: 'x' } } }],
    ['an id of another kind', { ...plain, id: 'a"b' }], ['an execution id of another kind', { ...plain, payload: { ...plain.payload, execution_id: '"' } }],
    ['another type', { ...plain, type: 'breaker.opened' }],
  ])('is whole with %s', (_, event) => expect(writeEventText(event as AnyEvent)).toBe(JSON.stringify(event)));

  it('follows a changed version and changed metadata of the same function', () => {
    const changed = { ...plain, metadata: { ...plain.metadata, service: 'moved' }, payload: { ...plain.payload, version: 'v9' } } as AnyEvent;
    for (const event of [plain as AnyEvent, changed, plain as AnyEvent]) expect(writeEventText(event)).toBe(JSON.stringify(event));
  });
});

describe('the lines of a lane', () => {
  it('are whole however long they are, and whatever they are written in', () => {
    const lane = makeLane('/nowhere', 'p', false);
    const texts = ['a', 'ü'.repeat(30_000), '日本語'.repeat(40_000), '😀'.repeat(100), 'x'.repeat(65_535)];
    for (const each of texts) addLine(lane, each);
    expect(lane.lines.toString('utf8', 0, lane.bytes)).toBe(`${texts.join('\n')}\n`);
    expect(lane.events).toBe(5);
  });
});
