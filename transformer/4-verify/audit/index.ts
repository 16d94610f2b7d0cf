/**
 * The audit: a candidate may do what is harmless, and what the author's function does, by symbol. Nothing else.
 *
 * First its text, before anything is parsed; then its outline and comments; then every node, where it stands inlined in the author's
 * module. Constructs that are not in the grammar, globals that are not in the table, and names that the original does
 * not use are refused because they are not allowed, not because they are known to be bad.
 */
import type ts from 'typescript';
import type { Ts } from '../../types.ts';
import { GLOBALS } from './globals.ts';
import { checkComment, checkText } from './text.ts';
import { findReachable, makeMemberIds } from './member-ids.ts';
import { findOddTypes, findUses, type Use } from './uses.ts';

export interface AuditFinding {
  /** Offset and length in the text that was looked at. */
  readonly start: number;
  readonly length: number;
  readonly rule: string;
  readonly reason: string;
  readonly hint: string;
}

export interface SourceRequest {
  readonly ts: Ts;
  /** code.ts without its header, line ends normalised. */
  readonly code: string;
  /** The author's file. */
  readonly known: string;
  readonly isTsx: boolean;
  /** Names that are declared in the author's module, or everywhere. */
  readonly isTaken: (name: string) => boolean;
}

/** What can be said of code.ts by itself. The text was bounded by the shape check before. */
export function auditSource(request: SourceRequest): AuditFinding | undefined {
  const { ts, code, known, isTaken } = request;
  const inText = checkText(code, known);
  if (inText !== undefined) return inText;
  const file = ts.createSourceFile(request.isTsx ? 'code.tsx' : 'code.ts', code, ts.ScriptTarget.Latest, true, request.isTsx ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  for (const { pos, end } of findComments(ts, file)) {
    const what = checkComment(code.slice(pos, end), known);
    if (what !== undefined) return { start: pos, length: end - pos, rule: 'comments', reason: what, hint: 'comments say why the code is as it is, and nothing else' };
  }
  for (const statement of file.statements) {
    for (const name of declaredNames(ts, statement)) {
      if (PHASES.has(name.text) || (!isTaken(name.text) && !GLOBALS.has(name.text))) continue;
      return { start: name.getStart(file), length: name.getWidth(file), rule: 'names', reason: `${name.text} is already a name of the module, or of every module`, hint: 'give it another name' };
    }
  }
  return undefined;
}

const PHASES: ReadonlySet<string> = new Set(['perceive', 'operatePrime', 'enforce', 'train']);

export interface AuditRequest {
  readonly ts: Ts;
  /** Of the program that holds the nodes. */
  readonly checker: ts.TypeChecker;
  /** The candidate's statements, inlined in the author's module. */
  readonly candidate: readonly ts.Node[];
  /** The author's function in the same file. */
  readonly original: ts.FunctionLikeDeclaration;
  /** Names in the file that the emission put there: functions of contract.ts, helpers of the runtime. */
  readonly offered: ReadonlySet<string>;
  /** Name of the phase that a function of the candidate is, by its name in the file. */
  phaseOf(name: string): string | undefined;
  /** The author's file as it was written. */
  readonly known: string;
  /** One for each parameter: whether the original itself changes what it is given. */
  readonly changed: readonly boolean[];
}

/** What is refused, by place in the inlined file. */
export function audit(request: AuditRequest): readonly AuditFinding[] {
  const { ts, checker, candidate, original, offered, known } = request;
  const phases = new Map<ts.Node, string>();
  const functions = candidate.flatMap((node): ts.FunctionLikeDeclaration[] => {
    if (ts.isFunctionDeclaration(node)) return [node];
    if (!ts.isVariableStatement(node)) return [];
    return node.declarationList.declarations.flatMap((d) => (d.initializer !== undefined && (ts.isArrowFunction(d.initializer) || ts.isFunctionExpression(d.initializer)) ? [d.initializer] : []));
  });
  const entries = new Set<ts.Node>();
  for (const node of functions) {
    const name = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
    const phase = name !== undefined && ts.isIdentifier(name) ? request.phaseOf(name.text) : undefined;
    if (phase === undefined) continue;
    phases.set(node, phase);
    entries.add(node);
  }
  const untaught = functions.find((node) => phases.get(node) === 'train' && node.body !== undefined && !mentions(ts, node.body, node.parameters));
  if (untaught !== undefined) return [{ start: untaught.getStart(), length: untaught.name?.getWidth() ?? 1, rule: 'training', reason: 'train looks at none of what it is given', hint: 'compute parameters from the run and the feedback' }];
  const common = { ts, checker, offered, known };
  const asFinding = ({ node, rule, reason, hint }: Use): AuditFinding => ({ start: node.getStart(), length: node.getWidth(), rule, reason, hint });
  const usual = new Set(findOddTypes(ts, [original]).map((use) => use.key));
  const odd = findOddTypes(ts, candidate).filter((use) => !usual.has(use.key));
  if (odd.length > 0) return odd.map(asFinding);
  const { ofCandidate, ofOriginal } = makeMemberIds({ ts, checker, candidate, phases: functions.filter((node) => entries.has(node)), original });
  const allowed = new Map(findUses({ ...common, roots: [original], entries: new Set([original]), members: ofOriginal, isOriginal: () => true, hasIdle: () => false }).flatMap((use) => [use.key, ...use.others ?? []].map((key) => [key, use] as const)));
  // A name by itself is good for a member where every function of that name that is within reach is used.
  const idle = new Set<string>();
  for (const [name, ids] of findReachable(ts, checker, original)) {
    const used = [...ids].find((id) => allowed.has(id));
    if (![...ids].every((id) => allowed.has(id))) idle.add(name);
    else if (used !== undefined && !allowed.has(`member:${name}`)) allowed.set(`member:${name}`, allowed.get(used)!);
  }
  const copies = functions.filter((node) => entries.has(node) && isCopy(node, original));
  const isOriginal = (node: ts.Node): boolean => copies.some((copy) => node.pos >= copy.pos && node.end <= copy.end);
  const found = findUses({ ...common, roots: candidate, entries, members: ofCandidate, isOriginal, hasIdle: (name) => idle.has(name) });
  const phaseAt = (node: ts.Node): string => {
    for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
      const phase = phases.get(at);
      if (phase !== undefined) return phase;
    }
    return 'helper';
  };
  const parameters = original.parameters.filter((p) => !(ts.isIdentifier(p.name) && p.name.text === 'this'));
  const mayChange = new Set(parameters.flatMap((p, i) => (request.changed[i] === true && ts.isIdentifier(p.name) ? [`change:${p.name.text}`] : [])));
  return found.filter((use) => {
    const phase = phaseAt(use.node);
    // A capability belongs to the operation; around it, nothing the world can see may happen once more.
    const isOperation = phase === 'operatePrime' || phase === 'helper';
    if (mayChange.has(use.key) && isOperation) return false;
    const own = [use.key, ...use.others ?? []].map((key) => allowed.get(key)).find((each) => each !== undefined);
    return own === undefined || (!isOperation && (own.effect || use.effect));
  }).map(asFinding);
}

