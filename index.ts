/** `poetc`: the mark, and the options it takes. */
export { poet } from './runtime/poet.ts';
export type { Poet, PoetDecorator } from './runtime/poet.ts';
export type { Domain, EnforceMode, Objective, PerceiveMode, PoetOptions } from './records/options.ts';
