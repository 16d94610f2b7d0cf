/** Columns under each other; numbers to the right. */
export function makeTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...texts.map((row) => (row[column] ?? '').length)));
  const right = head.map((_, column) => rows.length > 0 && rows.every((row) => /^[-+]?[\d.,]*\d(?:\s?\S{1,3})?$|^$|^-$/.test(String(row[column] ?? ''))));
  const line = (row: readonly string[]): string => row.map((cell, i) => (right[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ').trimEnd();
  return [line(texts[0]!), widths.map((w) => '-'.repeat(w)).join('  '), ...texts.slice(1).map(line)].join('\n');
}
