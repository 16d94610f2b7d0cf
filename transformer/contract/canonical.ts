/** Drafts → definitions: equal ones merged, names final, unions sorted; the same whatever order the checker found things in. */
import type { Definition, ParameterContract, SignatureContract, TypeIr } from './ir.ts';
import { mapParts, refsOf, stableText } from './make-type.ts';
import type { Draft } from './reading.ts';

export interface Signatures {
  readonly self: TypeIr;
  readonly main: SignatureContract;
  readonly overloads: readonly SignatureContract[];
}

export interface Canonical extends Signatures {
  readonly definitions: readonly Definition[];
}

/**
 * Merges definitions by partition refinement: two are the same while their base names and their structures, with mentions
 * replaced by classes, are. Classes are numbered by their text, so that the result depends on nothing else.
 */
export function makeCanonical(signatures: Signatures, drafts: ReadonlyMap<string, Draft>): Canonical {
  const classes = classify(drafts);
  const names = finalNames(drafts, classes);
  const rename = makeRename((name) => names.get(name)!);
  const byName = new Map<string, TypeIr>();
  for (const [name, draft] of drafts) byName.set(names.get(name)!, rename(draft.type!));
  // A definition that is no more than another name for a small type is written out.
  const inline = makeInline(byName);
  const signature = (s: SignatureContract): SignatureContract => ({
    parameters: s.parameters.map((parameter): ParameterContract => ({ ...parameter, type: inline(rename(parameter.type)) })),
    result: inline(rename(s.result)),
  });
  const result = { self: inline(rename(signatures.self)), main: signature(signatures.main), overloads: signatures.overloads.map(signature) };
  const all = new Map([...byName].map(([name, type]) => [name, inline(type)]));
  const used = reachable([result.self, ...[result.main, ...result.overloads].flatMap((s) => [...s.parameters.map((p) => p.type), s.result])], all);
  const definitions = [...used].sort().map((name): Definition => ({ name, type: all.get(name)!, recursive: reachable([all.get(name)!], all).has(name) }));
  return { ...result, definitions };
}

function classify(drafts: ReadonlyMap<string, Draft>): ReadonlyMap<string, string> {
  let classes = new Map([...drafts].map(([name, draft]) => [name, draft.baseName]));
  for (;;) {
    if (new Set(classes.values()).size === drafts.size) return classes; // every name is its own: nothing to merge or to tell apart
    const text = makeRename((name) => classes.get(name)!);
    const texts = new Map([...drafts].map(([name, draft]) => [name, stableText(text(draft.type!))]));
    const next = new Map<string, string>();
    for (const name of drafts.keys()) {
      const own = texts.get(name)!;
      const before = classes.get(name)!;
      const rivals = new Set([...drafts.keys()].filter((other) => classes.get(other) === before).map((other) => texts.get(other)!));
      next.set(name, rivals.size === 1 ? before : `${before}.${[...rivals].sort().indexOf(own)}`);
    }
    const isStable = new Set(next.values()).size === new Set(classes.values()).size;
    classes = next;
    if (isStable) return classes;
  }
}

function finalNames(drafts: ReadonlyMap<string, Draft>, classes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const taken = new Set([...drafts.values()].map((draft) => draft.baseName));
  const byClass = new Map<string, string>();
  for (const name of [...classes.values()].sort()) {
    if (byClass.has(name)) continue;
    const baseName = name.split('.')[0]!;
    let final = baseName;
    for (let n = 2; [...byClass.values()].includes(final) || (final !== baseName && taken.has(final)); n++) final = `${baseName}${n}`;
    byClass.set(name, final);
  }
  return new Map([...classes].map(([name, own]) => [name, byClass.get(own)!]));
}

function makeRename(nameOf: (name: string) => string): (ir: TypeIr) => TypeIr {
  const rename = (ir: TypeIr): TypeIr => (ir.kind === 'ref' ? { kind: 'ref', name: nameOf(ir.name) } : mapParts(ir, rename));
  return rename;
}

/** Replaces mentions of definitions that turned out to be `any`, `object` and the like. */
function makeInline(definitions: ReadonlyMap<string, TypeIr>): (ir: TypeIr) => TypeIr {
  const inline = (ir: TypeIr): TypeIr => {
    if (ir.kind !== 'ref') return mapParts(ir, inline);
    const type = definitions.get(ir.name)!;
    const isSmall = !['shape', 'instance', 'union', 'intersection', 'array', 'tuple', 'map', 'set', 'ref'].includes(type.kind);
    return isSmall ? type : ir;
  };
  return inline;
}

function reachable(from: readonly TypeIr[], definitions: ReadonlyMap<string, TypeIr>): Set<string> {
  const found = new Set<string>();
  const queue = from.flatMap((type) => [...refsOf(type)]);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    queue.push(...refsOf(definitions.get(name)!));
  }
  return found;
}
