module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.ts$': '<rootDir>/test/esbuild-transform.cjs' },
  testTimeout: 120_000,
  // Jest leaves one core to the terminal; most tests wait for compilers that they started.
  maxWorkers: '100%',
  testSequencer: '<rootDir>/test/slowest-first.cjs',
};
