import { parseArgs } from 'node:util';
import { runKills, type KillReport } from './soak/kill-run.ts';

/**
 * `npm run soak:kill [-- --instants 500 --seed 1]`: kills processes under load at random instants, most in the middle of a write, in
 * each durability mode, and prints what was emitted, acknowledged and lost. Needs dist/.
 *
 * @returns 0; 1 when something acknowledged was lost, a file was unreadable, or too few kills hit a write; 2 on wrong usage
 */
export async function main(argv: readonly string[], repository: string): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { instants: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } } });
  const [instants, seed] = [Number(values.instants), Number(values.seed)];
  if (!Number.isSafeInteger(instants) || instants < 3 || !Number.isSafeInteger(seed)) {
    console.error('soak:kill: expected --instants from 3 and a whole --seed');
    return 2;
  }
  // Most go to the modes that promise something.
  const shares = { immediate: Math.ceil(instants * 0.48), batched: Math.ceil(instants * 0.48), off: Math.max(1, Math.floor(instants * 0.04)) };
  const reports: KillReport[] = [];
  for (const mode of ['immediate', 'batched', 'off'] as const) {
    const report = await runKills(repository, mode, shares[mode], seed);
    reports.push(report);
    const { problems, ...figures } = report;
    console.log(JSON.stringify(figures));
    for (const problem of problems) console.log(`  ${problem}`);
  }
  const kills = reports.reduce((sum, report) => sum + report.kills, 0);
  const midWrite = reports.reduce((sum, report) => sum + report.midWrite, 0);
  console.log(`${kills} kills, ${midWrite} of them in the middle of a write (${((100 * midWrite) / kills).toFixed(0)} %)`);
  const isFine = reports.every((report) => report.lost === 0 && report.feedbackLost === 0 && report.commitsLost === 0 && report.problems.length === 0);
  return isFine && midWrite >= 0.4 * kills ? 0 : 1;
}
