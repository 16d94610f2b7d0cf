import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFigures } from '../../bench/figures.ts';
import { findDifferences, type Difference } from './compare.ts';
import { verifyBehaviour } from './behaviour.ts';
import { compile, type Compiled } from './compile.ts';
import { countChecks, findShortfalls, type MarkedFunction } from './coverage.ts';
import { markExports } from './mark-exports.ts';
import { readOptions, USAGE, type CorpusOptions, type Perceive } from './options.ts';
import { readProject, type Project } from './project.ts';
import { makeFigures, printReport, type CorpusReport, type ModeReport } from './report.ts';
import { runTests, type TestRun } from './test-run.ts';
import { copyProject, openWorkspace, TOOLS } from './workspace.ts';

/** @returns 0; 1 under --check when a bar was missed, or when the project could not be built or tested at all; 2 on wrong usage */
export async function main(argv: readonly string[], repository: string): Promise<number> {
  let options: CorpusOptions;
  try {
    options = readOptions(argv);
  } catch (error) {
    console.error(`corpus: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const say = (line: string): void => console.error(`corpus: ${line}`);
  const project = readProject(options);
  say(`${options.name}: ${project.sources.length} source files, ${project.tests.length} test files, ${project.runner}`);
  const workspace = openWorkspace(project, options, repository, say);
  try {
    const report = await runCorpus(project, options, workspace.root, repository, say);
    const figures = makeFigures(report);
    const name = `corpus-${options.name}`;
    writeFigures(repository, name, figures);
    writeFileSync(join(repository, 'bench', 'results', `${name}.details.json`), `${JSON.stringify(report, null, 2)}\n`);
    if (options.json) process.stdout.write(`${JSON.stringify({ figures, ...report }, null, 2)}\n`);
    else printReport(report, figures);
    return options.check && figures.some((figure) => !figure.ok) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error;
    say(error.message);
    return 1;
  } finally {
    workspace.close();
  }
}

/** Something about the project, not about us: it does not compile or run at all. */
class CorpusError extends Error {}

async function runCorpus(project: Project, options: CorpusOptions, root: string, repository: string, say: (line: string) => void): Promise<CorpusReport> {
  const plainCopy = join(root, 'plain');
  copyProject(project.root, plainCopy);
  const plain = demand('tsc', compile(project, root, plainCopy, join(root, 'plain-out'), false));
  say(`tsc: ${plain.seconds.toFixed(1)} s, ${plain.errors.length} errors`);
  const baseline = demandTests('without poetc', runTests(project, root, plain.out));
  say(`without poetc: ${baseline.results.size} tests`);

  const markedCopy = join(root, 'marked');
  copyProject(project.root, markedCopy);
  const functions = markProject(project, markedCopy);
  const modes: ModeReport[] = [];
  for (const perceive of options.perceive) modes.push(runMode(perceive, { project, root, markedCopy, functions, plain, baseline, say, ...(options.behaviour && { repository }) }));
  return { name: options.name, project: project.manifest.name ?? options.name, tools: TOOLS, runner: project.runner, node: process.version, exportedFunctions: functions.length, tests: baseline.results.size, modes };
}

interface ModeInput {
  readonly project: Project;
  readonly root: string;
  readonly markedCopy: string;
  readonly functions: readonly MarkedFunction[];
  readonly plain: Compiled;
  readonly baseline: TestRun;
  readonly say: (line: string) => void;
  /** Where poet is, when behaviour is to be verified. */
  readonly repository?: string;
}

function runMode(perceive: Perceive, { project, root, markedCopy, functions, plain, baseline, say, repository }: ModeInput): ModeReport {
  writeFileSync(join(markedCopy, 'poet.config.json'), `${JSON.stringify({ perceive }, null, 2)}\n`);
  const enhanced = demand(`tspc (${perceive})`, compile(project, root, markedCopy, join(root, 'marked-out'), true));
  say(`tspc, perceive ${perceive}: ${enhanced.seconds.toFixed(1)} s, ${enhanced.messages.length} lines of poetc's`);
  const run = demandTests(`with poetc, perceive ${perceive}`, runTests(project, root, enhanced.out));
  const { differences, flaky } = settle(project, root, plain, enhanced, baseline, run);
  say(`perceive ${perceive}: ${run.results.size} tests, ${differences.length} differ`);
  return {
    perceive, differences, flaky,
    shortfalls: findShortfalls(functions, enhanced.out, enhanced.messages),
    checks: countChecks(join(markedCopy, '.poet')),
    compileErrors: subtract(enhanced.errors, plain.errors),
    messages: enhanced.messages,
    recorded: countEvents(run),
    behaviour: repository === undefined ? undefined : verifyBehaviour(repository, markedCopy),
    seconds: { tsc: plain.seconds, tspc: enhanced.seconds },
  };
}

/** Tests that differ once more when both sides run again. Tests that draw lots (and there are some) differ without anybody's fault. */
function settle(project: Project, root: string, plain: Compiled, enhanced: Compiled, before: TestRun, after: TestRun): { differences: readonly Difference[]; flaky: readonly string[] } {
  let differences = findDifferences(before, after);
  if (differences.length === 0) return { differences, flaky: [] };
  const files = [...new Set(differences.map((d) => d.test.split(': ', 1)[0]!))];
  const again = findDifferences(runTests(project, root, plain.out, files), runTests(project, root, enhanced.out, files));
  const lasting = new Set(again.map((d) => d.test));
  const flaky = differences.filter((d) => !lasting.has(d.test)).map((d) => d.test);
  differences = differences.filter((d) => lasting.has(d.test));
  return { differences, flaky };
}

function markProject(project: Project, copy: string): MarkedFunction[] {
  return project.sources.flatMap((file) => {
    const path = join(copy, file);
    const marked = markExports(path, readFileSync(path, 'utf8'));
    writeFileSync(path, marked.text);
    return marked.functions.map((fn) => ({ ...fn, file }));
  });
}

function demand(who: string, compiled: Compiled): Compiled {
  if (compiled.crash !== undefined) throw new CorpusError(`${who} wrote nothing:\n${compiled.crash}`);
  return compiled;
}

function demandTests(who: string, run: TestRun): TestRun {
  if (run.crash !== undefined) throw new CorpusError(`no test ran ${who}:\n${run.crash}`);
  return run;
}

function subtract(all: readonly string[], known: readonly string[]): string[] {
  const rest = [...known];
  return all.filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function countEvents(run: TestRun): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const event of run.events) counts[event.type] = (counts[event.type] ?? 0) + 1;
  return counts;
}
