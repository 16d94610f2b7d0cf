import type { Colors } from '../terminal.ts';

const CONTEXT_LINES = 2;

/** A unified diff of two small texts; undefined stands for a file that is not there. */
export function lineDiff(path: string, before: string | undefined, after: string | undefined, colors: Colors): string {
  return `${[colors.bold(`${before === undefined ? 'create' : after === undefined ? 'remove' : 'change'} ${path}`), ...showChanges(diffLines(linesOf(before), linesOf(after)), colors)].join('\n')}\n`;
}

/** The lines around what changed. */
export function showChanges(changes: readonly Change[], colors: Colors): readonly string[] {
  const shown = changes.map((_, i) => changes.slice(Math.max(0, i - CONTEXT_LINES), i + CONTEXT_LINES + 1).some(({ sign }) => sign !== ' '));
  const out: string[] = [];
  changes.forEach(({ sign, line }, i) => {
    if (!shown[i]) return;
    if (i > 0 && !shown[i - 1]) out.push(colors.dim('  ...'));
    const text = `${sign} ${line}`.trimEnd();
    out.push(`  ${sign === '+' ? colors.green(text) : sign === '-' ? colors.red(text) : text}`);
  });
  return out;
}

export const linesOf = (text: string | undefined): string[] => (text === undefined ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/));

export interface Change { readonly sign: ' ' | '+' | '-'; readonly line: string }

/** Longest common subsequence; quadratic, which is nothing for configuration files once equal ends are set aside. */
export function diffLines(a: readonly string[], b: readonly string[]): Change[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const same = (line: string): Change => ({ sign: ' ', line });
  return [...a.slice(0, start).map(same), ...diffMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end)), ...a.slice(a.length - end).map(same)];
}

function diffMiddle(a: readonly string[], b: readonly string[]): Change[] {
  const length = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i]![j] = a[i] === b[j] ? length[i + 1]![j + 1]! + 1 : Math.max(length[i + 1]![j]!, length[i]![j + 1]!);
    }
  }
  const changes: Change[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      changes.push({ sign: ' ', line: a[i]! });
      i++;
      j++;
    } else if (i < a.length && (j === b.length || length[i + 1]![j]! >= length[i]![j + 1]!)) changes.push({ sign: '-', line: a[i++]! });
    else changes.push({ sign: '+', line: b[j++]! });
  }
  return changes;
}
