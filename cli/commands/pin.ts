import { openStore, versionNumber, type StoreEntry } from '../../transformer/5-store/index.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import type { Plan, Version } from '../../transformer/types.ts';
import { CliFault } from '../cli-fault.ts';
import { findFunction } from '../find-function.ts';
import { entriesOf, openBuilds, outcomesOf, targetIdOf, type ProjectBuild } from '../project.ts';
import type { Report, Session } from '../report.ts';

interface Found { readonly id: string; readonly plan: Plan; readonly entry: StoreEntry; readonly project: ProjectBuild; /** Name of the version that ships. */ readonly ships: string | undefined; /** Names of the whole versions of today's key, oldest first. */ readonly names: readonly string[] }

/** `poet pin <function> [version]`: keeps the version (default: the one that ships) current for today's source, whatever is made after it; `--off` lets go. */
export function runPin(session: Session, options: { readonly off?: boolean }, typed: string, version: string | undefined): Report {
  const found = find(session, typed);
  const { id, entry, names, ships } = found;
  if (options.off === true) {
    const store = openStore(found.project.ctx.root, { now: Date.now });
    const done = store.pin(id, undefined);
    if (done !== true) throw new CliFault(1, done.problem);
    return { exitCode: 0, json: { id, pinned: null, was: entry.pinned ?? null }, text: `${entry.pinned === undefined ? 'not pinned' : `let go\t${entry.pinned}`}\t${id}\n`, notes: ['The next version that is made will be current.'] };
  }
  const name = version ?? ships ?? (entry.pinned !== undefined && names.includes(entry.pinned) ? entry.pinned : names.at(-1));
  if (name === undefined || !names.includes(name)) throw new CliFault(version === undefined ? 1 : 2, refuse(found, version));
  return hold(session, found, name, 'pinned');
}

/** `poet rollback <function>`: the version before the current one, of the same source, ships from now on and is pinned. */
export function runRollback(session: Session, typed: string): Report {
  const found = find(session, typed);
  const { id, entry, names, ships } = found;
  // A damaged one does not ship, and is gone back from all the same.
  const from = ships ?? entry.current;
  const name = from === undefined ? names.at(-1) : names.filter((each) => versionNumber(each) < versionNumber(from)).at(-1);
  if (name === undefined) {
    throw new CliFault(1, makeDiagnostic('POET8150', {
      fn: id, expected: `a version of today's source before ${from ?? 'the current one'}`, found: 'none',
      hint: `${describeVersions(found)}; POET_DISABLE=1 runs the original, git checks out what was there before`,
    }));
  }
  return hold(session, found, name, 'rolled back');
}

function hold(session: Session, { id, entry, project }: Found, name: string, word: string): Report {
  const store = openStore(project.ctx.root, { now: Date.now });
  const version = store.read(id, name);
  if (version === undefined) throw new Error(`${id}: ${name} was there a moment ago`);
  if ('problem' in version) throw new CliFault(1, version.problem);
  const done = store.pin(id, version);
  if (done !== true) throw new CliFault(1, done.problem);
  // Whether it ships is decided by the checks of today, not by whoever points to it.
  const outcome = outcomesOf(openBuilds(session, 'original')).find((each) => each.id === id)?.outcome;
  const ships = outcome?.kind === 'enhanced' && outcome.version.name === name;
  return {
    exitCode: ships ? 0 : 1,
    json: { id, pinned: name, was: entry.current ?? null, ships, reason: version.metadata.reason },
    text: `${word}\t${name}\t${id}\n`,
    notes: [`${describeMaker(version)}. It stays current for today's source until poet pin ${id} --off. Commit .poet/, and build again.`],
    problems: ships ? [] : [makeDiagnostic('POET8151', { fn: id, version: name, why: outcome?.kind === 'original' ? outcome.because[0]?.text ?? 'nothing says why' : 'another version does' })],
  };
}

const describeMaker = ({ name, metadata }: Version): string => `${name} was made by ${metadata.provider}${metadata.model === undefined ? '' : ` (${metadata.model})`}, ${metadata.created_at}: ${metadata.reason}`;

function find(session: Session, typed: string): Found {
  const builds = openBuilds(session, 'original');
  const id = findFunction(typed, outcomesOf(builds).map((each) => each.id));
  const project = builds.find(({ build }) => build.plans.some(({ target }) => target.id === id))!;
  const plan = project.build.plans.find(({ target }) => target.id === id)!;
  const entry = entriesOf(openStore(project.ctx.root, { now: Date.now })).find(({ targetId }) => targetId === id);
  if (entry === undefined) throw new CliFault(1, makeDiagnostic('POET8150', { fn: id, expected: 'versions in .poet/', found: 'none', hint: 'run: poet generate' }));
  const outcome = project.build.outcomes.find((each) => targetIdOf(each) === id);
  return { id, plan, entry, project, ships: outcome?.kind === 'enhanced' ? outcome.version.name : undefined, names: entry.versions.flatMap(({ name, metadata }) => (metadata?.key === plan.key ? [name] : [])) };
}

function refuse(found: Found, version: string | undefined): ReturnType<typeof makeDiagnostic> {
  const { id, entry } = found;
  const there = version !== undefined && entry.versions.some(({ name }) => name === version);
  return makeDiagnostic('POET8150', {
    fn: id, expected: "a version of today's source", found: version === undefined ? 'none' : there ? `${version}, which belongs to other sources, options or types` : version,
    hint: there ? `${describeVersions(found)}; check out the source that ${version} was made of` : describeVersions(found),
  });
}

const describeVersions = ({ names }: Found): string => (names.length === 0 ? "there is none of today's source; run: poet generate" : `versions of today's source: ${names.join(', ')}`);
