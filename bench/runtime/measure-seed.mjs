// The seed's figures, in the compiled project: node measure-seed.mjs <executions> <concurrent>. Policies on, every execution an event, batched.
import { configure, flushEvents } from 'poetc/runtime';
import { bookkeeping } from './dist/backend.js';
import { charge } from './dist/poetc.js';
import { makeOrder } from './orders.mjs';

const [, , executions, concurrent] = process.argv.map(Number);
const orders = Array.from({ length: 64 }, (_, i) => makeOrder(i));
configure({ events: 'all', maxEventsMb: 1_000_000 });
for (let i = 0; i < 20_000; i++) await charge(orders[i & 63]);

const cpu = process.cpuUsage();
for (let i = 0; i < executions; i++) await charge(orders[i & 63]);
const { user, system } = process.cpuUsage(cpu);

// 500 callers, each waiting for its answer before it asks again.
const latencies = [];
await Promise.all(Array.from({ length: 500 }, async (_, n) => {
  for (let i = 0; i < 100; i++) {
    const started = performance.now();
    await charge(orders[(n + i) & 63]);
    latencies.push(performance.now() - started);
  }
}));
latencies.sort((a, b) => a - b);
const percentile = (share) => latencies[Math.floor(share * latencies.length)];

// So many at once that none has an answer before all have asked.
let answer;
bookkeeping.answer = new Promise((resolve) => { answer = resolve; });
let inFlight = 0;
const calls = Array.from({ length: concurrent }, (_, i) => { inFlight++; return charge(orders[i & 63]); });
answer();
const ended = (await Promise.allSettled(calls)).filter((each) => each.status === 'fulfilled').length;
flushEvents();
process.stdout.write(JSON.stringify({ cpuSeconds: (user + system) / 1e6, p95: percentile(0.95), p99: percentile(0.99), inFlight, ended, events: 20_000 + executions + 500 * 100 + concurrent }));
