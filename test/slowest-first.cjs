// Of a fresh checkout jest knows no durations, and goes by the size of files: a long suite that begins last keeps one core waiting.
const Sequencer = require('@jest/test-sequencer').default;

const SLOWEST = ['build-model', 'cli-model', 'forms', 'cli', 'build-modes', 'cli-versions', 'stub-model', 'cli-verify', 'injections', 'build-flipped-bytes', 'behaviour-inputs', 'build-tampering', 'cli-init', 'runtime-kill'];
const rank = ({ path }) => { const at = SLOWEST.findIndex((name) => path.endsWith(`/${name}.test.ts`)); return at === -1 ? SLOWEST.length : at; };

module.exports = class extends Sequencer {
  async sort(tests) {
    return [...(await super.sort(tests))].sort((a, b) => rank(a) - rank(b));
  }
};
