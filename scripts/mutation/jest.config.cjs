// Only the tests of the policies that need no compiler and no socket; Stryker runs them for each mutant.
module.exports = {
  ...require('../../jest.config.cjs'),
  rootDir: '../..',
  testMatch: ['<rootDir>/test/policy-{operate,parts,events}.test.ts'],
  testSequencer: '<rootDir>/scripts/mutation/parts-first.cjs',
};
