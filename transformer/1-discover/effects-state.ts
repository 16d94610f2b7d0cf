/**
 * The state of the analysis of one function: where values may come from.
 *
 * A points-to analysis after Andersen (1994), insensitive to control flow and to property names: every variable and every
 * object made here has one set of origins, which only grow until nothing changes.
 */
import type ts from 'typescript';
import type { Effects, Ts } from '../types.ts';
import type { Steadiness } from './effects-outside.ts';

export type FunctionNode = ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction | ts.MethodDeclaration | ts.ConstructorDeclaration
  | ts.GetAccessorDeclaration | ts.SetAccessorDeclaration;

export type Origin =
  | { readonly kind: 'parameter'; readonly index: number }
  | { readonly kind: 'this' }
  /** Module state, globals, captured variables: whatever others can see. */
  | { readonly kind: 'outside' }
  /** An object that this call makes. */
  | { readonly kind: 'made'; readonly node: ts.Node; readonly content: Set<Origin> }
  | { readonly kind: 'function'; readonly node: FunctionNode; readonly content: Set<Origin> }
  /** A function of the standard library, taken as a value. */
  | { readonly kind: 'library'; readonly node: ts.Node; readonly name: string };

export type Origins = ReadonlySet<Origin>;
export const NOTHING: Origins = new Set();

export type Kind = Effects['kind'];
const RANK: Record<Kind, number> = { pure: 0, read: 1, write: 2, unknown: 3 };

/** What a caller has to know of a function. `kind` leaves changes of arguments and `this` out: what they mean is the caller's to say. */
export interface Summary {
  readonly kind: Kind;
  readonly reason: string;
  readonly evidence: readonly string[];
  readonly parameters: readonly ParameterSummary[];
  readonly changesThis: boolean;
  readonly thisEvidence: readonly string[];
  readonly returnsThis: boolean;
  readonly returnsOutside: boolean;
}

export interface ParameterSummary {
  readonly mutated: boolean;
  /** How it is changed: a chain of calls that ends at the expression. */
  readonly evidence: readonly string[];
  /** Kept somewhere that outlives the call, other than in the result. */
  readonly stored: boolean;
  /** The result is it, or holds it. */
  readonly returned: boolean;
  readonly called: boolean;
}

export interface Shared {
  readonly ts: Ts;
  readonly checker: ts.TypeChecker;
  readonly isSteady: Steadiness;
  /** Whether a method may be another one at run time, as far as the program shows. */
  readonly isOverridden: (method: ts.Node) => boolean;
  /** The summary as it is known by now: of a function that is being analysed, what was found so far. */
  readonly read: (node: FunctionNode) => Summary;
}

export interface Walk extends Shared {
  readonly root: FunctionNode;
  readonly variables: Map<ts.Symbol, Set<Origin>>;
  readonly made: Map<ts.Node, Extract<Origin, { kind: 'made' }>>;
  readonly functions: Map<ts.Node, Extract<Origin, { kind: 'function' }>>;
  readonly results: Map<FunctionNode, Set<Origin>>;
  readonly parameters: readonly Origin[];
  readonly self: Origin;
  readonly outside: Origin;
  readonly uses: { mutated: boolean; evidence: readonly string[]; stored: boolean; called: boolean }[];
  changesThis: boolean;
  thisEvidence: readonly string[];
  event: { kind: Kind; reason: string; evidence: readonly string[] } | undefined;
  /** Closures that leave the call: anybody may call them. */
  readonly released: Set<FunctionNode>;
  /** Innermost last; the root is not among them. */
  readonly closures: FunctionNode[];
  /** Functions whose summaries are being applied to each other's callbacks. */
  readonly applying: FunctionNode[];
  /** False in the first rounds, in which a variable may be empty only because its value was not met yet. */
  settled: boolean;
  changed: boolean;
}

/** Notes an effect; the gravest one is kept, of equals the first. */
export function note(walk: Walk, kind: Kind, reason: string, evidence: readonly string[]): void {
  if (kind === 'pure') return;
  if (walk.event && RANK[walk.event.kind] >= RANK[kind]) return;
  walk.event = { kind, reason, evidence };
  walk.changed = true;
}

