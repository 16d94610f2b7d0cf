import type { EnforceMode, PerceiveMode } from '../../records/options.ts';
import { amount, bool, field, int, listOf, oneOf, part, share, text, type ValuesOf } from './field.ts';
import { OPTION_CHECKS } from './option-checks.ts';

export type ProviderName = 'builtin' | 'anthropic' | 'openai-compatible' | 'replay';

/** Every key of `poet.config.json`. The reader, the JSON Schema and the type all come from here. */
export const CONFIG_FIELDS = {
  perceive: field<PerceiveMode>('correct', 'What Perceive does with arguments outside the contract: "correct" repairs the unambiguous and throws for the rest, "strict" throws, "observe" reports and changes nothing.', OPTION_CHECKS.perceive),
  enforce: field<EnforceMode | undefined>(undefined, 'What Enforce does with a result outside the contract. Not set: functions without effects throw, all others report.', OPTION_CHECKS.enforce),
  onMiss: field<'generate' | 'original' | 'error'>('generate', 'What a build does about a target without a usable version: make one (with the provider), emit the author\'s own code, or fail. POET_FROZEN=1 means "error".', oneOf('generate', 'original', 'error')),
  provider: field<ProviderName | undefined>(undefined, 'Who writes versions that are missing. "builtin" is deterministic and works offline; it also writes what a model does not. Not set: "anthropic" where ANTHROPIC_API_KEY and its SDK are there, else "builtin". Under CI builds ask no model.', oneOf('builtin', 'anthropic', 'openai-compatible', 'replay')),
  model: {
    name: field<string | undefined>(undefined, 'Model that the provider is asked for, pinned: versions say which one wrote them. Needed by every provider that is configured but "builtin" and "replay".', text('the name of a model', /^[\w./:@-]{1,200}$/)),
    baseUrl: field<string>('http://localhost:11434/v1', 'Where "openai-compatible" is, up to and including /v1.', text('an http(s) address', /^https?:\/\/[^\s@]+$/)),
    replay: field<string>('.poet-replay', 'Folder of recorded answers for "replay", relative to this file.', text('a path', /^[^\0]{1,1000}$/)),
    concurrency: field<number>(8, 'Answers that are waited for at once.', int(1, 50)),
    requestsPerMinute: field<number>(1_000, 'Requests that are sent within any minute, repeated ones included.', int(1, 100_000)),
    timeoutMs: field<number>(60_000, 'Time for one answer with all its repetitions, milliseconds. Slow local models may need more.', int(100, 3_600_000)),
    retries: field<number>(4, 'How often a request is repeated after a fault that may pass (429, 5xx, a lost connection), within timeoutMs.', int(0, 20)),
    maxCostUsd: field<number | undefined>(undefined, 'What one build or one run of poet generate may cost, refused answers and repetitions included. A model without a price makes this an error.', amount()),
    maxTokens: field<number | undefined>(undefined, 'Tokens that one build or one run of poet generate may use, input and output.', int(1, 1_000_000_000)),
    inputUsdPerMillion: field<number | undefined>(undefined, 'Price of a million input tokens; needed for models that poetc has no price of.', amount()),
    outputUsdPerMillion: field<number | undefined>(undefined, 'Price of a million output tokens.', amount()),
    alertFailureRate: field<number>(0.5, 'Share of the functions asked for that may fail before a build says so in a line of its own (four functions at least).', share()),
  },
  verifyOnBuild: field<boolean>(false, 'Whether every build proves the behaviour of what it emits by running it in the sandbox, as poet check does. Slower by about a third of a second for each function that has no record on this machine.', bool()),
  requireExecution: field<boolean>(false, 'Whether a function whose behaviour could not be executed in the sandbox counts as failed. Otherwise it counts as unproven, and is named.', bool()),
  verify: {
    inputs: field<number>(100, 'Inputs that original and enhanced function are both run on.', int(10, 100_000)),
    maxSizeRatio: field<number>(10, 'How many times as long as the author\'s function code.ts may be. Up to 4 kB are always allowed.', int(1, 1_000)),
    maxTimeRatio: field<number>(10, 'How many times the processor time of the original a call may take. Up to 50 µs more a call are always allowed.', int(1, 1_000)),
  },
  redact: field<readonly string[]>([], 'Paths of values that no message, event or version may show, e.g. "$input.card.number".', listOf(text('a path such as $input.card.number', /^\$(?:input|output)(?:\.[\w$*]+|\[(?:\d+|\*)\])*$/))),
  defaults: {
    retries: field<number | undefined>(undefined, 'Attempts after the first, for targets that do not say. Asynchronous functions only.', OPTION_CHECKS.retries),
    timeoutMs: field<number | undefined>(undefined, 'Total time limit of one call in milliseconds, for targets that do not say. Asynchronous functions only.', OPTION_CHECKS.timeoutMs),
    attemptMs: field<number | undefined>(undefined, 'Time limit of each attempt in milliseconds, for targets that do not say. Asynchronous functions only.', OPTION_CHECKS.attemptMs),
    breaker: field<boolean | undefined>(undefined, 'Circuit breaker, for targets that do not say.', OPTION_CHECKS.breaker),
    concurrent: field<number | undefined>(undefined, 'Calls of one function that run at once, for targets that do not say. Asynchronous functions only.', OPTION_CHECKS.concurrent),
    queue: field<number | undefined>(undefined, 'Calls that wait for their turn where "concurrent" limits them, for targets that do not say.', OPTION_CHECKS.queue),
  },
  breaker: {
    failureRate: field<number | undefined>(undefined, 'Share of failed calls in the window at which a breaker opens. Not set: the domain\'s, else 0.5.', part()),
    minimumCalls: field<number | undefined>(undefined, 'With fewer calls in the window the rates say nothing. Not set: the domain\'s, else 20.', int(1, 1_000_000)),
    windowMs: field<number | undefined>(undefined, 'Length of the window in milliseconds. Not set: the domain\'s, else 30000.', int(10, 86_400_000)),
    openMs: field<number | undefined>(undefined, 'How long an open breaker refuses before it lets a call through, in milliseconds. Not set: the window.', int(1, 86_400_000)),
    probes: field<number>(1, 'Calls that are let through then, and must all succeed for the breaker to close.', int(1, 1_000)),
    consecutive: field<number | undefined>(undefined, 'A breaker opens as well after so many failures in a row. Not set: it does not count them.', int(1, 1_000_000)),
    slowMs: field<number | undefined>(undefined, 'A call of at least so many milliseconds is slow. Not set: none is.', int(1, 86_400_000)),
    slowRate: field<number>(0.5, 'Share of slow calls in the window at which a breaker opens. Needs "slowMs".', part()),
  },
} as const;

/** `poet.config.json` after defaults. */
export type PoetConfig = ValuesOf<typeof CONFIG_FIELDS>;
