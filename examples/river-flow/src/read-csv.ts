import { readFile } from 'node:fs/promises';
import type { AirDay } from './air.js';
import type { FlowYear } from './flow.js';

/** @poet enforce=throw */
export async function readFlow(file: string): Promise<FlowYear[]> {
  const rows = await readRows(file);
  return rows.map((row) => ({ year: Number(row['time']), flow: Number(row['value']) }));
}

/** @poet */
export async function readAir(file: string): Promise<AirDay[]> {
  const rows = await readRows(file);
  return rows.map((row) => ({
    ozonePpb: measurement(row['Ozone']),
    solarLangleys: measurement(row['Solar.R']),
    windMph: Number(row['Wind']),
    temperatureF: Number(row['Temp']),
    month: Number(row['Month']),
    day: Number(row['Day']),
  }));
}

function measurement(text: string | undefined): number | null {
  return text === 'NA' ? null : Number(text);
}

/** Rows of a CSV file without quoted fields, by the names in its first line. */
async function readRows(file: string): Promise<Record<string, string>[]> {
  const [header = '', ...lines] = (await readFile(file, 'utf8')).trim().split(/\r?\n/);
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [names[i] ?? `column ${i + 1}`, value])));
}