export function quote(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, ' ');
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

export function flow(walk: Walk, to: Set<Origin>, from: Origins): void {
  for (const origin of from) {
    if (!to.has(origin)) { to.add(origin); walk.changed = true; }
  }
}

export function union(...sets: readonly Origins[]): Origins {
  const filled = sets.filter((set) => set.size > 0);
  if (filled.length === 0) return NOTHING;
  if (filled.length === 1) return filled[0]!;
  const out = new Set<Origin>();
  for (const set of filled) for (const origin of set) out.add(origin);
  return out;
}

export function variable(walk: Walk, symbol: ts.Symbol): Set<Origin> {
  let set = walk.variables.get(symbol);
  if (!set) walk.variables.set(symbol, (set = new Set()));
  return set;
}

export function makeObject(walk: Walk, node: ts.Node): Extract<Origin, { kind: 'made' }> {
  let object = walk.made.get(node);
  if (!object) walk.made.set(node, (object = { kind: 'made', node, content: new Set() }));
  return object;
}

export function functionValue(walk: Walk, node: FunctionNode): Extract<Origin, { kind: 'function' }> {
  let value = walk.functions.get(node);
  if (!value) walk.functions.set(node, (value = { kind: 'function', node, content: new Set() }));
  return value;
}

export function resultOf(walk: Walk, node: FunctionNode): Set<Origin> {
  let set = walk.results.get(node);
  if (!set) walk.results.set(node, (set = new Set()));
  return set;
}

/** What a property of a value may be. */
export function contentOf(set: Origins): Origins {
  let out: Set<Origin> | undefined;
  for (const origin of set) {
    const inner = origin.kind === 'made' || origin.kind === 'function' ? origin.content : origin.kind === 'library' ? NOTHING : new Set([origin]);
    for (const each of inner) (out ??= new Set()).add(each);
  }
  return out ?? NOTHING;
}

/** The value and everything that can be got at through it. */
export function reachOf(set: Origins): Origins {
  const out = new Set(set);
  for (const origin of out) {
    if (origin.kind === 'made' || origin.kind === 'function') for (const inner of origin.content) out.add(inner);
  }
  return out;
}

/**
 * A value is changed, and may then hold `value`.
 * @param further evidence from the function that is called at `at`
 */
export function change(walk: Walk, target: Origins, value: Origins, at: ts.Node, further: readonly string[] = []): void {
  for (const origin of target) {
    switch (origin.kind) {
      case 'made':
      case 'function':
        flow(walk, origin.content, value);
        break;
      case 'parameter': {
        const use = walk.uses[origin.index]!;
        if (!use.mutated) { use.mutated = true; walk.changed = true; }
        if (use.evidence.length === 0) use.evidence = [quote(at), ...further];
        store(walk, value);
        break;
      }
      case 'this':
        if (!walk.changesThis) { walk.changesThis = true; walk.thisEvidence = [quote(at), ...further]; walk.changed = true; }
        store(walk, value);
        break;
      case 'outside':
      case 'library':
        note(walk, 'write', 'changes what lives outside of it', [quote(at), ...further]);
        store(walk, value);
        break;
    }
  }
}

/** A value is kept by somebody else: what can be reached through it has escaped. */
export function store(walk: Walk, value: Origins): void {
  if (value.size === 0) return;
  for (const origin of reachOf(value)) {
    if (origin.kind === 'function') walk.released.add(origin.node);
    if (origin.kind !== 'parameter') continue;
    const use = walk.uses[origin.index]!;
    if (!use.stored) { use.stored = true; walk.changed = true; }
  }
}

/** A value is handed to code that is not known. */
export function surrender(walk: Walk, value: Origins): void {
  store(walk, value);
  for (const origin of reachOf(value)) {
    if (origin.kind === 'parameter') {
      const use = walk.uses[origin.index]!;
      if (!use.mutated) { use.mutated = true; walk.changed = true; }
    } else if (origin.kind === 'this' && !walk.changesThis) { walk.changesThis = true; walk.changed = true; }
  }
}
