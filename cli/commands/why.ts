import { findProofFolder, openProofRecords } from '../../hosts/proof-records.ts';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { readPolicy, type PolicyReading } from '../../transformer/policy.ts';
import { findReviewNotes, type ReviewNote } from '../../transformer/4-verify/review.ts';
import { placeOf } from '../describe-problem.ts';
import { findFunction } from '../find-function.ts';
import { openBuilds, outcomesOf } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { describeReview } from '../review-lines.ts';

/** `poet why <function>`: in words what ships, what was tried, and what was refused. Changes nothing. */
export function runWhy(session: Session, typed: string): Report {
  const builds = openBuilds(session, 'original');
  const outcomes = outcomesOf(builds);
  const id = findFunction(typed, outcomes.map((each) => each.id));
  const { outcome } = outcomes.find((each) => each.id === id)!;
  const { ctx, build, source } = builds.find((each) => each.build.outcomes.includes(outcome))!;
  const target = outcome.kind === 'enhanced' ? outcome.plan.target : outcome.target;
  const lines: string[] = [];
  let review: readonly ReviewNote[] = [];
  let reading: PolicyReading | undefined;
  if (outcome.kind === 'enhanced') {
    const { version } = outcome;
    const { metadata } = version;
    lines.push(`${id} ships as ${version.name}, made by ${metadata.provider}: ${metadata.reason}.`, '', 'Its verdict when it was made:');
    for (const [check, { ok, detail }] of Object.entries(metadata.verdict)) lines.push(`  ${ok ? 'ok     ' : 'FAILED '} ${check}: ${detail}`);
    if (metadata.attempts !== undefined) lines.push('', 'What was tried before it:', ...metadata.attempts.map((step, i) => `  ${i + 1}. ${step.replaceAll('\n', '\n     ')}`));
    review = build.enhancements.get(target)?.foreign === true ? findReviewNotes(ctx.ts, target, version.candidate.code) : [];
    const record = openProofRecords(findProofFolder(), ctx.config.verify.inputs).find(version);
    reading = readPolicy(target, version.candidate.params, source.program.getTypeChecker(), ctx);
    lines.push('', record === undefined ? 'Its behaviour was not proven on this machine: run poet check.' : `On this machine its behaviour was ${record.status === 'equal' ? 'proven' : 'not executed'}: ${record.reason}.`, ...describeReview(review));
  } else {
    lines.push(`${id} ships as its author wrote it.`, '');
    for (const because of outcome.because) lines.push(...describe(because, session));
    if (outcome.because.length === 0) lines.push('No version was made.');
  }
  if (reading !== undefined) lines.push(...describePolicy(reading));
  lines.push('', `It is ${target.effects.kind}: ${target.effects.reason}`, ...target.effects.evidence.slice(0, 5).map((each) => `  ${each}`));
  return { exitCode: 0, json: { id, ships: outcome.kind, ...(outcome.kind === 'enhanced' && { version: outcome.version.name, tried: outcome.version.metadata.attempts ?? [], policy: reading?.policy ?? {}, ...(reading?.unrepeated !== undefined && { unrepeated: reading.unrepeated }) }), because: outcome.kind === 'original' ? outcome.because : [], effects: target.effects, review }, text: `${lines.join('\n')}\n` };
}

/** What runs around it, and what its author or its domain asks for and does not get. */
function describePolicy({ policy = {}, unrepeated }: PolicyReading): string[] {
  const { retries, repeat, timeoutMs, attemptMs, breaker, bulkhead } = policy;
  const lines = [
    ...(retries === undefined ? [] : [`tried again up to ${retries === 1 ? 'once' : `${retries} times`}, ${repeat === 'unconnected' ? 'where nothing can have reached the other side' : 'after failures that pass'}`]),
    ...(unrepeated === undefined ? [] : [`not tried again: ${unrepeated}`]),
    ...(timeoutMs === undefined ? [] : [`at most ${timeoutMs} ms in all`]),
    ...(attemptMs === undefined ? [] : [`at most ${attemptMs} ms an attempt`]),
    ...(breaker === undefined ? [] : [`a breaker that opens when ${Math.round(100 * breaker.failureRate)} % of at least ${breaker.minimumCalls} calls within ${breaker.windowMs / 1_000} s fail${breaker.consecutive === undefined ? '' : `, or ${breaker.consecutive} in a row`}${breaker.slowMs === undefined ? '' : `, or are slow (${breaker.slowMs} ms)`}`]),
    ...(bulkhead === undefined ? [] : [`at most ${bulkhead.concurrent} calls at once, ${bulkhead.queue} waiting`]),
  ];
  return lines.length === 0 ? [] : ['', 'At run time:', ...lines.map((line) => `  ${line}`)];
}

function describe(because: PoetDiagnostic, { terminal }: Session): string[] {
  const place = placeOf(because, terminal.cwd);
  return [`  ${because.code} ${because.text}`, ...(place === undefined ? [] : [`    at ${place}`]), ...(because.hint === '' ? [] : [`    → ${because.hint}`])];
}
