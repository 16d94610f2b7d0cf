import type { FunctionShape, Json, Law, Run, Sample } from './format.ts';

/** What became of one law. */
export interface LawResult {
  readonly law: string;
  readonly why: string;
  /** Samples on which it was tried: all of them where it holds. */
  readonly runs: number;
  /** Why it does not hold, with the last call; absent where it holds. */
  readonly broken?: string;
}

/**
 * Holds an implementation against the laws that speak of it. Self-contained: its text travels into the sandbox together with laws.ts.
 *
 * @param seed any whole number; the same one gives the same samples
 * @param runs samples a law
 */
export function runLaws(laws: readonly Law[], fn: FunctionShape, run: Run, seed: number, runs: number): LawResult[] {
  return laws.filter((law) => law.applies(fn)).map((law) => {
    for (let i = 0; i < runs; i += 1) {
      // Put into words only where it is needed: printing costs more than most laws.
      let last: { readonly args: readonly unknown[]; readonly result?: { readonly value: unknown } } | undefined;
      const watched: Run = (...args) => {
        args.forEach(freeze);
        last = { args };
        const value = run(...args);
        last = { args, result: { value } };
        return value;
      };
      try {
        law.property(watched, makeSample(seed + i * 7919), fn);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { law: law.name, why: law.why, runs: i + 1, broken: last === undefined ? message : `${message}; ${showCall(fn.name, last)}` };
      }
    }
    return { law: law.name, why: law.why, runs };
  });
}

/** Of long lists the beginning. */
const MAX_SHOWN = 24;

function showCall(name: string, { args, result }: { readonly args: readonly unknown[]; readonly result?: { readonly value: unknown } }): string {
  const shorten = (value: unknown): string => (Array.isArray(value) && value.length > MAX_SHOWN ? `[${value.slice(0, MAX_SHOWN).map(show).join(', ')}, … ${value.length - MAX_SHOWN} more]` : show(value));
  return `${name}(${args.map(shorten).join(', ')})${result === undefined ? '' : ` returned ${shorten(result.value)}`}`;
}

/** What leaves a property before its end: the next answer is not there yet. */
const WAITING = { waiting: true };

/** A function under trial as it ships, its checks included. */
export interface Subject {
  readonly call: (...args: unknown[]) => unknown;
  /** Whether these arguments are none of the function's: another version of it, which is trusted, refuses them as well. */
  isOutside(args: readonly unknown[]): Promise<boolean>;
}

/**
 * Holds a whole function against one law, as `runLaws` does with a body. Answers may be promises: the property then starts again from the
 * beginning, with the answers that are there, and gets one further. What the function does to its arguments is seen by comparing
 * them: frozen ones would tell it that it is on trial.
 *
 * @returns with `runs` without the samples whose arguments were outside of the contract
 */
export async function tryLaw(law: Law, fn: FunctionShape, { call, isOutside }: Subject, seed: number, runs: number): Promise<LawResult> {
  let tried = 0;
  for (let i = 0; i < runs; i += 1) {
    const answers: ({ readonly value: unknown } | { readonly error: unknown })[] = [];
    let last: { readonly args: readonly unknown[]; readonly result?: { readonly value: unknown } } | undefined;
    let late: { readonly args: readonly unknown[]; readonly before: string; readonly promise: PromiseLike<unknown> } | undefined;
    let refused: readonly unknown[] | undefined;
    let changed = false;
    const note = (args: readonly unknown[], before: string, answer: { readonly value: unknown } | { readonly error: unknown }): void => {
      answers.push(answer);
      last = 'value' in answer ? { args, result: answer } : { args };
      changed ||= args.map(show).join() !== before;
      if ('error' in answer && (answer.error as { name?: unknown } | null)?.name === 'PerceiveError') refused = args;
    };
    let broken: string | undefined;
    for (let again = true; again;) {
      again = false;
      let at = 0;
      const watched: Run = (...args) => {
        if (at === answers.length) {
          const before = args.map(show).join();
          let value: unknown;
          try {
            value = call(...args);
          } catch (error) {
            note(args, before, { error });
            at += 1;
            throw error;
          }
          if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') {
            late = { args, before, promise: value as PromiseLike<unknown> };
            throw WAITING;
          }
          note(args, before, { value });
        }
        const answer = answers[at] as (typeof answers)[number];
        at += 1;
        if ('error' in answer) throw answer.error;
        return answer.value;
      };
      try {
        law.property(watched, makeSample(seed + i * 7919), fn);
      } catch (error) {
        if (late === undefined) broken = error instanceof Error ? error.message : String((error as { message?: unknown } | null)?.message ?? error);
      }
      if (late !== undefined) {
        const { args, before, promise } = late;
        late = undefined;
        again = true;
        try {
          note(args, before, { value: await promise });
        } catch (error) {
          note(args, before, { error });
        }
      }
    }
    if (refused !== undefined && await isOutside(refused)) continue;
    tried += 1;
    if (changed) broken = 'it changes its arguments';
    if (broken !== undefined) return { law: law.name, why: law.why, runs: tried, broken: last === undefined ? broken : `${broken}; ${showCall(fn.name, last)}` };
  }
  return { law: law.name, why: law.why, runs: tried };
}

/** As `runCalls`, for a function that may answer later. */
export async function tryCalls(call: Run, calls: readonly (readonly Json[])[]): Promise<string[]> {
  const found: string[] = [];
  for (const args of calls) {
    try {
      found.push(show(await call(...args)));
    } catch (error) {
      found.push(`throws ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return found;
}

/** Results of calls as texts: what JSON cannot say (`undefined`, `NaN`) can be told apart. */
export function runCalls(run: Run, calls: readonly (readonly Json[])[]): string[] {
  return calls.map((args) => {
    try {
      return show(run(...args));
    } catch (error) {
      return `throws ${error instanceof Error ? error.message : String(error)}`;
    }
  });
}

/** Keys in order, so that equal values print alike. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : typeof value === 'function' ? 'a function' : String(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}: ${show((value as Record<string, unknown>)[key])}`).join(', ')}}`;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const key of Object.keys(value)) freeze((value as Record<string, unknown>)[key]);
}

const LETTERS = 'abcXYZ019 ,;:=<>"\'/\\-_.%\u00e9\u4e16\t';

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state are plenty here. */
function makeSample(seed: number): Sample {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (minimum: number, maximum: number): number => minimum + Math.floor(next() * (maximum - minimum + 1));
  const pick = <T>(items: readonly T[]): T => items[integer(0, items.length - 1)] as T;
  const list = <T>(maxLength: number, make: () => T): T[] => Array.from({ length: integer(0, maxLength) }, make);
  return { integer, pick, list, boolean: () => next() < 0.5, text: (maxLength) => list(maxLength, () => LETTERS[integer(0, LETTERS.length - 1)] as string).join('') };
}
