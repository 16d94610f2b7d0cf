import { isOptionName, OPTION_CHECKS } from '../config/option-checks.ts';
import type { CommentTag } from './comment-tag.ts';
import type { OptionEntry, OptionFault, OptionReading } from './option-entry.ts';

/** `key=value`, `key="quoted value"` with JSON's escapes, `key='quoted value'`, or a bare word. */
const PART = /([A-Za-z][\w-]*)(?:=("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"',]+))?(?=$|[\s,])[ \t]*,?|(\S+)/y;

/** The options in a JSDoc tag. They go on in the next lines as long as those begin with an option; other lines are prose. */
export function readTagOptions(tag: CommentTag): OptionReading {
  const entries: OptionEntry[] = [];
  const faults: OptionFault[] = [];
  for (const [i, { text, start }] of tag.lines.entries()) {
    if (i > 0 && !beginsWithOption(text)) break;
    for (const { 0: whole, 1: name, 2: raw, 3: strange, index } of matchAll(text)) {
      const at = { start: start + index, end: start + index + whole.length };
      const isFlag = name !== undefined && raw === undefined && isFlagName(name);
      if (name === undefined || (raw === undefined && !isFlag)) {
        // After one strange word the rest of the line would only be strange too.
        faults.push({ code: 'POET1020', found: strange ?? name!, at });
        break;
      }
      const nameAt = { start: at.start, end: at.start + name.length };
      const valueAt = raw === undefined ? nameAt : { start: nameAt.end + 1, end: nameAt.end + 1 + raw.length };
      entries.push({ name, value: raw === undefined ? true : readTagValue(raw), nameAt, valueAt });
    }
  }
  return { entries, faults };
}

function beginsWithOption(text: string): boolean {
  const word = /^([A-Za-z]\w*)(=|$|[\s,])/.exec(text);
  return word !== null && (word[2] === '=' || (text.trim().split(/[\s,]+/).every((w) => isFlagName(w) || w.includes('='))));
}

function isFlagName(name: string): boolean {
  return isOptionName(name) && OPTION_CHECKS[name].schema['type'] === 'boolean';
}

function* matchAll(text: string): Generator<RegExpExecArray> {
  PART.lastIndex = 0;
  for (let at = text.search(/\S/); at >= 0 && at < text.length;) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (match === null) return;
    yield match;
    const rest = text.slice(at + match[0].length).search(/\S/);
    at = rest < 0 ? -1 : at + match[0].length + rest;
  }
}

/** Quoted text stays text; a bare word that is a number or a truth value is one. */
function readTagValue(raw: string): string | number | boolean {
  if (raw.startsWith('"') || raw.startsWith("'")) return raw.slice(1, -1).replace(/\\(.)/g, '$1');
  if (raw === 'true' || raw === 'false') return raw === 'true';
  return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(raw) ? Number(raw) : raw;
}
