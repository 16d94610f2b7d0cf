/**
 * A folder name for a package: `@scope/name` is `@scope+name`, no name is `_`. Two packages never share one, on file
 * systems that ignore case neither: what is not a small letter, a digit or one of `@._~-` is written as `%` and six hex digits.
 */
export function packageFolder(packageName: string | undefined): string {
  if (packageName === undefined || packageName === '') return '_';
  const escape = (c: string): string => `%${(c.codePointAt(0) ?? 0).toString(16).padStart(6, '0')}`;
  const parts = /^(@[^/]*)\/(.*)$/s.exec(packageName)?.slice(1) ?? [packageName];
  return parts.map((part) => part.replace(/[^a-z0-9@._~-]/gu, escape)).join('+').replace(/^[._]/, escape);
}
