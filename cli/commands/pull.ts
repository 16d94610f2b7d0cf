import { realpathSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { keepOutOfGit } from '../../runtime/node/lane.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { CliFault } from '../cli-fault.ts';
import { pullFiles } from '../pull/pull-files.ts';
import { INDEX_NAME, isPrivate, openFolder, openSite, type PullSource } from '../pull/source.ts';
import type { Report, Session } from '../report.ts';
import { findRuntimeRootOf } from '../runtime-root.ts';
import { plural } from '../table.ts';

export interface PullOptions { readonly root?: string; readonly maxMb?: string; readonly writeIndex?: boolean }

const DEFAULT_MAX_MB = 1_000;

/** `poet pull <dir|url>`: events and feedback of production come into the repository's run-time root. */
export async function runPull(session: Session, options: PullOptions, from: string): Promise<Report> {
  const maxMb = options.maxMb === undefined ? DEFAULT_MAX_MB : Number(options.maxMb);
  if (!(maxMb > 0 && maxMb <= 1_000_000)) throw new CliFault(2, makeDiagnostic('POET8140', { option: '--max-mb', expected: 'megabytes from 1', found: options.maxMb ?? '', command: 'pull' }));
  const source = openSource(session, from);
  if (options.writeIndex === true) return writeIndex(session, source, from);
  const root = findRuntimeRootOf(session, options.root);
  refuseItself(session, from, root);
  try {
    if (options.root === undefined && !process.env['POET_RUNTIME_DIR']) for (const kind of ['events', 'feedback']) keepOutOfGit(join(root, kind));
    const report = await pullFiles(source, root, maxMb * 1_000_000);
    return {
      exitCode: 0,
      json: { ...report, root },
      text: `${plural(report.segments, 'segment')} with ${plural(report.events, 'new event')}, ${plural(report.feedback, 'new piece')} of feedback\n`,
      notes: [`${plural(report.known, 'file')} were here already.`],
      problems: report.refused.map(({ path, problem }) => makeDiagnostic('POET8145', { path: shown(path), found: shown(problem) })),
    };
  } catch (error) {
    throw new CliFault(1, makeDiagnostic('POET8146', { from: shown(from), found: shown(error instanceof Error ? error.message : String(error)) }));
  }
}

function openSource(session: Session, from: string): PullSource {
  if (/^https?:\/\//i.test(from)) {
    if (!URL.canParse(from) || new URL(from).username !== '') throw new CliFault(2, makeDiagnostic('POET8146', { from: shown(from), found: 'an address that is none, or that holds a password' }));
    const token = process.env['POET_PULL_TOKEN'];
    if (token !== undefined && token !== '' && !isPrivate(new URL(from))) throw new CliFault(2, makeDiagnostic('POET8147', { from: shown(from) }));
    return openSite(new URL(from), token === '' ? undefined : token);
  }
  const folder = resolve(session.terminal.cwd, from);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw new CliFault(2, makeDiagnostic('POET8146', { from: shown(from), found: 'no folder and no http address' }));
  return openFolder(folder);
}

function refuseItself(session: Session, from: string, root: string): void {
  const [there, here] = [resolve(session.terminal.cwd, from), root].map((path) => (statSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path)));
  if (there === here) throw new CliFault(2, makeDiagnostic('POET8146', { from: shown(from), found: 'the folder to pull into' }));
}

async function writeIndex(session: Session, source: PullSource, from: string): Promise<Report> {
  if (/^https?:/i.test(from)) throw new CliFault(2, makeDiagnostic('POET8146', { from: shown(from), found: 'an address, where an index cannot be written' }));
  const files = await source.list();
  const file = join(resolve(session.terminal.cwd, from), INDEX_NAME);
  writeFileSync(file, `${JSON.stringify({ schema: 1, files }, undefined, 1)}\n`);
  return { exitCode: 0, json: { file, files: files.length }, text: `${file}\n`, notes: [`${plural(files.length, 'file')}.`] };
}

/** What another machine names must not steer somebody's terminal. */
const shown = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 300);
