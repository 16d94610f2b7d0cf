/** The few things that the core takes from whatever platform it runs on; every one of them may be missing. */
interface Platform {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  readonly performance?: { now(): number };
  readonly console?: { warn(message: string): void };
  readonly crypto?: { getRandomValues(array: Uint32Array): unknown };
}

// The core is compiled without the types of Node and of browsers, so that it cannot come to need them.
const platform = globalThis as Platform;

/** A variable of the environment; undefined where it is not set, empty, or where there is no environment. */
export function readEnvironment(name: string): string | undefined {
  try {
    return platform.process?.env?.[name] || undefined;
  } catch {
    return undefined; // a platform that asks for a permission first; the variable counts as not set
  }
}

/** Taken once: the global is a getter, which costs as much as the clock itself. */
const ticker = platform.performance;

/** Milliseconds from some start; never goes backwards where the platform has such a clock. */
export function tickMs(): number {
  return ticker === undefined ? Date.now() : ticker.now();
}

/** One line to the people who run the process: stderr in Node. */
export function printWarning(line: string): void {
  try {
    platform.console?.warn(line);
  } catch {
    // A closed or replaced console must not become the application's failure; there is nobody left to tell.
  }
}

export function fillRandom(words: Uint32Array): void {
  if (platform.crypto !== undefined) {
    platform.crypto.getRandomValues(words);
    return;
  }
  for (let i = 0; i < words.length; i++) words[i] = Math.random() * 0x100000000;
}
