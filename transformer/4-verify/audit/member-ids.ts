/**
 * Which member of whose object: a capability is a declaration, not a name.
 *
 * A candidate writes the author's parameter types down again. Where it does so word for word, what it declares there is what the
 * original declares; a type of the candidate's own names nothing, and is good for a name only as long as that name can mean one thing.
 */
import type ts from 'typescript';
import type { Ts } from '../../types.ts';

export interface MemberIds {
  /** One for each declaration; the bare name where they are the candidate's own. */
  keysOf(symbol: ts.Symbol | undefined, name: string): readonly string[];
  /** Where a type is declared; undefined as soon as the candidate has a part in it that is not the author's word for word. */
  placeOf(symbol: ts.Symbol | undefined): string | undefined;
}

export interface MemberIdsInput {
  readonly ts: Ts;
  readonly checker: ts.TypeChecker;
  readonly candidate: readonly ts.Node[];
  /** The candidate's phases whose parameters are the original's. */
  readonly phases: readonly ts.FunctionLikeDeclaration[];
  readonly original: ts.FunctionLikeDeclaration;
}

const idOf = (node: ts.Node): string => `${node.getSourceFile().fileName}:${node.pos}`;

/** @returns for the candidate's walk; for the original's; and both for what `makeReach` finds */
export function makeMemberIds({ ts, checker, candidate, phases, original }: MemberIdsInput): { readonly ofCandidate: MemberIds; readonly ofOriginal: MemberIds } {
  const twins = new Map<ts.Node, ts.Node>();
  const pair = (own: ts.Node, theirs: ts.Node): void => {
    if (own.kind !== theirs.kind) return;
    twins.set(own, theirs);
    const [a, b] = [childrenOf(own), childrenOf(theirs)];
    if (a.length === b.length) a.forEach((child, i) => pair(child, b[i]!));
  };
  const childrenOf = (node: ts.Node): ts.Node[] => { const list: ts.Node[] = []; ts.forEachChild(node, (child) => { list.push(child); }); return list; };
  const plain = (node: ts.Node): string => node.getText().replace(/[\s;,]+/g, '');
  const typeParameters = (node: ts.FunctionLikeDeclaration): readonly ts.TypeParameterDeclaration[] => node.typeParameters ?? [];
  for (const phase of phases) {
    // Whoever calls a phase chooses what its type parameters stand for: they are the author's only while nobody of the candidate's does.
    const [own, theirs] = [typeParameters(phase), typeParameters(original)];
    if (own.map(plain).join() === theirs.map(plain).join() && !isNamedElsewhere(phase)) own.forEach((parameter, i) => pair(parameter, theirs[i]!));
    phase.parameters.forEach((parameter, i) => {
      const theirs = original.parameters.filter((p) => !(ts.isIdentifier(p.name) && p.name.text === 'this'))[i]?.type;
      if (parameter.type !== undefined && theirs !== undefined && plain(parameter.type) === plain(theirs)) pair(parameter.type, theirs);
    });
  }
  function isNamedElsewhere(phase: ts.FunctionLikeDeclaration): boolean {
    const name = phase.name ?? (ts.isVariableDeclaration(phase.parent) ? phase.parent.name : undefined);
    if (name === undefined || !ts.isIdentifier(name)) return true;
    const visit = (node: ts.Node): boolean => (ts.isIdentifier(node) && node !== name && node.text === name.text) || ts.forEachChild(node, (child) => visit(child) || undefined) === true;
    return candidate.some(visit);
  }
  const isOwn = (node: ts.Node): boolean => candidate.some((root) => root.getSourceFile() === node.getSourceFile() && node.pos >= root.pos && node.end <= root.end);
  const declarationsOf = (symbol: ts.Symbol): readonly ts.Declaration[] => symbol.declarations ?? [];
  const join = (ids: readonly (string | undefined)[]): string | undefined => (ids.length === 0 || ids.includes(undefined) ? undefined : ids.join('+'));
  const ofCandidate: MemberIds = {
    placeOf: (symbol) => join((symbol === undefined ? [] : declarationsOf(symbol)).map((d) => { const theirs = isOwn(d) ? twins.get(d) : d; return theirs && idOf(theirs); })),
    keysOf(symbol, name) {
      const ids = (symbol === undefined ? [] : declarationsOf(symbol)).flatMap((d) => (isOwn(d) ? (twins.has(d) ? [idOf(twins.get(d)!)] : []) : [idOf(d)]));
      return ids.length > 0 ? ids.map((id) => `member:${name}@${id}`) : [`member:${name}`];
    },
  };
  // What a class overrides is the same function to those who know its base.
  const bases = (symbol: ts.Symbol, name: string, depth = 0): readonly ts.Declaration[] => declarationsOf(symbol).flatMap((d) => {
    const owner = d.parent;
    if (depth > 5 || owner === undefined || !(ts.isClassDeclaration(owner) || ts.isInterfaceDeclaration(owner))) return [d];
    const type = checker.getTypeAtLocation(owner);
    const parents = type.isClassOrInterface() ? checker.getBaseTypes(type) : [];
    return [d, ...parents.flatMap((parent) => { const theirs = parent.getProperty(name); return theirs === undefined ? [] : bases(theirs, name, depth + 1); })];
  });
  const ofOriginal: MemberIds = {
    placeOf: (symbol) => join((symbol === undefined ? [] : declarationsOf(symbol)).map(idOf)),
    keysOf: (symbol, name) => (symbol === undefined || declarationsOf(symbol).length === 0 ? [`member:${name}`] : [...new Set(bases(symbol, name).map((d) => `member:${name}@${idOf(d)}`))]),
  };
  return { ofCandidate, ofOriginal };
}

