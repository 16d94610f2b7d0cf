import { compilePattern } from './pattern.ts';

/** Texts of forms that code reads: random characters fit an expression for a date, and are none. */
const FORMS = [
  'Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994', '2024-02-29T12:34:56.789+02:00', '2024-02-29 12:34:56', '2023-02-29', '29.02.2024', '02/29/2024', '2024-W09-4', '2024-060',
  '23:59:60', '12:34', 'PT1H30M', '1e3', '0x1f', '+42', '007', '1_000', '.5', '12.', '1,234.50', '1.234,50', '50%', '12px', '$1.00', '10MB',
  'first.last+tag@sub.example.org', 'HTTP://User:pw@EXAMPLE.com:8080/a%20b/../c?x=1&x=2#f', '//example.com', 'a=1&b=%20&c', '192.168.0.1', '256.1.1.1', '::1', '2001:db8::ff00:42:8329', 'example.com:443',
  '123e4567-e89b-12d3-a456-426614174000', 'v1.2.3-rc.1+build', '#ffAA00', 'rgb(1, 2, 3)', 'en-US', 'de_CH', 'aGVsbG8=', '4242 4242 4242 4242', '+1 (555) 010-0199', 'a,"b ""c""",d', '/usr/../lib/x.tar.gz', 'C:\\temp\\x', '<a href="x">y</a>', '{"a":[1,2,{"b":null}]}',
];

/** @param patterns of the sources: forms that one of them fits come first */
export function formsFor(patterns: readonly string[]): readonly string[] {
  const expressions = patterns.filter(isQuick).flatMap((pattern) => compilePattern(pattern) ?? []);
  const fits = (text: string): boolean => expressions.some((expression) => expression.test(text));
  return [...FORMS.filter(fits), ...FORMS.filter((text) => !fits(text))];
}

/** Of what has a choice: each one more multiplies the time that a text can cost. */
const MAX_CHOICES = 2;

/** Expressions of the sources run here without a limit: only those that cannot take long, whoever wrote them. */
function isQuick(pattern: string): boolean {
  return pattern.length <= 200 && !/\)[*+?{]|\\[1-9k]/.test(pattern) && (pattern.match(/[*+?|]|\{\d+,\d*\}/g)?.length ?? 0) <= MAX_CHOICES;
}
