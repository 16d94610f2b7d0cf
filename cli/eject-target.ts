import type ts from 'typescript';
import { discover } from '../transformer/1-discover/index.ts';
import { findCommentTags } from '../transformer/1-discover/comment-tag.ts';
import { findCommentAt } from '../transformer/1-discover/comments.ts';
import { readAllTemplates } from '../transformer/2-plan/project-templates.ts';
import { findSelfCalls } from '../transformer/3-generate/body.ts';
import { makeRewrite } from '../transformer/6-emit/index.ts';
import { isAuthorsBody } from '../transformer/body-comparison.ts';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { findImportForm } from '../transformer/import-form.ts';
import type { Rewrite } from '../transformer/rewrite.ts';
import { makeAnalysisProgram, makeRewrittenProgram, type ProgramSource } from '../transformer/shadow-program.ts';
import { readPhases } from '../transformer/syntax/phases.ts';
import { makeTokenReader } from '../transformer/syntax/tokens.ts';
import type { Target, Ts, Version } from '../transformer/types.ts';
import { CliFault } from './cli-fault.ts';
import type { ProjectBuild } from './project.ts';

/**
 * The text of the target's file in which this one target is what emission makes of it, without its marker.
 * Other targets of the file stay marked.
 */
export function ejectTarget({ source, ctx }: ProjectBuild, id: string, version: Version): string {
  const { ts } = ctx;
  const analysis = makeAnalysisProgram(source);
  const checker = analysis.getTypeChecker();
  const { targets } = discover(analysis, ctx, { domains: readAllTemplates(ctx).templates.map(({ domain }) => domain) });
  const target = targets.find((each) => each.id === id);
  if (target === undefined) throw new Error(`${id} was a target a moment ago`);
  const selfCalls = findSelfCalls(ts, checker, target).map((edit) => edit.start);
  const phases = readPhases(ts, version.candidate.code, target.sourceFile.fileName.endsWith('x'));
  const bodyUnchanged = isAuthorsBody(ts, makeTokenReader(ts), target, phases.sourceFile, selfCalls);
  const rewrite = makeRewrite(ts, target.sourceFile, [{ target, version, bodyUnchanged, foreign: false, selfCalls }], [], {
    importForm: findImportForm(ts, source.program, target.sourceFile), packageName: ctx.packageName,
  });
  const tag = target.spelling === 'jsdoc' ? tagRange(ts, target) : undefined;
  const edits = [
    ...[...(tag === undefined ? [] : [tag]), ...annotations(ts, target, version)].flatMap((edit) => placesOf(rewrite, edit)),
    ...(target.spelling === 'wrapper' ? commaOf(rewrite) : []),
  ];
  const text = edits.sort((a, b) => b.start - a.start).reduce((left, edit) => left.slice(0, edit.start) + edit.with + left.slice(edit.end), rewrite.text);
  // Nothing of it is a target any more: the tag is what `poet check --dist` looks for.
  const untagged = text.replace(`"tag":${JSON.stringify(`poetc:${id}@${version.name}:${version.metadata.content_hash.slice(0, 8)}`)},`, '');
  // The runtime hands on whatever it is given; as source, the call must fit an Enforce that takes the result alone.
  const takesResultOnly = phases.enforce.parameters.length === 1;
  const fitting = takesResultOnly ? untagged.replace(/(= [\w$.]+\([\w$]+, [\w$]+, [\w$]+\$enforce, [\w$]+, )\[[^\]]*\]\)/, '$1[])') : untagged;
  // Emission keeps the author's lines where they are; a person wants the import on a line of its own.
  const ejected = fitting.replace(/^(import [^\n]*(?:from "poetc\/runtime"|require\("poetc\/runtime"\));) /m, '$1\n');
  refuseNewErrors(source, id, { ...rewrite, text: ejected, spans: [] });
  return ejected;
}

/**
 * Emission is type-checked where types may follow from the original; as source it must stand alone.
 * @throws CliFault POET8127 with the first error that the author's file did not have
 */
