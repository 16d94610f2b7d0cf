/** Constraint tags → constraints of the IR, with a diagnostic for everything that has no effect. */
import { makeDiagnostic } from '../diagnostics/registry.ts';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import type { Constraints, TypeIr } from './ir.ts';
import type { Tag } from './constraint-tags.ts';
import { describeType } from './describe.ts';
import { FORMATS } from './formats.ts';
import { mapParts } from './make-type.ts';

type Name = keyof Constraints;
type Value = 'number' | 'count' | 'none' | 'pattern' | 'format';

const NUMERIC = ['number', 'bigint'] as const;
const TEXT = ['string', 'template'] as const;

const RULES: Readonly<Record<Name, { readonly on: readonly string[]; readonly value: Value; readonly applies: string }>> = {
  minimum: { on: NUMERIC, value: 'number', applies: 'numbers and bigints' },
  maximum: { on: NUMERIC, value: 'number', applies: 'numbers and bigints' },
  exclusiveMinimum: { on: NUMERIC, value: 'number', applies: 'numbers and bigints' },
  exclusiveMaximum: { on: NUMERIC, value: 'number', applies: 'numbers and bigints' },
  multipleOf: { on: NUMERIC, value: 'number', applies: 'numbers and bigints' },
  integer: { on: ['number'], value: 'none', applies: 'numbers' },
  finite: { on: ['number'], value: 'none', applies: 'numbers' },
  minLength: { on: TEXT, value: 'count', applies: 'strings' },
  maxLength: { on: TEXT, value: 'count', applies: 'strings' },
  pattern: { on: TEXT, value: 'pattern', applies: 'strings' },
  format: { on: TEXT, value: 'format', applies: 'strings' },
  minItems: { on: ['array'], value: 'count', applies: 'arrays' },
  maxItems: { on: ['array'], value: 'count', applies: 'arrays' },
  uniqueItems: { on: ['array'], value: 'none', applies: 'arrays' },
  validDate: { on: ['builtin'], value: 'none', applies: 'dates' },
};

/** What other tools call the same thing. */
const SYNONYMS: Readonly<Record<string, Name>> = {
  min: 'minimum', max: 'maximum', gte: 'minimum', lte: 'maximum', gt: 'exclusiveMinimum', lt: 'exclusiveMaximum',
  regex: 'pattern', regexp: 'pattern', int: 'integer', unique: 'uniqueItems', minlen: 'minLength', maxlen: 'maxLength',
};

/** Tags of JSDoc, TSDoc and well-known tools that stand near a constraint's name without being one. */
const OTHER_TAGS = new Set(['internal', 'inline', 'interface', 'default', 'define', 'file', 'final', 'link', 'min-version', 'format-ignore', 'mixin', 'name', 'unit', 'units']);

export interface TaggedPlace {
  /** Name of the function, for messages. */
  readonly where: string;
  /** Position of a tag. */
  locate(start: number, length: number): Pick<PoetDiagnostic, 'file' | 'start' | 'length'>;
  report(diagnostic: PoetDiagnostic): void;
}

/**
 * The type with the constraints of some tags. Tags that are no constraints are passed over, unless their name is nearly one.
 * Constraints of a union go to its fitting members, those of an array that do not speak of arrays to its elements.
 */
export function applyTags(ir: TypeIr, tags: readonly Tag[], place: TaggedPlace): TypeIr {
  let type = ir;
  for (const tag of tags) {
    const at = place.locate(tag.start, tag.name.length + 1);
    if (!isConstraint(tag.name)) {
      const nearest = findNearest(tag.name);
      if (nearest !== undefined) place.report(makeDiagnostic('POET2001', { where: place.where, tag: tag.name, nearest }, at));
      continue;
    }
    const value = readValue(tag.name, tag.value, place, at);
    if (value === undefined) continue;
    const constrained = constrain(type, tag.name, value);
    if (constrained === undefined) {
      place.report(makeDiagnostic('POET2002', { where: place.where, tag: tag.name, type: describeType(type), applies: RULES[tag.name].applies }, at));
    } else {
      type = constrained;
    }
  }
  return type;
}

