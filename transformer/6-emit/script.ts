/**
 * Direct emission: the author's own program prints a file with targets, and the generated functions join its output as JavaScript.
 *
 * A transformer moves the author's function aside and leaves placeholders, which no compiler looks into; the author's own nodes stay
 * bound, so imports and exports are the compiler's business as ever. What it prints is then completed (`completeScript`).
 * It serves what the deterministic provider wrote, whose syntax is known; everything else is rewritten as text and compiled.
 */
import type ts from 'typescript';
import type { Span, SourceText } from '../rewrite.ts';
import { readContractNames, readContractScript } from '../contract/index.ts';
import type { Target, Ts } from '../types.ts';
import { findErasable } from './erase.ts';
import { render, type Fragment } from './fragment.ts';
import { makeImport, type ImportForm } from './imports.ts';
import type { Enhancement } from './index.ts';
import { makeNamePool } from './names.ts';
import { copyStored } from './phases.ts';
import { makeTargetParts, type TargetParts } from './target-parts.ts';

/** Text that takes a placeholder's place. */
export interface Piece {
  readonly text: string;
  readonly spans: readonly Span[];
}

/** How one target is taken apart. */
export interface ScriptTarget {
  /** Names of the outer function's parameters. */
  readonly outer: readonly string[];
  /** Name of the author's function once it stands beside its dispatch. */
  readonly original: string;
  readonly isAsync: boolean;
  readonly selfCalls: ReadonlySet<number>;
  readonly operate: string;
  /** Placeholders. */
  readonly dispatch: string;
  readonly after: string;
}

export interface Script {
  /** Absolute path of the author's file, posix. */
  readonly path: string;
  /** Source 0 is the author's file; then code.ts and contract.ts of each version. */
  readonly sources: readonly SourceText[];
  readonly targets: ReadonlyMap<ts.Node, ScriptTarget>;
  /** Placeholder of the import, which comes before everything that runs. */
  readonly head: string;
  readonly pieces: ReadonlyMap<string, Piece>;
}

export interface ScriptOptions {
  /** What the compiler makes of the file: modules that import the runtime, or that require it. */
  readonly form: ImportForm;
  readonly languageVersion: ts.ScriptTarget;
  readonly packageName: string | undefined;
}

/** @returns undefined where a target of the file has to be compiled */
export function makeScript(ts: Ts, sourceFile: ts.SourceFile, enhanced: readonly Enhancement[], fallen: readonly Target[], options: ScriptOptions): Script | undefined {
  if (enhanced.length === 0 || [...enhanced.map((e) => e.target), ...fallen].some((target) => target.markers.length > 0)) return undefined;
  if (enhanced.some((e) => e.foreign || !e.bodyUnchanged || !standsAtTop(ts, e.target.node))) return undefined;
  const names = makeNamePool(sourceFile.text);
  const imports = makeImport(names, options.form);
  const sources: SourceText[] = [{ path: sourceFile.fileName, text: sourceFile.text }];
  const pieces = new Map<string, Piece>();
  const targets = new Map<ts.Node, ScriptTarget>();
  const place = (fragments: readonly Fragment[]): string => {
    const name = names.take(`$poet$${pieces.size}`);
    pieces.set(name, render('', [{ start: 0, end: 0, with: fragments }]));
    return name;
  };
  for (const { target, version, parsed, bodyUnchanged, foreign, selfCalls, policy } of enhanced) {
    const { header, folder, candidate } = version;
    const code = sources.push({ path: `${folder}/code.ts`, text: header + candidate.code }) - 1;
    const contract = sources.push({ path: `${folder}/contract.ts`, text: candidate.contract }) - 1;
    const parts = makeTargetParts(ts, sourceFile, target, {
      version, parsed, bodyUnchanged, foreign, selfCalls, policy, names, runtime: imports.alias, packageName: options.packageName, code, headerLength: header.length,
      contractNames: readContractNames(candidate.contract),
    });
    const at = (target.node.name ?? target.node).getStart(sourceFile);
    const stored = storedScripts(ts, parts, { text: candidate.contract, source: contract }, options.languageVersion);
    if (stored === undefined || parts.placement.kind !== 'beside') return undefined;
    targets.set(target.node, {
      outer: parts.outer, original: parts.original, operate: parts.own.operate, isAsync: target.resultKind === 'async', selfCalls: new Set(parts.selfCalls),
      dispatch: place([{ kind: 'written', text: parts.dispatch.replace(/^\n+|\s+$/g, ''), at }]),
      after: place([
        { kind: 'written', text: `var ${parts.own.handle};\nfunction ${parts.own.open}() { return (${parts.own.handle} = ${parts.openCall}); }`, at },
        ...stored.flatMap((piece): Fragment[] => [{ kind: 'written', text: '\n', at }, ...piece]),
      ]),
    });
  }
  const head = place([{ kind: 'written', text: imports.script() }]);
  return { path: sourceFile.fileName, sources, targets, head, pieces };
}

/** Functions of the module itself; what is nested goes through the compiler. */
function standsAtTop(ts: Ts, node: Target['node']): boolean {
  if (ts.isFunctionDeclaration(node)) return ts.isSourceFile(node.parent);
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return false;
  const { parent } = node;
  return ts.isVariableDeclaration(parent) && parent.initializer === node && ts.isVariableStatement(parent.parent.parent) && ts.isSourceFile(parent.parent.parent.parent);
}

function storedScripts(
  ts: Ts, { code, renames, wanted }: TargetParts, contract: { readonly text: string; readonly source: number }, languageVersion: ts.ScriptTarget,
): readonly (readonly Fragment[])[] | undefined {
  if (wanted.operate || wanted.train || code.others.length > 0 || code.overloads.size > 0) return undefined;
  // `a ??= b` is of 2021: for older output the compiler has to write it differently.
  if (languageVersion < ts.ScriptTarget.ES2021 && contract.text.includes('??=')) return undefined;
  const out: (readonly Fragment[])[] = [];
  for (const [name, node] of code.functions) {
    if (!['perceive', 'enforce', 'operatePrime', 'train'].includes(name)) return undefined;
    if (!(name === 'perceive' ? wanted.perceive : name === 'enforce' && wanted.enforce)) continue;
    const erased = findErasable(ts, node);
    if (erased === undefined) return undefined;
    out.push(copyStored(ts, code, node, renames, erased));
  }
  const script = readContractScript(contract.text, renames);
  if (script === undefined) return undefined;
  return [...out, ...script.map((statement) => statement.map(({ text, origin }): Fragment => ({ kind: 'stored', source: contract.source, text, origin })))];
}
