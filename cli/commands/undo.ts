import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../transformer/5-store/index.ts';
import { STORE_FOLDER } from '../../transformer/5-store/layout.ts';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { CliFault } from '../cli-fault.ts';
import { entriesOf, findRootOf } from '../project.ts';
import type { Report, Session } from '../report.ts';
import type { FileEdit, Step } from '../setup/file-edit.ts';
import { ignoreStep, lintConfigStep } from '../setup/ignore-step.ts';
import { lineDiff } from '../setup/line-diff.ts';
import { packageStep } from '../setup/package-step.ts';
import { hashOf, readReceipt, type ReceiptFile } from '../setup/receipt.ts';
import { tsconfigStep } from '../setup/tsconfig-step.ts';
import { workflowStep } from '../setup/workflow-step.ts';
import { plural } from '../table.ts';
import { writeUserFile } from '../write-files.ts';

const STEPS: readonly Step[] = [tsconfigStep, packageStep, ignoreStep, lintConfigStep, workflowStep];

type UndoEdit = Omit<FileEdit, 'before' | 'after'> & { readonly before: string; readonly after: string | undefined };

/**
 * `poet init --undo`: files that nobody touched since get their bytes back; out of others only our lines are taken.
 * Then `.poet/` goes, versions included, after a question. Nothing is changed unless everything can be.
 */
export async function runUndo(session: Session, options: { readonly yes?: boolean; readonly dryRun?: boolean }): Promise<Report> {
  const { terminal } = session;
  const root = findRootOf(session);
  const receipt = readReceipt(root);
  if (receipt === undefined) throw new CliFault(1, makeDiagnostic('POET8108', {}));
  const { edits, stuck } = planUndo(root, receipt.files);
  if (stuck.length > 0) throw new CliFault(1, ...stuck);
  const dryRun = options.dryRun === true;
  if (!dryRun) {
    const count = entriesOf(openStore(root, { now: Date.now })).length;
    const question = `Remove ${STORE_FOLDER}/ with the versions of ${plural(count, 'function')}?`;
    if (count > 0 && options.yes !== true && !(await terminal.confirm(question, '--yes'))) {
      return { exitCode: 1, json: { undone: false }, text: '', notes: ['Nothing was changed.'] };
    }
    for (const { path, after } of edits) writeUserFile(root, path, after);
    removeEmptyFolders(root, edits);
    writeUserFile(root, STORE_FOLDER, undefined);
  }
  return {
    exitCode: 0,
    json: { undone: !dryRun, dryRun, files: edits.map(({ path, after }) => ({ path, action: after === undefined ? 'remove' : 'restore' })), removed: STORE_FOLDER },
    text: edits.map(({ path, before, after }) => lineDiff(path, before, after, terminal.colors)).join('\n'),
    notes: [`\n${plural(edits.length, 'file')} and ${STORE_FOLDER}/ ${dryRun ? 'would be undone' : 'undone'}. Markers in the sources are yours: comments stay harmless, decorators and imports of poetc need it.`],
  };
}

function planUndo(root: string, files: readonly ReceiptFile[]): { edits: UndoEdit[]; stuck: PoetDiagnostic[] } {
  const edits: UndoEdit[] = [];
  const stuck: PoetDiagnostic[] = [];
  for (const file of files) {
    // Whoever deleted it has undone that part.
    if (!existsSync(join(root, file.path))) continue;
    const before = readFileSync(join(root, file.path), 'utf8');
    const step = STEPS.find(({ owns }) => owns(file.path));
    const after = restored(file, before, step);
    if (after === STUCK) stuck.push(makeDiagnostic('POET8107', { path: file.path, what: step?.what ?? 'them' }, { file: join(root, file.path), line: 1 }));
    else if (after !== before) edits.push({ path: file.path, before, after });
  }
  return { edits, stuck };
}

const STUCK = Symbol('stuck');

function restored(file: ReceiptFile, now: string, step: Step | undefined): string | undefined | typeof STUCK {
  if (file.before !== undefined && hashOf(now) === file.after) return file.before ?? undefined;
  if (step === undefined) return STUCK;
  try {
    return step.remove(now, file.path);
  } catch (error) {
    if (error instanceof CliFault) return STUCK;
    throw error;
  }
}

/** A folder that init made for a file of its own goes with it. */
function removeEmptyFolders(root: string, edits: readonly UndoEdit[]): void {
  for (const { path, after } of edits) {
    const folder = path.split('/').slice(0, -1).join('/');
    if (after === undefined && folder !== '' && readdirSync(join(root, folder)).length === 0) writeUserFile(root, folder, undefined);
  }
}
