/** What a target's meaning depends on in its own project: every declaration that its names lead to, transitively. */
import { createHash } from 'node:crypto';
import { relative } from 'node:path/posix';
import type ts from 'typescript';
import { makeTokenReader } from '../syntax/tokens.ts';
import type { Target, Ts } from '../types.ts';
import { makeNameResolver, type Reference } from './resolve-names.ts';

export interface Reach {
  /** The same for equal sources, wherever they lie and however they are formatted. Hex. */
  readonly hash: string;
  /** Of the target alone. Hex. */
  readonly sourceHash: string;
  readonly dependencies: readonly string[];
}

export interface ReachReader { read(target: Target): Reach }

interface Unit {
  readonly tokens: string;
  readonly references: readonly Reference[];
}

/**
 * One reader serves a whole program; each declaration is read once.
 *
 * Not seen: assignments to a module's variable outside of its declaration, subclasses of a reached class, and
 * declarations that would win over a reached one if they were added later.
 */
export function makeReachReader(ts: Ts, checker: ts.TypeChecker, root: string): ReachReader {
  const readTokens = makeTokenReader(ts);
  const resolveNames = makeNameResolver(ts, checker);
  const relatives = new Map<string, string>();
  const toRelative = (file: string): string => {
    let path = relatives.get(file);
    if (path === undefined) relatives.set(file, (path = relative(root, file)));
    return path;
  };
  const units = new Map<ts.Node, { whole?: Unit; head?: Unit }>();

  const readUnit = (node: ts.Node, part: 'whole' | 'head'): Unit => {
    let entry = units.get(node);
    if (!entry) units.set(node, (entry = {}));
    return (entry[part] ??= {
      tokens: hash(readTokens(node, node.getSourceFile(), part === 'head' ? { skip: (n) => n.parent === node && ts.isClassElement(n) } : {})),
      references: resolveNames(node, part),
    });
  };

  return {
    read(target) {
      const skip = (node: ts.Node): boolean => target.markers.some((marker) => marker.start <= node.getStart() && node.end <= marker.end);
      const { parts, owner } = findOwnParts(ts, target);
      const tokens = parts.map((part) => hash(readTokens(part, target.sourceFile, { skip })));
      const sourceHash = hash([...tokens, ...readOwnComments(ts, target)]);
      const own = new Set([...parts, owner]);
      const walk = walkReach(parts.flatMap((part) => resolveNames(part, 'whole', skip)), own, readUnit);
      const files = new Set([target.sourceFile.fileName, ...walk.files]);
      const dependencies = [...files].map(toRelative).sort();
      return { hash: hash([sourceHash, ...walk.lines]), sourceHash, dependencies };
    },
  };
}

/**
 * Breadth first, in the order in which names occur in the text: each unit gets a number when it is first met, and its
 * line says which numbers its names lead to, so that equal lines mean equal graphs.
 */
function walkReach(start: readonly Reference[], own: ReadonlySet<ts.Node>, readUnit: (node: ts.Node, part: 'whole' | 'head') => Unit): { lines: string[]; files: Set<string> } {
  const numbers = { whole: new Map<ts.Node, number>(), head: new Map<ts.Node, number>() };
  const queue: { readonly node: ts.Node; readonly part: 'whole' | 'head' }[] = [];
  const files = new Set<string>();
  const number = (reference: Reference): string => {
    if (reference.kind === 'foreign') return reference.name;
    for (const file of reference.via) files.add(file);
    if (own.has(reference.node)) return 'self';
    const known = numbers[reference.part].get(reference.node) ?? queue.push(reference) - 1;
    numbers[reference.part].set(reference.node, known);
    files.add(reference.node.getSourceFile().fileName);
    return String(known);
  };
  const describe = (references: readonly Reference[]): string => references.map(number).join(' ');
  const lines = [describe(start)];
  for (const { node, part } of queue) {
    const unit = readUnit(node, part);
    lines.push(`${unit.tokens} ${describe(unit.references)}`);
  }
  return { lines, files };
}

/** The function, and what its declaration adds to it: the name and annotation of a constant, the overloads. */
function findOwnParts(ts: Ts, target: Target): { readonly parts: readonly ts.Node[]; /** What the target's name leads to. */ readonly owner: ts.Node } {
  const { node } = target;
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) {
    const siblings = findSiblings(ts, node);
    const overloads = siblings.filter((s) => s !== node && (ts.isFunctionDeclaration(s) || ts.isMethodDeclaration(s)) && !s.body && s.name?.getText() === node.name?.getText());
    return { parts: [...overloads, node], owner: node };
  }
  let owner: ts.Node = node.parent;
  while (ts.isCallExpression(owner) || ts.isParenthesizedExpression(owner) || ts.isAsExpression(owner) || ts.isSatisfiesExpression(owner)) owner = owner.parent;
  if (ts.isVariableDeclaration(owner) || ts.isPropertyDeclaration(owner)) return { parts: owner.type ? [owner.name, owner.type, node] : [owner.name, node], owner };
  return { parts: [node], owner: node };
}

function findSiblings(ts: Ts, node: ts.FunctionDeclaration | ts.MethodDeclaration): readonly ts.Node[] {
  const { parent } = node;
  if (ts.isClassLike(parent)) return parent.members;
  return ts.isSourceFile(parent) || ts.isBlock(parent) || ts.isModuleBlock(parent) ? parent.statements : [];
}

/** The target's own JSDoc: constraints, examples and the text for a model. */
function readOwnComments(ts: Ts, target: Target): string[] {
  const { text } = target.sourceFile;
  let owner: ts.Node = target.node;
  while (owner.parent && owner.parent.getStart(target.sourceFile) === owner.getStart(target.sourceFile) && !ts.isSourceFile(owner.parent)) owner = owner.parent;
  const statement = ts.findAncestor(target.node, (node) => ts.isVariableStatement(node) || ts.isClassElement(node) || ts.isPropertyAssignment(node) || ts.isStatement(node)) ?? owner;
  const ranges = ts.getLeadingCommentRanges(text, statement.pos) ?? [];
  return ranges.map((range) => text.slice(range.pos, range.end)).filter((comment) => comment.startsWith('/**'))
    .map((comment) => comment.slice(3, -2).split(/\r?\n/).map((line) => line.trim().replace(/^\*\s?/, '').trim()).filter((line) => line !== '').join('\n'));
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}
