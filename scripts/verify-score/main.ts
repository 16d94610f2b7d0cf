/** `npm run verify:score`: how many attacks the verifier refuses, how many benign candidates it accepts, and by which check. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readCorpus, readSubject } from './corpus.ts';
import { buildCorpus } from './project.ts';

interface Row {
  readonly file: string;
  readonly expected: 'accept' | 'reject';
  readonly verdict: 'accepted' | 'refused';
  readonly check: string;
  readonly why: string;
  readonly by: string | undefined;
  readonly hard: boolean;
}

export async function main(argv: readonly string[], root: string): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { attacks: { type: 'string' }, benign: { type: 'string' }, subjects: { type: 'string' }, json: { type: 'boolean' }, check: { type: 'boolean' } },
  });
  const folder = (given: string | undefined, name: string): string => (given === undefined ? join(root, '../shared/security', name) : resolve(given));
  const subjects = folder(values.subjects, 'subjects');
  const files = [...readCorpus(folder(values.attacks, 'attacks'), 'reject'), ...readCorpus(folder(values.benign, 'benign'), 'accept')];
  const { build, trials } = buildCorpus(files, (name) => readSubject(subjects, name), join(root, 'templates'), root);
  const outcomes = new Map(build.outcomes.map((outcome) => [(outcome.kind === 'enhanced' ? outcome.plan.target : outcome.target).modulePath, outcome]));
  const rows = trials.map(({ file, module }): Row => {
    const outcome = outcomes.get(module);
    const because = outcome?.kind === 'original' ? outcome.because[0] : undefined;
    const refused = outcome === undefined || outcome.kind === 'original';
    return {
      file: file.file, expected: file.expected, by: file.by, hard: file.hard, verdict: refused ? 'refused' : 'accepted',
      check: because === undefined ? (refused ? 'none' : '') : checkOf(because.code), why: because === undefined ? (refused ? 'the subject is not a target' : '') : `${because.code} ${because.text} (${because.line ?? 0}:${because.column ?? 0})`,
    };
  });
  if (values.json === true) process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
  else for (const row of rows) process.stdout.write(`${row.verdict === (row.expected === 'reject' ? 'refused' : 'accepted') ? '     ' : 'WRONG'} ${row.verdict.padEnd(8)} ${row.file.padEnd(36)} ${row.check.padEnd(9)} ${row.why}\n`);
  const attacks = rows.filter((row) => row.expected === 'reject' && !row.hard);
  const wrong = attacks.filter((row) => row.verdict === 'accepted');
  const benign = rows.filter((row) => row.expected === 'accept');
  const tooStrict = benign.filter((row) => row.verdict === 'refused');
  const share = (part: number, whole: number): string => `${part} of ${whole} (${whole === 0 ? '-' : ((100 * part) / whole).toFixed(1)} %)`;
  process.stderr.write(`attacks refused ${share(attacks.length - wrong.length, attacks.length)}, benign accepted ${share(benign.length - tooStrict.length, benign.length)}\n`);
  return values.check === true && (wrong.length > 0 || tooStrict.length > 0) ? 1 : 0;
}

function checkOf(code: string): string {
  return code === 'POET4020' ? 'audit' : code === 'POET4011' || code === 'POET4021' ? 'types' : 'shape';
}
