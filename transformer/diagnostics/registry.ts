import type { Level, PoetDiagnostic } from './diagnostic.ts';

/**
 * Codes are forever: retire, never reuse.
 * 1xxx discover, 2xxx plan and contract, 3xxx generate, 4xxx verify, 5xxx store, 6xxx emit, 7xxx runtime, 8xxx hosts and tools.
 */
export const CODES = {
  POET1004: { level: 'error', text: '@poet {fn}: generators are not supported', hint: 'mark the function that consumes it' },
} as const satisfies Record<`POET${number}`, { level: Level; text: string; hint: string }>;

export type Code = keyof typeof CODES;

type Holes<S> = S extends `${string}{${infer K}}${infer R}` ? K | Holes<R> : never;
/** The holes of a code's text and hint; a forgotten one does not compile. */
export type Args<C extends Code> = Record<Holes<(typeof CODES)[C]['text' | 'hint']>, string | number>;

/** Makes a diagnostic from the registry. `where` is spread as it is. */
export function makeDiagnostic<C extends Code>(
  code: C,
  args: Args<C>,
  where: Pick<PoetDiagnostic, 'file' | 'start' | 'length' | 'line' | 'column'> = {},
): PoetDiagnostic {
  const fill = (s: string): string => s.replace(/\{(\w+)\}/g, (_, k: string) => String((args as Record<string, string | number>)[k]));
  const { level, text, hint } = CODES[code];
  return { code, level, text: fill(text), hint: fill(hint), ...where };
}
