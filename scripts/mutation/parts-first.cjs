// The quick tests first: after a failure the rest is not run.
const Sequencer = require('@jest/test-sequencer').default;

const ORDER = ['parts', 'events', 'operate'];
const rank = ({ path }) => ORDER.findIndex((name) => path.includes(`policy-${name}`));

module.exports = class extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => rank(a) - rank(b));
  }
};
