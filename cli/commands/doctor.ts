import { spawnSync } from 'node:child_process';
import { dirname, join, relative } from 'node:path';
import { readConfig } from '../../transformer/config/index.ts';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { openStore, type Settled, type Store } from '../../transformer/5-store/index.ts';
import { checkDependency } from '../check-dependency.ts';
import { CliFault } from '../cli-fault.ts';
import { entriesOf, findConfigFile, findRootOf, openBuilds, readConfigs, type ParsedConfig } from '../project.ts';
import type { Report, Session } from '../report.ts';
import type { JsonValue } from '../setup/json-edit.ts';
import { describePlugin, STAMPS } from '../setup/tsconfig-step.ts';
import { makeTable, plural } from '../table.ts';
import { checkToolchain, installedVersion, loadCompiler } from '../toolchain.ts';

interface Finding {
  readonly what: string;
  readonly found: string;
  readonly problems: readonly PoetDiagnostic[];
}

/** `poet doctor`: everything that must be right around the sources, whether or not it is. With `--fix` it repairs `.poet/`. */
export function runDoctor(session: Session, options: { readonly fix?: boolean }): Report {
  const { terminal } = session;
  const root = findRootOf(session);
  const toolchain = checkToolchain(root);
  const store = openStore(root, { now: Date.now });
  const fixed = options.fix === true ? fix(session, store, toolchain.length === 0) : [];
  const findings: Finding[] = [
    { what: 'node', found: process.versions.node, problems: checkNode() },
    { what: 'typescript', found: installedVersion(root, 'typescript') ?? 'none', problems: toolchain.filter(({ code }) => code === 'POET8102') },
    { what: 'ts-patch', found: installedVersion(root, 'ts-patch') ?? 'none', problems: toolchain.filter(({ code }) => code === 'POET8103') },
    ...checkConfigs(session, root, toolchain.some(({ code }) => code === 'POET8102')),
    { what: 'poet.config.json', found: 'read', problems: readConfig(root).diagnostics },
    { what: 'package.json', found: 'read', problems: checkDependency(root) },
    checkStore(store),
    { what: 'git', found: 'asked', problems: checkGit(root) },
  ];
  const problems = findings.flatMap((finding) => finding.problems);
  const failed = problems.some(({ level }) => level === 'error' || level === 'fallback');
  const sign = (finding: Finding): string => (finding.problems.length === 0 ? terminal.colors.green('ok') : finding.problems.some(({ level }) => level === 'error' || level === 'fallback') ? terminal.colors.red('no') : terminal.colors.yellow('hm'));
  return {
    exitCode: failed ? 1 : 0,
    json: { ok: !failed, findings: findings.map(({ what, found, problems: own }) => ({ what, found, ok: own.length === 0 })), fixed },
    text: [
      ...fixed.map(({ targetId, did }) => `fixed ${targetId}: ${did}\n`),
      `${makeTable(terminal, ['', 'what', 'found'], findings.map((finding) => [sign(finding), finding.what, finding.found]))}\n`,
    ].join(''),
    problems,
  };
}

function checkNode(): PoetDiagnostic[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19) ? [] : [makeDiagnostic('POET8116', { found: process.versions.node })];
}

function checkConfigs(session: Session, root: string, withoutCompiler: boolean): Finding[] {
  const file = findConfigFile(session);
  if (file === undefined) return [{ what: 'tsconfig.json', found: 'none', problems: [makeDiagnostic('POET8101', { folder: session.terminal.cwd })] }];
  if (withoutCompiler) return [{ what: 'tsconfig.json', found: 'not read, for want of a compiler', problems: [] }];
  let configs: ParsedConfig[];
  try {
    configs = readConfigs(loadCompiler(root), file);
  } catch (error) {
    if (!(error instanceof CliFault)) throw error;
    return [{ what: 'tsconfig.json', found: 'not readable', problems: error.diagnostics }];
  }
  return configs.map(({ path, parsed }) => {
    const shown = relative(root, path).replaceAll('\\', '/');
    const plugin = describePlugin((parsed.options['plugins'] as JsonValue[] | undefined) ?? []);
    const include = (parsed.raw as { include?: string[] } | undefined)?.include ?? [];
    const stamps = `${relative(dirname(path), root).replaceAll('\\', '/')}/${STAMPS}`.replace(/^\//, '');
    const wrong = (expected: string, found: string): PoetDiagnostic => makeDiagnostic('POET8112', { path: shown, expected, found }, { file: path, line: 1 });
    return {
      what: shown,
      found: plugin === 'fine' ? 'with the plugin' : 'without the plugin',
      problems: [
        ...(plugin === 'none' ? [wrong('the plugin poetc/transformer', 'none: tspc compiles, and enhances nothing')] : []),
        ...(plugin === 'incomplete' ? [wrong('"transformProgram": true in the plugin poetc/transformer', 'an entry without it')] : []),
        ...(include.some((pattern) => pattern.endsWith(STAMPS)) ? [] : [wrong(`"${stamps}" in include`, 'none: tsc -b would not see new versions')]),
      ],
    };
  });
}

function checkStore(store: Store): Finding {
  const entries = store.list();
  if ('problem' in entries) return { what: '.poet/', found: 'not readable', problems: [entries.problem] };
  const versions = entries.reduce((sum, entry) => sum + entry.versions.length, 0);
  return { what: '.poet/', found: `${plural(versions, 'version')} of ${plural(entries.length, 'function')}`, problems: entries.flatMap((entry) => entry.problems) };
}

/** Templates of .gitignore often end in `.*`; then nothing of `.poet/` is ever committed. */
function checkGit(root: string): PoetDiagnostic[] {
  const path = '.poet/src/module.ts/name/v1/code.ts';
  const asked = spawnSync('git', ['check-ignore', '-v', '--no-index', path], { cwd: root, encoding: 'utf8' });
  // 1: not ignored; 128: no repository; undefined: no git.
  const match = asked.status === 0 ? /^(.*?):(\d+):(.*)\t/.exec(asked.stdout) : null;
  if (match === null || match[3]!.startsWith('!')) return [];
  return [makeDiagnostic('POET8113', { path, source: `${match[1]!}:${match[2]!} (${match[3]!})` }, { file: join(root, match[1]!), line: Number(match[2]) })];
}

/** First what needs no compiler; then `current` is pointed to what today's sources want. */
function fix(session: Session, store: Store, canCompile: boolean): Settled[] {
  const did = store.settle(() => undefined);
  if ('problem' in did) throw new CliFault(1, did.problem);
  if (!canCompile || findConfigFile(session) === undefined || entriesOf(store).length === 0) return did;
  const pointed: Settled[] = [];
  for (const { ctx, build } of openBuilds(session, 'original')) {
    const own = openStore(ctx.root, { now: ctx.now });
    const before = new Map(entriesOf(own).map((entry) => [entry.targetId, entry.current]));
    for (const outcome of build.outcomes) {
      if (outcome.kind !== 'enhanced') continue;
      const used = own.use(outcome.version);
      if (used !== true) throw new CliFault(1, used.problem);
      if (before.get(outcome.plan.target.id) !== outcome.version.name) pointed.push({ targetId: outcome.plan.target.id, did: `current is now ${outcome.version.name}, which today's source wants` });
    }
  }
  return [...did, ...pointed];
}
