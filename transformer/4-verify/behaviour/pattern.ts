/** The source of an expression in the author's module; undefined where no engine takes it. */
export function compilePattern(pattern: string): RegExp | undefined {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags);
    } catch { /* the other flag may suit it */ }
  }
  return undefined;
}
