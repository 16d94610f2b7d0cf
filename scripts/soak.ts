import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildLoadProject, runLoad, type Sample } from './soak/load-run.ts';

const MAX_GROWTH_PERCENT = 2;

/**
 * `npm run soak [-- --minutes 10 --rate 50000]`: one process under steady load with 5 % faults; prints calls, faults, retries, feedback sent and found,
 * and memory over time. Needs dist/.
 *
 * @returns 0; 1 when memory grew by more than 2 % in the last half, feedback or events were lost, or the rate was missed by more than 2 %; 2 on wrong usage
 */
export async function main(argv: readonly string[], repository: string): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { minutes: { type: 'string', default: '10' }, rate: { type: 'string', default: '50000' } } });
  const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
  if (!(minutes > 0) || !(rate >= 100)) {
    console.error('soak: expected --minutes above 0 and --rate from 100');
    return 2;
  }
  const root = mkdtempSync(join(tmpdir(), 'poetc-soak-'));
  try {
    buildLoadProject(repository, root);
    const everySeconds = Math.max(5, minutes * 3);
    let saidSeconds = -Infinity;
    const { samples, events, dropped, feedbackLost, problems } = await runLoad(root, rate, minutes * 60, (sample) => {
      if (sample.seconds - saidSeconds < everySeconds && sample.isLast !== true) return;
      saidSeconds = sample.seconds;
      console.log(`${sample.seconds.toFixed(0).padStart(5)} s  ${String(sample.calls).padStart(10)} calls  ${sample.rssMb.toFixed(1)} MB resident, ${sample.heapMb.toFixed(1)} MB heap`);
    });
    const steady = samples.filter((sample) => sample.isLast !== true);
    const last = samples.at(-1)!;
    const reached = steady.at(-1)!.calls / steady.at(-1)!.seconds;
    const growth = 100 * (median(slice(steady, 0.9, 1)) / median(slice(steady, 0.5, 0.6)) - 1);
    const retried = events['operate.retried'] ?? 0;
    console.log(`${last.calls} calls, ${reached.toFixed(0)} a second of ${rate}; ${last.ended} ended, ${last.failed} failed, ${last.wrong} not as scripted; ${last.faults} faults (${((100 * last.faults) / last.calls).toFixed(1)} %), ${retried} retries`);
    console.log(`feedback: ${last.feedbackSent} sent, ${last.feedbackRefused} refused, ${last.feedbackSent - feedbackLost} found with their executions, ${feedbackLost} lost`);
    console.log(`events: ${Object.entries(events).map(([type, n]) => `${type} ${n}`).join(', ')}; ${dropped} dropped`);
    console.log(`resident memory: ${growth.toFixed(2)} % growth in the last half (bar ${MAX_GROWTH_PERCENT} %), ${median(slice(steady, 0.9, 1)).toFixed(1)} MB at the end`);
    for (const problem of problems) console.log(`  ${problem}`);
    const isWhole = last.ended === last.calls && last.wrong === 0 && feedbackLost === 0 && last.feedbackRefused === 0 && dropped === 0 && problems.length === 0;
    const isFast = reached >= 0.98 * rate;
    if (!isFast) console.log(`the rate was not reached: this machine did ${reached.toFixed(0)} calls a second`);
    return isWhole && isFast && growth <= MAX_GROWTH_PERCENT ? 0 : 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function slice(samples: readonly Sample[], from: number, to: number): number[] {
  return samples.slice(Math.floor(samples.length * from), Math.max(Math.ceil(samples.length * to), Math.floor(samples.length * from) + 1)).map((sample) => sample.rssMb);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
