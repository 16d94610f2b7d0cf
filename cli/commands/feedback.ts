import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFeedbackProblem, type Feedback } from '../../runtime/feedback-check.ts';
import { saveFeedback } from '../../runtime/node/feedback-store.ts';
import { matchFeedback } from '../../runtime/node/match-feedback.ts';
import { readFeedbackEvent, type FeedbackEvent } from '../../runtime/node/pending-feedback.ts';
import type { PoetDiagnostic } from '../../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { CliFault } from '../cli-fault.ts';
import { findFunction } from '../find-function.ts';
import { entriesOf, findRootOf, openProjectStore } from '../project.ts';
import type { Report, Session } from '../report.ts';
import { findRuntimeRootOf } from '../runtime-root.ts';
import { plural } from '../table.ts';

export interface FeedbackOptions {
  readonly root?: string;
  readonly package?: string;
  readonly execution?: string;
  readonly key?: string;
  readonly type?: string;
  readonly rating?: string;
  readonly label?: string;
  readonly cost?: string;
  readonly metric?: string[];
  readonly comments?: string;
  readonly suggestion?: string[];
}

/** `poet feedback <function>` records; `poet feedback` alone matches what is pending with its executions. */
export async function runFeedback(session: Session, options: FeedbackOptions, name: string | undefined): Promise<Report> {
  const root = findRuntimeRootOf(session, options.root);
  return name === undefined ? match(root) : record(session, options, root, name);
}

async function record(session: Session, options: FeedbackOptions, root: string, name: string): Promise<Report> {
  const fn = name.includes('#') ? name : findFunction(name, entriesOf(openProjectStore(session)).map((entry) => entry.targetId));
  const given = readGiven(options);
  const found = findFeedbackProblem(given);
  const read = found === undefined ? readFeedbackEvent({ target: fn, ...given }, Date.now()) : { problem: found };
  if (read.problem !== undefined) throw new CliFault(2, makeDiagnostic('POET8142', { fn, found: read.problem }));
  const packageName = options.package ?? readPackageName(session);
  try {
    const { id, isNew } = await saveFeedback(root, read.event as Parameters<typeof saveFeedback>[1], packageName, options.root === undefined && !process.env['POET_RUNTIME_DIR']);
    return { exitCode: 0, json: { id, isNew, root }, text: `${id}\n`, notes: [isNew ? 'Recorded.' : 'It was there already.'] };
  } catch (error) {
    throw new CliFault(1, makeDiagnostic('POET8144', { path: root, found: error instanceof Error ? error.message : String(error) }));
  }
}

async function match(root: string): Promise<Report> {
  const { matched, waiting, rejected, unread } = await matchFeedback(root);
  const problems: PoetDiagnostic[] = rejected.map(({ file, problem }) => makeDiagnostic('POET8143', { path: file, found: problem.slice(0, 200) }));
  problems.push(...unread.map(({ file, problem }) => makeDiagnostic('POET8141', { path: file, expected: 'a file that can be read', found: problem.slice(0, 200) })));
  const line = (state: string, { payload }: FeedbackEvent): string => `${state}\t${payload.function_name}\t${payload.execution_id ?? payload.key ?? ''}\t${payload.feedback_type}\n`.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' ');
  return {
    exitCode: 0,
    json: { matched: matched.map(({ feedback }) => feedback), waiting, rejected, unread },
    text: matched.map(({ feedback }) => line('matched', feedback)).join('') + waiting.map((event) => line('waiting', event)).join(''),
    notes: [`${plural(matched.length, 'execution')} found; ${waiting.length} waiting, ${rejected.length} rejected.`],
    problems,
  };
}

function readGiven(options: FeedbackOptions): Feedback {
  const number = (option: string, text: string): number => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!Number.isFinite(value)) throw new CliFault(2, makeDiagnostic('POET8140', { option, expected: 'a number', found: text, command: 'feedback' }));
    return value;
  };
  const metrics = options.metric?.map((text): [string, number] => {
    const at = text.indexOf('=');
    if (at <= 0) throw new CliFault(2, makeDiagnostic('POET8140', { option: '--metric', expected: 'a name and a number, such as error_rate=0.1', found: text, command: 'feedback' }));
    return [text.slice(0, at), number('--metric', text.slice(at + 1))];
  });
  const { execution, key, type, rating, label, cost, comments, suggestion } = options;
  return {
    ...(execution !== undefined && { executionId: execution }),
    ...(key !== undefined && { key }),
    ...(type !== undefined && { type: type as NonNullable<Feedback['type']> }),
    ...(rating !== undefined && { rating: number('--rating', rating) }),
    ...(label !== undefined && { label: readLabel(label) }),
    ...(cost !== undefined && { cost: number('--cost', cost) }),
    ...(metrics !== undefined && { metrics: Object.fromEntries(metrics) }),
    ...(comments !== undefined && { comments }),
    ...(suggestion !== undefined && { suggestions: suggestion }),
  };
}

function readLabel(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
}

function readPackageName(session: Session): string | undefined {
  try {
    const json: unknown = JSON.parse(readFileSync(join(findRootOf(session), 'package.json'), 'utf8'));
    return typeof json === 'object' && json !== null && 'name' in json && typeof json.name === 'string' ? json.name : undefined;
  } catch {
    return undefined; // none there: the feedback goes to the folder of those without a package
  }
}
