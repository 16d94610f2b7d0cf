import { tickMs } from '../platform.ts';

const INTERVAL_MS = 1000;

let sample = { memory_mb: 0, cpu_percent: 0 };
let takenMs = -Infinity;
let cpuMicros = 0;

/** Resident set in megabytes, and processor time since the sample before as percent of one core; at most a second old. */
export function sampleProcess(): { readonly memory_mb: number; readonly cpu_percent: number } {
  const nowMs = tickMs();
  if (nowMs - takenMs < INTERVAL_MS) return sample;
  const { user, system } = process.cpuUsage();
  // The first sample covers the process's life so far; `tickMs` counts from its start.
  const sinceMs = nowMs - Math.max(takenMs, 0);
  sample = {
    memory_mb: Math.round(process.memoryUsage.rss() / 104_857.6) / 10,
    cpu_percent: Math.round((user + system - cpuMicros) / sinceMs) / 10,
  };
  takenMs = nowMs;
  cpuMicros = user + system;
  return sample;
}
