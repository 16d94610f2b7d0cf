import type ts from 'typescript';
import { discover } from '../transformer/1-discover/index.ts';
import { findCommentTags } from '../transformer/1-discover/comment-tag.ts';
import { findCommentAt } from '../transformer/1-discover/comments.ts';
import { readTemplates } from '../transformer/2-plan/templates.ts';
import { findSelfCalls } from '../transformer/3-generate/body.ts';
import { makeRewrite, type EmitOptions } from '../transformer/6-emit/index.ts';
import { isAuthorsBody } from '../transformer/body-comparison.ts';
import { makeAnalysisProgram } from '../transformer/shadow-program.ts';
import { makeTokenReader } from '../transformer/syntax/tokens.ts';
import type { Target, Ts, Version } from '../transformer/types.ts';
import type { ProjectBuild } from './project.ts';

/**
 * The text of the target's file in which this one target is what emission makes of it, without its marker.
 * Other targets of the file stay marked.
 */
export function ejectTarget({ source, ctx }: ProjectBuild, id: string, version: Version): string {
  const { ts } = ctx;
  const analysis = makeAnalysisProgram(source);
  const checker = analysis.getTypeChecker();
  const { targets } = discover(analysis, ctx, { domains: readTemplates(ctx.templatesFolder).map(({ domain }) => domain) });
  const target = targets.find((each) => each.id === id);
  if (target === undefined) throw new Error(`${id} was a target a moment ago`);
  const selfCalls = findSelfCalls(ts, checker, target).map((edit) => edit.start);
  const bodyUnchanged = isAuthorsBody(ts, makeTokenReader(ts), target, version.candidate.code, selfCalls);
  const rewrite = makeRewrite(ts, target.sourceFile, [{ target, version, bodyUnchanged, selfCalls }], [], {
    importForm: importFormOf(ts, source.program, target.sourceFile), packageName: ctx.packageName,
  });
  const tag = target.spelling === 'jsdoc' ? tagRange(ts, target) : undefined;
  if (tag === undefined) return rewrite.text;
  // Every copy of the comment in the rewritten text, last one first so that earlier positions stay right.
  const copies = rewrite.spans.filter(({ source: from, origin, fixed, start, end }) =>
    from === 0 && fixed !== true && origin !== undefined && origin <= tag.start && tag.end <= origin + (end - start));
  return [...copies].reverse().reduce((text, { start, origin = 0 }) => {
    const shift = start - origin;
    return text.slice(0, tag.start + shift) + tag.with + text.slice(tag.end + shift);
  }, rewrite.text);
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

/** Under `verbatimModuleSyntax` a CommonJS file may not use ESM syntax. */
function importFormOf(ts: Ts, program: ts.Program, file: ts.SourceFile): EmitOptions['importForm'] {
  const options = program.getCompilerOptions();
  if (options.verbatimModuleSyntax !== true) return 'esm';
  const format = file.impliedNodeFormat ?? (options.module === ts.ModuleKind.CommonJS ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext);
  return format === ts.ModuleKind.CommonJS ? 'import-equals' : 'esm';
}
