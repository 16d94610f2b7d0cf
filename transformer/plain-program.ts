import type { Ts } from './types.ts';

/** Makes a program as the compiler itself does: under ts-patch `ts.createProgram` puts the options of tsconfig.json back and runs plugins, ours among them. */
export function plainCreateProgram(ts: Ts): Ts['createProgram'] {
  return (ts as Ts & { readonly originalCreateProgram?: Ts['createProgram'] }).originalCreateProgram ?? ts.createProgram;
}
