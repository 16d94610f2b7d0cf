import { Command, CommanderError } from 'commander';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { CliFault, type ExitCode } from './cli-fault.ts';
import { runAccept } from './commands/accept.ts';
import { runCheck } from './commands/check.ts';
import { runDiff } from './commands/diff.ts';
import { runDoctor } from './commands/doctor.ts';
import { runEject } from './commands/eject.ts';
import { runEvents, type EventsOptions } from './commands/events.ts';
import { runFeedback, type FeedbackOptions } from './commands/feedback.ts';
import { runGc } from './commands/gc.ts';
import { runGenerate, type GenerateOptions } from './commands/generate.ts';
import { runInit } from './commands/init.ts';
import { runPin, runRollback } from './commands/pin.ts';
import { runPull, type PullOptions } from './commands/pull.ts';
import { runScan } from './commands/scan.ts';
import { runShow, runShowPrompt, type ShowOptions } from './commands/show.ts';
import { runState, type StateOptions } from './commands/state.ts';
import { runStatus } from './commands/status.ts';
import { runTemplateList, runTemplateValidate } from './commands/template.ts';
import { runUndo } from './commands/undo.ts';
import { runVerify } from './commands/verify.ts';
import { runWhy } from './commands/why.ts';
import { packageVersion } from '../hosts/package-version.ts';
import type { Report, Session } from './report.ts';
import type { Terminal } from './terminal.ts';

const MANNERS = `
Data goes to stdout, everything else to stderr; --json works everywhere.
Exit codes: 0 fine, 1 stale or failed, 2 usage, 4 input needed and no terminal.`;

