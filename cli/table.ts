import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { Terminal } from './terminal.ts';

const NO_LINES = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ',
};

/** Columns without lines; the header is dim on a terminal. The last column wraps to the terminal's width. */
export function makeTable(terminal: Terminal, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => stripVTControlCharacters(row[i] ?? '').length)));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const last = Math.max(20, (terminal.width ?? Infinity) - before);
  const table = new Table({
    head: head.map((title) => terminal.colors.dim(title)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    wordWrap: true,
    colWidths: widths.map((width, i) => (i === widths.length - 1 ? Math.min(width, last) : width)),
  });
  table.push(...rows.map((row) => [...row]));
  // Every line is padded to the full width; nobody who copies it wants that.
  return table.toString().split('\n').map((line) => line.trimEnd()).join('\n');
}

export const plural = (count: number, one: string, many: string = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
