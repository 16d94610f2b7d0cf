// Every execution an event, in the compiled project: node measure-events.mjs batched|immediate <slices> <calls>. Prints nanoseconds an event, ours and a peer's, in turn.
import { openSync, writeSync } from 'node:fs';
import { configure, flushEvents, onEvent } from 'poetc/runtime';
import { totalOfOrder } from './dist/total.js';
import { makeOrder } from './orders.mjs';

const [, , durability, slices, calls] = process.argv;
const CALLS = Number(calls);
const orders = Array.from({ length: 64 }, (_, i) => makeOrder(i));
configure({ events: 'all', durability, maxEventsMb: 1_000_000 });
let sample;
const stop = onEvent((event) => { sample = event; });
totalOfOrder(orders[0]);
stop();

const peerFile = openSync(process.env.BENCH_PEER, 'a');
const contenders = {
  poetc: () => { for (let i = 0; i < CALLS; i++) totalOfOrder(orders[i & 63]); },
  // An event that somebody else has made already.
  peer: () => { for (let i = 0; i < CALLS; i++) writeSync(peerFile, `${JSON.stringify(sample)}\n`); },
};
const found = { poetc: [], peer: [] };
for (let slice = 0; slice < Number(slices); slice++) {
  for (const name of slice % 2 === 0 ? ['poetc', 'peer'] : ['peer', 'poetc']) {
    const cpu = process.cpuUsage();
    const started = process.hrtime.bigint();
    contenders[name]();
    const wall = Number(process.hrtime.bigint() - started);
    const { user, system } = process.cpuUsage(cpu);
    found[name].push({ wall: wall / CALLS, cpu: ((user + system) * 1_000) / CALLS });
  }
}
flushEvents();
process.stdout.write(JSON.stringify({ found, events: Number(slices) * CALLS + 1, bytes: JSON.stringify(sample).length }));
