const OTHER_BREAK = /[\r\u2028\u2029]/;

/** Offsets of the line starts of a text; lines end as TypeScript sees them (\n, \r\n, \r, U+2028, U+2029). */
export function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  if (OTHER_BREAK.test(text)) {
    for (const { index, 0: lineBreak } of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) starts.push(index + lineBreak.length);
    return starts;
  }
  // Most texts have plain line ends: an engine finds those many times faster than a loop over characters.
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Offset → zero-based line and column (UTF-16 units). */
export function findLineAndColumn(lineStarts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const mid = (low + high + 1) >>> 1;
    if (lineStarts[mid]! <= offset) low = mid;
    else high = mid - 1;
  }
  return { line: low, column: offset - lineStarts[low]! };
}
