/** JSDoc text → constraint tags. Works on the text of comments, since programs do not always parse their JSDoc (docs/contract.md). */
import type ts from 'typescript';
import type { Ts } from '../types.ts';

/** One `@name value`, where the comment says it. */
export interface Tag {
  readonly name: string;
  readonly value: string;
  /** UTF-16 offset of the `@` in the file. */
  readonly start: number;
}

/** The tags of a function's comment, by what they speak of. */
export interface FunctionTags {
  /** Braced tags inside `@param name`. */
  readonly parameters: readonly { readonly parameter: string; readonly tag: Tag }[];
  /** Braced tags inside `@returns`. */
  readonly result: readonly Tag[];
  /** All other tags, with their values. */
  readonly own: readonly Tag[];
}

/** Tags at line starts of the last JSDoc comment before a declaration. */
export function readTags(ts: Ts, node: ts.Node): readonly Tag[] {
  const comment = findComment(ts, node);
  return comment === undefined ? [] : blocksOf(comment.text, comment.start);
}

/** The tags of the comment of a function, which may stand on the statement or property around it. */
export function readFunctionTags(ts: Ts, node: ts.Node): FunctionTags {
  const parameters: { parameter: string; tag: Tag }[] = [];
  const result: Tag[] = [];
  const own: Tag[] = [];
  for (const block of readTags(ts, ownerOfComment(ts, node))) {
    if (block.name === 'param' || block.name === 'arg' || block.name === 'argument') {
      const parameter = /^(?:\{[^@}][^}]*\}\s*)?\[?([\w$.[\]]*[\w$])/.exec(block.value)?.[1] ?? '';
      for (const tag of bracedTags(block)) parameters.push({ parameter, tag });
    } else if (block.name === 'returns' || block.name === 'return') {
      result.push(...bracedTags(block));
    } else {
      own.push(block);
    }
  }
  return { parameters, result, own };
}

function ownerOfComment(ts: Ts, node: ts.Node): ts.Node {
  let owner = node;
  while (owner.parent !== undefined && !isCommentHolder(ts, owner)) {
    if (ts.isBlock(owner.parent) || ts.isSourceFile(owner.parent)) return owner;
    owner = owner.parent;
  }
  return owner;
}

function isCommentHolder(ts: Ts, node: ts.Node): boolean {
  return ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isMethodSignature(node) || ts.isVariableStatement(node)
    || ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node) || ts.isExportAssignment(node) || ts.isExpressionStatement(node);
}

function findComment(ts: Ts, node: ts.Node): { readonly text: string; readonly start: number } | undefined {
  const { text } = node.getSourceFile();
  // What TypeScript calls trailing, a comment on the line of the token before, is ours if the declaration begins on that line too.
  const sameLine = (ts.getTrailingCommentRanges(text, node.pos) ?? []).filter((range) => !text.slice(range.end, node.getStart()).includes('\n'));
  const ranges = [...sameLine, ...(ts.getLeadingCommentRanges(text, node.pos) ?? [])];
  const last = ranges.filter((range) => text.startsWith('/**', range.pos) && text[range.pos + 3] !== '/').at(-1);
  if (last === undefined) return undefined;
  const comment = text.slice(last.pos, last.end);
  return comment.includes('@') ? { text: comment, start: last.pos } : undefined;
}

/** These may also follow text or another tag on one line, as editors show them; other `@` inside a line are e-mail addresses and the like. */
const INLINE = /(?<=[ \t])@(minimum|maximum|exclusiveMinimum|exclusiveMaximum|minLength|maxLength|pattern|format|minItems|maxItems|uniqueItems|multipleOf|integer|finite|validDate)(?![\w-])/.source;
const HEAD = new RegExp(`^[ \\t]*@([A-Za-z][\\w-]*)|${INLINE}`, 'gm');

/** Splits a comment at the `@` that begin a line, and at constraints inside one; the stars of the lines are blanked so that offsets stay true. */
function blocksOf(comment: string, start: number): readonly Tag[] {
  const blank = comment
    .replace(/^\/\*\*/, '   ')
    .replace(/\*\/$/, '  ')
    .replace(/^([ \t]*)\*/gm, (_, space: string) => `${space} `);
  const heads = [...blank.matchAll(HEAD)];
  return heads.map((head, i) => {
    const at = head.index + head[0].indexOf('@');
    const end = heads[i + 1]?.index ?? blank.length;
    const name = (head[1] ?? head[2])!;
    const value = blank.slice(at + 1 + name.length, end);
    return { name, value: value.trim(), start: start + at };
  });
}

/** `{@minimum 0}` inside a block; braces in the value must be balanced, as in `{@pattern ^\d{3}$}`. */
function bracedTags(block: Tag): readonly Tag[] {
  const found: Tag[] = [];
  const { value } = block;
  for (const head of value.matchAll(/\{@([A-Za-z][\w-]*)/g)) {
    let depth = 1;
    let end = head.index + 1;
    while (end < value.length && depth > 0) {
      if (value[end] === '{') depth++;
      if (value[end] === '}') depth--;
      end++;
    }
    const inner = value.slice(head.index + head[0].length, end - 1).trim();
    found.push({ name: head[1]!, value: inner, start: block.start });
  }
  return found;
}
