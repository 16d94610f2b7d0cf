import type ts from 'typescript';
import { stripHeader } from '../../transformer/3-generate/header.ts';
import { targetFolder, type StoreEntry } from '../../transformer/5-store/index.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import type { Target, Ts, Version } from '../../transformer/types.ts';
import { CliFault } from '../cli-fault.ts';
import { findFunction } from '../find-function.ts';
import { entriesOf, openBuilds, openProjectStore } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { diffLines, linesOf, showChanges, type Change } from '../setup/line-diff.ts';
import { plural } from '../table.ts';

interface Side { readonly label: string; readonly text: string }

/**
 * `poet diff <function>`: what its current version does in place of the author's body; `poet diff <function> v1 v2`: what is different in code.ts of two versions, one
 * name alone meaning against the current one.
 */
export function runDiff(session: Session, typed: string, from: string | undefined, to: string | undefined): Report {
  const store = openProjectStore(session);
  const entries = entriesOf(store);
  const id = findFunction(typed, entries.map(({ targetId }) => targetId));
  const entry = entries.find(({ targetId }) => targetId === id)!;
  const read = (name: string | undefined): Version => {
    const version = name === undefined ? undefined : store.read(id, name);
    if (version === undefined) throw new CliFault(2, makeDiagnostic('POET8125', { expected: `one of ${entry.versions.map((each) => each.name).join(', ') || 'no versions'}`, found: name ?? 'none', command: 'diff ' }));
    if ('problem' in version) throw new CliFault(1, version.problem);
    return version;
  };
  const sides = from === undefined ? againstOriginal(session, id, read(entry.current)) : [sideOf(id, read(from)), sideOf(id, read(to ?? entry.current))] as const;
  const changes = diffLines(linesOf(sides[0].text), linesOf(sides[1].text));
  const count = (sign: Change['sign']): number => changes.filter((change) => change.sign === sign).length;
  const isEqual = count('+') + count('-') === 0;
  const { colors } = session.terminal;
  return {
    exitCode: 0,
    json: { id, from: sides[0].label, to: sides[1].label, equal: isEqual, added: count('+'), removed: count('-'), lines: changes },
    text: isEqual ? '' : `${[colors.red(`--- ${sides[0].label}`), colors.green(`+++ ${sides[1].label}`), ...showChanges(changes, colors)].join('\n')}\n`,
    notes: [isEqual ? `${sides[0].label} and ${sides[1].label}: no difference.` : `${plural(count('+'), 'line')} more, ${plural(count('-'), 'line')} less.${describeOthers(entry)}`],
  };
}

function describeOthers({ versions, current }: StoreEntry): string {
  return versions.length < 2 ? '' : ` Versions: ${versions.map(({ name }) => (name === current ? `${name} (current)` : name)).join(', ')}.`;
}

const sideOf = (id: string, version: Version): Side => ({ label: `.poet/${targetFolder(id)}/${version.name}/code.ts`, text: version.candidate.code });

/** The body against Operate′ and what it calls; checks of arguments and results are the same for all versions of today's types. */
function againstOriginal(session: Session, id: string, version: Version): readonly [Side, Side] {
  const builds = openBuilds(session, 'original');
  const found = builds.flatMap(({ build, ctx }) => build.targets.filter((target) => target.id === id).map((target) => ({ target, ts: ctx.ts })))[0];
  if (found === undefined) throw new CliFault(1, makeDiagnostic('POET8126', { fn: id }));
  const { target, ts } = found;
  return [{ label: `${id} as it is written`, text: bodyOf(ts, target) }, { label: `.poet/${targetFolder(id)}/${version.name}/code.ts, the operation`, text: operationOf(ts, stripHeader(version.candidate.code)) }];
}

const bodyOf = (ts: Ts, { node, sourceFile }: Target): string => dedent(node.body === undefined ? '' : ts.isBlock(node.body) ? inside(node.body.getText(sourceFile)) : `return ${node.body.getText(sourceFile)};`);

function operationOf(ts: Ts, code: string): string {
  const file = ts.createSourceFile('code.ts', code, ts.ScriptTarget.Latest, true);
  const nameOf = (statement: ts.Statement): string | undefined => (ts.isFunctionDeclaration(statement) ? statement.name?.text : undefined);
  const operate = file.statements.find((statement): statement is ts.FunctionDeclaration => nameOf(statement) === 'operatePrime');
  const beside = file.statements.filter((statement) => !['perceive', 'operatePrime', 'enforce'].includes(nameOf(statement) ?? '')).map((statement) => code.slice(statement.getFullStart(), statement.end).trim());
  return [dedent(operate?.body === undefined ? '' : inside(operate.body.getText(file))), ...beside].join('\n\n');
}

/** Between the braces. */
const inside = (block: string): string => block.slice(1, -1).replace(/^[^\S\n]*\n/, '').trimEnd();

function dedent(text: string): string {
  const lines = text.split(/\r?\n/);
  const margin = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => /^\s*/.exec(line)![0].length));
  return lines.map((line) => line.slice(Number.isFinite(margin) ? margin : 0)).join('\n').trim();
}
