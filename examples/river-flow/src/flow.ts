/** One year of the Nile at Aswan. */
export interface FlowYear {
  /** @integer */
  year: number;
  /**
   * Volume, 10⁸ m³.
   * @finite
   * @minimum 0
   */
  flow: number;
}

export interface FlowSummary {
  years: number;
  mean: number;
  lowest: FlowYear;
  highest: FlowYear;
}

/** What a river did over the years: it kept its level, or left it after `lastYear`. */
export type FlowChange =
  | { kind: 'steady'; mean: number }
  | { kind: 'shift'; lastYear: number; before: number; after: number };

/** @poet */
export function summarise(years: FlowYear[]): FlowSummary {
  const [first, ...others] = years;
  if (first === undefined) throw new RangeError('no years to summarise');
  let lowest = first;
  let highest = first;
  for (const year of others) {
    if (year.flow < lowest.flow) lowest = year;
    if (year.flow > highest.flow) highest = year;
  }
  return { years: years.length, mean: mean(years), lowest, highest };
}

/**
 * Finds the split into two levels that leaves the least squared error, and reports it where it saves at least a quarter.
 *
 * @poet
 */
export function findChange(years: FlowYear[], minYears = 10): FlowChange {
  const total = mean(years);
  let least = squaredError(years, total);
  const enough = 0.75 * least;
  let change: FlowChange = { kind: 'steady', mean: total };
  for (let split = minYears; split <= years.length - minYears; split++) {
    const head = years.slice(0, split);
    const tail = years.slice(split);
    const error = squaredError(head, mean(head)) + squaredError(tail, mean(tail));
    if (error >= least || error > enough) continue;
    least = error;
    change = { kind: 'shift', lastYear: head[split - 1]!.year, before: mean(head), after: mean(tail) };
  }
  return change;
}

function mean(years: readonly FlowYear[]): number {
  return years.reduce((sum, year) => sum + year.flow, 0) / years.length;
}

function squaredError(years: readonly FlowYear[], level: number): number {
  return years.reduce((sum, year) => sum + (year.flow - level) ** 2, 0);
}