/** Runs `poet` with these arguments and returns its exit code; never ends the process. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const run: Runner = async (session, work) => { exitCode = await printed(session, work); };
  const program = makeProgram(terminal, run);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version were asked for, or there was no command and the help says more than an error could.
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') return 2;
    const found = error.message.replace(/^error: /, '').replaceAll('\n', ' ').trim();
    const command = program.commands.find((each) => each.name() === argv.find((word) => !word.startsWith('-')))?.name();
    const fault = new CliFault(2, makeDiagnostic('POET8125', { expected: 'arguments that poet knows', found, command: command === undefined ? '' : `${command} ` }));
    return printed({ terminal, json: argv.includes('--json'), project: undefined }, () => { throw fault; });
  }
}

type Work = () => Promise<Report> | Report;
type Runner = (session: Session, work: Work) => Promise<void>;

async function printed({ terminal, json }: Session, work: Work): Promise<ExitCode> {
  try {
    const report = await work();
    for (const problem of report.problems ?? []) terminal.problem(problem);
    terminal.data(json ? JSON.stringify({ ...report.json, problems: report.problems ?? [] }, undefined, 2) : report.text);
    if (!json) for (const note of report.notes ?? []) terminal.note(note);
    return report.exitCode;
  } catch (error) {
    if (!(error instanceof CliFault)) throw error;
    for (const diagnostic of error.diagnostics) terminal.problem(diagnostic);
    if (json) terminal.data(JSON.stringify({ problems: error.diagnostics }, undefined, 2));
    return error.exitCode;
  }
}

interface CommonOptions { readonly json?: boolean; readonly project?: string }

function makeProgram(terminal: Terminal, run: Runner): Command {
  const program = new Command('poet')
    .description('Checked inputs, checked outputs and recorded executions for functions marked @poet.')
    .version(packageVersion())
    .helpCommand(false)
    .addHelpText('after', MANNERS)
    .showSuggestionAfterError();
  quiet(program, terminal);

  /** Declares a command with the options that all have. */
  const command = <O extends CommonOptions>(usage: string, description: string, work: (session: Session, options: O, ...args: string[]) => Promise<Report> | Report, parent = program): Command => {
    const made = parent.command(usage).description(description)
      .option('-p, --project <path>', 'tsconfig.json, or its folder')
      .option('--json', 'print JSON');
    quiet(made, terminal);
    return made.action(async (...given: unknown[]) => {
      // Commander hands over the arguments, then the options, then the command.
      const options = made.opts<O>();
      const args = given.slice(0, -2).flatMap((arg) => (Array.isArray(arg) ? (arg as string[]) : typeof arg === 'string' ? [arg] : []));
      const session: Session = { terminal, json: options.json === true, project: options.project };
      await run(session, () => work(session, options, ...args));
    });
  };

  command<CommonOptions & { undo?: boolean; dryRun?: boolean; yes?: boolean }>('init', 'set a project up: tsconfig.json, package.json, ignore files; prints what it changes',
    (session, options) => (options.undo === true ? runUndo(session, options) : runInit(session, options)))
    .option('--dry-run', 'only print what would change')
    .option('--undo', 'take everything back, .poet/ included')
    .option('-y, --yes', 'with --undo: remove versions without asking');
  command('scan', 'say which exported functions would gain what; changes nothing', (session) => runScan(session));
  command<CommonOptions & GenerateOptions>('generate [functions...]', 'make the versions that are missing or stale; ask a model for better ones where a provider is set', (session, options, ...names) => runGenerate(session, options, names))
    .option('--provider <name>', 'builtin, anthropic, openai-compatible or replay (default: POET_PROVIDER, else poet.config.json, else what is there)')
    .option('--force', 'ask also for functions that a model has written already')
    .option('--dry-run', 'say what would be asked and what it would cost; send nothing')
    .option('--frozen', 'make nothing and ask nobody; fail when a version is missing or stale')
    .option('--max-cost-usd <n>', 'stop asking when so much is spent')
    .option('--concurrency <n>', 'answers that are waited for at once (default: 8)');
  command<CommonOptions & { dist?: string }>('check', 'fail when a version is missing or stale (for CI)', (session, options) => runCheck(session, options))
    .option('--dist <dir>', 'also prove that the JavaScript there carries the current versions');
  command('verify [function]', 'run every check on what is committed, whatever was proven before', (session, _options, name) => runVerify(session, name));
  command('accept <function>', 'take a reviewed hand edit of code.ts, if it verifies', (session, _options, name) => runAccept(session, name ?? ''));
  command('why <function>', 'say in words what ships, and what was refused', (session, _options, name) => runWhy(session, name ?? ''));
  command('status', 'list functions and their versions', (session) => runStatus(session));
  command<CommonOptions & ShowOptions>('show <function>', 'print the code of a version', (session, options, name) => (options.prompt === true ? runShowPrompt(session, name ?? '') : runShow(session, options, name ?? '')))
    .option('--prompt', 'print what a model would be sent')
    .option('--contract', 'print contract.ts, the checks made of the types')
    .option('--params', 'print params.json')
    .option('--at <version>', 'a version other than the current one, e.g. v2');
  command('diff <function> [from] [to]', "show what a version changes: against the author's body, or between two versions (v1 v2)", (session, _options, name, from, to) => runDiff(session, name ?? '', from, to));
  command<CommonOptions & { off?: boolean }>('pin <function> [version]', 'keep a version of today\'s source current, whatever is made after it', (session, options, name, version) => runPin(session, options, name ?? '', version))
    .option('--off', 'let it go again');
  command('rollback <function>', 'ship the version before the current one, and pin it', (session, _options, name) => runRollback(session, name ?? ''));
  command<CommonOptions & { dryRun?: boolean }>('eject <function>', 'turn enhanced code into ordinary source, and remove the marker', (session, options, name) => runEject(session, options, name ?? ''))
    .option('--dry-run', 'only print what would change');
  command<CommonOptions & { fix?: boolean }>('doctor', 'find out why something does not work', (session, options) => runDoctor(session, options))
    .option('--fix', 'repair .poet/ after merges and lost files');
  command<CommonOptions & { keep?: string; orphans?: boolean; dryRun?: boolean }>('gc', 'remove old versions', (session, options) => runGc(session, options))
    .option('--keep <n>', 'versions kept for each function (default: 10)')
    .option('--orphans', 'also remove versions of functions that are gone')
    .option('--dry-run', 'only print what would go');
  const template = program.command('template').description('look at the templates of domains').helpCommand(false);
  quiet(template, terminal);
  command('list', "list poetc's templates and the project's own", (session) => runTemplateList(session), template);
  command('validate [folder]', 'say what is wrong with a template (default: all in templates/)', (session, _, folder) => runTemplateValidate(session, folder), template);
  command<CommonOptions & EventsOptions>('events', 'show what enhanced functions recorded', (session, options) => runEvents(session, options))
    .option('--root <dir>', 'run-time root (default: POET_RUNTIME_DIR, else .poet of the project)')
    .option('--type <types...>', 'only these types; "perceive." stands for all that begin so')
    .option('--function <name>', 'only events of this function')
    .option('--since <time>', 'only from then on: 2h, 3d, 2025-05-31T08:00Z')
    .option('--until <time>', 'only before then')
    .option('--failed', 'only executions that failed')
    .option('--about <id>', 'only events about this execution, correlation or business key')
    .option('--limit <n>', 'the last n (default: 50)')
    .option('--summary', 'add up by function')
    .option('--follow', 'print events as they come, until interrupted; with --json one a line');
  command<CommonOptions & FeedbackOptions>('feedback [function]', 'say how an execution turned out; without a function: find the executions that feedback is about', (session, options, name) => runFeedback(session, options, name))
    .option('--root <dir>', 'run-time root (default: POET_RUNTIME_DIR, else .poet of the project)')
    .option('--package <name>', 'package of the function (default: the project\'s)')
    .option('--execution <id>', 'the execution that is meant')
    .option('--key <key>', 'its business key, for functions with correlateBy')
    .option('--type <type>', 'performance, error, user or system (default: user)')
    .option('--rating <number>', 'a rating')
    .option('--label <value>', 'what the result should have been; JSON numbers, true and false are taken as such')
    .option('--cost <number>', 'what it cost')
    .option('--metric <name=number...>', 'measured values')
    .option('--comments <text>', 'in words')
    .option('--suggestion <text...>', 'what to do better');
  command<CommonOptions & StateOptions>('state [function]', 'show parameters that running programs have changed; with a function: its history', (session, options, name) => runState(session, options, name))
    .option('--root <dir>', 'run-time root (default: POET_RUNTIME_DIR, else .poet of the project)')
    .option('--at <version>', 'of this version of the code, e.g. v2 (default: the one that changed last)')
    .option('--to <n>', 'make a new version with the values of version n; 0 for the initial ones')
    .option('--reason <text>', 'with --to: why');
  command<CommonOptions & PullOptions>('pull <from>', 'copy events and feedback of production here, from a folder or an http address', (session, options, from) => runPull(session, options, from ?? ''))
    .option('--root <dir>', 'run-time root to copy to (default: POET_RUNTIME_DIR, else .poet of the project)')
    .option('--max-mb <n>', 'megabytes of all files together (default: 1000)')
    .option('--write-index', 'instead, write the index into the folder that a web server needs to be pulled from');
  return program;
}

/** Commander prints help; errors are printed by us, with a code. */
function quiet(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({ writeOut: (text) => terminal.data(text), writeErr: (text) => terminal.note(text), outputError: () => undefined });
}