/** The same parameters and the same body, but for white space. */
function isCopy(node: ts.FunctionLikeDeclaration, original: ts.FunctionLikeDeclaration): boolean {
  const textOf = ({ typeParameters, parameters, body }: ts.FunctionLikeDeclaration): string => [typeParameters ?? [], parameters.filter((p) => p.name.getText() !== 'this'), body === undefined ? [] : [body]]
    .map((part) => part.map((each) => each.getText().replace(/\s+/g, ' ')).join(',')).join('|');
  return node.body !== undefined && textOf(node) === textOf(original);
}

function mentions(ts: Ts, body: ts.Node, parameters: readonly ts.ParameterDeclaration[]): boolean {
  const names = new Set(parameters.flatMap((p) => namesIn(ts, p.name).map((name) => name.text)));
  const visit = (node: ts.Node): boolean => (ts.isIdentifier(node) && names.has(node.text)) || ts.forEachChild(node, (child) => visit(child) || undefined) === true;
  return visit(body);
}

function declaredNames(ts: Ts, statement: ts.Statement): readonly ts.Identifier[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap((d) => namesIn(ts, d.name));
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement)) return statement.name ? [statement.name] : [];
  if (ts.isModuleDeclaration(statement)) return ts.isIdentifier(statement.name) ? [statement.name] : [];
  return [];
}

function namesIn(ts: Ts, name: ts.BindingName): readonly ts.Identifier[] {
  return ts.isIdentifier(name) ? [name] : name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(ts, element.name) : []));
}

/** Every comment of a file, each once: before and after each token. */
function findComments(ts: Ts, file: ts.SourceFile): readonly ts.TextRange[] {
  const found = new Map<number, ts.TextRange>();
  const add = (ranges: readonly ts.CommentRange[] | undefined): void => { for (const range of ranges ?? []) found.set(range.pos, range); };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) return;
    if (ts.isToken(node) || node.getChildCount(file) === 0) {
      add(ts.getLeadingCommentRanges(file.text, node.pos));
      add(ts.getTrailingCommentRanges(file.text, node.end));
    }
    for (const child of node.getChildren(file)) visit(child);
  };
  visit(file);
  return [...found.values()].sort((a, b) => a.pos - b.pos);
}
