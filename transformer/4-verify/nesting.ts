/** How deep a text nests, found out without recursion: the parser is only called on what it can survive. */
import type ts from 'typescript';
import type { Ts } from '../types.ts';

/**
 * Whether brackets outside of strings and comments nest deeper than `max`. Linear in the text.
 *
 * Not seen: regular expressions. Brackets, quotes and backticks in them are taken for real ones, so that the answer can
 * be wrong either way; whoever parses must survive a text that nests deeper.
 */
export function nestsDeeperThan(max: number, text: string): boolean {
  let depth = 0;
  /** For each open `${` the depth at which its `}` is met. */
  const templates: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (c === '/' && text[i + 1] === '/') i = endOf(text, '\n', i + 2);
    else if (c === '/' && text[i + 1] === '*') i = endOf(text, '*/', i + 2) + 1;
    else if (c === '"' || c === "'") i = endOfString(text, c, i + 1);
    else if (c === '`' || (c === '}' && templates[templates.length - 1] === depth)) {
      if (c === '}') { templates.pop(); depth -= 1; }
      i = endOfTemplatePart(text, i + 1);
      if (text[i] === '{') { depth += 1; templates.push(depth); }
    } else if (c === '(' || c === '[' || c === '{') depth += 1;
    else if (c === ')' || c === ']' || c === '}') depth = Math.max(0, depth - 1);
    if (depth > max) return true;
  }
  return false;
}

/** Whether a tree is deeper than `max` nodes; walks with a stack of its own. */
export function isDeeperThan(ts: Ts, max: number, root: ts.Node): boolean {
  const stack: [ts.Node, number][] = [[root, 0]];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [node, depth] = top;
    if (depth > max) return true;
    ts.forEachChild(node, (child) => { stack.push([child, depth + 1]); });
  }
  return false;
}

function endOf(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at === -1 ? text.length : at;
}

/** A string ends at its quote or, unterminated (or an apostrophe in a regular expression or JSX), at the line's end. */
function endOfString(text: string, quote: string, from: number): number {
  let i = from;
  while (i < text.length && text[i] !== quote && text[i] !== '\n') i += text[i] === '\\' ? 2 : 1;
  return i;
}

/** At the closing backtick, or at the `{` of a `${`. */
function endOfTemplatePart(text: string, from: number): number {
  let i = from;
  while (i < text.length && text[i] !== '`') {
    if (text[i] === '$' && text[i + 1] === '{') return i + 1;
    i += text[i] === '\\' ? 2 : 1;
  }
  return i;
}
