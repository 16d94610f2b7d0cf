// Runs in the compiled project: node measure.mjs <shape>. Prints nanoseconds a call, one number a round and contender.
import { invalid, valid } from './dist/samples.js';

const shape = process.argv[2];
const ROUNDS = 40;
const CALLS = 20_000;

const contenders = {};
for (const name of ['bare', 'poetc', 'typia', 'zod', 'zod-compiled', 'typebox', 'ajv']) {
  const fn = (await import(`./dist/${name}.js`))[shape];
  if (fn !== undefined) contenders[name] = fn;
}
const refusers = {
  'poetc-observe': (await import('./dist/poetc-observe.js'))[shape],
  zod: (await import('./dist/zod.js')).refuse[shape],
  typia: (await import('./dist/typia.js')).refuse[shape],
};

// A loop for each contender: one shared by all would call through a place that has seen every one of them.
const makeLoop = (arity) => new Function('fn', 'inputs', 'calls', `
  let sink = 0;
  for (let i = 0; i < calls; i++) { const input = inputs[i & 63]; const result = fn(${arity === 1 ? 'input[0]' : 'input[0], input[1]'}); if (result !== undefined) sink++; }
  return sink;
`);

function measureAll(fns, inputs, calls, rounds) {
  const loops = Object.entries(fns).map(([name, fn]) => ({ name, fn, loop: makeLoop(inputs[0].length), ns: [] }));
  for (let warm = 0; warm < 8; warm++) for (const { loop, fn } of loops) loop(fn, inputs, calls);
  for (let round = 0; round < rounds; round++) {
    for (let k = 0; k < loops.length; k++) {
      const one = loops[(k + round) % loops.length];
      const started = process.hrtime.bigint();
      const sink = one.loop(one.fn, inputs, calls);
      const ns = Number(process.hrtime.bigint() - started) / calls;
      if (sink !== calls) throw new Error(`${one.name} returned nothing`);
      one.ns.push(ns);
    }
  }
  return Object.fromEntries(loops.map(({ name, ns }) => [name, ns]));
}

for (const [name, fn] of Object.entries(contenders)) {
  for (const input of valid[shape]) {
    const result = JSON.stringify(fn(...input));
    const wanted = JSON.stringify(contenders.bare(...input));
    if (result !== wanted) throw new Error(`${name} returns ${result}, the bare function ${wanted}`);
  }
}

let errors = 0;
for (const input of invalid[shape]) {
  try {
    contenders.poetc(...input);
  } catch (error) {
    if (error.name === 'PerceiveError' && /^\$input/.test(error.path)) errors++;
  }
}

console.log(JSON.stringify({
  valid: measureAll(contenders, valid[shape], CALLS, ROUNDS),
  invalid: measureAll(refusers, invalid[shape], CALLS / 4, ROUNDS),
  refused: { calls: invalid[shape].length, errors },
}));
