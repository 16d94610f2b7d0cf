/** What is repeated, whole: effect × idempotent × error × retries × the attempt that succeeds, from source text to the number of attempts in virtual time. */
import ts from 'typescript';
import { PerceiveError } from '../runtime/errors.ts';
import { makePolicyState, operate } from '../runtime/policy/operate.ts';
import type { PolicySpec } from '../runtime/policy/spec.ts';
import type { TargetHandle } from '../runtime/target.ts';
import { makeDefaults } from '../transformer/config/index.ts';
import { readPolicy } from '../transformer/policy.ts';
import { planAll } from './plan-targets.ts';
import { makeVirtualClock } from '../scripts/simulate/virtual-clock.ts';

const DECLARE = 'declare const db: { insert(row: object): Promise<void>; remove(id: string): Promise<void> };\nlet seen = 0; export const count = (): void => { seen++; };\n';

/** Bodies by the effect that the compiler finds in them. */
const EFFECTS: Readonly<Record<string, { readonly body: string; readonly kind: string; readonly parameters?: string }>> = {
  'computes': { kind: 'pure', body: 'return id.length;' },
  'reads': { kind: 'read', body: 'return id.length + seen;' },
  'has one effect': { kind: 'unknown', body: 'return db.insert({ id });' },
  'has two effects': { kind: 'unknown', body: 'await db.insert({ id }); return db.remove(id);' },
  'has one in a loop': { kind: 'unknown', body: 'for (const c of id) await db.insert({ c });' },
  'changes an argument': { kind: 'write', parameters: 'row: { seen?: boolean }', body: 'row.seen = true; return row.seen;' },
};

const coded = (code: string): Error => Object.assign(new Error(code), { code });
const ERRORS: Readonly<Record<string, () => unknown>> = {
  'never connected': () => coded('ECONNREFUSED'),
  'no such host': () => new TypeError('fetch failed', { cause: coded('ENOTFOUND') }),
  'connection lost': () => coded('ECONNRESET'),
  'HTTP 503': () => Object.assign(new Error('unavailable'), { status: 503 }),
  'HTTP 429 of axios': () => Object.assign(new Error('slow down'), { response: { status: 429 } }),
  'attempt took too long': () => 'hang',
  'HTTP 400': () => Object.assign(new Error('bad request'), { status: 400 }),
  'HTTP 404, though the cause was a lost connection': () => Object.assign(new Error('not found', { cause: coded('ECONNRESET') }), { status: 404 }),
  'a mistake of the author\'s': () => new TypeError('x is undefined'),
  'arguments outside a contract': () => new PerceiveError('g', []),
  'a text': () => 'thrown',
};

const [UNCONNECTED, TRANSIENT, NOTHING] = [['never connected', 'no such host'], ['never connected', 'no such host', 'connection lost', 'HTTP 503', 'HTTP 429 of axios', 'attempt took too long'], []] as const;

/** Which errors each may be repeated after: the promise, in words. */
const MAY: readonly (readonly [effect: string, idempotent: boolean, after: readonly string[]])[] = [
  ['computes', false, NOTHING], ['reads', false, TRANSIENT], ['has one effect', false, UNCONNECTED], ['has two effects', false, NOTHING], ['has one in a loop', false, NOTHING], ['changes an argument', false, NOTHING],
  ...Object.keys(EFFECTS).map((effect) => [effect, true, TRANSIENT] as const),
];

function policyOf(effect: string, options: string): { readonly policy: PolicySpec; readonly kind: string } {
  const { body, parameters = 'id: string' } = EFFECTS[effect]!;
  const { plans, checker } = planAll(`${DECLARE}/** @poet attemptMs=100 ${options} */ export async function f(${parameters}): Promise<unknown> { ${body} }\n`);
  const { target } = plans[0]!;
  return { policy: readPolicy(target, '{"schema":1,"parameters":{}}', checker, { ts, config: makeDefaults() }).policy!, kind: target.effects.kind };
}

/** @param succeedsAt the attempt that works; Infinity: none */
async function attemptsOf(policy: PolicySpec, error: () => unknown, succeedsAt: number): Promise<{ readonly attempts: number; readonly ok: boolean }> {
  const clock = makeVirtualClock();
  const target: TargetHandle = { spec: { id: 'a#f', name: 'f', version: 'v1', hash: '0', policy }, off: false, level: 0, sinceMs: 0, calls: 0, failures: 0, corrected: 0, observed: 0, rejected: 0, violated: 0, fallbacks: 0, timedCalls: 0, timedMs: 0, maxMs: 0, policy: makePolicyState(policy, clock) };
  let attempts = 0;
  let ok = false;
  operate(target, undefined, () => {
    attempts++;
    const thrown = error();
    return attempts >= succeedsAt ? Promise.resolve('ok') : thrown === 'hang' ? new Promise<string>(() => undefined) : Promise.reject(thrown as Error);
  }).then(() => { ok = true; }, () => undefined);
  await clock.runUntil(120_000);
  return { attempts, ok };
}

describe.each(MAY)('a function that %s, idempotent %s', (effect, idempotent, after) => {
  const byRetries = [0, 1, 3].map((retries) => [retries, policyOf(effect, `retries=${retries}${idempotent ? ' idempotent=true' : ''}`)] as const);

  it('has that effect', () => expect(byRetries.map(([, { kind }]) => kind)).toEqual(Array(3).fill(EFFECTS[effect]!.kind)));
  it.each(Object.keys(ERRORS))('%s', async (name) => {
    for (const [retries, { policy }] of byRetries) {
      for (const succeedsAt of [1, 2, 3, Infinity]) {
        const may = after.includes(name) ? retries + 1 : 1;
        expect([retries, succeedsAt, await attemptsOf(policy, ERRORS[name]!, succeedsAt)]).toEqual([retries, succeedsAt, { attempts: Math.min(may, succeedsAt), ok: succeedsAt <= may }]);
      }
    }
  });
});
