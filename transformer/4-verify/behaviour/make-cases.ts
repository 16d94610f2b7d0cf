/** Arguments that belong together: what distinguishes two functions is rarely found by arguments that know nothing of each other. */
import fc from 'fast-check';
import { number, type Case, type Value } from '../sandbox/value.ts';
import { isMadeWithLess, makeEnv, makeValue, type Theme } from './make-value.ts';
import { notableValues } from './notable-values.ts';
import { RELATIONS } from './relate.ts';
import type { BehaviourSubject } from './subject.ts';

/** A case, and whether its arguments were bent: they may then be outside of what constraints and literal types allow. */
export interface Plan { readonly case: Case; readonly bent: boolean }

/** Deterministic: the same subject gives the same cases. */
export function makeCases(subject: BehaviourSubject, count: number, round = 0): readonly Plan[] {
  const seed = (Number.parseInt(subject.seed.slice(0, 8), 16) + round * 7_919) | 0;
  const examples = round === 0 ? subject.examples.map((args): Plan => ({ case: { args }, bent: true })) : [];
  const made = fc.sample(makePlan(subject), { numRuns: count, seed });
  return [...examples, ...(round === 0 ? withNotable(subject, made, seed) : []), ...made];
}

/** More would cost more than they find. */
const MAX_NOTABLE = 80;

/** Each notable value of each parameter once, among other arguments as they come. */
function withNotable(subject: BehaviourSubject, plans: readonly Plan[], seed: number): readonly Plan[] {
  const straight = plans.filter(({ bent }) => !bent);
  const bases = straight.length > 0 ? straight : plans;
  if (bases.length === 0) return [];
  const signatures = subject.contract.overloads.length > 0 ? subject.contract.overloads : [subject.contract];
  const env = makeEnv(subject, subject.contract.definitions, 'mixed');
  const each = signatures.flatMap(({ parameters }) => parameters.flatMap((parameter, i) => {
    const values = parameter.rest ? [] : notableValues(parameter.type, env);
    return [...(parameter.optional ? [{ k: 'undefined' as const }] : []), ...values].map((value) => ({ parameters, i, value }));
  }));
  const step = Math.max(1, each.length / MAX_NOTABLE);
  const chosen = each.filter((_, n) => Math.floor(n / step) !== Math.floor((n - 1) / step) || n === 0);
  return chosen.map(({ parameters, i, value }, n): Plan => {
    const { case: base, bent } = bases[n % bases.length]!;
    // Arguments that this one left out are made, so that the value stands where it belongs.
    const fill = parameters.slice(0, i).filter((p) => !p.rest).map((p, j) => base.args[j] ?? fc.sample(makeValue(p.type, env, p.name), { numRuns: 1, seed: seed + n + j })[0]!);
    return { case: { ...base, args: [...fill, value, ...base.args.slice(i + 1)] }, bent: bent || signatures.length > 1 };
  });
}

function makePlan(subject: BehaviourSubject): fc.Arbitrary<Plan> {
  // Where nothing is left open, one theme is as good as another.
  const themes: readonly Theme[] = JSON.stringify(subject.contract.parameters).includes('"any"') || JSON.stringify(subject.contract.definitions).includes('"any"') ? ['number', 'string', 'object', 'mixed', 'exotic'] : ['mixed'];
  const signatures = subject.contract.overloads.length > 0 ? subject.contract.overloads : [subject.contract];
  return fc.oneof(...themes.flatMap((theme) => signatures.map((signature) => {
    const env = makeEnv(subject, subject.contract.definitions, theme);
    const isLess = isMadeWithLess(signature.parameters) || isMadeWithLess(subject.contract.definitions);
    const parts = signature.parameters.map((parameter): fc.Arbitrary<readonly Value[] | undefined> => {
      const value = makeValue(parameter.type, env, parameter.name);
      if (parameter.rest) return value.map((list) => (list.k === 'array' ? list.items : []));
      const one = value.map((item): readonly Value[] => [item]);
      return parameter.optional ? fc.option(one, { freq: 3, nil: undefined }) : one;
    });
    const self = subject.self === undefined ? fc.constant(undefined) : makeValue({ kind: 'instance', name: subject.self.name, global: false }, env, 'this');
    return fc.tuple(fc.tuple(...parts), self, fc.integer({ min: 0, max: MAX_HOW }), fc.nat(1_000)).map(([lists, object, how, pick]): Plan => {
      const args = flatten(lists);
      const bent = how % 2 === 0 ? bendSomehow(args, how >> 1, pick) : undefined;
      return { case: { args: bent ?? args, ...(object !== undefined && { self: object }) }, bent: isLess || bent !== undefined };
    });
  })));
}

/** A parameter that was left out is `undefined`, or, at the end, not there. */
function flatten(lists: readonly (readonly Value[] | undefined)[]): Value[] {
  let end = lists.length;
  while (end > 0 && (lists[end - 1]?.length ?? 0) === 0) end--;
  return lists.slice(0, end).flatMap((list) => list ?? [{ k: 'undefined' as const }]);
}

