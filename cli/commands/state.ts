import { userInfo } from 'node:os';
import { rollBackState } from '../../runtime/node/state/commit-state.ts';
import { listStates, type FoundState } from '../../runtime/node/state/list-states.ts';
import { StateError } from '../../runtime/node/state/state-error.ts';
import type { ParameterValues, StateRecord } from '../../records/parameter-state.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { CliFault } from '../cli-fault.ts';
import { findFunction } from '../find-function.ts';
import type { Report, Session } from '../report.ts';
import { findRuntimeRootOf } from '../runtime-root.ts';
import { makeTable, plural } from '../table.ts';

export interface StateOptions {
  readonly root?: string;
  readonly at?: string;
  readonly to?: string;
  readonly reason?: string;
}

/** A state that somebody has committed at least once, with its newest version that is whole. */
interface Committed extends FoundState { readonly current: StateRecord }

/** `poet state`: parameters that programs have changed; with a function its history; with `--to` an earlier version comes back. */
export async function runState(session: Session, options: StateOptions, name: string | undefined): Promise<Report> {
  const root = findRuntimeRootOf(session, options.root);
  const found = listStates(root);
  const states = found.flatMap((state): Committed[] => (state.records[0] === undefined ? [] : [{ ...state, current: state.records[0] }]));
  const problems = found.flatMap((state) => state.problems).map(makeProblem);
  if (name === undefined) {
    const rows = states.map(({ current: c }) => [c.function_name, c.code_version, String(c.version), list(c.values), clean(c.by), time(c.at)]);
    return {
      exitCode: 0, json: { root, states: states.map(({ current }) => current) }, problems,
      text: rows.length === 0 ? '' : makeTable(session.terminal, ['function', 'code', 'version', 'values', 'by', 'at'], rows),
      notes: [rows.length === 0 ? `No state in ${root}.` : `${plural(rows.length, 'state')} in ${root}.`],
    };
  }
  const fn = findFunction(name, [...new Set(states.map(({ current }) => current.function_name))]);
  const own = states.filter(({ current }) => current.function_name === fn && (options.at === undefined || current.code_version === options.at)).sort((a, b) => b.current.at - a.current.at);
  const [newest] = own;
  if (newest === undefined) throw new CliFault(2, makeDiagnostic('POET8140', { option: '--at', expected: `a version of ${fn} that has state`, found: options.at ?? '', command: 'state' }));
  if (options.to !== undefined) return rollBack(root, newest, options.to, options.reason);
  const lines = own.flatMap(({ records }) => records).map((r) => [String(r.version), r.code_version, time(r.at), list(r.values), clean(r.by), clean(r.restored === undefined ? r.reason : `back to ${r.restored}: ${r.reason}`)]);
  return { exitCode: 0, json: { root, history: own.flatMap(({ records }) => records) }, problems, text: makeTable(session.terminal, ['version', 'code', 'at', 'values', 'by', 'reason'], lines), notes: [`${plural(lines.length, 'version')} of ${fn}.`] };
}

async function rollBack(root: string, { current }: Committed, to: string, reason: string | undefined): Promise<Report> {
  const fault = (exitCode: 1 | 2, option: string, expected: string, found: string): CliFault => new CliFault(exitCode, makeDiagnostic('POET8140', { option, expected, found, command: 'state' }));
  if (!/^\d{1,12}$/.test(to)) throw fault(2, '--to', 'the number of a version, 0 for the initial values', to);
  if (reason === undefined) throw fault(2, '--reason', 'why, in words: it is kept with the version', 'none');
  const { function_name: functionName, code_version: codeVersion, parameters, version: from } = current;
  try {
    const made = await rollBackState({ root, packageName: current.package, functionName, codeVersion, parameters }, { from, to: Number(to), by: findUser(), reason });
    return { exitCode: 0, json: { root, ...made }, text: `${made.version}\n`, notes: [`${functionName} ${codeVersion}: ${list(made.values)}.`] };
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    throw fault(1, '--to', 'a version that can come back', error.message.split('\n', 1)[0] ?? '');
  }
}

function makeProblem(problem: string): PoetDiagnostic {
  return makeDiagnostic('POET8141', { path: 'state', expected: 'whole versions', found: problem });
}

function findUser(): string {
  try {
    return `poet state, ${userInfo().username}`;
  } catch {
    return 'poet state'; // a user without a name, as in some containers
  }
}

const list = (values: ParameterValues): string => Object.entries(values).map(([name, value]) => `${name}=${value}`).join(' ');
const time = (ms: number): string => (Number.isNaN(new Date(ms).getTime()) ? String(ms) : new Date(ms).toISOString());
/** Who and why come from programs: they must not steer somebody's terminal. */
const clean = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
