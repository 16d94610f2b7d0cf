/** Boolean expressions of emitted checks, so that `!(a && b)` can be written as a person would. */

export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  /** Two texts that are each other's negation. */
  | { readonly kind: 'test'; readonly yes: string; readonly no: string }
  | { readonly kind: 'all'; readonly parts: readonly Condition[] }
  | { readonly kind: 'some'; readonly parts: readonly Condition[] };

export const YES: Condition = { kind: 'constant', value: true };
export const NO: Condition = { kind: 'constant', value: false };

export function test(yes: string, no: string = `!${yes}`): Condition {
  return { kind: 'test', yes, no };
}

export function equal(a: string, b: string): Condition {
  return test(`${a} === ${b}`, `${a} !== ${b}`);
}

export function typeIs(value: string, type: string): Condition {
  return equal(`typeof ${value}`, JSON.stringify(type));
}

export function all(...parts: readonly Condition[]): Condition {
  const flat = parts.flatMap((part) => (part.kind === 'all' ? part.parts : part.kind === 'constant' && part.value ? [] : [part]));
  if (flat.some((part) => part.kind === 'constant')) return NO;
  return flat.length === 0 ? YES : flat.length === 1 ? flat[0]! : { kind: 'all', parts: flat };
}

export function some(...parts: readonly Condition[]): Condition {
  const flat = parts.flatMap((part) => (part.kind === 'some' ? part.parts : part.kind === 'constant' && !part.value ? [] : [part]));
  if (flat.some((part) => part.kind === 'constant')) return YES;
  return flat.length === 0 ? NO : flat.length === 1 ? flat[0]! : { kind: 'some', parts: flat };
}

export function not(condition: Condition): Condition {
  switch (condition.kind) {
    case 'constant':
      return { kind: 'constant', value: !condition.value };
    case 'test':
      return test(condition.no, condition.yes);
    case 'all':
      return { kind: 'some', parts: condition.parts.map(not) };
    case 'some':
      return { kind: 'all', parts: condition.parts.map(not) };
  }
}

/** The outermost operands and what joins them. */
export function operands(condition: Condition): { readonly parts: readonly string[]; readonly join: '&&' | '||' } {
  if (condition.kind === 'constant') return { parts: [String(condition.value)], join: '&&' };
  if (condition.kind === 'test') return { parts: [condition.yes], join: '&&' };
  const texts = condition.parts.map((part) => (part.kind === 'all' || part.kind === 'some' ? `(${printCondition(part)})` : printCondition(part)));
  return { parts: texts, join: condition.kind === 'all' ? '&&' : '||' };
}

export function printCondition(condition: Condition): string {
  const { parts, join } = operands(condition);
  return parts.join(` ${join} `);
}
