/** Programs that run inside the tests: they note what enhanced functions record, and in which test. */

const BODY = `
const seen = new Map();
function note(event) {
  const { payload, type } = event;
  const findings = payload.violations ?? payload.corrections ?? (payload.error ? [{ path: payload.phase, expected: '', received: String(payload.error.message ?? payload.error) }] : undefined);
  if (findings === undefined) return;
  const where = locate();
  // A loop over a thousand bad values says nothing more than its first ones.
  const key = where.test + type + payload.function_name;
  const count = (seen.get(key) ?? 0) + 1;
  seen.set(key, count);
  if (count > 3) return;
  appendFileSync(process.env.CORPUS_EVENTS + '/' + process.pid + '.jsonl', JSON.stringify({ ...where, type, function: payload.function_name, findings: findings.slice(0, 5) }) + '\\n');
}
function locate() {
  const state = globalThis.expect?.getState?.() ?? own?.getState?.() ?? {};
  return { test: state.currentTestName ?? '', file: state.testPath ?? process.argv[1] ?? '' };
}
`;

/** Jest, Mocha and node:test. */
export const PROBE_CJS = `const { appendFileSync } = require('node:fs');
let own;
const { configure, onEvent } = require('poetc/runtime');
${BODY}
configure({ recordValues: true });
onEvent(note);
`;

export const PROBE_ESM = `import { appendFileSync } from 'node:fs';
import { expect as own } from 'vitest';
import { configure, onEvent } from 'poetc/runtime';
${BODY}
configure({ recordValues: true });
onEvent(note);
`;

/** A reporter for node:test: one line a test. */
export const NODE_REPORTER = `
export default async function* report(source) {
  const names = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') { names.length = data.nesting; names[data.nesting] = data.name; }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    const name = [...names.slice(0, data.nesting), data.name].join(' ');
    const status = data.skip !== undefined || data.todo !== undefined ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed';
    const error = data.details?.error;
    yield '@@corpus ' + JSON.stringify({ file: data.file ?? '', name, status, message: String(error?.cause?.stack ?? error?.cause?.message ?? error?.message ?? '') }) + '\\n';
  }
}
`;
