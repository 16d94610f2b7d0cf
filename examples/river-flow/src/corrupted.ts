import { isPoetError } from 'poetc/runtime';
import { summariseOzone, type AirDay } from './air.js';
import { findChange, summarise, type FlowYear } from './flow.js';
import { readFlow } from './read-csv.js';

/** What arrives over a wire has the type that somebody claimed. */
const received = <T>(json: string): T => JSON.parse(json) as T;

const CASES: Record<string, () => unknown> = {
  'strings for numbers': () =>
    summarise(received<FlowYear[]>('[{ "year": "1871", "flow": "1120" }, { "year": 1872, "flow": "1160" }, { "year": 1873, "flow": 963 }]')),
  'a column is missing': () =>
    summarise(received<FlowYear[]>('[{ "year": 1871, "flow": 1120 }, { "year": 1872 }]')),
  'an object for a list': () =>
    findChange(received<FlowYear[]>('{ "1871": 1120, "1872": 1160 }')),
  'a word for a measurement, a month that does not exist': () =>
    summariseOzone(received<AirDay[]>('[{ "ozonePpb": "NA", "solarLangleys": 190, "windMph": 7.4, "temperatureF": 67, "month": 13, "day": 1 }]')),
  'a file with a word in a number column': () => readFlow('data/nile-damaged.csv'),
};

/** Runs every case and says what became of it. */
export async function runCorrupted(): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, run] of Object.entries(CASES)) {
    try {
      lines.push(`${name}: ${JSON.stringify(await run())}`);
    } catch (error) {
      if (!isPoetError(error)) throw error;
      lines.push(`${name}: ${error.message}`);
    }
  }
  return lines;
}
