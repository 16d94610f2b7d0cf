import type ts from 'typescript';
import type { Context } from '../context.ts';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { findOrigin, findSpan, type Rewrite } from '../rewrite.ts';
import { findLineAndColumn, findLineStarts } from '../syntax/line-map.ts';
import { PHASE_NAMES } from '../syntax/phases.ts';
import type { Target, Version } from '../types.ts';
import { audit, auditSource, type AuditFinding } from './audit/index.ts';
import { findInlined, findOriginal } from './inlined.ts';
import { findMisfit } from './signatures.ts';

/**
 * Audits versions that the deterministic provider does not make, where they stand in the rewritten program.
 *
 * @param targets whose code.ts is looked at; their contract.ts is regenerated and needs no audit
 * @returns the first refusal of each, at its place in code.ts
 */
export function auditVersions(
  ctx: Context, program: ts.Program, rewrites: readonly Rewrite[], targets: ReadonlySet<Target>, versions: ReadonlyMap<Target, Version>,
): Map<Target, PoetDiagnostic> {
  const refused = new Map<Target, PoetDiagnostic>();
  const checker = program.getTypeChecker();
  for (const rewrite of rewrites) {
    for (const [source, target] of rewrite.owners) {
      const version = versions.get(target);
      if (!targets.has(target) || version === undefined || !rewrite.sources[source]!.path.endsWith('/code.ts')) continue;
      const found = auditOne(ctx, program, checker, rewrite, target, version);
      if (found !== undefined) refused.set(target, found);
    }
  }
  return refused;
}

function auditOne(ctx: Context, program: ts.Program, checker: ts.TypeChecker, rewrite: Rewrite, target: Target, version: Version): PoetDiagnostic | undefined {
  const { ts } = ctx;
  const file = program.getSourceFile(rewrite.path);
  if (file === undefined) throw new Error(`poetc lost ${rewrite.path} between two programs`);
  const known = target.sourceFile.text;
  const original = findOriginal(ts, file, rewrite, target.node.body!.getStart(target.sourceFile));
  const path = `${version.folder}/code.ts`;
  const stored = version.header + version.candidate.code;
  const refuse = (finding: Pick<AuditFinding, 'rule' | 'reason' | 'hint'>, offset: number): PoetDiagnostic => {
    const { line, column } = findLineAndColumn(findLineStarts(stored), offset);
    return makeDiagnostic('POET4020', { fn: target.id, rule: finding.rule, reason: finding.reason, hint: finding.hint }, { file: path, line: line + 1, column: column + 1 });
  };

  const inSource = auditSource({ ts, code: version.candidate.code, known, isTsx: rewrite.path.endsWith('x'), isTaken: makeNameReader(ctx, checker, original, file, rewrite) });
  if (inSource !== undefined) return refuse(inSource, version.header.length + inSource.start);

  const candidate = findInlined(ts, file, rewrite, (source, owner) => owner === target && source.path === path);
  // What the emission wrote, and what it copied from contract.ts, is offered; the author's names and other versions' are not.
  const offered = new Set<string>();
  for (const statement of findInlined(ts, file, rewrite, (source, owner) => owner === target && source.path.endsWith('/contract.ts'))) {
    if (ts.isFunctionDeclaration(statement) && statement.name) offered.add(statement.name.text);
  }
  for (const statement of file.statements) {
    const isOurs = findSpan(rewrite.spans, statement.getStart(file))?.source === undefined;
    if (!isOurs) continue;
    if (ts.isImportDeclaration(statement) && statement.importClause?.namedBindings && ts.isNamedImports(statement.importClause.namedBindings)) statement.importClause.namedBindings.elements.forEach((e) => HELPERS.has((e.propertyName ?? e.name).text) && offered.add(e.name.text));
    else if (ts.isImportEqualsDeclaration(statement)) offered.add(statement.name.text);
  }
  const phaseOf = (name: string): string | undefined => PHASE_NAMES.find((phase) => name === phase || name.endsWith(`$${phase}`) || new RegExp(`\\$${phase}\\$?\\d*$`).test(name));
  const findings = audit({ ts, checker, candidate, original, offered, phaseOf, known, changed: target.effects.parameters.map((p) => p.changed === true) });
  for (const finding of findings) {
    const origin = findOrigin(rewrite.spans, finding.start);
    return refuse(finding, origin !== undefined && rewrite.sources[origin.source]!.path === path ? origin.offset : version.header.length);
  }

  const functions = new Map<string, ts.SignatureDeclaration>();
  const collect = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) && node.name) functions.set(phaseOf(node.name.text) ?? '', node);
    if (ts.isVariableStatement(node)) for (const d of node.declarationList.declarations) if (ts.isIdentifier(d.name) && d.initializer && ts.isArrowFunction(d.initializer)) functions.set(phaseOf(d.name.text) ?? '', d.initializer);
  };
  candidate.forEach(collect);
  const reason = findMisfit(checker, { operatePrime: functions.get('operatePrime'), enforce: functions.get('enforce') }, original);
  return reason === undefined ? undefined : makeDiagnostic('POET4021', { fn: target.id, reason }, { file: path, line: 1, column: 1 });
}

/** Helpers of the runtime that a candidate may call; whatever else the dispatch imports is the dispatch's. */
const HELPERS: ReadonlySet<string> = new Set(['refuseArguments', 'observeArguments', 'refuseResult', 'reportResult']);

/** Whether a name is one of the author's module or of the language; what browsers declare beside them is in nobody's way. */
function makeNameReader({ ts }: Context, checker: ts.TypeChecker, original: ts.Node, file: ts.SourceFile, rewrite: Rewrite): (name: string) => boolean {
  return (name) => {
    const symbol = checker.resolveName(name, original, ts.SymbolFlags.Value, false);
    const declaration = symbol?.valueDeclaration ?? symbol?.declarations?.[0];
    if (declaration === undefined) return symbol !== undefined;
    const from = declaration.getSourceFile();
    // Generated functions of this file have names of their own already.
    return from === file ? findSpan(rewrite.spans, declaration.getStart(file))?.source === 0 : !from.isDeclarationFile || /(?:^|\/)lib\.es[\w.]*\.d\.ts$/.test(from.fileName);
  };
}
