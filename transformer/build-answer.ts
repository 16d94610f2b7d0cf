import type { BuildAnswer, ImplementationText, PolicyDefaults } from '../templates/format.ts';

/** More than any implementation needs; what it becomes part of may hold 64 KB. */
const MAX_TEXT = 32 * 1024;

/**
 * Reads what a builtin answered: it may be a project's.
 * @throws Error that says what was expected
 */
export function readBuildAnswer(value: unknown): BuildAnswer {
  const answer = readObject(value, 'an answer', ['body', 'unrecognised', 'policies']);
  return {
    ...(answer['body'] === undefined ? {} : { body: readBody(answer['body']) }),
    ...(answer['unrecognised'] === undefined ? {} : { unrecognised: readText(answer['unrecognised'], 'unrecognised') }),
    ...(answer['policies'] === undefined ? {} : { policies: readPolicies(answer['policies']) }),
  };
}

function readBody(value: unknown): ImplementationText {
  const body = readObject(value, 'body', ['recipe', 'statements', 'functions']);
  const functions = body['functions'];
  if (!Array.isArray(functions)) throw new Error('expected body.functions to be a list');
  return {
    recipe: readText(body['recipe'], 'body.recipe'),
    statements: readText(body['statements'], 'body.statements'),
    functions: functions.map((text, i) => readText(text, `body.functions[${i}]`)),
  };
}

function readPolicies(value: unknown): PolicyDefaults {
  const { retries, timeoutMs, breaker } = readObject(value, 'policies', ['retries', 'timeoutMs', 'breaker']);
  const number = (found: unknown, name: string, min: number, max: number): number => {
    if (typeof found !== 'number' || !(found >= min && found <= max)) throw new Error(`expected policies.${name} to be a number from ${min} to ${max}`);
    return found;
  };
  const limits = breaker === undefined ? undefined : readObject(breaker, 'policies.breaker', ['failureRate', 'minimumCalls', 'windowMs']);
  return {
    ...(retries === undefined ? {} : { retries: number(retries, 'retries', 0, 10) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs: number(timeoutMs, 'timeoutMs', 1, 2_147_483_647) }),
    ...(limits === undefined ? {} : {
      breaker: {
        failureRate: number(limits['failureRate'], 'breaker.failureRate', 0, 1), minimumCalls: number(limits['minimumCalls'], 'breaker.minimumCalls', 1, 1e6),
        windowMs: number(limits['windowMs'], 'breaker.windowMs', 1, 86_400_000),
      },
    }),
  };
}

function readObject(value: unknown, name: string, keys: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`expected ${name} to be an object`);
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw new Error(`expected ${name} to hold ${keys.join(', ')} only, found ${unknown}`);
  return value as Readonly<Record<string, unknown>>;
}

function readText(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT) throw new Error(`expected ${name} to be a text of 1 to ${MAX_TEXT} characters`);
  return value;
}
