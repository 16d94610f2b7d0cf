/** The contract of a function: read from the checker, written as checks. */
export type * from './ir.ts';
export { makeContractReader, makeFunctionContract, type ContractEnv, type ContractReading } from './read-function.ts';
export { contractExports, contractNames, makeContractSource, resultTakesArguments, type SourceEnv } from './source.ts';
export { contractFingerprint } from './fingerprint.ts';
export { describeType } from './describe.ts';
export { readContractNames, readContractScript, type ContractNames } from './script.ts';
