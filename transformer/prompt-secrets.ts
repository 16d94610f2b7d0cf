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
  ['a password in an address', /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@"'`$]*:[^\s@/"'`$]{3,}@[\w.-]+/i],
];

/** What a name says, word by word: `apiKey`, `API_KEY_PROD` and `x-api-key` do, `secretariat` and `tokenize` do not. */
const SECRET_WORDS = /(?:passw(?:or)?d|passphrase|\bpwd?|secret|token|credential|authorization|(?:api|access|private|secret|signing|encryption) ?key)s?\d*(?= |$)/g;
/** Nearly all names end here, before they are taken apart. */
const MAYBE_SECRET = /passw|passphrase|pw|secret|token|credential|authorization|key/i;
const NAME = /[A-Za-z_$][\w$-]*/g;

/** From a name to a text that it is given, compared with, or replaced by; a type may stand in between. */
const GIVEN = /["'`]?\]?[?!]?(?:\s{0,9}:\s{0,9}[\w.<>[\]|& ]{1,60}?)?\s{0,99}(?:[!=]==?|(?:\?\?|\|\|)=?|[:=])\s{0,99}(["'`])((?:\\.|(?!\1)[^\\\n]){12,}?)\1/y;

/** In bits a character; words and identifiers of people stay below it. */
const MIN_ENTROPY = 3.4;
/** Of what looks like a key anyway: sixteen hexadecimal digits often have no more. */
const MIN_KEY_ENTROPY = 2.7;
/** People who write a sentence need one of these, and whoever makes a passphrase leaves them out. */
const SENTENCE = /\b(?:an?|the|is|are|be|was|has|have|must|should|may|can|not|no|your?|please|enter|least|most|than|of|to|for|in|on|at|by|with|from|and|or|if|invalid|required|missing|expired|wrong|char(?:acter)?s?|digits?|letters?|passwords?|secrets?|tokens?|keys?|credentials?)\b/i;

/** @returns what it looks like, without showing it; undefined where there is nothing */
export function findSecret(text: string): string | undefined {
  for (const [kind, pattern] of KINDS) if (pattern.test(text)) return kind;
  for (const [, value = ''] of text.matchAll(/\b(?:Bearer|Basic) +([\w+/=.~-]{16,})/g)) if (holdsKey(value) || [/[a-z]/, /[A-Z]/, /\d/].every((part) => part.test(value))) return 'the credentials of a request';
  return isAnySecretGiven(text) || text.split('\n').some(holdsNamedKey) ? 'a secret in a text beside a name that says so' : undefined;
}

/** A text that belongs to a name that is a secret's: there a password of a person's making counts. */
function isAnySecretGiven(text: string): boolean {
  for (const { 0: name, index } of text.matchAll(NAME)) {
    if (whereSecret(name) !== 'end') continue;
    GIVEN.lastIndex = index + name.length;
    const value = GIVEN.exec(text)?.[2]?.replace(/\$\{[^}]*\}/g, '');
    if (value !== undefined && /\d/.test(value) && (/\s/.test(value) ? isPassphrase(value) : value.length >= 12 && entropyOf(value) >= MIN_ENTROPY)) return true;
  }
  return false;
}

const isPassphrase = (value: string): boolean => /^[\p{L}\d]+(?: [\p{L}\d]+){3,}$/u.test(value) && !SENTENCE.test(value);

/** Any text of a line with a name that says secret somewhere: there only what nobody would write by hand counts. What stands between two texts is looked at as well, since an apostrophe of a comment looks like a quote. */
function holdsNamedKey(line: string): boolean {
  const texts = line.split(/["'`]/).slice(1, -1);
  return texts.some(holdsKey) && [...line.matchAll(NAME)].some(([name]) => whereSecret(name) !== undefined);
}

/** A long word in which letters follow digits again and again: `sha256`, `oauth2-es2022` and `db-v2` have them the other way round. */
function holdsKey(text: string): boolean {
  return (text.match(/[\w+/=~-]{16,}/g) ?? []).some((word) => (word.match(/\d(?=[A-Za-z])/g) ?? []).length >= 2 && entropyOf(word) >= MIN_KEY_ENTROPY);
}

/** @returns `end` for the name of a secret, `inside` for one of something about it, or of one of many */
function whereSecret(name: string): 'end' | 'inside' | undefined {
  if (!MAYBE_SECRET.test(name)) return undefined;
  const words = name.replace(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2').replace(/[^A-Za-z\d]+/g, ' ').trim().toLowerCase();
  const found = [...words.matchAll(SECRET_WORDS)].at(-1);
  if (found === undefined) return undefined;
  return found.index + found[0].length === words.length ? 'end' : 'inside';
}

/** Shannon's, of the characters of a text. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1);
  return [...counts.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0);
}
