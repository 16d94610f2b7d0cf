// One contender in a process of its own, in the compiled project: node contender.mjs <module> <function>; the parent says what to do, one thing after the other.
// So nobody pays for another one's garbage and timers, and processor time can be told apart.
import { attempts, bookkeeping, script } from './dist/backend.js';
import { makeOrder } from './orders.mjs';

const charge = (await import(`./dist/${process.argv[2]}.js`))[process.argv[3]];
const orders = Array.from({ length: 64 }, (_, i) => makeOrder(i));

/** Five of a hundred calls fail: a fault that passes, one that stays, and one of the author's business. */
async function decide() {
  bookkeeping.on = true;
  const calls = Array.from({ length: 400 }, (_, i) => makeOrder(i));
  calls.forEach((order, i) => { if (i % 20 === 3) script.set(order.id, i % 60 === 3 ? { failures: 1, code: 'ECONNRESET' } : i % 60 === 23 ? { failures: 9, code: 'ECONNRESET' } : { failures: 9, code: 'EBUSINESS' }); });
  const results = await Promise.all(calls.map((order) => charge(order).then((r) => `ok ${r.total}`, (e) => e.code)));
  bookkeeping.on = false;
  return calls.map((order, i) => `${results[i]} after ${attempts.get(order.id)}`).join('\n');
}

/** Nanoseconds a call. */
async function work({ width, calls }) {
  const cpu = process.cpuUsage();
  const started = process.hrtime.bigint();
  if (width === 1) for (let i = 0; i < calls; i++) await charge(orders[i & 63]);
  else for (let done = 0; done < calls; done += width) await Promise.all(Array.from({ length: width }, (_, i) => charge(orders[i & 63])));
  const wall = Number(process.hrtime.bigint() - started);
  const { user, system } = process.cpuUsage(cpu);
  return { wall: wall / calls, cpu: ((user + system) * 1_000) / calls };
}

/** Timers that `calls` calls in flight take, in a process that has not made any yet; long enough for all that a limit of five seconds sets. */
async function countTimers({ calls }) {
  const atOnce = bookkeeping.answer;
  bookkeeping.answer = new Promise((resolve) => { setTimeout(resolve, 400); });
  const real = { setTimeout: globalThis.setTimeout, setInterval: globalThis.setInterval };
  let timers = 0;
  for (const name of Object.keys(real)) globalThis[name] = (...args) => { timers++; return real[name](...args); };
  await Promise.all(Array.from({ length: calls }, (_, i) => charge(orders[i & 63])));
  Object.assign(globalThis, real);
  bookkeeping.answer = atOnce;
  return timers;
}

const jobs = { decide, work, countTimers };
process.on('message', ({ job, ...rest }) => {
  Promise.resolve(jobs[job](rest)).then((result) => process.send({ result }), (error) => process.send({ error: String(error?.stack ?? error) }));
});
process.send({ result: 'ready' });
