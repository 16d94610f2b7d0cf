import { relative } from 'node:path';
import type ts from 'typescript';
import type { Context } from '../context.ts';
import type { FunctionContract } from '../contract/ir.ts';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { absolutePath } from '../diagnostics/locate.ts';
import type { Effects, Target, TargetNode, Ts } from '../types.ts';
import { findCommentMarkers } from './comment-markers.ts';
import { findFunctionExamples } from './examples.ts';
import { findMisplacedModifier } from './function-decorators.ts';
import { makeFolderName, makeUniqueNames, sayName } from './function-name.ts';
import { findMarkedFiles, type MarkedFile } from './marked-files.ts';
import type { Marker } from './marker.ts';
import { checkOptions, completeOptions, type KnownDomains } from './options.ts';
import { makePoetSymbols, type PoetSymbols } from './poet-symbol.ts';
import { makeRefuse, type Refuse } from './refuse.ts';
import { readResultKind } from './result-kind.ts';
import { isStubBody } from './stub.ts';
import type { Unwrap } from './subject.ts';
import { findBodyFaults } from './unsupported.ts';
import { findValueMarkers } from './value-markers.ts';

/** Those who read what a target's types and body say. One each for a program: they keep what they learn. */
export interface TargetReaders {
  readContract(node: TargetNode): { readonly contract: FunctionContract; readonly diagnostics: readonly PoetDiagnostic[] };
  readEffects(node: TargetNode): Effects;
}

export interface TargetSearch {
  readonly targets: Target[];
  readonly diagnostics: PoetDiagnostic[];
}

export type DiscoverContext = Pick<Context, 'ts' | 'root' | 'config'>;

/** All targets of a program, by file and position. A marker that makes no target makes at least one error. */
export function findTargets(program: ts.Program, ctx: DiscoverContext, known: KnownDomains, makeReaders: (checker: ts.TypeChecker) => TargetReaders): TargetSearch {
  const checker = program.getTypeChecker();
  const symbols = makePoetSymbols(ctx.ts, checker);
  const marked = findMarkedFiles(program, symbols);
  const search: TargetSearch = { targets: [], diagnostics: [] };
  if (marked.length === 0) return search;
  const readers = makeReaders(checker);
  for (const entry of marked) {
    const refuse = makeRefuse(entry.file, search.diagnostics);
    const markers = findMarkers(ctx.ts, checker, symbols, entry, refuse);
    const found = admit(ctx, markers, entry.file, refuse);
    const names = makeUniqueNames(found.map(({ node }) => makeFolderName(ctx.ts, node)));
    for (const [i, { node, marker }] of found.entries()) {
      const target = makeTarget({ program, checker, ctx, known, readers, refuse }, marker, node, names[i]!);
      search.diagnostics.push(...target.diagnostics);
      if (target.value !== undefined) search.targets.push(target.value);
    }
  }
  return search;
}

function findMarkers(ts: Ts, checker: ts.TypeChecker, symbols: PoetSymbols, { file, names, mentioned }: MarkedFile, refuse: Refuse): Marker[] {
  const unwrap: Unwrap = (call) => (names !== undefined && call.arguments.length > 1 && symbols.isPoet(call.expression, names) ? call.arguments[1] : undefined);
  const values = names === undefined ? [] : findValueMarkers(file, { ts, checker, symbols, names, unwrap, refuse });
  return [...values, ...(mentioned ? findCommentMarkers(ts, file, unwrap, refuse) : [])];
}

interface Admitted { readonly node: TargetNode; readonly marker: Marker }

/** Markers that stand on a function which can be a target, one each, by position. */
function admit({ ts, root }: DiscoverContext, markers: readonly Marker[], file: ts.SourceFile, refuse: Refuse): Admitted[] {
  const admitted = new Map<TargetNode, Marker>();
  for (const marker of markers) {
    const node = findFunction(ts, marker, refuse);
    if (node === undefined) continue;
    const fn = sayName(ts, node);
    if (admitted.has(node)) refuse('POET1016', { fn }, marker.at);
    else if (isJavaScript(file)) refuse('POET1015', { fn }, marker.at);
    else if (!ts.isExternalModule(file)) refuse('POET1014', { fn }, marker.at);
    else if (modulePathOf(root, file).startsWith('..')) refuse('POET1028', { fn, root }, marker.at);
    else admitted.set(node, marker);
  }
  return [...admitted].map(([node, marker]) => ({ node, marker })).sort((a, b) => a.node.pos - b.node.pos);
}

