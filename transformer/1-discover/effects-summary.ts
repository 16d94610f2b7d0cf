/** Summaries of functions, also of those that call each other in circles. */
import type ts from 'typescript';
import { bind, isWithin, walkFunction } from './effects-evaluate.ts';
import {
  contentOf, reachOf, resultOf,
  type FunctionNode, type Kind, type Origin, type Shared, type Summary, type Walk,
} from './effects-state.ts';
import { bindParameters } from './effects-parameters.ts';

/** Deeper than any call chain that a person wrote; a guard for the stack. */
const MAX_CALL_DEPTH = 80;
const MAX_ROUNDS = 20;

type Base = Pick<Shared, 'ts' | 'checker' | 'isSteady'>;

/**
 * Summaries grow from "pure" until they agree with each other. A function on a circle is final only when the first of its
 * circle is; until then it is found anew in each round.
 */
export function makeSummaries(base: Base, program: Pick<ts.Program, 'getSourceFiles'> | undefined): (node: FunctionNode) => Summary {
  const final = new Map<FunctionNode, Summary>();
  const open = new Map<FunctionNode, { depth: number; summary: Summary }>();
  let tentative = new Map<FunctionNode, { summary: Summary; lowest: number }>();
  const lowest: number[] = [];

  const read = (node: FunctionNode): Summary => {
    const known = final.get(node);
    if (known) return known;
    const started = open.get(node);
    if (started) { lower(lowest, started.depth); return started.summary; }
    const guess = tentative.get(node);
    if (guess) { lower(lowest, guess.lowest); return guess.summary; }
    if (open.size >= MAX_CALL_DEPTH) return makeUnknown(node, 'is called at the end of a chain of calls that is too long to follow');
    return analyse(node);
  };

  const analyse = (node: FunctionNode): Summary => {
    const depth = open.size;
    const entry = { depth, summary: makePure(node) };
    open.set(node, entry);
    for (let round = 0; ; round += 1) {
      lowest.push(Infinity);
      const before = entry.summary;
      entry.summary = round < MAX_ROUNDS ? summarise(node, shared) : makeUnknown(node, 'calls itself in a way that could not be followed');
      const low = lowest.pop()!;
      if (low > depth || (low === depth && isSame(before, entry.summary))) {
        // The circle, if any, is closed: what was found on it is final.
        if (low === depth) { for (const [member, { summary, lowest: own }] of tentative) if (own >= depth) { final.set(member, summary); tentative.delete(member); } }
        open.delete(node);
        final.set(node, entry.summary);
        return entry.summary;
      }
      if (low < depth) {
        lower(lowest, low);
        open.delete(node);
        tentative.set(node, { summary: entry.summary, lowest: low });
        return entry.summary;
      }
      tentative = new Map([...tentative].filter(([, { lowest: own }]) => own < depth));
    }
  };

  const shared: Shared = { ...base, read, isOverridden: makeOverrides(base, program) };
  return read;
}

function lower(lowest: number[], depth: number): void {
  const top = lowest.length - 1;
  if (top >= 0 && depth < lowest[top]!) lowest[top] = depth;
}

function summarise(root: FunctionNode, shared: Shared): Summary {
  const { ts } = shared;
  if (!root.body) return makeUnknown(root, 'has no body');
  const own = root.parameters.filter((p) => !(ts.isIdentifier(p.name) && p.name.text === 'this'));
  const walk: Walk = {
    ...shared, root,
    variables: new Map(), made: new Map(), functions: new Map(), results: new Map(),
    parameters: own.map((_, index) => ({ kind: 'parameter', index })),
    self: { kind: 'this' }, outside: { kind: 'outside' },
    uses: own.map(() => ({ mutated: false, evidence: [], stored: false, called: false })),
    changesThis: false, thisEvidence: [], event: undefined, closures: [], released: new Set(), applying: [], settled: false, changed: true,
  };
  bindParameters(walk, own);
  for (let round = 0; walk.changed; round += 1) {
    if (round === MAX_ROUNDS) return makeUnknown(root, 'could not be followed to its end');
    walk.changed = false;
    walkFunction(walk, root);
    releaseClosures(walk);
    if (!walk.changed && !walk.settled) { walk.settled = true; walk.changed = true; }
  }
  return makeSummary(walk);
}

