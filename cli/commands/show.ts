import { targetFolder } from '../../transformer/5-store/index.ts';
import type { Version } from '../../transformer/types.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { CliFault } from '../cli-fault.ts';
import { findFunction } from '../find-function.ts';
import { entriesOf, openBuilds, openProjectStore, outcomesOf } from '../project.ts';
import { listPrompts } from '../../hosts/generation/list-prompts.ts';
import type { Report, Session } from '../report.ts';
import { plural } from '../table.ts';

export interface ShowOptions { readonly prompt?: boolean; readonly contract?: boolean; readonly params?: boolean; readonly at?: string }

/** `poet show --prompt <function>`: exactly what a model would be sent. */
export function runShowPrompt(session: Session, typed: string): Report {
  const builds = openBuilds(session, 'original');
  const id = findFunction(typed, outcomesOf(builds).map((each) => each.id));
  const [found] = builds.flatMap((project) => listPrompts(project, ({ target }) => target.id === id));
  if (found === undefined) throw new CliFault(1, makeDiagnostic('POET8117', { fn: id }));
  const { prompt, problem } = found;
  if (prompt === undefined) throw new CliFault(1, makeDiagnostic('POET8134', { fn: id, why: problem ?? '' }));
  return { exitCode: 0, json: { id, ...prompt }, text: `${prompt.system}\n${prompt.user}`, notes: [`The part above the first block is the same for every function of the template; hash ${prompt.hash.slice(0, 16)}.`] };
}

/** `poet show <function>`: the code of its current version, without the header that is for editors. Needs no compiler. */
export function runShow(session: Session, options: ShowOptions, typed: string): Report {
  const store = openProjectStore(session);
  const entries = entriesOf(store);
  const id = findFunction(typed, entries.map(({ targetId }) => targetId));
  const entry = entries.find(({ targetId }) => targetId === id)!;
  const name = options.at ?? entry.current ?? entry.versions.at(-1)?.name;
  const version = name === undefined ? undefined : store.read(id, name);
  if (version === undefined) {
    throw new CliFault(2, makeDiagnostic('POET8125', { expected: `one of ${entry.versions.map((each) => each.name).join(', ') || 'no versions'}`, found: name ?? 'none', command: 'show ' }));
  }
  if ('problem' in version) throw new CliFault(1, version.problem);
  const { candidate, metadata } = version;
  const text = options.contract === true ? candidate.contract : options.params === true ? candidate.params : candidate.code;
  return {
    exitCode: 0,
    json: { id, version: version.name, current: entry.current === version.name, metadata, code: candidate.code, contract: candidate.contract, params: candidate.params },
    text,
    notes: [describe(version, entry.versions.length, session)],
  };
}

function describe({ name, metadata }: Version, count: number, { terminal }: Session): string {
  const checks = Object.entries(metadata.verdict).map(([check, { ok }]) => `${check} ${ok ? 'ok' : 'FAILED'}`).join(', ');
  return terminal.colors.dim([
    '',
    `.poet/${targetFolder(metadata.target)}/${name}, of ${plural(count, 'version')}`,
    `made by ${metadata.provider}${metadata.model === undefined ? '' : ` (${metadata.model})`} with template ${metadata.template.domain}/${metadata.template.version}, ${metadata.created_at}: ${metadata.reason}`,
    `checked: ${checks || 'nothing'}`,
  ].join('\n'));
}
