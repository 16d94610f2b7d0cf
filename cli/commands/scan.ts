import type ts from 'typescript';
import { makeHostContext } from '../../hosts/host-context.ts';
import { discover } from '../../transformer/1-discover/index.ts';
import { readAllTemplates } from '../../transformer/2-plan/project-templates.ts';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { locate } from '../../transformer/pipeline.ts';
import { makeAnalysisProgram, type ProgramSource } from '../../transformer/shadow-program.ts';
import type { Target, Ts } from '../../transformer/types.ts';
import { placeOf } from '../describe-problem.ts';
import { findExportedFunctions, markFunctions, type Marking } from '../mark-exports.ts';
import { makeProgram, openConfigs, type ParsedConfig } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { makeTable, plural } from '../table.ts';

/** Rows that are printed; `--json` has all. */
const MAX_ROWS = 40;

interface Gain {
  readonly id: string;
  readonly place: string;
  /** Names of the parameters that would be checked. */
  readonly checked: readonly string[];
  readonly parameters: number;
  readonly result: boolean;
  readonly effects: Target['effects']['kind'];
  readonly because: string;
}

/** `poet scan`: what each exported function would gain from a marker, and which cannot have one. Changes nothing. */
export function runScan(session: Session): Report {
  const { terminal } = session;
  const { ts, configs } = openConfigs(session);
  const gains = new Map<string, Gain>();
  const refused = new Map<string, PoetDiagnostic>();
  let marked = 0;
  for (const config of configs) {
    const found = scanConfig(ts, config, terminal.cwd);
    for (const gain of found.gains) gains.set(gain.id, gain);
    for (const problem of found.refused) refused.set(`${problem.file ?? ''} ${problem.line ?? 0} ${problem.text}`, problem);
    marked += found.marked;
  }
  const all = [...gains.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const rows = all.slice(0, MAX_ROWS).map((gain) => [gain.id, sayArguments(gain), gain.result ? 'checked' : '-', gain.effects]);
  const rest = all.length - rows.length;
  const count = (test: (gain: Gain) => boolean): number => all.filter(test).length;
  return {
    exitCode: 0,
    json: { functions: all, refused: [...refused.values()].map(({ code, text, ...where }) => ({ code, text, place: placeOf(where, terminal.cwd) })), marked },
    text: rows.length === 0 ? '' : makeTable(terminal, ['function', 'arguments', 'result', 'effects'], rows),
    notes: [
      ...(rest > 0 ? [`... and ${rest} more; --json lists all.`] : []),
      ...(all.length === 0 ? ['No further exported function could be marked.'] : [`\n${plural(all.length, 'exported function')} could be marked: arguments checked in ${count(({ checked }) => checked.length > 0)}, results in ${count(({ result }) => result)}; ${count(({ effects }) => effects === 'read' || effects === 'pure')} known to change nothing.`]),
      ...(marked > 0 ? [`${plural(marked, 'function is', 'functions are')} marked already.`] : []),
      ...(refused.size > 0 ? [`${refused.size} cannot be marked:`, ...[...refused.values()].slice(0, 10).map((problem) => `  ${problem.text} (${placeOf(problem, terminal.cwd) ?? ''})`), ...(refused.size > 10 ? ['  ...'] : [])] : []),
    ],
  };
}

const sayArguments = ({ checked, parameters }: Gain): string =>
  parameters === 0 ? 'none' : checked.length === 0 ? '-' : checked.length === parameters ? `${checked.length} checked` : `${checked.length} of ${parameters} checked`;

function scanConfig(ts: Ts, config: ParsedConfig, cwd: string): { gains: Gain[]; refused: PoetDiagnostic[]; marked: number } {
  const plain = makeProgram(ts, config);
  const { ctx } = makeHostContext(ts, plain.program);
  const known = { domains: readAllTemplates(ctx).templates.map(({ domain }) => domain) };
  const already = discover(makeAnalysisProgram(plain), ctx, known).targets;
  const isMarked = (file: ts.SourceFile, start: number): boolean => already.some((target) => target.sourceFile.fileName === file.fileName && target.node.getStart() === start);
  const checker = plain.program.getTypeChecker();
  const markings = new Map<string, Marking>();
  for (const file of plain.program.getSourceFiles()) {
    if (file.isDeclarationFile || plain.program.isSourceFileFromExternalLibrary(file) || /\.[cm]?jsx?$/.test(file.fileName)) continue;
    const nodes = findExportedFunctions(ts, checker, file).filter((node) => !isMarked(file, node.getStart()));
    if (nodes.length > 0) markings.set(file.fileName, markFunctions(ts, file, nodes));
  }
  const program = makeAnalysisProgram(withTexts(ts, config, markings));
  const found = discover(program, ctx, known);
  const added = found.targets.filter((target) => markings.has(target.sourceFile.fileName) && !already.some(({ id }) => id === target.id));
  const toOriginal = (place: { file: string; start: number; length: number }): { file: string; start: number } => ({ file: place.file, start: markings.get(place.file)?.original(place.start) ?? place.start });
  return {
    gains: added.map((target) => makeGain(target, placeOf(toOriginal(locate(target)), cwd) ?? '')),
    refused: found.diagnostics.filter(({ level }) => level === 'error').map((problem) => moved(problem, markings)),
    marked: already.length,
  };
}

/** Positions of the marked text mean nothing to the user. */
function moved(problem: PoetDiagnostic, markings: ReadonlyMap<string, Marking>): PoetDiagnostic {
  const { line: _line, column: _column, ...rest } = problem;
  const marking = problem.file === undefined ? undefined : markings.get(problem.file);
  return marking === undefined || problem.start === undefined ? problem : { ...rest, start: marking.original(problem.start) };
}

function withTexts(ts: Ts, config: ParsedConfig, markings: ReadonlyMap<string, Marking>): ProgramSource {
  const host = ts.createCompilerHost(config.parsed.options);
  const read = host.readFile.bind(host);
  host.readFile = (name) => markings.get(name)?.text ?? read(name);
  const parse = host.getSourceFile.bind(host);
  host.getSourceFile = (name, options, ...rest) => {
    const marking = markings.get(name);
    return marking === undefined ? parse(name, options, ...rest) : ts.createSourceFile(name, marking.text, options);
  };
  return makeProgram(ts, config, host);
}

function makeGain({ id, contract, effects }: Target, place: string): Gain {
  const checked = contract.checksArguments ? contract.parameters.filter(({ type }) => type.kind !== 'any').map(({ name }) => name) : [];
  return { id, place, checked, parameters: contract.parameters.length, result: contract.checksResult, effects: effects.kind, because: effects.reason };
}
