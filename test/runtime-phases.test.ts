import {
  begin, configure, corrected, correction, enforce, failed, finish, flushEvents, isEnforceError, isOperateError, isPerceiveError, isPoetError,
  observeArguments, onEvent, openTarget, OperateError, perceive, perceiveThis, PerceiveError, refuseArguments, refuseResult, reportResult, settle, violation,
} from '../runtime/index.ts';
import type { AnyEvent, RuntimeOptions, TargetHandle, Violation } from '../runtime/index.ts';
import { readEvent } from '../records/events.ts';

let serial = 0;
const target = (id = `src/a.ts#f${serial++}`): TargetHandle => openTarget({ id, name: id.split('#')[1] ?? id, version: 'v1', hash: 'h', package: 'app' });

/** A function as emission writes it, with phases that the test chooses. */
function enhanced<A extends unknown[], R>(t: TargetHandle, body: (...args: A) => R, phases: { perceive?: (...args: A) => A; enforce?: (result: R, ...args: A) => R }) {
  return function author(...args: A): R {
    if (t.off) return body(...args);
    const x = begin(t);
    let now = args;
    if (phases.perceive !== undefined) {
      const p = perceive(t, x, phases.perceive, args);
      if (p === undefined) return body(...args);
      now = p;
    }
    let r: R;
    try { r = body(...now); } catch (error) { failed(t, x, error); throw error; }
    if (phases.enforce !== undefined) r = enforce(t, x, phases.enforce as unknown as (result: R, ...rest: never[]) => R, r, now);
    finish(t, x);
    return r;
  };
}

function recordEvents<R>(run: () => R): AnyEvent[] {
  const events: AnyEvent[] = [];
  const stop = onEvent((event) => events.push(event));
  try { run(); } finally { stop(); }
  for (const event of events) expect(readEvent(JSON.parse(JSON.stringify(event))).problem).toBeUndefined();
  return events;
}

function caught(run: () => unknown): unknown {
  try { run(); } catch (error) { return error; }
  throw new Error('nothing was thrown');
}

const number = (x: unknown, path = '$input.x'): Violation => violation(path, 'number', x);

afterEach(() => configure({ events: 'default', recordValues: false, redact: [], disable: false }));

