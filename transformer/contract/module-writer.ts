/** The state of writing one contract.ts: names given, functions still to be written, what recursion needs. */
import type { Definition, FunctionContract, ShapeIr, TypeIr } from './ir.ts';
import { partsOf, refsOf, stableText } from './make-type.ts';

/** What the emitted functions are for. */
export type Verb = 'is' | 'explain' | 'correct' | 'correctTop';

/** Local names of helpers. */
const LOCALS = [
  'value', 'path', 'out', 'fixes', 'depth', 'trail', 'item', 'key', 'i', 'copy', 'items', 'entry', 'after', 'result', 'position', 'keyPosition',
];

const RESERVED = [
  'visited', 'self', 'left', 'fits', 'matched',
  'acceptsArguments', 'explainArguments', 'correctArguments', 'acceptsResult', 'explainResult',
];

const WORDS = new Set((
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in '
  + 'instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield'
).split(' '));

export interface HelperFunction {
  readonly verb: Verb;
  readonly write: () => readonly string[];
}

export class ModuleWriter {
  readonly contract: FunctionContract;
  /** Runtime names used, for the import. */
  readonly imports = new Set<string>();
  /** RegExp sources, with their variables. */
  readonly patterns = new Map<string, string>();
  private readonly definitions: ReadonlyMap<string, Definition>;
  private readonly helpers = new Map<string, string>();
  private readonly queue: HelperFunction[] = [];
  private readonly taken: Set<string>;
  private readonly shadowed: ReadonlySet<string>;
  private readonly nesting = new Map<string, boolean>();
  private readonly memos = new Map<string, WeakMap<object, unknown>>();

  constructor(contract: FunctionContract, classNames: readonly string[], runtimeNames: readonly string[]) {
    this.contract = contract;
    this.definitions = new Map(contract.definitions.map((definition) => [definition.name, definition]));
    this.shadowed = new Set(contract.shadowedGlobals);
    this.taken = new Set([...LOCALS, ...RESERVED, ...WORDS, ...classNames, ...runtimeNames, 'Array', 'Number', 'Object', 'Symbol', 'globalThis', 'Violation', 'Correction', 'Visited']);
  }

  /** What was found out before about a part of the contract, which never changes. */
  once<T>(question: string, about: object, answer: () => T): T {
    let memo = this.memos.get(question);
    if (memo === undefined) this.memos.set(question, (memo = new WeakMap()));
    if (!memo.has(about)) memo.set(about, answer());
    return memo.get(about) as T;
  }

  /** A name of `poetc/runtime`. */
  use(name: string): string {
    this.imports.add(name);
    return name;
  }

  global(name: 'Array' | 'Number' | 'Object' | 'Symbol'): string {
    return this.shadowed.has(name) ? `globalThis.${name}` : name;
  }

  isTaken(name: string): boolean {
    return this.taken.has(name);
  }

  /** Whether a parameter of an exported function may not have the name: a word, or something that the module's functions use. */
  isTakenOutside(name: string): boolean {
    return (this.taken.has(name) && !LOCALS.includes(name)) || /^T\d+$|^(?:is|explain|correct)[A-Z].*[^_]$|Pattern\d*$/.test(name);
  }