const MAX_DEPTH = 6;
const MAX_TYPES = 400;

/** Every function of an object that the original is given or names, by its name; those of the library apart. */
export function findReachable(ts: Ts, checker: ts.TypeChecker, original: ts.FunctionLikeDeclaration): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const seen = new Set<ts.Type>();
  const isLibrary = (symbol: ts.Symbol): boolean => (symbol.declarations ?? []).some((d) => /(?:^|\/)lib\.[\w.]+\.d\.ts$|\/node_modules\/@types\/node\//.test(d.getSourceFile().fileName));
  const visitType = (given: ts.Type, depth: number): void => {
    const type = checker.getNonNullableType(given);
    if (depth > MAX_DEPTH || seen.size > MAX_TYPES || seen.has(type)) return;
    seen.add(type);
    if (type.isUnionOrIntersection()) { type.types.forEach((part) => visitType(part, depth)); return; }
    if ((type.flags & ts.TypeFlags.Object) === 0) { const constraint = checker.getBaseConstraintOfType(type); if (constraint !== undefined && constraint !== type) visitType(constraint, depth + 1); return; }
    for (const signature of type.getCallSignatures()) visitType(signature.getReturnType(), depth + 1);
    for (const argument of checker.getTypeArguments(type as ts.TypeReference)) visitType(argument, depth + 1);
    if (type.symbol !== undefined && isLibrary(type.symbol)) return;
    for (const property of checker.getPropertiesOfType(type)) {
      const declared = checker.getTypeOfSymbolAtLocation(property, original);
      if (checker.getNonNullableType(declared).getCallSignatures().length > 0 && !isLibrary(property)) {
        const ids = found.get(property.name) ?? new Set();
        for (const d of property.declarations ?? []) ids.add(`member:${property.name}@${idOf(d)}`);
        found.set(property.name, ids);
      }
      visitType(declared, depth + 1);
    }
  };
  for (const parameter of original.parameters) visitType(checker.getTypeAtLocation(parameter), 0);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || node.kind === ts.SyntaxKind.ThisKeyword) visitType(checker.getTypeAtLocation(node), 1);
    ts.forEachChild(node, visit);
  };
  if (original.body !== undefined) visit(original.body);
  return found;
}