describe('Perceive', () => {
  it('refuses with an error that names code, function, path, expected and received', () => {
    const f = enhanced(target('src/a.ts#mean'), (x: number) => x, { perceive: (x) => refuseArguments([number(x), violation('$input.password', 'string', 7)]) });
    const error = caught(() => f('abc' as never));
    expect(error).toBeInstanceOf(PerceiveError);
    expect(error).toMatchObject({ name: 'PerceiveError', code: 'POET7001', functionName: 'mean', path: '$input.x', expected: 'number', received: 'string "abc"' });
    expect((error as Error).message).toBe([
      'POET7001 mean: the arguments are outside the contract',
      '  $input.x: expected number, received string "abc"',
      '  $input.password: expected string, received number [redacted]',
      '  hint: fix the caller or the types; perceive: "observe" only reports',
    ].join('\n'));
    expect(isPerceiveError(error) && isPoetError(error)).toBe(true);
    expect(isEnforceError(error) || isOperateError(error)).toBe(false);
  });

  it('lists ten violations and counts the others', () => {
    const all = Array.from({ length: 13 }, (_, i) => number('x', `$input.xs[${i}]`));
    const { message } = caught(() => refuseArguments(all)) as Error;
    expect(message.match(/expected number/g)).toHaveLength(10);
    expect(message).toContain('\n  ... and 3 more\n');
  });

  it('starts the stack in the author\'s function', () => {
    const f = enhanced(target(), (x: number) => x, { perceive: (x) => refuseArguments([number(x)]) });
    const stack = (caught(() => f('a' as never)) as Error).stack ?? '';
    expect(stack).toMatch(/^PerceiveError: POET7001/);
    expect(/^\s+at .*$/m.exec(stack)?.[0]).toContain('author');
  });

  it('keeps a stack when a phase is called outside any target', () => {
    expect((caught(() => refuseArguments([number(1)])) as Error).stack).toContain('runtime-phases.test');
  });

  it('goes on with corrected arguments and records what was done, by type', () => {
    const f = enhanced(target('src/a.ts#double'), (x: number) => 2 * x, { perceive: (x): [number] => { corrected([correction('$input.x', 'number', x, Number(x))]); return [Number(x)]; } });
    let result = 0;
    const events = recordEvents(() => { result = f('21' as never); });
    expect(result).toBe(42);
    expect(events).toEqual([expect.objectContaining({ type: 'perceive.corrected', payload: expect.objectContaining({ function_name: 'src/a.ts#double', version: 'v1', count: 1, corrections: [{ path: '$input.x', expected: 'number', received: 'string', corrected: 'number' }] }) })]);
  });

  it('records no correction of arguments that it refuses in the end', () => {
    const f = enhanced(target(), (x: number) => x, { perceive: (x): [number] => { corrected([correction('$input.x', 'number', x, 1)]); return refuseArguments([number(x)]); } });
    const events = recordEvents(() => caught(() => f('a' as never)));
    expect(events.map((e) => e.type)).toEqual(['perceive.rejected', 'function.execution']);
    expect(events[1]).toMatchObject({ causation_id: events[0]?.id, correlation_id: events[0]?.correlation_id, payload: { status: 'failure', error: { type: 'PerceiveError' } } });
  });

  it('observes and changes nothing', () => {
    const f = enhanced(target(), (x: number) => x, { perceive: (x): [number] => { observeArguments([number(x)]); return [x]; } });
    const events = recordEvents(() => expect(f('a' as never)).toBe('a'));
    expect(events.map((e) => e.type)).toEqual(['perceive.observed']);
  });

  it('steps aside when it fails itself', () => {
    const t = target();
    const f = enhanced(t, (x: number) => x, { perceive: () => { throw new TypeError('bug'); } });
    const events = recordEvents(() => expect(f(1)).toBe(1));
    expect([t.calls, t.fallbacks]).toEqual([1, 1]);
    expect(events).toEqual([expect.objectContaining({ type: 'fallback.used', payload: expect.objectContaining({ phase: 'perceive', error: expect.objectContaining({ type: 'TypeError', message: '' }) }) })]);
  });

  it('records of its own failure where it was, and no value that it failed over, unless asked to', () => {
    const parse = enhanced(target(), (text: string) => text, { perceive: (text): [string] => { JSON.parse(text); return [text]; } });
    const call = (): unknown => recordEvents(() => parse('hunter2\n    at secret'))[0]?.payload;
    const payload = call();
    expect(payload).toMatchObject({ error: { type: 'SyntaxError', message: '', stack_trace: expect.stringMatching(/^ +at JSON\.parse/) as string } });
    expect(JSON.stringify(payload)).not.toMatch(/hunter2|secret/);
    configure({ recordValues: true });
    expect(call()).toMatchObject({ error: { message: expect.stringContaining('hunter2') as string } });
    configure({ recordValues: false });
  });

  it('hands `this` over', () => {
    const t = target();
    const self = { by: 3 };
    expect(perceiveThis(t, begin(t), self, function (x: number): [number] { return [x * this.by]; }, [2])).toEqual([6]);
  });

  it('keeps the corrections of nested calls apart', () => {
    const inner = enhanced(target('i#inner'), (x: number) => x, { perceive: (x): [number] => { corrected([correction('$input.x', 'number', x, 1)]); return [1]; } });
    const outer = enhanced(target('o#outer'), (x: number) => x, { perceive: (x): [number] => { inner('1' as never); corrected([correction('$input.x', 'number', x, 2)]); return [2]; } });
    const events = recordEvents(() => outer('2' as never));
    expect(events.map((e) => [e.type, 'function_name' in e.payload && e.payload.function_name])).toEqual([['perceive.corrected', 'i#inner'], ['perceive.corrected', 'o#outer']]);
    expect(events.every((e) => e.type === 'perceive.corrected' && e.payload.count === 1)).toBe(true);
  });
});

describe('Operate', () => {
  it('lets the author\'s error through unchanged and records the failure with frames but no values of ours', () => {
    const thrown = new RangeError('out of range');
    const f = enhanced(target(), (): number => { throw thrown; }, {});
    const events = recordEvents(() => expect(caught(f)).toBe(thrown));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'function.execution', payload: { status: 'failure', error: { type: 'RangeError', message: 'out of range', stack_trace: expect.stringContaining('at ') } } });
    expect(JSON.stringify(events[0])).not.toContain('RangeError: out of range');
  });

  it('names the inner failure as the cause of the outer one', () => {
    const inner = enhanced(target('i#in'), (): number => { throw new Error('deep'); }, {});
    const outer = enhanced(target('o#out'), () => inner(), {});
    const [first, second] = recordEvents(() => caught(outer));
    expect(second?.causation_id).toBe(first?.id);
  });

  it('survives thrown values that cannot be read', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [proxy, 'hunter2', undefined, null, { get message() { throw new Error('getter'); } }]) {
      const f = enhanced(target(), (): number => { throw value; }, {});
      const events = recordEvents(() => expect(Object.is(caught(f), value)).toBe(true));
      expect(events).toHaveLength(1);
      expect(JSON.stringify(events)).not.toContain('hunter2');
    }
  });

  it('has an error for policies', () => {
    const error = new OperateError('fetchUser', 'no result within 5000 ms');
    expect(isOperateError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'POET7002', violations: [], path: undefined });
    expect(error.message).toContain('POET7002 fetchUser: no result within 5000 ms');
  });
});

