import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installPeers } from '../bench/peers.ts';

/** What the JSON report of Stryker says of one mutant: mutation-testing-report-schema. */
interface Mutant { readonly id: string; readonly mutatorName: string; readonly replacement?: string; readonly status: string; readonly location: { readonly start: Point; readonly end: Point } }
/** Both from 1. */
interface Point { readonly line: number; readonly column: number }
interface Report { readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>> }

/** A mutant that no test can tell from the original, or that none should: by its text and that of its line, so that moved lines do not matter. Each explains one mutant. */
interface Survivor { readonly file: string; readonly line: string; readonly mutator: string; readonly original: string; readonly replacement: string; readonly why: string }

const BAR = 90;
const FOLDER = 'scripts/mutation';
const REPORT = 'bench/results/mutation-report.json';

/**
 * `npm run mutation [-- --report]`: the mutation score of runtime/policy by StrykerJS, and the survivors that nobody has explained in
 * scripts/mutation/survivors.json. `--report` looks at the last run.
 *
 * @returns 0; 1 when the score is below 90 %, or a survivor is not explained
 */
export function main(argv: readonly string[], repository: string): number {
  const { values } = parseArgs({ args: [...argv], options: { report: { type: 'boolean', default: false } } });
  if (!values.report) {
    installPeers(join(repository, FOLDER));
    const stryker = join(repository, FOLDER, 'node_modules/@stryker-mutator/core/bin/stryker.js');
    const run = spawnSync(process.execPath, [stryker, 'run', join(FOLDER, 'stryker.config.json')], { cwd: repository, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, POET_MODEL_STEPS: '5000' } });
    if (run.status !== 0) return 1;
  }
  if (!existsSync(join(repository, REPORT))) {
    console.error(`mutation: ${REPORT} does not exist`);
    return 1;
  }
  const report = JSON.parse(readFileSync(join(repository, REPORT), 'utf8')) as Report;
  const known = JSON.parse(readFileSync(join(repository, FOLDER, 'survivors.json'), 'utf8')) as readonly Survivor[];
  const used = new Set<Survivor>();
  const unexplained: string[] = [];
  let killed = 0;
  let valid = 0;
  for (const [file, { source, mutants }] of Object.entries(report.files)) {
    const counts = { killed: 0, valid: 0 };
    for (const mutant of mutants) {
      if (['Ignored', 'CompileError', 'RuntimeError', 'Pending'].includes(mutant.status)) continue;
      counts.valid++;
      if (mutant.status === 'Killed' || mutant.status === 'Timeout') { counts.killed++; continue; }
      const original = textAt(source, mutant.location);
      const line = source.split('\n')[mutant.location.start.line - 1]!.trim();
      const explained = known.find((each) => !used.has(each) && each.line === line && file.endsWith(each.file) && each.mutator === mutant.mutatorName && each.original === original && each.replacement === (mutant.replacement ?? ''));
      if (explained === undefined) unexplained.push(`${file}:${mutant.location.start.line}:${mutant.location.start.column} ${mutant.mutatorName} (${mutant.status})\n    - ${original.replaceAll('\n', '\n      ')}\n    + ${mutant.replacement ?? ''}`);
      else used.add(explained);
    }
    console.log(`${file}: ${counts.killed} of ${counts.valid}`);
    killed += counts.killed;
    valid += counts.valid;
  }
  const score = (100 * killed) / valid;
  console.log(`mutation score ${score.toFixed(1)} % (${killed} of ${valid}; bar ${BAR} %); ${valid - killed - unexplained.length} survivors explained, ${unexplained.length} not`);
  for (const line of unexplained) console.log(`  ${line}`);
  for (const each of known) if (!used.has(each)) console.log(`  explained, but it does not survive: ${each.file} ${each.original} -> ${each.replacement}`);
  return score >= BAR && unexplained.length === 0 ? 0 : 1;
}

function textAt(source: string, { start, end }: Mutant['location']): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines[lines.length - 1]!.slice(0, end.column - 1);
  lines[0] = lines[0]!.slice(start.column - 1);
  return lines.join('\n');
}
