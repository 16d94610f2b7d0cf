import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { CONFIG } from './compile.ts';

export interface Behaviour {
  readonly equal: number;
  readonly different: readonly { readonly id: string; readonly reason: string; readonly example: string }[];
  readonly notExecuted: readonly { readonly id: string; readonly reason: string }[];
  readonly seconds: number;
}

interface Verified { readonly functions: readonly { readonly id: string; readonly status: string; readonly reason: string; readonly counterExample?: { readonly typescript: string } }[] }

/** `poet verify` on the copy that was built. */
export function verifyBehaviour(repository: string, copy: string): Behaviour {
  const started = Date.now();
  const run = spawnSync(process.execPath, [join(repository, 'dist/cli.cjs'), 'verify', '--json', '--project', CONFIG], { cwd: copy, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (!run.stdout.trimStart().startsWith('{')) throw new Error(`poet verify said nothing that can be read: ${run.stderr.slice(0, 2_000)}`);
  const { functions } = JSON.parse(run.stdout) as Verified;
  return {
    equal: functions.filter(({ status }) => status === 'equal').length,
    different: functions.filter(({ status }) => status === 'differs').map(({ id, reason, counterExample }) => ({ id, reason, example: counterExample?.typescript ?? '' })),
    notExecuted: functions.filter(({ status }) => status === 'not executed').map(({ id, reason }) => ({ id, reason })),
    seconds: (Date.now() - started) / 1000,
  };
}
