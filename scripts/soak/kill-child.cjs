// A process under load that dies at a chosen instant: node kill-child.cjs <plan as JSON>. It writes what was emitted (m <event>),
// acknowledged (a: all events of this process above; f <feedback>; s <version of state> <value>) to a file of its own, which a kill cannot take back.
const fs = require('node:fs');
const promises = require('node:fs/promises');
const { join } = require('node:path');

const plan = JSON.parse(process.argv[2]);
const { writeSync, openSync } = fs;
const die = () => process.kill(process.pid, 'SIGKILL');
const book = openSync(plan.book, 'a');
const note = (line) => writeSync(book, `${line}\n`);
note('p');

let seen = 0;
/** Whether this is the operation to die in. */
const isDue = (step) => plan.step === step && ++seen === plan.nth;

fs.writeSync = (descriptor, data, ...rest) => {
  if (isDue('write')) {
    const [offset = 0, length = data.length - offset] = rest;
    const bytes = typeof data === 'string' ? Buffer.from(data) : data.subarray(offset, offset + length);
    note('cut');
    writeSync(descriptor, bytes, 0, Math.max(1, Math.min(bytes.length - 1, Math.floor(bytes.length * plan.cut))));
    die();
  }
  return writeSync(descriptor, data, ...rest);
};
for (const name of ['openSync', 'closeSync', 'renameSync', 'unlinkSync', 'ftruncateSync', 'fsyncSync', 'mkdirSync']) {
  const real = fs[name];
  fs[name] = (...args) => {
    const due = isDue(name);
    if (due && plan.cut < 0.5) die();
    const result = real(...args);
    if (due) die();
    return result;
  };
}
for (const name of ['open', 'rename', 'rm', 'link']) {
  const real = promises[name];
  promises[name] = async (...args) => {
    const due = isDue(`${name}Promise`);
    if (due && plan.cut < 0.5) die();
    const result = await real(...args);
    if (due) die();
    if (name === 'open') dieInHandle(result);
    return result;
  };
}
function dieInHandle(handle) {
  const { writeFile, sync } = handle;
  handle.writeFile = async (text) => {
    if (isDue('writePromise')) {
      const bytes = Buffer.from(text);
      note('cut');
      await writeFile.call(handle, bytes.subarray(0, Math.max(1, Math.floor(bytes.length * plan.cut))));
      die();
    }
    return writeFile.call(handle, text);
  };
  handle.sync = async () => {
    const due = isDue('syncPromise');
    if (due && plan.cut < 0.5) die();
    await sync.call(handle);
    if (due) die();
  };
}

// Segments are sealed by age: a clock that runs makes them old. The offset outlives the process, so that ids stay in order.
const realNow = Date.now;
let ahead = plan.aheadMs;
Date.now = () => realNow() + ahead;

const R = require(join(plan.dist, 'runtime.node.cjs'));
const E = require(join(plan.dist, 'events.cjs'));
const S = require(join(plan.dist, 'state.cjs'));
R.configure({ events: 'all', durability: plan.mode });
const target = R.openTarget({ id: 'src/a.ts#f', name: 'f', module: 'src/a.ts', version: 'v1', hash: 'h', package: '@acme/app' });
const call = (size) => { const x = R.begin(target); R.failed(target, x, new Error('x'.repeat(size))); };
R.onEvent((event) => note(`m ${event.id} ${event.type === 'function.feedback' ? 'feedback' : ''}`));
const statePlace = { root: plan.root, packageName: '@acme/app', functionName: 'src/a.ts#f', codeVersion: 'v1', parameters: { n: { initial: 0, min: 0, max: 1e9, unit: '' } } };
const f = () => { const x = R.begin(target); R.finish(target, x); };

void (async () => {
  console.log('ready');
  for (let round = 0; ; round++) {
    for (let i = 0; i < 20; i++) call((i * 37 + round) % 900);
    if (plan.mode === 'immediate') note('a');
    else if (round % 2 === 0) { R.flushEvents(); if (plan.mode === 'batched') note('a'); }
    if (round % 4 === 0) {
      const { executionId } = R.traced(f);
      const { id } = await R.feedback('f', { executionId, rating: round, comments: 'c'.repeat(500) });
      note(`f ${id}`);
    }
    if (round % 8 === 2) {
      const { version, values } = await S.updateState(statePlace, ({ n }) => ({ n: n + 1 }), { by: 'the soak', reason: 'one more' });
      note(`s ${version} ${values.n}`);
    }
    if (round % 8 === 3) ahead += 301_000;
    if (round % 16 === 7) await E.keepHouse(plan.root, { nowMs: Date.now(), retentionDays: 30, compressAfterDays: 0.001 });
    if (round % 32 === 15) await E.matchFeedback(plan.root);
    fs.writeFileSync(`${plan.book}.ahead`, String(ahead));
    if (round % 3 === 0) await new Promise((resume) => setImmediate(resume));
    if (plan.rounds !== undefined && round >= plan.rounds) return;
  }
})();
