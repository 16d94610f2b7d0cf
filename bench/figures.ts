import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One measured value, as it stands in bench/results/<name>.json. */
export interface Figure {
  readonly id: string;
  readonly value: number;
  /** `x` for ratios; else the unit of the value: `ms`, `ns`, `functions/s`, `tests`, `%`. */
  readonly unit: string;
  /** What it was measured against, in the same run; null where the value stands for itself. */
  readonly peer: string | null;
  /** `<= 1.05` or `>= 20`; null where nothing was promised. */
  readonly bar: string | null;
  /** True where there is no bar. */
  readonly ok: boolean;
}

/** @param bar `<= number` or `>= number` @throws Error on any other bar: it would never fail */
export function makeFigure(id: string, value: number, unit: string, peer: string | null = null, bar: string | null = null): Figure {
  return { id, value: Number(value.toPrecision(6)), unit, peer, bar, ok: bar === null || meets(value, bar) };
}

function meets(value: number, bar: string): boolean {
  const parsed = /^(<=|>=) (-?\d+(?:\.\d+)?)$/.exec(bar);
  if (parsed === null) throw new Error(`expected a bar like "<= 1.25", found "${bar}"`);
  if (Number.isNaN(value)) return false;
  return parsed[1] === '<=' ? value <= Number(parsed[2]) : value >= Number(parsed[2]);
}

export function writeFigures(root: string, name: string, figures: readonly Figure[]): string {
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
  return file;
}