function refuseNewErrors(source: ProgramSource, id: string, rewrite: Rewrite): void {
  const { ts } = source;
  const errorsIn = (program: ts.Program): string[] => {
    const file = program.getSourceFile(rewrite.path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
      .filter(({ category }) => category === ts.DiagnosticCategory.Error)
      .map(({ code, messageText }) => `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  };
  const known = new Set(errorsIn(source.program));
  const fresh = errorsIn(makeRewrittenProgram(source, new Map([[rewrite.path, rewrite]]))).find((error) => !known.has(error));
  if (fresh !== undefined) throw new CliFault(1, makeDiagnostic('POET8127', { fn: id, found: fresh }, { file: rewrite.path }));
}

/** Emission writes `(0, f)` for a wrapper, so that the function stays nameless; as source that reads like a mistake, and is TS2695. */
function commaOf({ spans, text }: Rewrite): Replacement[] {
  const written = spans.filter(({ source }) => source === undefined).map(({ start, end }) => ({ start, end, with: '', was: text.slice(start, end) }));
  const open = written.findIndex(({ was }) => was === '(0, ');
  const close = written.findIndex(({ was }, i) => i > open && was === ')');
  return open < 0 || close < 0 ? [] : [written[open]!, written[close]!];
}

/** Where a piece of the author's text ended up; more than once when it was copied. */
function placesOf(rewrite: Rewrite, edit: Replacement): Replacement[] {
  return rewrite.spans.flatMap(({ source, origin, fixed, start, end }) => {
    // Of the characters, not of the gaps between them: an insertion belongs to the piece that holds what follows it.
    const inside = source === 0 && fixed !== true && origin !== undefined && origin <= edit.start && Math.max(edit.end, edit.start + 1) <= origin + (end - start);
    return inside ? [{ start: edit.start + start - origin, end: edit.end + start - origin, with: edit.with }] : [];
  });
}

/**
 * A parameter whose type follows from its default value needs one of its own: the default has moved into O′.
 * Perceive has spelled it out, in names of the author's module.
 */
function annotations(ts: Ts, target: Target, version: Version): Replacement[] {
  const { perceive } = readPhases(ts, version.candidate.code, target.sourceFile.fileName.endsWith('x'));
  const types = perceive.parameters.filter(({ name }) => !(ts.isIdentifier(name) && name.text === 'this'));
  const parameters = target.node.parameters.filter(({ name }) => !(ts.isIdentifier(name) && name.text === 'this'));
  return parameters.flatMap((parameter, i): Replacement[] => {
    const type = types[i]?.type?.getText();
    if (parameter.initializer === undefined || parameter.type !== undefined || type === undefined) return [];
    return [{ start: parameter.name.end, end: parameter.name.end, with: `: ${type}` }];
  });
}

interface Replacement { readonly start: number; readonly end: number; readonly with: string }

/** The tag with its options, as lines; the whole comment when it says nothing else. */
function tagRange(ts: Ts, target: Target): Replacement | undefined {
  const { sourceFile: file } = target;
  const { text } = file;
  for (const { index } of text.matchAll(/@poet(?![\w.-])/g)) {
    const comment = findCommentAt(ts, file, index);
    if (comment?.kind !== 'jsdoc' || !belongsTo(target, comment.next)) continue;
    const tag = findCommentTags(text, comment).find(({ at }) => at.start === index);
    if (tag === undefined) continue;
    const last = tag.lines.filter((line) => line.text.trim() !== '').at(-1);
    const end = last === undefined ? tag.at.end : last.start + last.text.length;
    const lead = /(?:\r?\n)?[ \t]*(?:\*[ \t]*)?$/.exec(text.slice(comment.start + '/**'.length, tag.at.start))?.[0] ?? '';
    const rest = text.slice(comment.start, tag.at.start - lead.length) + text.slice(end, comment.end);
    if (!/^\/\*\*[\s*]*\*\/$/.test(rest)) return { start: tag.at.start - lead.length, end, with: '' };
    const gap = /^[ \t]*(?:\r?\n[ \t]*)?/.exec(text.slice(comment.end, comment.next))?.[0] ?? '';
    return { start: comment.start, end: comment.end + gap.length, with: '' };
  }
  return undefined;
}

/** The first token after the comment is the first of the function, or of the statement, property or class member that holds it. */
function belongsTo(target: Target, next: number): boolean {
  for (let node: ts.Node = target.node; node.parent !== undefined; node = node.parent) if (node.getStart(target.sourceFile) === next) return true;
  return false;
}
