import { summariseOzone } from './air.js';
import { findChange, summarise } from './flow.js';
import { readAir, readFlow } from './read-csv.js';

/** What the measurements say, as lines of text. */
export async function makeReport(): Promise<string[]> {
  const years = await readFlow('data/nile.csv');
  const { mean, lowest, lowestYear, highest, highestYear } = summarise(years);
  const change = findChange(years);
  const months = summariseOzone(await readAir('data/airquality.csv'));
  return [
    `Nile, ${years.length} years: mean ${mean.toFixed(1)}, lowest ${lowest} in ${lowestYear}, highest ${highest} in ${highestYear}`,
    change.kind === 'shift'
      ? `Nile changed its level after ${change.lastYear}: from ${change.before.toFixed(1)} to ${change.after.toFixed(1)}`
      : `Nile kept its level: ${change.mean.toFixed(1)}`,
    ...months.map(({ month, measured, missing, meanPpb }) =>
      `Ozone in month ${month}: ${meanPpb === null ? 'no data' : `${meanPpb.toFixed(1)} ppb`} (${measured} days measured, ${missing} missing)`),
  ];
}