/** A closure that leaves is called by anybody, with anything. */
function releaseClosures(walk: Walk): void {
  const outside = new Set<Origin>([walk.outside]);
  for (const origin of reachOf(resultOf(walk, walk.root))) if (origin.kind === 'function') walk.released.add(origin.node);
  for (const closure of walk.released) {
    if (closure === walk.root || !isWithin(closure, walk.root)) continue;
    for (const parameter of closure.parameters) bind(walk, parameter.name, outside);
  }
}

function makeSummary(walk: Walk): Summary {
  const result = reachOf(resultOf(walk, walk.root));
  return {
    kind: walk.event?.kind ?? 'pure',
    reason: walk.event?.reason ?? 'uses only its arguments and what it makes itself',
    evidence: walk.event?.evidence ?? [],
    parameters: walk.uses.map((use, i) => ({ ...use, returned: result.has(walk.parameters[i]!) })),
    changesThis: walk.changesThis,
    thisEvidence: walk.thisEvidence,
    returnsThis: result.has(walk.self),
    returnsOutside: result.has(walk.outside) || [...contentOf(result)].includes(walk.outside),
  };
}

function makePure(node: FunctionNode): Summary {
  return makeConstant(node, 'pure', '', false);
}

function makeUnknown(node: FunctionNode, reason: string): Summary {
  return makeConstant(node, 'unknown', reason, true);
}

function makeConstant(node: FunctionNode, kind: Kind, reason: string, all: boolean): Summary {
  return {
    kind, reason, evidence: [], changesThis: all, thisEvidence: [], returnsThis: all, returnsOutside: all,
    parameters: node.parameters.filter((p) => p.name.getText() !== 'this').map(() => ({ mutated: all, evidence: [], stored: all, returned: all, called: false })),
  };
}

function isSame(a: Summary, b: Summary): boolean {
  return a.kind === b.kind && a.changesThis === b.changesThis && a.returnsThis === b.returnsThis && a.returnsOutside === b.returnsOutside
    && a.parameters.every((p, i) => {
      const q = b.parameters[i]!;
      return p.mutated === q.mutated && p.stored === q.stored && p.returned === q.returned && p.called === q.called;
    });
}

/** Which members some class of the program overrides; without a program every method may be. */
function makeOverrides({ ts, checker }: Base, program: Pick<ts.Program, 'getSourceFiles'> | undefined): (member: ts.Node) => boolean {
  let overridden: Set<ts.Node> | undefined;
  const collect = (): Set<ts.Node> => {
    const found = new Set<ts.Node>();
    const visit = (node: ts.Node): void => {
      if (ts.isClassLike(node)) markOverridden(node, found);
      ts.forEachChild(node, visit);
    };
    for (const file of program?.getSourceFiles() ?? []) if (!file.isDeclarationFile && /\bextends\b/.test(file.text)) visit(file);
    return found;
  };
  const markOverridden = (node: ts.ClassLikeDeclaration, found: Set<ts.Node>): void => {
    const clause = node.heritageClauses?.find((h) => h.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
    if (!clause) return;
    const base = checker.getTypeAtLocation(clause.expression).getConstructSignatures()[0]?.getReturnType() ?? checker.getTypeAtLocation(clause);
    for (const member of node.members) {
      if (!member.name || !(ts.isIdentifier(member.name) || ts.isStringLiteral(member.name))) continue;
      for (const declaration of base.getProperty(member.name.text)?.declarations ?? []) found.add(declaration);
    }
  };
  return (member) => {
    const owner = member.parent;
    if (!ts.isClassLike(owner)) return false;
    const name = (member as ts.ClassElement).name;
    if (name && ts.isPrivateIdentifier(name)) return false;
    const flags = ts.getCombinedModifierFlags(member as ts.Declaration);
    if (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Static)) return false;
    if (!program) return true;
    return (overridden ??= collect()).has(member);
  };
}