export function isConstraint(name: string): name is Name {
  return Object.hasOwn(RULES, name);
}

/** The constraint that a tag was probably meant to be. */
export function findNearest(name: string): Name | undefined {
  const lower = name.toLowerCase().replace(/-/g, '');
  const synonym = SYNONYMS[lower];
  if (synonym !== undefined) return synonym;
  if (OTHER_TAGS.has(name)) return undefined;
  const near = (Object.keys(RULES) as Name[])
    .map((candidate) => ({ candidate, distance: editDistance(lower, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= (candidate.length >= 7 ? 2 : 1))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate;
}

function readValue(name: Name, text: string, place: TaggedPlace, at: Pick<PoetDiagnostic, 'file' | 'start' | 'length'>): string | number | true | undefined {
  const refuse = (expected: string, example: string): undefined => {
    const found = text === '' ? 'nothing' : JSON.stringify(text.split('\n')[0]);
    place.report(makeDiagnostic('POET2003', { where: place.where, tag: name, expected, found, example }, at));
    return undefined;
  };
  const [word = ''] = text.split(/\s/);
  switch (RULES[name].value) {
    case 'none':
      return word === 'false' ? refuse('nothing', `@${name}`) : true;
    case 'number':
      return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?n?$/.test(word) && !(name === 'multipleOf' && !(Number.parseFloat(word) > 0))
        ? word.replace(/^\+|n$/g, '')
        : refuse(name === 'multipleOf' ? 'a positive number' : 'a number', `@${name} ${name === 'multipleOf' ? 5 : 0}`);
    case 'count':
      return /^\d+$/.test(word) ? Number(word) : refuse('a count', `@${name} 1`);
    case 'format':
      return Object.hasOwn(FORMATS, word) ? word : refuse(`one of ${Object.keys(FORMATS).sort().join(', ')}`, `@format ${nearestFormat(word)}`);
    case 'pattern': {
      const [line = ''] = text.split('\n');
      const source = /^\/(.*)\/$/.exec(line.trim())?.[1] ?? line.trim();
      return source !== '' && isPattern(source) ? source : refuse('a regular expression', '@pattern ^[a-z]+$');
    }
  }
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false; // the syntax error is what the caller reports
  }
}

/** The type with one constraint more, or undefined where no part of it takes the constraint. */
function constrain(ir: TypeIr, name: Name, value: string | number | true): TypeIr | undefined {
  if (RULES[name].on.includes(ir.kind) && !(ir.kind === 'builtin' && ir.name !== 'Date')) {
    const own = 'constraints' in ir ? ir.constraints : undefined;
    return { ...ir, constraints: { ...own, [name]: valueFor(ir, value) } } as TypeIr;
  }
  if (ir.kind === 'array') {
    const element = constrain(ir.element, name, value);
    return element === undefined ? undefined : { ...ir, element };
  }
  if (ir.kind !== 'union') return undefined;
  let applied = false;
  const union = mapParts(ir, (member) => {
    const constrained = constrain(member, name, value);
    applied ||= constrained !== undefined;
    return constrained ?? member;
  });
  return applied ? union : undefined;
}

/** Bounds of a bigint stay decimal text, those of a number become one. */
function valueFor(ir: TypeIr, value: string | number | true): string | number | true {
  if (typeof value !== 'string' || (ir.kind !== 'number' && ir.kind !== 'bigint')) return value;
  return ir.kind === 'bigint' && /^-?\d+$/.test(value) ? value : Number(value);
}

function nearestFormat(word: string): string {
  return Object.keys(FORMATS).sort((a, b) => editDistance(word, a) - editDistance(word, b) || (a < b ? -1 : 1))[0]!;
}

/** Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
