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
  lowest: number;
  lowestYear: number;
  highest: number;
  highestYear: number;
}

/** What a river did over the years: it kept its level, or left it after `lastYear`. */
export type FlowChange =
  | { kind: 'steady'; mean: number }
  | { kind: 'shift'; lastYear: number; before: number; after: number };

/** @poet */
export function summarise(years: FlowYear[]): FlowSummary {
  if (years.length === 0) throw new RangeError('no years to summarise');
  const summary = { years: years.length, mean: mean(years), lowest: Infinity, lowestYear: 0, highest: -Infinity, highestYear: 0 };
  for (const { year, flow } of years) {
    if (flow < summary.lowest) {
      summary.lowest = flow;
      summary.lowestYear = year;
    }
    if (flow > summary.highest) {
      summary.highest = flow;
      summary.highestYear = year;
    }
  }
  return summary;
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
