import { makeFigure, type Figure } from '../../bench/figures.ts';
import { makeTable } from '../../bench/table.ts';
import type { Behaviour } from './behaviour.ts';
import type { Difference } from './compare.ts';
import type { Checks, Shortfall } from './coverage.ts';
import type { Perceive } from './options.ts';

export interface ModeReport {
  readonly perceive: Perceive;
  /** Differed in both of two runs. */
  readonly differences: readonly Difference[];
  /** Differed once only. */
  readonly flaky: readonly string[];
  readonly shortfalls: readonly Shortfall[];
  readonly checks: Checks;
  /** Errors of TypeScript's that appear only with poetc. */
  readonly compileErrors: readonly string[];
  readonly messages: readonly string[];
  readonly recorded: Readonly<Record<string, number>>;
  /** Only with `--behaviour`. */
  readonly behaviour: Behaviour | undefined;
  readonly seconds: { readonly tsc: number; readonly tspc: number };
}

export interface CorpusReport {
  readonly name: string;
  readonly project: string;
  readonly tools: Readonly<Record<string, string>>;
  readonly runner: string;
  readonly node: string;
  readonly exportedFunctions: number;
  readonly tests: number;
  readonly modes: readonly ModeReport[];
}

/** Under `observe` nothing may differ; elsewhere a difference needs a recorded correction or refusal. */
export const isExplained = (perceive: Perceive, difference: Difference): boolean => perceive !== 'observe' && difference.because.length > 0;

export function makeFigures(report: CorpusReport): Figure[] {
  return report.modes.flatMap((mode) => {
    const id = (part: string): string => `corpus.${report.name}.${mode.perceive}.${part}`;
    const unexplained = mode.differences.filter((d) => !isExplained(mode.perceive, d)).length;
    return [
      makeFigure(id('tests'), report.tests, 'tests'),
      makeFigure(id('differences'), mode.differences.length, 'tests', 'the same tests without poetc', mode.perceive === 'observe' ? '<= 0' : null),
      ...(mode.perceive === 'observe' ? [] : [makeFigure(id('unexplained'), unexplained, 'tests', 'the same tests without poetc', '<= 0')]),
      makeFigure(id('not-enhanced'), report.exportedFunctions === 0 ? 0 : (100 * mode.shortfalls.length) / report.exportedFunctions, '%', 'all exported functions', '<= 3'),
      makeFigure(id('silent'), mode.shortfalls.filter((s) => s.diagnostic === undefined).length, 'functions', null, '<= 0'),
      makeFigure(id('compile-errors'), mode.compileErrors.length, 'errors', 'tsc', '<= 0'),
      ...(mode.behaviour === undefined ? [] : [
        makeFigure(id('behaviour-different'), mode.behaviour.different.length, 'functions', 'the originals, in the sandbox', '<= 0'),
        makeFigure(id('behaviour-executed'), (100 * mode.behaviour.equal) / Math.max(1, mode.behaviour.equal + mode.behaviour.different.length + mode.behaviour.notExecuted.length), '%', 'all enhanced functions', '>= 90'),
      ]),
      makeFigure(id('checks'), mode.checks.sites, 'checks'),
      makeFigure(id('functions-with-checks'), mode.checks.functionsWithChecks, 'functions'),
    ];
  });
}

export function printReport(report: CorpusReport, figures: readonly Figure[]): void {
  const out: string[] = ['', `${report.name}: ${report.exportedFunctions} exported functions, all marked; ${report.tests} tests (${report.runner}); TypeScript ${report.tools['typescript']}, ts-patch ${report.tools['ts-patch']}, Node ${report.node}`];
  for (const mode of report.modes) out.push('', ...printMode(report, mode));
  out.push('', makeTable(['figure', 'value', 'unit', 'bar', ''], figures.map((f) => [f.id, f.value, f.unit, f.bar ?? '', f.bar === null ? '' : f.ok ? 'ok' : 'MISSED'])));
  console.log(out.join('\n'));
}

function printMode(report: CorpusReport, mode: ModeReport): string[] {
  const { checks, shortfalls, differences } = mode;
  const share = report.exportedFunctions === 0 ? 0 : (100 * shortfalls.length) / report.exportedFunctions;
  const lines = [
    `perceive "${mode.perceive}"`,
    `  tests that differ          ${differences.length} of ${report.tests}`,
    `  not enhanced               ${shortfalls.length} of ${report.exportedFunctions} functions (${share.toFixed(1)} %)`,
    `  checks emitted             ${checks.sites} in ${checks.functionsWithChecks} functions (arguments of ${checks.checkedArguments}, results of ${checks.checkedResults})`,
    `  recorded in the tests      ${Object.entries(mode.recorded).map(([type, n]) => `${n} ${type}`).join(', ') || 'nothing'}`,
    `  build                      tsc ${mode.seconds.tsc.toFixed(1)} s, tspc with poetc ${mode.seconds.tspc.toFixed(1)} s`,
  ];
  if (mode.behaviour !== undefined) {
    const { equal, different, notExecuted, seconds } = mode.behaviour;
    lines.push(`  behaviour in the sandbox   ${equal} equal, ${different.length} different, ${notExecuted.length} not executed (${seconds.toFixed(1)} s)`);
    for (const each of different) lines.push(`  DIFFERENT: ${each.id}: ${each.reason}`, ...each.example.split('\n').map((line) => `      | ${line}`));
    for (const each of notExecuted) lines.push(`  not executed: ${each.id}: ${each.reason}`);
  }
  for (const d of differences) {
    lines.push(`  ${isExplained(mode.perceive, d) ? 'explained' : 'DIFFERS'}: ${d.test}: ${d.without} without, ${d.with} with poetc`);
    for (const event of [...d.because, ...d.broken]) for (const f of event.findings) lines.push(`      ${event.type} ${event.function} ${f.path}: expected ${f.expected}, received ${f.received}${f.corrected === undefined ? '' : `, corrected to ${f.corrected}`}`);
    if (!isExplained(mode.perceive, d)) lines.push(...d.message.split('\n').slice(0, 12).map((line) => `      | ${line}`));
  }
  for (const test of mode.flaky) lines.push(`  differed in one of two runs only: ${test}`);
  for (const s of shortfalls) lines.push(`  not enhanced: ${s.function} (line ${s.line}): ${s.diagnostic ?? 'NO DIAGNOSTIC'}`);
  for (const error of mode.compileErrors) lines.push(`  error with poetc only: ${error}`);
  return lines;
}