/** Ways of `bend`, and the relations. */
const BENDS = 9;
const WAYS = BENDS + RELATIONS.length;
/** Large, so that no way is likelier for a small remainder. */
const MAX_HOW = 9_999;

/** One of the ways that these arguments allow, each as likely as the others. */
function bendSomehow(args: readonly Value[], how: number, pick: number): Value[] | undefined {
  const bent = Array.from({ length: WAYS }, (_, way) => (way < BENDS ? bend(args, way, pick) : RELATIONS[way - BENDS]!(args, pick))).filter((list) => list !== undefined);
  return bent[how % Math.max(1, bent.length)];
}

/** @returns arguments that have something to do with each other, or undefined to leave them as they are */
function bend(args: readonly Value[], how: number, pick: number): Value[] | undefined {
  const out = [...args];
  const arrays = out.flatMap((value, i) => (value.k === 'array' && value.items.length > 0 ? [i] : []));
  const array = arrays[pick % Math.max(1, arrays.length)];
  const items = array === undefined ? [] : (out[array] as Extract<Value, { k: 'array' }>).items;
  const others = out.flatMap((value, i) => (i !== array && isScalar(value) ? [i] : []));
  const other = others[pick % Math.max(1, others.length)];
  const set = (i: number, list: readonly Value[]): Value[] => { out[i] = { k: 'array', items: list }; return out; };
  switch (how) {
    case 0: // sorted
      return array === undefined || !items.every(isScalar) ? undefined : set(array, [...items].sort(compare));
    case 1: // with doubles
      return array === undefined ? undefined : set(array, [...items, ...items.slice(0, 1 + (pick % 3))]);
    case 2: { // an argument that is in the list
      const item = items[pick % Math.max(1, items.length)];
      if (other === undefined || item === undefined || item.k !== out[other]!.k) return undefined;
      out[other] = item;
      return out;
    }
    case 3: { // an index
      const at = out.findIndex((value, i) => i !== array && value.k === 'number');
      const length = items.length > 0 ? items.length : out.reduce((most, value) => (value.k === 'string' ? Math.max(most, value.v.length) : most), 0);
      if (at === -1) return undefined;
      out[at] = number((pick % (length + 2)) - (pick % 7 === 0 ? 1 : 0));
      return out;
    }
    case 4: { // two lists with common items
      const second = arrays.find((i) => i !== array);
      if (array === undefined || second === undefined) return undefined;
      const theirs = (out[second] as Extract<Value, { k: 'array' }>).items;
      return set(second, [...items.slice(0, 1 + (pick % items.length)), ...theirs.slice(1)]);
    }
    case 5: { // equal arguments
      const [a, b] = [pick % Math.max(1, out.length), (pick >> 3) % Math.max(1, out.length)];
      if (a === b || out[a] === undefined || out[a]!.k !== out[b]!.k) return undefined;
      out[b] = out[a]!;
      return out;
    }
    case 6: { // a part of a text
      const texts = out.flatMap((value, i) => (value.k === 'string' ? [i] : []));
      if (texts.length < 2) return undefined;
      const [a, b] = pick % 2 === 0 ? [texts[0]!, texts[1]!] : [texts[1]!, texts[0]!];
      const whole = (out[a] as Extract<Value, { k: 'string' }>).v;
      out[b] = { k: 'string', v: whole.slice(pick % (whole.length + 1), (pick % (whole.length + 1)) + 1 + (pick % 4)) };
      return out;
    }
    case 8: { // the same text to a careless reader
      const texts = out.flatMap((value, i) => (value.k === 'string' ? [i] : []));
      if (texts.length < 2) return undefined;
      const { v } = out[texts[pick % 2]!] as Extract<Value, { k: 'string' }>;
      const twist = [(t: string): string => t.toUpperCase(), (t: string): string => t.toLowerCase(), (t: string): string => ` ${t} `, (t: string): string => `${t}x`, (t: string): string => `x${t}`, (t: string): string => t.slice(0, -1), (t: string): string => t][pick % 7]!;
      const change = (t: string): string => (twist(t) === t && pick % 7 < 2 ? t.split('').map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join('') : twist(t));
      out[texts[(pick + 1) % 2]!] = { k: 'string', v: change(v) };
      return out;
    }
    case 7: // backwards
      return array === undefined || !items.every(isScalar) ? undefined : set(array, [...items].sort(compare).reverse());
    default: return undefined;
  }
}

const isScalar = (value: Value): boolean => ['number', 'string', 'boolean', 'bigint'].includes(value.k);

function compare(a: Value, b: Value): number {
  const key = (value: Value): number | string => (value.k === 'number' || value.k === 'bigint' ? Number(value.v) : value.k === 'string' ? value.v : 0);
  const [x, y] = [key(a), key(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