  /** A fresh identifier at module level. */
  claim(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.taken.has(name); n++) name = `${wanted}${n}`;
    this.taken.add(name);
    return name;
  }

  /** The helper for a verb and a type; written later, once. */
  helper(verb: Verb, ir: TypeIr, hint: string, write: (name: string) => readonly string[]): string {
    const key = `${verb} ${stableText(ir)}`;
    const known = this.helpers.get(key);
    if (known !== undefined) return known;
    const prefix = verb === 'correctTop' ? 'correct' : verb;
    const suffix = verb === 'correctTop' ? 'Itself' : '';
    const wanted = prefix + this.nameOf(ir, hint);
    const name = this.claim((ir.kind === 'shape' && this.taken.has(wanted) ? `${wanted}Object` : wanted) + suffix);
    this.helpers.set(key, name);
    this.queue.push({ verb, write: () => write(name) });
    return name;
  }

  /** Writes helpers until none is left, each of which can ask for more; checks first, then explanations, then corrections. */
  drain(): readonly (readonly string[])[] {
    const written: { readonly verb: Verb; readonly lines: readonly string[] }[] = [];
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) written.push({ verb: next.verb, lines: next.write() });
    return (['is', 'explain', 'correct', 'correctTop'] as const).flatMap((verb) => written.filter((one) => one.verb === verb).map((one) => one.lines));
  }

  /** The variable of a regular expression, and the text that tests a value with it. */
  matches(source: string, hint: string, value: string): string {
    let variable = this.patterns.get(source);
    if (variable === undefined) {
      const word = upper(hint);
      variable = this.claim(`${word[0]!.toLowerCase()}${word.slice(1)}Pattern`);
      this.patterns.set(source, variable);
    }
    return `(${variable} ??= ${printPattern(source)}).test(${value})`;
  }

  definition(name: string): Definition {
    return this.definitions.get(name)!;
  }

  /** The type behind references. */
  resolve(ir: TypeIr): TypeIr {
    let type = ir;
    for (let n = 0; type.kind === 'ref' && n <= this.definitions.size; n++) type = this.definition(type.name).type;
    return type;
  }

  /** The shape that decides about members of a union: not of instances, which have a quicker test. */
  findShape(ir: TypeIr): ShapeIr | undefined {
    const type = this.resolve(ir);
    return type.kind === 'shape' ? type : undefined;
  }

  /** Whether checking a value of the type can lead into a recursive definition. */
  isNested(ir: TypeIr): boolean {
    return refsOf(ir).some((name) => {
      const known = this.nesting.get(name);
      if (known !== undefined) return known;
      this.nesting.set(name, false);
      const definition = this.definition(name);
      const nested = definition.recursive || this.isNested(definition.type);
      this.nesting.set(name, nested);
      return nested;
    });
  }

  acceptsUndefined(ir: TypeIr): boolean {
    if (ir.kind === 'any' || ir.kind === 'undefined') return true;
    if (ir.kind === 'union') return ir.members.some((member) => this.acceptsUndefined(member));
    if (ir.kind === 'intersection') return ir.members.every((member) => this.acceptsUndefined(member));
    return ir.kind === 'ref' && this.definition(ir.name).type.kind !== 'ref' && this.acceptsUndefined(this.definition(ir.name).type);
  }

  private nameOf(ir: TypeIr, hint: string): string {
    switch (ir.kind) {
      case 'ref':
      case 'instance':
        return upper(ir.name);
      case 'array':
        return `${this.nameOf(ir.element, singular(hint))}Array`;
      case 'set':
        return `${this.nameOf(ir.element, singular(hint))}Set`;
      case 'map':
        return `${this.nameOf(ir.value, singular(hint))}Map`;
      case 'builtin':
        return ir.name;
      case 'union': {
        const names = ir.members.map((member) => this.nameOf(member, hint));
        const joined = [...new Set(names)].join('Or');
        return ir.members.length <= 3 && joined.length <= 32 && !joined.includes('Literal') ? joined : upper(hint);
      }
      case 'shape':
      case 'tuple':
      case 'intersection':
      case 'literal':
      case 'template':
        return upper(hint);
      default:
        return upper(ir.kind);
    }
  }
}

function upper(text: string): string {
  const words = text.replace(/[^A-Za-z0-9$]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase()).replace(/^\d+/, '');
  return words === '' ? 'Value' : words[0]!.toUpperCase() + words.slice(1);
}

function singular(hint: string): string {
  return /[a-z]s$/.test(hint) && !hint.endsWith('ss') ? hint.slice(0, -1) : hint;
}

function printPattern(source: string): string {
  const flags = compiles(source, 'u') ? 'u' : '';
  return `/${new RegExp(source, flags).source}/${flags}`;
}

function compiles(source: string, flags: string): boolean {
  try {
    new RegExp(source, flags);
    return true;
  } catch {
    return false; // not a pattern under that flag: the caller takes another
  }
}

/** Sorted names of classes of the author's module. */
export function classNamesOf(contract: FunctionContract, globals: boolean): readonly string[] {
  const names = new Set<string>();
  const visit = (ir: TypeIr): void => {
    if (ir.kind === 'instance' && (globals || !ir.global)) names.add(ir.name);
    partsOf(ir).forEach(visit);
  };
  const signatures = [contract, ...contract.overloads];
  if (contract.self !== undefined) visit(contract.self);
  for (const signature of signatures) {
    signature.parameters.forEach((parameter) => visit(parameter.type));
    visit(signature.result);
  }
  contract.definitions.forEach((definition) => visit(definition.type));
  return [...names].sort();
}
