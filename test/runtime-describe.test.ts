import fc from 'fast-check';
import { runInNewContext } from 'node:vm';
import { describe as describeValue, describeType } from '../runtime/describe.ts';
import { compileRedaction, isRedacted } from '../runtime/redaction.ts';
import { configure } from '../runtime/index.ts';
import { violation } from '../runtime/violation.ts';

const hostile = (): unknown[] => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const revokedFunction = Proxy.revocable(() => 1, {});
  revokedFunction.revoke();
  const throwing = new Proxy({}, new Proxy({}, { get: () => () => { throw new Error('trap'); } }));
  const lying = Object.defineProperty({}, 'constructor', { get() { throw new Error('getter'); } });
  const liar = Object.create({ constructor: Object.defineProperty(() => 1, 'name', { value: { toString() { throw new Error('name'); } } }) }) as object;
  class Date2 {}
  Object.defineProperty(Date2, 'name', { value: 'Date' });
  class Map2 {}
  Object.defineProperty(Map2, 'name', { value: 'Map' });
  return [revoked.proxy, revokedFunction.proxy, throwing, lying, liar, new Date2(), new Map2(), Object.create(null)];
};

describe('a described value', () => {
  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    ['abc', 'string "abc"'],
    ['x'.repeat(61), `string "${'x'.repeat(60)}…" (61 characters)`],
    [3, 'number 3'],
    [-0, 'number -0'],
    [NaN, 'number NaN'],
    [true, 'boolean true'],
    [10n, 'bigint 10n'],
    [1n << 1000n, 'bigint of more than 128 bits'],
    [Symbol('s'), 'symbol Symbol(s)'],
    [function named() {}, 'function named'],
    [[1, 2, 3], 'array(3)'],
    [{}, 'object {}'],
    [{ a: 1, 'b-c': 2 }, 'object {a, "b-c"}'],
    [{ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 }, 'object {a, b, c, d, e, …}'],
    [new Date(0), 'Date 1970-01-01T00:00:00.000Z'],
    [new Date(NaN), 'Date (invalid)'],
    [runInNewContext('new Date(0)'), 'Date 1970-01-01T00:00:00.000Z'],
    [new Map([[1, 2]]), 'Map(1)'],
    [new Set(), 'Set(0)'],
    [new Uint8Array(4), 'Uint8Array(4)'],
    [Promise.resolve(), 'Promise'],
    [new (class Order { id = 1; })(), 'Order {id}'],
  ])('%p is %s', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it('never throws and stays bounded, on hostile values too', () => {
    for (const value of hostile()) {
      expect(describeValue(value).length).toBeLessThanOrEqual(241);
      expect(describeValue(value)).toMatch(/^(object|function|Map)/);
    }
  });

  it('never throws, is bounded and starts with the type, whatever the value', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSet: true, withTypedArray: true, withSparseArray: true });
    fc.assert(fc.property(fc.oneof(anything, fc.string({ unit: 'binary', maxLength: 500 })), (value) => {
      const text = describeValue(value);
      expect(text.length).toBeLessThanOrEqual(241);
      expect(text.startsWith(describeType(value))).toBe(true);
      expect(typeof value === 'object' || text.startsWith(typeof value)).toBe(true);
    }));
  });

  it('runs no getter and shows nothing that lies inside an object', () => {
    let ran = false;
    const value = { secret: 'hunter2', get lazy() { ran = true; return 1; } };
    expect(describeValue(value)).toBe('object {secret, lazy}');
    expect(describeValue(['hunter2'])).toBe('array(1)');
    expect(ran).toBe(false);
  });
});

describe('redaction', () => {
  it.each(['$input.password', '$input.user.apiKey', '$input.user.api_key', '$input.headers["Authorization"]', '$input.cookies[0]', '$input.accessToken.value'])('hides %s', (path) => {
    expect(isRedacted(path)).toBe(true);
    expect(violation(path, 'number', 'hunter2').received).toBe('string [redacted]');
  });

  it('shows what no pattern names', () => {
    expect(isRedacted('$input.user.name')).toBe(false);
    expect(violation('$input.user.name', 'number', 'Ada').received).toBe('string "Ada"');
  });

  it('takes more patterns from configure, and drops them again, but never the built-in ones', () => {
    configure({ redact: ['patients.name'] });
    expect(isRedacted('$input.patients[3].fullName')).toBe(true);
    expect(isRedacted('$input.doctor.name')).toBe(false);
    configure({ redact: [] });
    expect(isRedacted('$input.patients[3].fullName')).toBe(false);
    expect(isRedacted('$input.password')).toBe(true);
  });

  it('takes a pattern literally', () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }).filter((s) => !s.includes('.')), (name) => {
      expect(compileRedaction([name])?.test(`$input.x${name}y`)).toBe(true);
    }));
    expect(compileRedaction(['a+'])?.test('$input.aa')).toBe(false);
  });
});
