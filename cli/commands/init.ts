import { dirname } from 'node:path';
import { findRoot } from '../../hosts/host-context.ts';
import { checkDependency } from '../check-dependency.ts';
import { CliFault } from '../cli-fault.ts';
import { findConfigFile, findRootOf } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { lineDiff } from '../setup/line-diff.ts';
import { planSetup } from '../setup/plan-setup.ts';
import { extendReceipt, readReceipt, RECEIPT } from '../setup/receipt.ts';
import { plural } from '../table.ts';
import { checkToolchain, loadCompiler, runCommand } from '../toolchain.ts';
import { writeUserFile } from '../write-files.ts';

/** `poet init`: prints what it changes, changes it, and remembers how it was. Run twice it does nothing. */
export function runInit(session: Session, options: { readonly dryRun?: boolean }): Report {
  const { terminal } = session;
  const nearest = findRootOf(session);
  // A tsconfig.json above the project's root is some other project's.
  const found = findConfigFile(session);
  const configFile = found !== undefined && (session.project !== undefined || findRoot(dirname(found)) === nearest) ? found : undefined;
  const root = nearest;
  const wrong = checkToolchain(root);
  if (wrong.length > 0) throw new CliFault(1, ...wrong);
  const { edits, advice } = planSetup(loadCompiler(root), root, configFile);
  const problems = [...advice, ...checkDependency(root)];
  const dryRun = options.dryRun === true;
  if (!dryRun && edits.length > 0) {
    // First what undoing needs, then what is to be undone.
    writeUserFile(root, RECEIPT, `${JSON.stringify(extendReceipt(readReceipt(root), edits), undefined, 2)}\n`);
    for (const { path, after } of edits) writeUserFile(root, path, after);
  }
  const next = `Next: write /** @poet */ above a function, then run: ${runCommand(root, 'tspc')}`;
  return {
    exitCode: 0,
    json: { root, dryRun, files: edits.map(({ path, before }) => ({ path, action: before === undefined ? 'create' : 'change' })) },
    text: edits.map(({ path, before, after }) => lineDiff(path, before, after, terminal.colors)).join('\n'),
    notes: edits.length === 0
      ? [`Nothing to do: the project is set up.\n${next}`]
      : [`\n${plural(edits.length, 'file')} ${dryRun ? 'would be changed' : `changed; ${runCommand(root, 'poet init --undo')} takes it back (${RECEIPT} remembers how)`}.${dryRun ? '' : `\n${next}`}`],
    problems,
  };
}
