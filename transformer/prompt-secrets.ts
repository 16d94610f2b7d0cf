/** What looks like a secret in text that would leave the machine. */

const KINDS: readonly (readonly [string, RegExp])[] = [
  ['an AWS access key', /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/],
  ['a GitHub token', /\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{60,}\b/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a Slack token', /\bxox[abeoprs]-[A-Za-z0-9-]{10,}\b|hooks\.slack\.com\/services\/T[A-Z0-9]+\/B[A-Z0-9]+\/[A-Za-z0-9]{20,}/],
  ['a Stripe key', /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}\b/],
  ['a Google API key', /\bAIza[A-Za-z0-9_-]{35}\b/],
  ['an API key of a model provider', /\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}\b/],
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ['a JSON web token', /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/],
  ['a password in an address', /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"'`$]+:[^\s@/"'`$]{3,}@[\w.-]+/i],
];

/** A name that says secret, and a text beside it. */
const ASSIGNMENT = /(?:passw(?:or)?d|passwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential)s?["'`]?\s*[:=]\s*["'`]([^"'`\s]{12,})["'`]/gi;

/** In bits a character; words and identifiers of people stay below it. */
const MIN_ENTROPY = 3.4;

/** @returns what it looks like, without showing it; undefined where there is nothing */
export function findSecret(text: string): string | undefined {
  for (const [kind, pattern] of KINDS) if (pattern.test(text)) return kind;
  for (const [, value = ''] of text.matchAll(ASSIGNMENT)) if (/\d/.test(value) && entropyOf(value) >= MIN_ENTROPY) return 'a secret in a text beside a name that says so';
  return undefined;
}

/** Shannon's, of the characters of a text. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1);
  return [...counts.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0);
}