describe('Enforce', () => {
  it('throws, and records violation and failure', () => {
    const f = enhanced(target(), () => 'no' as unknown as number, { enforce: (r) => refuseResult([violation('$output', 'number', r)]) });
    let error: unknown;
    const events = recordEvents(() => { error = caught(f); });
    expect(isEnforceError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'POET7003', path: '$output', received: 'string "no"' });
    expect(events.map((e) => e.type)).toEqual(['enforce.violated', 'function.execution']);
  });

  it('reports, and returns the same object', () => {
    const result = { total: 'x' };
    const f = enhanced(target(), () => result, { enforce: (r) => { reportResult([violation('$output.total', 'number', r.total)]); return r; } });
    const events = recordEvents(() => expect(f()).toBe(result));
    expect(events.map((e) => e.type)).toEqual(['enforce.violated']);
  });

  it('returns the raw result when it fails itself', () => {
    const f = enhanced(target(), () => 5, { enforce: () => { throw new Error('bug'); } });
    const events = recordEvents(() => expect(f()).toBe(5));
    expect(events.map((e) => e.type)).toEqual(['fallback.used']);
  });

  it('settles values and promises alike', async () => {
    const t = target();
    expect(settle(t, begin(t), 2, (v) => v + 1)).toBe(3);
    await expect(settle(t, begin(t), Promise.resolve(2), (v) => v + 1)).resolves.toBe(3);
    const error = new Error('later');
    await expect(settle(t, begin(t), Promise.reject(error), (v) => v)).rejects.toBe(error);
    expect([t.calls, t.failures]).toEqual([3, 1]);
  });
});

describe('what is recorded', () => {
  const refusing = (path: string, value: unknown) => enhanced(target(), () => 1, { perceive: () => refuseArguments([violation(path, 'number', value)]) });
  const received = (f: () => unknown) => {
    const [event] = recordEvents(() => caught(f));
    return event?.type === 'perceive.rejected' ? event.payload.violations[0] : undefined;
  };

  it('is the type of a value, never the value, nor keys that are data', () => {
    expect(received(refusing('$input.byName["Ada \\"L\\""].age', 'hunter2'))).toEqual({ path: '$input.byName[*].age', expected: 'number', received: 'string' });
    class Hunter2 {}
    expect(received(refusing('$input.x', new Hunter2()))?.received).toBe('object');
  });

  it('is in no part of any event, whatever is refused', () => {
    const events = recordEvents(() => { for (const v of ['hunter2', { hunter2: 1 }, Symbol('hunter2'), function hunter2() {}]) caught(refusing('$input.x', v)); });
    expect(events).toHaveLength(8);
    expect(JSON.stringify(events.map((e) => ({ ...e, payload: { ...e.payload, error: 'error' in e.payload ? { ...e.payload.error, stack_trace: '' } : undefined } })))).not.toContain('hunter2');
  });

  it('is a preview where values are to be recorded, but not of redacted paths', () => {
    configure({ recordValues: true });
    expect(received(refusing('$input.x["k"]', 'hunter2'))).toEqual({ path: '$input.x["k"]', expected: 'number', received: 'string "hunter2"' });
    expect(received(refusing('$input.token', 'hunter2'))?.received).toBe('string [redacted]');
  });

  it('is every execution on request', () => {
    configure({ events: 'all' });
    const f = enhanced(target('src/a.ts#all'), () => 1, {});
    const events = recordEvents(() => { f(); f(); flushEvents(); });
    expect(events.map((e) => e.type)).toEqual(['function.execution', 'function.execution']);
    expect(events[0]).toMatchObject({ payload: { function_name: 'src/a.ts#all', status: 'success' }, metadata: { environment: 'test', service: 'app', schema: 1 } });
    expect(events[0]?.correlation_id).not.toBe(events[1]?.correlation_id);
  });

  it('is an aggregate of the rest by default', () => {
    const t = target();
    const f = enhanced(t, (x: number) => { if (x < 0) throw new Error('negative'); return x; }, {});
    const events = recordEvents(() => { for (let i = 0; i < 100; i++) f(i); caught(() => f(-1)); flushEvents(); flushEvents(); });
    expect(events.map((e) => e.type)).toEqual(['function.execution', 'function.aggregate']);
    expect(events[1]).toMatchObject({ payload: { function_name: t.spec.id, calls: 101, failures: 1, corrected: 0, timing: { calls: 7 } } });
  });

  it('is nothing when events are off, or nobody listens', () => {
    const t = target();
    expect(begin(t)).toBeUndefined();
    configure({ events: 'off' });
    expect(recordEvents(() => caught(refusing('$input.x', 1)))).toEqual([]);
  });

  it('does not come back to a listener that causes events, nor fails the caller when it throws', () => {
    const f = refusing('$input.x', 1);
    let told = 0;
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const stop = onEvent(() => { told++; caught(f); throw new Error('listener'); });
    expect(isPerceiveError(caught(f))).toBe(true);
    stop();
    expect(told).toBe(2);
    expect(warn.mock.calls).toEqual([[expect.stringContaining('POET7014')]]);
    warn.mockRestore();
  });
});

