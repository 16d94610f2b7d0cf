// Calls an enhanced function so many times a second, in a compiled project: node load-child.mjs <rate> <seconds>. Every twentieth call meets a fault: one
// that passes, one that stays, or one of the author's business. Ten times a second somebody says how an execution turned out.
import { feedback, traced } from 'poetc/runtime';
import { charge, faults } from './dist/charge.js';

const [, , rate, seconds] = process.argv.map(Number);
const TICK_MS = 5;
/** More than these are not started at once, however late we are. */
const MOST = 1_000;
const orders = Array.from({ length: 64 }, (_, i) => ({ id: `o${i}`, lines: [{ quantity: i, price: 2.5 }, { quantity: 1, price: i }] }));
const KINDS = [{ failures: 1, code: 'ECONNRESET' }, { failures: 9, code: 'ECONNRESET' }, { failures: 9, code: 'EBUSINESS' }];
const counts = { calls: 0, ended: 0, failed: 0, faults: 0, wrong: 0, feedbackSent: 0, feedbackRefused: 0 };
const done = () => { counts.ended++; };

function callOnce(n) {
  counts.calls++;
  if (n % 20 !== 3) { charge(orders[n & 63]).then(done, () => { counts.wrong++; }); return; }
  const kind = KINDS[Math.floor(n / 20) % 3];
  const order = { ...orders[n & 63] };
  faults.set(order, { ...kind });
  counts.faults++;
  charge(order).then(done, (error) => { counts.ended++; counts.failed++; if (error.code !== kind.code || kind.failures === 1) counts.wrong++; });
}

async function tell(n) {
  const { value, executionId } = traced(charge, orders[n & 63]);
  counts.calls++;
  await value;
  done();
  try {
    const { id } = await feedback('src/charge.ts#charge', { executionId, rating: (n % 10) / 10, comments: `number ${n}` });
    counts.feedbackSent++;
    process.send({ feedback: id, executionId });
  } catch (error) {
    counts.feedbackRefused++;
    process.send({ problem: String(error) });
  }
}

const started = performance.now();
let n = 0;
const ticks = setInterval(() => {
  const due = Math.floor(((performance.now() - started) * rate) / 1_000);
  // What the machine did not let us do in time is not made up for in one go.
  for (const end = Math.min(due, n + MOST); n < end; n++) callOnce(n);
  if (performance.now() - started < seconds * 1_000) return;
  clearInterval(ticks);
  clearInterval(labels);
  clearInterval(reports);
  setTimeout(() => { process.send({ ...report(), isLast: true }, () => { process.exitCode = 0; process.disconnect(); }); }, 12_000);
}, TICK_MS);
let label = 0;
const labels = setInterval(() => { void tell(label++); }, 100);
const report = () => ({ seconds: (performance.now() - started) / 1_000, rssMb: process.memoryUsage.rss() / 1_048_576, heapMb: process.memoryUsage().heapUsed / 1_048_576, ...counts });
const reports = setInterval(() => { process.send(report()); }, 1_000);
