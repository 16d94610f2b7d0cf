/** Template literal types as regular expressions. */
import type ts from 'typescript';
import type { Ts } from '../types.ts';

export interface StringPattern {
  /** Source for `new RegExp(source, 'u')`; matches whole strings only. */
  readonly pattern: string;
  /** The type as TypeScript writes it. */
  readonly text: string;
}

/**
 * The regular expression of a template literal or string mapping type, or undefined where a placeholder has no pattern.
 *
 * TypeScript matches without going back: a placeholder ends at the first occurrence of the text that follows it, and where
 * no text follows, it is one character long. `(?!text)` before every character says just that.
 * Not seen: numbers too large to be finite (`1e999` is no number for TypeScript).
 */
export function findStringPattern(ts: Ts, checker: ts.TypeChecker, type: ts.Type): StringPattern | undefined {
  const text = checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
  const source = sourceOf(ts, type);
  return source === undefined ? undefined : { pattern: `^${source}$`, text };
}

export function escapePattern(text: string): string {
  return text
    .replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sourceOf(ts: Ts, type: ts.Type): string | undefined {
  if (type.flags & ts.TypeFlags.StringMapping) return mappingSource(type as ts.StringMappingType, '');
  const { texts, types } = type as ts.TemplateLiteralType;
  const parts = types.map((placeholder, i) => {
    const isLast = i === types.length - 1;
    const following = isLast ? '' : texts[i + 1]!;
    const part = placeholderSource(ts, placeholder, escapePattern(following), !isLast && following === '');
    return part === undefined ? undefined : part + escapePattern(texts[i + 1]!);
  });
  return parts.includes(undefined) ? undefined : escapePattern(texts[0]!) + parts.join('');
}

/** `until`: the pattern may not start there; `single`: exactly one character. */
function placeholderSource(ts: Ts, type: ts.Type, until: string, single: boolean): string | undefined {
  const { flags } = type;
  const F = ts.TypeFlags;
  const char = (charClass: string): string => (until === '' ? charClass : `(?:(?!${until})${charClass})`);
  if (flags & (F.String | F.Any)) return single ? '[\\s\\S]' : `${char('[\\s\\S]')}*`;
  if (flags & F.Number) return single ? '[\\s\\d]' : numberSource(char);
  if (flags & F.BigInt) return single ? '\\d' : `${char('-')}?(?:${char('0')}|${char('[1-9]')}${char('\\d')}*)`;
  if (flags & F.StringMapping) return single ? undefined : mappingSource(type as ts.StringMappingType, until);
  if (flags & F.Union) {
    const members = (type as ts.UnionType).types.map((member) => placeholderSource(ts, member, until, single));
    return members.includes(undefined) ? undefined : `(?:${members.sort().join('|')})`;
  }
  if (flags & F.StringLiteral) return escapePattern((type as ts.StringLiteralType).value);
  if (flags & F.NumberLiteral) return escapePattern(String((type as ts.NumberLiteralType).value));
  if (flags & F.BooleanLiteral) return (type as unknown as { intrinsicName: string }).intrinsicName;
  if (flags & F.Null) return 'null';
  if (flags & F.Undefined) return 'undefined';
  return undefined;
}

/** Every text that `+text` makes a number of, the empty one excepted. */
function numberSource(char: (charClass: string) => string): string {
  const c = char;
  const digits = `${c('\\d')}+`;
  const exponent = `(?:${c('[eE]')}${c('[+-]')}?${digits})?`;
  const decimal = `${c('[+-]')}?(?:${digits}(?:${c('\\.')}${c('\\d')}*)?|${c('\\.')}${digits})${exponent}`;
  const based = `${c('0')}(?:${c('[xX]')}${c('[\\da-fA-F]')}+|${c('[oO]')}${c('[0-7]')}+|${c('[bB]')}${c('[01]')}+)`;
  return `(?:${c('\\s')}*(?:${decimal}|${based})${c('\\s')}*|${c('\\s')}+)`;
}

/** `Uppercase<string>` and its kin: no character that the mapping would change. */
function mappingSource(type: ts.StringMappingType, until: string): string | undefined {
  const changed: Record<string, string> = { Uppercase: '\\p{CWU}', Lowercase: '\\p{CWL}', Capitalize: '\\p{CWU}', Uncapitalize: '\\p{CWL}' };
  const property = changed[type.symbol.name];
  if (property === undefined || 'texts' in type.type) return undefined;
  const stop = until === '' ? '' : `(?!${until})`;
  const free = `(?:${stop}(?!${property})[\\s\\S])`;
  const rest = `(?:${stop}[\\s\\S])*`;
  return type.symbol.name.endsWith('case') ? `${free}*` : `(?:${free}${rest})?`;
}
