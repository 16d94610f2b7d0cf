// Runs in the compiled project: node measure.mjs composed|cockatiel|events. Prints what every contender decided, and nanoseconds a call.
import { attempts, bookkeeping, script } from './dist/backend.js';

const kind = process.argv[2];
const ROUNDS = Number(process.argv[3] ?? 30);
const CALLS = 4_000;
const all = {
  bare: (await import('./dist/bare.js')).charge,
  // Checks alone.
  level1: (await import('./dist/level1.js')).charge,
  poetc: (await import('./dist/poetc.js')).charge,
  // One peer a process: timers and garbage of one would be charged to the other.
  ...(kind === 'cockatiel' ? { cockatiel: (await import('./dist/cockatiel.js')).charge } : { composed: (await import('./dist/composed.js'))[kind === 'events' ? 'chargeLogged' : 'charge'] }),
};

const makeOrder = (i) => ({ id: `o${i}`, customer: `c${i % 7}`, lines: Array.from({ length: 3 }, (_, k) => ({ sku: `s${k}`, quantity: k + 1, price: 2.5 * (i % 11) })), ...(i % 2 === 0 && { note: 'leave at the door' }) });
const orders = Array.from({ length: 64 }, (_, i) => makeOrder(i));

// Five of a hundred calls fail: a fault that passes, one that stays, and one of the author's business.
const decisions = {};
if (kind !== 'events') {
  bookkeeping.on = true;
  for (const [name, charge] of Object.entries(all)) {
    if (name === 'bare' || name === 'level1') continue;
    attempts.clear();
    script.clear();
    const calls = Array.from({ length: 400 }, (_, i) => makeOrder(i));
    calls.forEach((order, i) => { if (i % 20 === 3) script.set(order.id, i % 60 === 3 ? { failures: 1, code: 'ECONNRESET' } : i % 60 === 23 ? { failures: 9, code: 'ECONNRESET' } : { failures: 9, code: 'EBUSINESS' }); });
    const results = await Promise.all(calls.map((order) => charge(order).then((r) => `ok ${r.total}`, (e) => e.code)));
    decisions[name] = calls.map((order, i) => `${results[i]} after ${attempts.get(order.id)}`).join('\n');
  }
  bookkeeping.on = false;
}

async function oneByOne(charge) { for (let i = 0; i < CALLS; i++) await charge(orders[i & 63]); }
async function inFlight(charge, width) {
  for (let done = 0; done < CALLS; done += width) await Promise.all(Array.from({ length: width }, (_, i) => charge(orders[i & 63])));
}

const modes = { one: (charge) => oneByOne(charge), 'in flight, 64': (charge) => inFlight(charge, 64) };
const ns = {};
for (const [mode, work] of Object.entries(modes)) {
  ns[mode] = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  const names = Object.keys(all);
  for (let warm = 0; warm < 4; warm++) for (const name of names) await work(all[name]);
  for (let round = 0; round < ROUNDS; round++) {
    for (let k = 0; k < names.length; k++) {
      const name = names[(k + round) % names.length];
      const started = process.hrtime.bigint();
      await work(all[name]);
      ns[mode][name].push(Number(process.hrtime.bigint() - started) / CALLS);
    }
  }
}

// Ten thousand at once: how many timers does that take?
const setTimer = globalThis.setTimeout;
let timers = 0;
globalThis.setTimeout = (...args) => { timers++; return setTimer(...args); };
await Promise.all(Array.from({ length: 10_000 }, (_, i) => all.poetc(orders[i & 63])));
globalThis.setTimeout = setTimer;

process.stdout.write(JSON.stringify({ decisions, ns, timers }), () => process.exit(0));
