/** What is looked at before anything is parsed: a reader, an editor and a parser must see the same text. */

export interface TextFinding {
  readonly start: number;
  readonly length: number;
  readonly rule: string;
  readonly reason: string;
  readonly hint: string;
}

/** Name → characters. Tabs and line feeds are the only control characters that a text needs. */
const HIDDEN: readonly (readonly [string, RegExp])[] = [
  ['a bidirectional control character', /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u],
  ['a zero-width character', /[\u200b-\u200d\u2060-\u2064\ufeff\u180e]/u],
  ['a variation selector', /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]|[\u180b-\u180d]|\u180f/u],
  ['an invisible character', /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/u],
  ['a line or paragraph separator', /[\u2028\u2029\u0085]/u],
  ['a carriage return', /\r/u],
  ['a control character', /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/u],
  ['an unusual space', /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/u],
  ['a private or unassigned character', /[\ue000-\uf8ff\u{f0000}-\u{10ffff}]/u],
  ['half a surrogate pair', /[\ud800-\udfff]/u],
];

/** Emoji are written with selectors and joiners. */
const EMOJI = /\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]*(?:\u200d\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]*)*/gu;

/** Comments that tools obey, or that speak to whoever reviews. */
const DIRECTIVES: readonly (readonly [string, RegExp])[] = [
  ['a comment that switches checks off', /@ts-(?:ignore|expect-error|nocheck|check)\b/],
  ['a comment that the compiler obeys', /@jsx(?:Frag|ImportSource|Runtime)?\b|^\/\/\/\s*</],
  ['a comment that outlives minification', /^\/[/*]!|@(?:license|preserve|cc_on)\b/],
  ['a comment that hides code from coverage', /\b(?:istanbul|c8|v8)\s+ignore\b/],
  ['a comment that switches other tools off', /\b(?:eslint|tslint|oxlint|biome|deno-lint|stryker|rubocop|semgrep)[- ]?(?:disable|ignore)|\bno(?:semgrep|sonar|inspection)\b|\b(?:gitleaks|trufflehog|detect-secrets|pragma)\s*:\s*(?:allow|ignore|no\b)|\b(?:codeql|lgtm)\s*\[|\b(?:deepcode|snyk)[- :]*ignore\b/i],
  ['a comment that redirects debuggers', /^\/[/*][#@]\s*source(?:Mapping)?URL/],
  ['a comment that bundlers obey', /[@#]__[A-Z_]+__|\b(?:webpack|turbopack)[A-Z]\w*\s*:|@vite-ignore/],
  ['a comment that claims a verdict', /\bpoetc?\s*:|\b(?:skip|bypass|disable)[- ]?(?:the |this |these |all |any |every )?(?:audit|verif|(?:poetc?|safety|security|type|behaviou?r)[- ]?check|checks?\s*(?:$|\*\/|here\b|for this (?:file|code|function)|[.!]))/i],
  ['a comment that claims a review', /\b(?:verified|audited|approved|reviewed|signed[- ]off|cleared|vetted)\s+by\s+(?:the\s+|our\s+)?(?:security|appsec|infosec)\b|\bno\s+(?:further|more|additional|human|manual)\s+review\b|\breview\s+(?:is\s+)?(?:not\s+|un)(?:needed|necessary|required)\b/i],
  ['a comment that talks like a prompt', /^\W*(?:system|human|assistant)\s*:|\b(?:human|assistant)\s*:|\b(?:note|message|instructions?)\s+(?:to|for)\s+(?:the|any|a)\s+(?:language\s+)?(?:model|ai|llm)\b|<\/?(?:system|instructions?|prompt)>/i],
  ['a comment that speaks to whoever reviews', /\b(?:ai|llm|language model|assistant|reviewers?|auditors?)\b[^]*\b(?:approved?|ignore|skip|pass(?:es)?|lgtm|trust(?:ed)?|do not|don't|must not)\b|\b(?:ignore|disregard)\b[^]*\b(?:previous|above|earlier)\b[^]*\binstructions?\b|\bLGTM\b/i],
];

/** So many spaces push code out of sight. */
const FAR_RIGHT = /[^\s][ \t]{40,}[^\s]|^[ \t]{160,}[^\s]/mu;

/**
 * @param code code.ts without its header, line ends normalised
 * @param known the author's own text: what stands there may stand here
 */
export function checkText(code: string, known: string): TextFinding | undefined {
  const find = (at: number, length: number, reason: string, hint: string): TextFinding => ({ start: at, length, rule: 'text', reason, hint });
  // Same length, so that positions stay right.
  const plain = code.replace(EMOJI, (match) => '.'.repeat(match.length));
  for (const [what, pattern] of HIDDEN) {
    for (const match of plain.matchAll(new RegExp(pattern.source, 'gu'))) {
      if (!known.includes(match[0])) return find(match.index, match[0].length, `${what} (${nameOf(match[0])})`, 'write it as an escape, such as \\u200b, or leave it out');
    }
  }
  if (code.normalize('NFC') !== code) {
    const at = firstDifference(code, code.normalize('NFC'));
    return find(at, 1, 'text that is not in Unicode normal form C', 'write composed characters');
  }
  const far = FAR_RIGHT.exec(code);
  if (far !== null && !known.includes(far[0])) return find(far.index, far[0].length, 'code behind a long run of spaces', 'break the line');
  for (const match of code.matchAll(/[\p{L}\p{M}\p{N}_$]+/gu)) {
    if (isConfusable(match[0]) && !known.includes(match[0])) {
      return find(match.index, match[0].length, `the word "${match[0]}" looks like another one`, 'write it in the letters of one script');
    }
  }
  return undefined;
}

/** @param comment with its delimiters; @param known the author's own text */
export function checkComment(comment: string, known: string): string | undefined {
  if (known.includes(comment)) return undefined;
  return DIRECTIVES.find(([, pattern]) => pattern.test(comment))?.[0];
}

/** Latin letters among letters that look like them, or letters in disguise. */
export function isConfusable(word: string): boolean {
  if (/^[\x00-\x7f]*$/.test(word)) return false;
  if (/[\uff01-\uff5e\u{1d400}-\u{1d7ff}]/u.test(word)) return true;
  return /[A-Za-z]/.test(word) && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Lisu}]/u.test(word);
}

const nameOf = (character: string): string => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

function firstDifference(a: string, b: string): number {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return i;
}