function findFunction(ts: Ts, { subject, spelling, at }: Marker, refuse: Refuse): TargetNode | undefined {
  if (subject.kind === 'function') {
    const fn = sayName(ts, subject.node);
    if (subject.overload !== undefined && spelling !== 'jsdoc') {
      refuse('POET1017', { fn }, at);
      return undefined;
    }
    const misplaced = spelling === 'function-decorator' && ts.isFunctionDeclaration(subject.node) ? findMisplacedModifier(ts, subject.node) : undefined;
    if (misplaced === undefined) return subject.node;
    refuse('POET1018', { fn, modifier: misplaced.getText() }, { start: misplaced.getStart(), end: misplaced.end });
    return undefined;
  }
  const fn = sayName(ts, subject.node);
  if (subject.kind === 'bodiless') refuse('POET1008', { fn, what: subject.what }, at);
  else if (subject.kind === 'accessor') refuse('POET1009', { fn }, at);
  else if (subject.kind === 'constructor') refuse('POET1010', { fn }, at);
  else refuse('POET1019', { what: subject.what }, at);
  return undefined;
}

interface TargetScope {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  readonly ctx: DiscoverContext;
  readonly known: KnownDomains;
  readonly readers: TargetReaders;
  readonly refuse: Refuse;
}

/** Reads one function whole. All that is wrong with it is said at once. */
function makeTarget({ program, checker, ctx, known, readers, refuse }: TargetScope, marker: Marker, node: TargetNode, name: string): { value?: Target; diagnostics: readonly PoetDiagnostic[] } {
  const { ts, root, config } = ctx;
  const fn = sayName(ts, node);
  let refused = false;
  const check: Refuse = (code, args, at) => { refused ||= code !== 'POET1021' && code !== 'POET1027'; refuse(code, args, at); };

  const faults = findBodyFaults(ts, node);
  for (const { code, at } of faults) check(code, { fn }, at);
  const result = readResultKind(ts, program, checker, node);
  if (result.richThenable !== undefined) check('POET1013', { fn, type: result.richThenable }, { start: (node.type ?? node.name ?? node).getStart(), end: (node.type ?? node.name ?? node.parameters).end });
  const ownOptions = checkOptions(marker.options, fn, known, check);
  if (result.kind === 'sync') warnAboutWaiting(marker, fn, check);
  if (refused) return { diagnostics: [] };

  const sourceFile = node.getSourceFile();
  const modulePath = modulePathOf(root, sourceFile);
  const options = completeOptions(ownOptions, config, result.kind);
  const { contract, diagnostics } = readers.readContract(node);
  const stub = options.fidelity === undefined ? options.domain !== 'base' && isStubBody(ts, checker, node) : options.fidelity === 'implement';
  const value: Target = {
    id: `${modulePath}#${name}`, modulePath, name, spelling: marker.spelling, sourceFile, node, markers: marker.ranges,
    ownOptions, options, resultKind: result.kind, contract, effects: readers.readEffects(node), examples: findFunctionExamples(ts, node), stub,
  };
  return { value, diagnostics };
}

function warnAboutWaiting({ options }: Marker, fn: string, refuse: Refuse): void {
  for (const { name, value, nameAt } of options.entries) {
    if (name === 'timeoutMs' || name === 'attemptMs' || name === 'concurrent' || ((name === 'retries' || name === 'queue') && value !== 0)) refuse('POET1027', { fn, option: name }, nameAt);
  }
}

function modulePathOf(root: string, file: ts.SourceFile): string {
  return relative(root, absolutePath(file.fileName)).replaceAll('\\', '/');
}

function isJavaScript(file: ts.SourceFile): boolean {
  return /\.[cm]?jsx?$/.test(file.fileName);
}