describe('targets and options', () => {
  it('share one handle for one version, and have another for another', () => {
    const spec = { id: 'm#f', name: 'f', module: 'm', version: 'v1', hash: '1' };
    const first = openTarget(spec);
    expect(openTarget({ ...spec })).toBe(first);
    expect(openTarget({ ...spec, package: 'other' })).not.toBe(first);
    expect(openTarget({ ...spec, version: 'v2', hash: '2' })).not.toBe(first);
  });

  it.each<[string, RuntimeOptions, RuntimeOptions, unknown[]]>([
    ['a switch, which are not lost', {}, { disable: true }, ['function.aggregate 3']],
    ['a change to fewer events, which are not counted twice', { events: 'all' }, { events: 'default' }, ['function.execution', 'function.execution', 'function.execution']],
    ['a change to more events, which are not lost', { events: 'default' }, { events: 'all' }, ['function.aggregate 3']],
  ])('keep the counts of before %s', (_, before, after, expected) => {
    const heard: unknown[] = [];
    const t = target('before#f');
    const stop = onEvent((event) => { if ('function_name' in event.payload && event.payload.function_name === 'before#f') heard.push(event.type === 'function.aggregate' ? `${event.type} ${event.payload.calls}` : event.type); });
    configure(before);
    for (let i = 0; i < 3; i++) finish(t, begin(t));
    configure(after);
    flushEvents();
    configure({ disable: [], events: 'default' });
    flushEvents();
    stop();
    expect(heard).toEqual(expected);
  });

  it('of two versions that run at once both hear of the switch and of levels, and are both counted', () => {
    const [first, second] = ['v1', 'v2'].map((version) => openTarget({ id: 'two#f', name: 'f', version, hash: version, package: 'app' })) as [TargetHandle, TargetHandle];
    configure({ disable: ['two#f'] });
    expect([first.off, second.off]).toEqual([true, true]);
    configure({ disable: [] });
    const counted: unknown[] = [];
    const stop = onEvent((event) => { if (event.type === 'function.aggregate' && event.payload.function_name === 'two#f') counted.push([event.payload.version, event.payload.calls]); });
    for (const t of [first, second, first]) finish(t, begin(t));
    expect([first.level, second.level]).toEqual([1, 1]);
    flushEvents();
    stop();
    expect(counted).toEqual([['v1', 2], ['v2', 1]]);
  });

  it('run the original when disabled by id or name, and enhanced again afterwards', () => {
    const [a, b] = [target('m#a'), target('m#b')];
    configure({ disable: ['m#a'] });
    expect([a.off, b.off, target('m#a2').off]).toEqual([true, false, false]);
    configure({ disable: ['b'] });
    expect([a.off, b.off]).toEqual([false, true]);
    configure({ disable: true });
    expect([a.off, b.off]).toEqual([true, true]);
    configure({ disable: false });
    expect([a.off, b.off]).toEqual([false, false]);
  });

  it.each<[object, string]>([
    [{ event: 'all' }, 'unknown option "event"'],
    [{ events: 'some' }, 'events must be "all" | "default" | "off"'],
    [{ redact: [''] }, 'redact must be'],
    [{ maxEventsMb: 0 }, 'maxEventsMb must be'],
  ])('refuse %j', (options, problem) => {
    expect(() => configure(options)).toThrow(problem);
    expect(() => configure(options)).toThrow('POET7020');
  });
});

describe('isPoetError', () => {
  it('knows errors of another copy, and survives hostile values', () => {
    expect(isPoetError(Object.assign(new Error('x'), { isPoetError: true }))).toBe(true);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [proxy, null, undefined, 'x', new Error('x'), { get isPoetError() { throw new Error('getter'); } }]) expect(isPoetError(value)).toBe(false);
  });
});
