import type { AlertOptions } from './alerts.ts';
import type { AnyEvent, EventMetadata } from '../records/events.ts';
import type { Execution } from './execution.ts';
import type { Repeated } from './policy/repeated.ts';
import type { TargetHandle } from './target.ts';

/** Where events go. Neither function may throw; what cannot be written is counted in `dropped` of the shared state. */
export interface EventSink {
  /** @param packageName of the target; undefined where it has none */
  write(event: AnyEvent, packageName: string | undefined): void;
  /** Everything written so far is handed to the operating system before it returns. */
  flush(): void;
}

/** What the next executions are told. One for all targets of a process. */
export interface Tracer {
  /** `traced` leaves the id here that the next execution takes. */
  pending: string | undefined;
  /** Absent while nobody has registered one. */
  instrument?: Instrument | undefined;
}

/** Follows calls from outside: `poetc/otel`. Nothing of it may throw. */
export interface Instrument {
  /** A call begins. */
  begin(t: TargetHandle, x: Execution): Scope | undefined;
}

/** One call, or one attempt of it, as an instrument follows it. */
export interface Scope {
  /**
   * Runs `fn` so that what it starts belongs to this call; returns and throws what it does.
   *
   * @returns typed as nothing: emitted code has it in one branch, and the other one gives the type
   */
  run(fn: unknown, self: unknown, args: readonly unknown[]): never;
  /** An attempt of this call begins. @param attempt from 1 */
  attempt(attempt: number): Scope;
  /** An event of this call. */
  note(type: string, payload: object): void;
  end(isFailure: boolean, error?: unknown): void;
}

/** What a platform's build (`runtime/node`) installs. */
export interface RuntimeHost {
  /** Called once, when the first target opens. */
  openSink(): EventSink | undefined;
  /** The process's own package. */
  findService(): { readonly name: string; readonly version: string } | undefined;
  /** Of the process, at most about a second old. */
  sampleProcess(): { readonly memory_mb: number; readonly cpu_percent: number };
  /** Keeps `SharedState.switchedOff` up to date from now on. Absent from hosts of older versions. */
  watchSwitch?(): void;
  /** Absent from hosts of older versions. */
  makeCorrelationStore?(): CorrelationStore;
  /** Durable before it resolves. @returns the receipt, or why there is nowhere to keep it @throws the file system's error, as a rejection */
  saveFeedback?(event: AnyEvent, packageName: string | undefined): Promise<{ readonly id: string; readonly isNew: boolean } | string>;
}

/** 0: nothing; 1: failures, corrections, violations, and aggregates; 2: every execution too. */
export type EventLevel = 0 | 1 | 2;

/** Set by `configure`; what is undefined keeps its default. */
export interface RuntimeOptions {
  /** `default`: failures, corrections, violations and fallbacks one by one, aggregates for the rest. `POET_EVENTS` wins. */
  readonly events?: 'all' | 'default' | 'off';
  /** Whether events show previews of the values found outside the contract; default false: their types only. */
  readonly recordValues?: boolean;
  /** More paths whose values are shown nowhere: `name` or `owner.name`, in any case. */
  readonly redact?: readonly string[];
  /** True, or ids or names of targets that run the author's code alone. `POET_DISABLE` adds to it. */
  readonly disable?: boolean | readonly string[];
  /** Default: name and version of the process's main package. */
  readonly service?: string;
  readonly serviceVersion?: string;
  /** Default: `NODE_ENV`, else `development`. */
  readonly environment?: string;
  /** Unprocessed events of one package on disk, megabytes; beyond it new ones are dropped and counted. Default 100. `POET_EVENTS_MAX_MB` wins. */
  readonly maxEventsMb?: number;
  /**
   * What a killed process can lose: `immediate` (default of a worker thread) nothing, `batched` (default) the last 64 events or 50 ms, `off` writes no events
   * at all (listeners hear them). `POET_DURABILITY` wins.
   */
  readonly durability?: Durability;
  /** Each write reaches the disk itself, so that a power loss loses no more than a kill. Default false. `POET_FSYNC` wins. */
  readonly fsync?: boolean;
  /** With `events: "all"`: share of the successful executions that are recorded one by one, above 0 to 1; aggregates count all. Default 1. */
  readonly sampling?: number;
  /** Segments of events older than this are deleted, days. Default 30. */
  readonly retentionDays?: number;
  /** Feedback taken for one function by one process in a minute; more is refused, never dropped. Default 6,000. */
  readonly feedbackPerMinute?: number;
  /** When too many calls of a function fail; `false`: never an alert. */
  readonly alerts?: AlertOptions | false;
}

/** Counts of all targets between two sweeps. */
export interface AlertWatch {
  /** Takes over a target's counts before they begin anew. */
  tally(t: TargetHandle): void;
  /** Judges what was tallied. @param nowMs from `tickMs` */
  sweep(nowMs: number): void;
}

/** See `RuntimeOptions.durability`. */
export type Durability = 'immediate' | 'batched' | 'off';

/** What events that are recorded inside a `correlate` call have in common. */
export interface Correlation {
  readonly correlationId: string;
  readonly causationId: string | undefined;
}

/** Carries a correlation through a call and what it awaits. */
export interface CorrelationStore {
  getStore(): Correlation | undefined;
  run<R>(correlation: Correlation, fn: () => R): R;
}

/**
 * What all copies of the runtime in one process share: an application may load this package as ESM and as CommonJS,
 * and in several installations. Fields may be added; a changed meaning needs a new symbol.
 */
export interface SharedState {
  readonly targets: Map<string, TargetHandle>;
  readonly listeners: Set<(event: AnyEvent) => void>;
  /** Codes of the warnings that were printed; each is printed once. */
  readonly warned: Set<string>;
  /** Events that were lost, by reason, since they were last reported. */
  dropped: Record<string, number>;
  options: RuntimeOptions;
  /** Compiled from `options.redact`. */
  redaction: RegExp | undefined;
  host: RuntimeHost | undefined;
  sink: EventSink | undefined;
  /** Whether `host` was asked for a sink. */
  sinkAsked: boolean;
  /** Errors after which an enhanced function has tried again and given up. Made by the first function with policies. */
  repeats?: Repeated;
  /** Whether listeners are running: what they cause is not told to them again. */
  notifying: boolean;
  /** Errors that were recorded, with the id of their event, so that an outer function's failure names its cause. */
  readonly causes: WeakMap<object, string>;
  /** Ids or names of targets, `*` for all, that somebody has switched off while the process runs. */
  switchedOff?: readonly string[];
  /** Whether `host` was asked to watch the switch. */
  switchAsked?: boolean;
  /** Events are off; an instrument may follow calls all the same. */
  muted?: boolean;
  /** Made by the file sink, or the first `onAlert`. */
  alerts?: AlertWatch;
  /** Made when the first `correlate` asks for it. */
  correlations?: CorrelationStore | undefined;
  /** Made when the first function opens, or the first `traced` asks. */
  tracer?: Tracer | undefined;
  /** Made of options, environment and host; by package name. Emptied by `configure`. */
  metadata?: Map<string | undefined, EventMetadata> | undefined;
}

const KEY = Symbol.for('poetc.runtime.v1');

export function sharedState(): SharedState {
  const scope = globalThis as { [KEY]?: SharedState };
  return (scope[KEY] ??= {
    targets: new Map(),
    listeners: new Set(),
    warned: new Set(),
    dropped: {},
    options: {},
    redaction: undefined,
    host: undefined,
    sink: undefined,
    sinkAsked: false,
    notifying: false,
    causes: new WeakMap(),
  });
}
